package dev.lookback.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/** What the cluster says about the partitions of a topic. Every method asks it. */
final class Partitions {
    private final Admin admin;

    Partitions(Admin admin) {
        this.admin = admin;
    }

    int count(String topic) throws ExecutionException, InterruptedException {
        Map<String, TopicDescription> found =
                admin.describeTopics(List.of(topic)).allTopicNames().get();
        return found.values().iterator().next().partitions().size();
    }

    /** An offset of every partition, by number. */
    List<Long> offsets(String topic, OffsetSpec which) throws ExecutionException, InterruptedException {
        return found(topic, which).stream().map(ListOffsetsResultInfo::offset).toList();
    }

    /** The timestamp of the first record that every partition still holds, by number; −1 for an empty one. */
    List<Long> oldestTimestamps(String topic) throws ExecutionException, InterruptedException {
        return found(topic, OffsetSpec.forTimestamp(0)).stream()
                .map(ListOffsetsResultInfo::timestamp)
                .toList();
    }

    private List<ListOffsetsResultInfo> found(String topic, OffsetSpec which)
            throws ExecutionException, InterruptedException {
        int count = count(topic);
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < count; partition++) {
            asked.put(new TopicPartition(topic, partition), which);
        }
        Map<TopicPartition, ListOffsetsResultInfo> found =
                admin.listOffsets(asked).all().get();
        List<ListOffsetsResultInfo> all = new ArrayList<>();
        for (int partition = 0; partition < count; partition++) {
            ListOffsetsResultInfo info = found.get(new TopicPartition(topic, partition));
            if (info == null) {
                throw new IllegalStateException("No answer for partition " + partition + " of " + topic);
            }
            all.add(info);
        }
        return all;
    }
}
