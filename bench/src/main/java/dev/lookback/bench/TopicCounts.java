package dev.lookback.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;

/**
 * How many records of some topics have been through, as Kafka Streams counts them. Asked often, so it goes through all
 * metrics, which are thousands, only now and then. Used by one thread.
 */
final class TopicCounts implements Supplier<Map<TopicPartition, Long>> {
    /** Counted when a record is taken up to be processed. */
    static final String TAKEN = "records-consumed-total";

    /** Counted when the broker has acknowledged a record. */
    static final String WRITTEN = "records-produced-total";

    /** Kafka Streams' own; clients have metrics of the same names. */
    private static final String GROUP = "stream-topic-metrics";

    private static final int ANSWERS_PER_SEARCH = 20;

    private final KafkaStreams streams;
    private final String name;
    private final Set<String> topics;
    private List<Metric> found = List.of();
    private int answers;

    TopicCounts(KafkaStreams streams, String name, Set<String> topics) {
        this.streams = streams;
        this.name = name;
        this.topics = Set.copyOf(topics);
    }

    @Override
    public Map<TopicPartition, Long> get() {
        if (answers++ % ANSWERS_PER_SEARCH == 0 || found.isEmpty()) {
            List<Metric> now = new ArrayList<>(streams.metrics().values());
            now.removeIf(each -> !each.metricName().group().equals(GROUP)
                    || !each.metricName().name().equals(name)
                    || !topics.contains(each.metricName().tags().get("topic")));
            found = now;
        }
        Map<TopicPartition, Long> counts = new HashMap<>();
        for (Metric each : found) {
            Map<String, String> tags = each.metricName().tags();
            String task = tags.getOrDefault("task-id", "");
            int partition = Integer.parseInt(task.substring(task.lastIndexOf('_') + 1));
            counts.merge(
                    new TopicPartition(tags.getOrDefault("topic", ""), partition),
                    ((Number) each.metricValue()).longValue(),
                    Long::sum);
        }
        return counts;
    }
}
