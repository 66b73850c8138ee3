package dev.lookback.config.topics;

import java.util.Map;

/**
 * A topic as it is on the cluster.
 *
 * @param partitions how many
 * @param settings in force, whether set on the topic or by default
 */
record ActualTopic(int partitions, Map<String, String> settings) {
    ActualTopic {
        settings = Map.copyOf(settings);
    }
}
