package dev.lookback.app;

import dev.lookback.ingest.CommittedPositions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What ingest's consumer group has committed in lookup-events, as of the last {@link #refresh}; of a partition where it
 * has committed nothing, the first offset.
 */
final class GroupPositions implements CommittedPositions {
    private final Admin admin;
    private final String group;
    private final String topic;
    private volatile Map<Integer, Long> positions = Map.of();

    GroupPositions(Admin admin, String group, String topic) {
        this.admin = admin;
        this.group = group;
        this.topic = topic;
    }

    /** Asks the cluster. */
    void refresh() throws ExecutionException, InterruptedException {
        List<Long> first = new Partitions(admin).offsets(topic, OffsetSpec.earliest());
        Map<Integer, Long> learned = new HashMap<>();
        for (int partition = 0; partition < first.size(); partition++) {
            learned.put(partition, first.get(partition));
        }
        admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, committed) -> {
                    if (committed != null && isOurs(partition)) {
                        learned.merge(partition.partition(), committed.offset(), Math::max);
                    }
                });
        positions = Map.copyOf(learned);
    }

    private boolean isOurs(TopicPartition partition) {
        return partition.topic().equals(topic);
    }

    @Override
    public OptionalLong committed(int partition) {
        Long position = positions.get(partition);
        return position == null ? OptionalLong.empty() : OptionalLong.of(position);
    }
}
