package dev.lookback.config.topics;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.bound.InForce;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Plans, applies and checks Lookback's topics on a cluster. Never deletes a topic, never takes partitions away, never
 * changes the partition count of a topic whose keys decide where records lie.
 *
 * <p>Every method talks to the cluster and throws {@link KafkaException} if that fails.
 */
public final class TopicAdmin {
    private static final Duration VISIBLE_POLL = Duration.ofMillis(100);
    private static final int VISIBLE_POLLS = 300;

    private final Admin admin;
    private final LookbackConfig config;

    /** Through an admin client that the caller closes. */
    public TopicAdmin(Admin admin, LookbackConfig config) {
        this.admin = admin;
        this.config = config;
    }

    /**
     * What to change.
     *
     * @param durations the duration in force of each retention class; of one that is not here, the configured one counts
     */
    public TopicPlan plan(Map<String, Duration> durations) {
        List<WantedTopic> wanted = TopicsFile.load(config).wanted(durations);
        return TopicPlan.between(wanted, actual(wanted));
    }

    /**
     * Carries a plan out, and returns when every created topic can be seen. Running it twice changes nothing more.
     *
     * @throws ConfigException if the plan holds a refusal; nothing is changed then
     */
    public void apply(TopicPlan plan) {
        if (!plan.refusals().isEmpty()) {
            throw new ConfigException("Nothing was applied: " + plan.refusals());
        }
        List<NewTopic> created = plan.only(Change.Create.class).stream()
                .map(each -> new NewTopic(each.topic(), each.partitions(), each.replication()).configs(each.settings()))
                .toList();
        Map<String, NewPartitions> grown = new HashMap<>();
        plan.only(Change.AddPartitions.class)
                .forEach(each -> grown.put(each.topic(), NewPartitions.increaseTo(each.to())));
        Map<ConfigResource, Collection<AlterConfigOp>> altered = new HashMap<>();
        for (Change.Alter each : plan.only(Change.Alter.class)) {
            altered.computeIfAbsent(resource(each.topic()), key -> new ArrayList<>())
                    .add(new AlterConfigOp(new ConfigEntry(each.setting(), each.to()), AlterConfigOp.OpType.SET));
        }
        await(admin.createTopics(created).all());
        await(admin.createPartitions(grown).all());
        await(admin.incrementalAlterConfigs(altered).all());
        awaitVisible(created.stream().map(NewTopic::name).toList());
    }

    /**
     * Why the application must not start on these topics: one that is missing, topics of one family with unequal
     * partition counts (Streams would hang or leave partitions unsearched, silently), timestamps or clean-up of another
     * kind. Each message says what mends it. Empty if all is well.
     */
    public List<String> problems() {
        List<WantedTopic> wanted = TopicsFile.load(config).wanted();
        return TopicPlan.problems(wanted, actual(wanted));
    }

    /**
     * The settings in force on the cluster that decide how long bytes stay on disk: those of topics, and of the brokers;
     * where brokers differ, the longest.
     *
     * @param durations the duration in force of each retention class
     */
    public InForce inForce(Map<String, Duration> durations) {
        Map<String, Map<String, String>> settings = new HashMap<>();
        actual(TopicsFile.load(config).wanted()).forEach((name, topic) -> settings.put(name, topic.settings()));
        List<ConfigResource> brokers = await(admin.describeCluster().nodes()).stream()
                .map(node -> new ConfigResource(ConfigResource.Type.BROKER, node.idString()))
                .toList();
        Map<String, String> broker = new HashMap<>();
        for (Config each : await(admin.describeConfigs(brokers).all()).values()) {
            for (String name : InForce.BROKER_SETTINGS) {
                ConfigEntry entry = each.get(name);
                if (entry != null && entry.value() != null) {
                    broker.merge(
                            name,
                            entry.value(),
                            (one, other) -> Long.parseLong(one) > Long.parseLong(other) ? one : other);
                }
            }
        }
        return new InForce(config, durations, settings, broker);
    }

    private Map<String, ActualTopic> actual(List<WantedTopic> wanted) {
        Map<String, TopicDescription> present =
                describe(wanted.stream().map(WantedTopic::name).toList());
        List<ConfigResource> resources =
                present.keySet().stream().map(TopicAdmin::resource).toList();
        Map<ConfigResource, Config> configs =
                await(admin.describeConfigs(resources).all());
        Map<String, ActualTopic> actual = new HashMap<>();
        configs.forEach((resource, settings) -> {
            Map<String, String> values = new HashMap<>();
            settings.entries().forEach(entry -> {
                if (entry.value() != null) {
                    values.put(entry.name(), entry.value());
                }
            });
            TopicDescription description = present.get(resource.name());
            if (description != null) {
                actual.put(
                        resource.name(),
                        new ActualTopic(description.partitions().size(), values));
            }
        });
        return actual;
    }

    private Map<String, TopicDescription> describe(Collection<String> names) {
        Map<String, TopicDescription> present = new LinkedHashMap<>();
        admin.describeTopics(names).topicNameValues().forEach((name, future) -> {
            try {
                present.put(name, await(future));
            } catch (UnknownTopicOrPartitionException e) {
                // Not there: that is an answer.
            }
        });
        return present;
    }

    private void awaitVisible(List<String> names) {
        for (int i = 0; i < VISIBLE_POLLS; i++) {
            if (describe(names).size() == names.size()) {
                return;
            }
            try {
                Thread.sleep(VISIBLE_POLL.toMillis());
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }
        throw new KafkaException("Topics were created, but the brokers do not show them yet: " + names);
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }
}
