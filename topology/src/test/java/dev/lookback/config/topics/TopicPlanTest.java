package dev.lookback.config.topics;

import static dev.lookback.config.Example.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicPlanTest {
    private static final String[] SHORT_CLASS = {
        "retention.classes", "short",
        "retention.class.short.duration", "1h",
        "retention.class.short.services", "video_call"
    };

    @Test
    void every_topic_is_in_the_file_and_no_other() throws ReflectiveOperationException {
        LookbackConfig config = config("topic.prefix", "eu.");
        Set<String> names = new TreeSet<>();
        for (Method method : Topics.class.getDeclaredMethods()) {
            if (method.getReturnType() == Topic.class && method.getParameterCount() == 0) {
                names.add(((Topic<?, ?>) method.invoke(config.topics())).name());
            }
        }
        names.add(config.topics().ledger(Topics.DEFAULT_CLASS).name());
        assertThat(wanted(config).keySet()).isEqualTo(names).contains("eu.lookups-enriched");
    }

    @Test
    void kafka_knows_every_setting_and_each_has_its_reason() throws IllegalAccessException {
        Set<String> known = new TreeSet<>();
        for (var field : TopicConfig.class.getFields()) {
            known.add(String.valueOf(field.get(null)));
        }
        wanted(config()).values().forEach(topic -> {
            assertThat(known).containsAll(topic.settings().keySet());
            assertThat(topic.settings().values())
                    .allSatisfy(each -> assertThat(each.why()).isNotBlank());
            assertThat(topic.settings()).containsKeys("cleanup.policy", "message.timestamp.type");
        });
    }

    @Test
    void families_are_as_the_contract_says() {
        Map<String, List<String>> families = wanted(config(SHORT_CLASS)).values().stream()
                .collect(Collectors.groupingBy(
                        WantedTopic::family, Collectors.mapping(WantedTopic::name, Collectors.toList())));
        assertThat(families.get("ledgers"))
                .contains(
                        "lookups-enriched",
                        "lookups-enriched-short",
                        "expiry-orders",
                        "expiry-receipts",
                        "erasure-receipts",
                        "search-tasks");
        assertThat(families.get("requests"))
                .contains(
                        "legal-requests",
                        "preserved-lookups",
                        "preserved-releases",
                        "search-results",
                        "disclosure-audit");
        assertThat(families.get("single")).containsExactlyInAnyOrder("erasures", "retention-policies", "clock-checks");
    }

    @ParameterizedTest
    @CsvSource({"default,2592000000,21600000", "short,3600000,900000"})
    void a_ledger_is_kept_for_its_class_and_a_margin(String name, long durationMillis, String segmentMillis) {
        LookbackConfig config = config(SHORT_CLASS);
        Map<String, WantedTopic.Setting> settings =
                wanted(config).get(config.topics().ledger(name).name()).settings();
        long margin = Duration.ofMinutes(65).toMillis();
        assertThat(settings.get("retention.ms").value()).isEqualTo(Long.toString(durationMillis + margin));
        assertThat(settings.get("segment.ms").value()).isEqualTo(segmentMillis);
        assertThat(settings.get("cleanup.policy").value()).isEqualTo("delete");
    }

    @Test
    void the_duration_in_force_counts_not_the_configured_one() {
        List<WantedTopic> wanted = TopicsFile.load(config()).wanted(Map.of("default", Duration.ofDays(25)));
        assertThat(wanted.stream()
                        .filter(topic -> topic.name().equals("lookups-enriched"))
                        .map(topic -> topic.settings().get("retention.ms").value()))
                .containsExactly(
                        Long.toString(Duration.ofDays(25).plusMinutes(65).toMillis()));
    }

    @Test
    void an_empty_cluster_gets_everything_and_then_nothing() {
        Map<String, WantedTopic> wanted = wanted(config());
        TopicPlan plan = plan(wanted, Map.of());
        assertThat(plan.only(Change.Create.class)).hasSameSizeAs(wanted.values());
        assertThat(plan(wanted, asWanted(wanted)).isEmpty()).isTrue();
        assertThat(problems(wanted, asWanted(wanted))).isEmpty();
        assertThat(problems(wanted, Map.of()))
                .hasSameSizeAs(wanted.values())
                .allMatch(problem -> problem.contains("lookback topics apply creates it"));
    }

    @Test
    void another_value_is_altered_and_topics_of_others_are_left_alone() {
        Map<String, WantedTopic> wanted = wanted(config());
        Map<String, ActualTopic> actual = asWanted(wanted);
        set(actual, "lookup-events", "retention.ms", "1");
        set(actual, "legal-request-status", "cleanup.policy", "delete, compact");
        actual.put("payments", new ActualTopic(1, Map.of("retention.ms", "1")));
        TopicPlan plan = plan(wanted, actual);
        assertThat(plan.changes()).singleElement().isInstanceOfSatisfying(Change.Alter.class, alter -> {
            assertThat(alter.topic()).isEqualTo("lookup-events");
            assertThat(alter.from()).isEqualTo("1");
            assertThat(alter.to()).isEqualTo("72000000");
        });
        assertThat(problems(wanted, actual))
                .as("a matter of space, not of what is right")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "lookup-events,message.timestamp.type,CreateTime",
        "lookups-enriched,cleanup.policy,compact",
        "legal-requests,message.timestamp.type,CreateTime"
    })
    void a_vital_setting_stops_the_start(String topic, String setting, String value) {
        Map<String, WantedTopic> wanted = wanted(config());
        Map<String, ActualTopic> actual = asWanted(wanted);
        set(actual, topic, setting, value);
        assertThat(problems(wanted, actual))
                .singleElement()
                .asString()
                .contains(topic, setting + "=" + value, "lookback topics apply");
    }

    @Test
    void the_partitions_of_a_keyed_topic_never_change() {
        Map<String, WantedTopic> wanted = wanted(config("topics.partitions.ledgers", "6"));
        Map<String, ActualTopic> actual = asWanted(wanted);
        resize(actual, "lookups-enriched", 4);
        TopicPlan plan = plan(wanted, actual);
        assertThat(plan.changes()).isEqualTo(plan.refusals());
        assertThat(plan.refusals())
                .singleElement()
                .asString()
                .contains("has 4 partitions, 6 are wanted", "Keys decide the partition");
        assertThat(problems(wanted, actual))
                .singleElement()
                .asString()
                .contains("family ledgers must have equal partition counts", "lookups-enriched=4", "search-tasks=6");
    }

    @Test
    void equal_counts_other_than_wanted_do_not_stop_the_start() {
        Map<String, WantedTopic> wanted = wanted(config("topics.partitions.requests", "6"));
        Map<String, ActualTopic> actual = asWanted(wanted(config("topics.partitions.requests", "5")));
        assertThat(plan(wanted, actual).refusals()).isNotEmpty();
        assertThat(problems(wanted, actual)).isEmpty();
    }

    @Test
    void lookup_events_may_grow_but_not_shrink() {
        Map<String, WantedTopic> wanted = wanted(config("topics.partitions.events", "6"));
        Map<String, ActualTopic> actual = asWanted(wanted);
        resize(actual, "lookup-events", 4);
        resize(actual, "lookup-events-rejected", 8);
        assertThat(plan(wanted, actual).changes()).contains(new Change.AddPartitions("lookup-events", 4, 6));
        assertThat(plan(wanted, actual).refusals())
                .singleElement()
                .asString()
                .contains("lookup-events-rejected", "cannot take partitions away");
    }

    @Test
    void a_single_broker_asks_for_one_copy() {
        Map<String, WantedTopic> wanted = wanted(config("topics.replication", "1"));
        assertThat(wanted.values()).allSatisfy(topic -> {
            assertThat(topic.replication()).isEqualTo((short) 1);
            assertThat(topic.settings().get("min.insync.replicas").value()).isEqualTo("1");
        });
    }

    @Test
    void a_file_of_another_form_is_refused(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("topics.yaml");
        Files.writeString(file, "replication: 1\ntopics:\n  lookup-events:\n    family: events\n");
        assertThatThrownBy(() -> wanted(config("topics.file", file.toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("families must hold names and values");
        Files.writeString(file, "!!java.net.URL [\"http://localhost\"]");
        assertThatThrownBy(() -> wanted(config("topics.file", file.toString()))).isInstanceOf(ConfigException.class);
    }

    private static Map<String, WantedTopic> wanted(LookbackConfig config) {
        return TopicsFile.load(config).wanted().stream().collect(Collectors.toMap(WantedTopic::name, each -> each));
    }

    private static TopicPlan plan(Map<String, WantedTopic> wanted, Map<String, ActualTopic> actual) {
        return TopicPlan.between(List.copyOf(wanted.values()), actual);
    }

    private static List<String> problems(Map<String, WantedTopic> wanted, Map<String, ActualTopic> actual) {
        return TopicPlan.problems(List.copyOf(wanted.values()), actual);
    }

    private static Map<String, ActualTopic> asWanted(Map<String, WantedTopic> wanted) {
        Map<String, ActualTopic> actual = new HashMap<>();
        wanted.forEach((name, topic) -> {
            Map<String, String> settings = new HashMap<>();
            topic.settings().forEach((setting, value) -> settings.put(setting, value.value()));
            actual.put(name, new ActualTopic(topic.partitions(), settings));
        });
        return actual;
    }

    private static void set(Map<String, ActualTopic> actual, String topic, String setting, String value) {
        Map<String, String> settings = new HashMap<>(actual.get(topic).settings());
        settings.put(setting, value);
        actual.put(topic, new ActualTopic(actual.get(topic).partitions(), settings));
    }

    private static void resize(Map<String, ActualTopic> actual, String topic, int partitions) {
        actual.put(topic, new ActualTopic(partitions, actual.get(topic).settings()));
    }
}
