package dev.lookback.config.topics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to make a cluster's topics as they are wanted. Empty when they are.
 *
 * @param changes in the order of topics.yaml
 */
public record TopicPlan(List<Change> changes) {
    /** What mends whatever is wrong with topics. */
    public static final String REMEDY = "lookback topics apply";

    /** Settings that decide what is right, not only how much is stored: the application does not start without them. */
    private static final Set<String> VITAL =
            Set.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, TopicConfig.CLEANUP_POLICY_CONFIG);

    /** Copies the changes. */
    public TopicPlan {
        changes = List.copyOf(changes);
    }

    /** Whether there is nothing to do. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** The differences that will not be applied. */
    public List<Change.Refuse> refusals() {
        return only(Change.Refuse.class);
    }

    <T extends Change> List<T> only(Class<T> kind) {
        return changes.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The way from the topics that are there (by name) to those that are wanted. Topics of others are left alone. */
    static TopicPlan between(List<WantedTopic> wanted, Map<String, ActualTopic> actual) {
        List<Change> changes = new ArrayList<>();
        for (WantedTopic topic : wanted) {
            ActualTopic present = actual.get(topic.name());
            if (present == null) {
                changes.add(create(topic));
                continue;
            }
            addPartitionChange(changes, topic, present.partitions());
            new TreeMap<>(topic.settings()).forEach((name, setting) -> {
                String value = present.settings().get(name);
                if (!same(value, setting.value())) {
                    changes.add(new Change.Alter(topic.name(), name, value, setting.value(), setting.why()));
                }
            });
        }
        return new TopicPlan(changes);
    }

    /** Why the application must not start on these topics; empty if it may. */
    static List<String> problems(List<WantedTopic> wanted, Map<String, ActualTopic> actual) {
        List<String> problems = new ArrayList<>();
        for (Change change : between(wanted, actual).changes()) {
            if (change instanceof Change.Create) {
                problems.add("topic " + change.topic() + " does not exist; " + REMEDY + " creates it");
            } else if (change instanceof Change.Alter alter && VITAL.contains(alter.setting())) {
                problems.add("topic " + alter.topic() + " has " + alter.setting() + "=" + alter.from() + " instead of "
                        + alter.to() + " (" + alter.why() + "); " + REMEDY + " sets it");
            }
        }
        Map<String, Map<String, Integer>> families = new TreeMap<>();
        for (WantedTopic topic : wanted) {
            ActualTopic present = actual.get(topic.name());
            if (topic.keyed() && present != null) {
                families.computeIfAbsent(topic.family(), key -> new TreeMap<>())
                        .put(topic.name(), present.partitions());
            }
        }
        families.forEach((family, counts) -> {
            if (new HashSet<>(counts.values()).size() > 1) {
                problems.add("topics of the family " + family + " must have equal partition counts: " + counts
                        + "; delete those that are not in use yet, and " + REMEDY + " creates them anew");
            }
        });
        return problems;
    }

    private static Change create(WantedTopic topic) {
        Map<String, String> settings = topic.settings().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, each -> each.getValue().value()));
        return new Change.Create(topic.name(), topic.partitions(), topic.replication(), settings);
    }

    private static void addPartitionChange(List<Change> changes, WantedTopic topic, int actual) {
        int partitions = topic.partitions();
        if (partitions == actual) {
            return;
        }
        String counts = "has " + actual + " partitions, " + partitions + " are wanted. ";
        if (topic.keyed()) {
            changes.add(new Change.Refuse(
                    topic.name(),
                    counts + "Keys decide the partition: with another count, new records of a key would lie apart from"
                            + " the old, out of reach of expiry and search. Keep " + actual
                            + " (topics.partitions.*), or begin anew under another topic.prefix"));
        } else if (actual < partitions) {
            changes.add(new Change.AddPartitions(topic.name(), actual, partitions));
        } else {
            changes.add(new Change.Refuse(
                    topic.name(),
                    counts + "Kafka cannot take partitions away. Keep " + actual + " (topics.partitions.*)"));
        }
    }

    /** Lists (cleanup.policy) are the same in any order. */
    private static boolean same(@Nullable String actual, String wanted) {
        return actual != null && parts(actual).equals(parts(wanted));
    }

    private static Set<String> parts(String value) {
        return Arrays.stream(value.split(",")).map(String::trim).collect(Collectors.toSet());
    }
}
