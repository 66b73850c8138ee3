package dev.lookback.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Topics of one partition each, in memory. A saboteur may lose or alter what is appended. */
final class Log {
    /** A record, and the node that wrote it; null for the outside world. */
    record Entry(
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers,
            long timestamp,
            @Nullable Node producer) {}

    private final Map<String, List<Entry>> topics = new HashMap<>();
    private final BiFunction<String, Entry, @Nullable Entry> saboteur;

    Log(BiFunction<String, Entry, @Nullable Entry> saboteur) {
        this.saboteur = saboteur;
    }

    void append(String topic, Entry entry) {
        Entry kept = saboteur.apply(topic, entry);
        if (kept != null) {
            topics.computeIfAbsent(topic, name -> new ArrayList<>()).add(kept);
        }
    }

    /** Loses all but the first records of a topic. */
    void cut(String topic, int size) {
        List<Entry> entries = topics.get(topic);
        if (entries != null) {
            entries.subList(size, entries.size()).clear();
        }
    }

    int size(String topic) {
        return all(topic).size();
    }

    Entry get(String topic, int offset) {
        return all(topic).get(offset);
    }

    List<Entry> all(String topic) {
        return topics.getOrDefault(topic, List.of());
    }
}
