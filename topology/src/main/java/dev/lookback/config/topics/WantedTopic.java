package dev.lookback.config.topics;

import java.util.Map;

/**
 * A topic as it should be.
 *
 * @param name full name, prefix included
 * @param about what it holds, who writes and who reads
 * @param timestamp what its records' timestamps mean
 * @param family topics of one family have equal partition counts
 * @param keyed whether its partition count is for ever: keys decide where a record lies
 * @param partitions how many
 * @param replication copies of each
 * @param settings by name
 */
public record WantedTopic(
        String name,
        String about,
        String timestamp,
        String family,
        boolean keyed,
        int partitions,
        short replication,
        Map<String, Setting> settings) {
    /**
     * A setting of a topic.
     *
     * @param value as Kafka takes it
     * @param why the reason, for people
     */
    public record Setting(String value, String why) {}

    /** Copies the settings. */
    public WantedTopic {
        settings = Map.copyOf(settings);
    }
}
