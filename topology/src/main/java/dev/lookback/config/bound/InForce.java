package dev.lookback.config.bound;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.TopicsFile;
import dev.lookback.config.topics.WantedTopic;
import dev.lookback.retention.RetentionClass;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The settings that decide how long bytes can stay on disk.
 *
 * @param config Lookback's own
 * @param durations the duration in force of each retention class, by name
 * @param topics the settings in force of each topic, by full name; one that is not there counts as Kafka's default
 * @param broker settings of the brokers; where they differ, the longest
 */
public record InForce(
        LookbackConfig config,
        Map<String, Duration> durations,
        Map<String, Map<String, String>> topics,
        Map<String, String> broker) {
    /** What is asked of the brokers: all in milliseconds. */
    public static final List<String> BROKER_SETTINGS =
            List.of("log.retention.check.interval.ms", "log.cleaner.backoff.ms");

    private static final Map<String, String> KAFKA_DEFAULTS = Map.of(
            "retention.ms", "604800000",
            "segment.ms", "604800000",
            "file.delete.delay.ms", "60000",
            "min.compaction.lag.ms", "0",
            "max.compaction.lag.ms", String.valueOf(Long.MAX_VALUE),
            "delete.retention.ms", "86400000",
            "message.timestamp.after.max.ms", "3600000",
            "cleanup.policy", "delete",
            "log.retention.check.interval.ms", "300000",
            "log.cleaner.backoff.ms", "15000");

    /** Copies the maps. */
    public InForce {
        durations = Map.copyOf(durations);
        topics = Map.copyOf(topics);
        broker = Map.copyOf(broker);
    }

    /** What holds where topics are as topics.yaml says and brokers as Kafka delivers them. */
    public static InForce asDelivered(LookbackConfig config) {
        Map<String, Map<String, String>> topics = new HashMap<>();
        for (WantedTopic each : TopicsFile.load(config).wanted()) {
            Map<String, String> settings = new HashMap<>();
            each.settings().forEach((name, setting) -> settings.put(name, setting.value()));
            topics.put(each.name(), settings);
        }
        return new InForce(config, Map.of(), topics, Map.of());
    }

    Duration duration(RetentionClass retentionClass) {
        return durations.getOrDefault(retentionClass.name(), retentionClass.initialDuration());
    }

    /** A setting of a topic as it is in force there, in Kafka's own form; from the topics file where brokers were not asked. */
    public String ofTopic(String topic, String setting) {
        String value = topics.getOrDefault(topic, Map.of()).get(setting);
        return value == null ? kafkaDefault(setting) : value;
    }

    String ofBroker(String setting) {
        String value = broker.get(setting);
        return value == null ? kafkaDefault(setting) : value;
    }

    private static String kafkaDefault(String setting) {
        String value = KAFKA_DEFAULTS.get(setting);
        if (value == null) {
            throw new IllegalArgumentException("Nothing is known of " + setting);
        }
        return value;
    }
}
