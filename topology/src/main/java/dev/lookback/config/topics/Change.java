package dev.lookback.config.topics;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One difference between the topics that are wanted and those that are there. {@code toString} is for people. */
public sealed interface Change {
    /** The topic, prefix included. */
    String topic();

    /** The topic is missing. */
    record Create(String topic, int partitions, short replication, Map<String, String> settings) implements Change {
        /** Copies the settings. */
        public Create {
            settings = Map.copyOf(settings);
        }

        @Override
        public String toString() {
            return "+ " + topic + ": " + partitions + " partitions, replication " + replication + ", "
                    + new TreeMap<>(settings);
        }
    }

    /** A topic without meaning in its keys has too few partitions. */
    record AddPartitions(String topic, int from, int to) implements Change {
        @Override
        public String toString() {
            return "~ " + topic + ": " + from + " partitions -> " + to;
        }
    }

    /** A setting has another value; {@code from} is null if the broker does not know it. */
    record Alter(String topic, String setting, @Nullable String from, String to, String why) implements Change {
        @Override
        public String toString() {
            return "~ " + topic + ": " + setting + " " + from + " -> " + to + " (" + why + ")";
        }
    }

    /** A difference that must not be applied. */
    record Refuse(String topic, String why) implements Change {
        @Override
        public String toString() {
            return "! " + topic + ": " + why;
        }
    }
}
