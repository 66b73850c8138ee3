package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What the broker knows of topics: where they end, how far a group has got, how much room they take. */
final class Log implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);

    /** A job that has not committed anything new for so long is stuck. */
    private static final Duration STUCK = Duration.ofMinutes(2);

    private static final int FIRST_STEP_BACK = 256;

    private final Admin admin;
    private final LookbackConfig config;

    Log(LookbackConfig config) {
        this.config = config;
        this.admin = Admin.create(ClientSettings.admin(config));
    }

    /** The position behind the last record of each partition. */
    Map<TopicPartition, Long> ends(Collection<String> topics) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicDescription each :
                get(admin.describeTopics(topics).allTopicNames()).values()) {
            IntStream.range(0, each.partitions().size())
                    .forEach(i -> asked.put(new TopicPartition(each.name(), i), OffsetSpec.latest()));
        }
        return get(admin.listOffsets(asked).all()).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, each -> each.getValue().offset()));
    }

    /**
     * Waits until a group has committed all of some topics.
     *
     * @param heard is told how many records it has committed so far, again and again
     * @return where they end
     * @throws IllegalStateException if it is stuck
     */
    Map<TopicPartition, Long> awaitCommitted(String group, Collection<String> topics, LongConsumer heard) {
        long total = -1;
        long patience = STUCK.dividedBy(POLL);
        while (true) {
            Map<TopicPartition, Long> ends = ends(topics);
            Map<TopicPartition, OffsetAndMetadata> committed =
                    get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
            Map<TopicPartition, Long> positions = new HashMap<>();
            ends.keySet().forEach(each -> {
                OffsetAndMetadata at = committed.get(each);
                positions.put(each, at == null ? 0 : at.offset());
            });
            if (positions.equals(ends)) {
                return ends;
            }
            long now = positions.values().stream().mapToLong(Long::longValue).sum();
            patience = now > total ? STUCK.dividedBy(POLL) : patience - 1;
            if (patience == 0) {
                throw new IllegalStateException(
                        "Group " + group + " is stuck at " + positions + ", the ends are " + ends);
            }
            total = now;
            heard.accept(total);
            pause(POLL);
        }
    }

    /** The position behind the last record of a partition that counts; 0 if there is none. */
    long afterLast(TopicPartition partition, long end, Predicate<ConsumerRecord<byte[], byte[]>> counts) {
        try (Consumer<byte[], byte[]> consumer = consumer(partition)) {
            long upTo = end;
            for (long step = FIRST_STEP_BACK; upTo > 0; step *= 2) {
                long from = Math.max(0, upTo - step);
                consumer.seek(partition, from);
                long found = 0;
                while (consumer.position(partition) < upTo) {
                    for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                        if (each.offset() < upTo && counts.test(each)) {
                            found = each.offset() + 1;
                        }
                    }
                }
                if (found > 0) {
                    return found;
                }
                upTo = from;
            }
            return 0;
        }
    }

    /** The timestamp of the first record of a partition that counts, milliseconds since the epoch; the greatest long if none. */
    long firstTimestamp(TopicPartition partition, long end, Predicate<ConsumerRecord<byte[], byte[]>> counts) {
        try (Consumer<byte[], byte[]> consumer = consumer(partition)) {
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    if (counts.test(each)) {
                        return each.timestamp();
                    }
                }
            }
            return Long.MAX_VALUE;
        }
    }

    /** Reads a partition from its start up to a position (exclusive). */
    void read(TopicPartition partition, long end, java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        try (Consumer<byte[], byte[]> consumer = consumer(partition)) {
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    if (each.offset() < end) {
                        reader.accept(each);
                    }
                }
            }
        }
    }

    /** Moves the starts of partitions up to these positions, as brokers do when whole segments have had their time. */
    void deleteBefore(Map<TopicPartition, Long> starts) {
        Map<TopicPartition, RecordsToDelete> wanted = new HashMap<>();
        starts.forEach((partition, start) -> wanted.put(partition, RecordsToDelete.beforeOffset(start)));
        get(admin.deleteRecords(wanted).all());
    }

    private Consumer<byte[], byte[]> consumer(TopicPartition partition) {
        Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                ClientSettings.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        return consumer;
    }

    /** How many bytes topics take on the broker's disk. */
    long bytes(Collection<String> topics) {
        List<Integer> brokers =
                get(admin.describeCluster().nodes()).stream().map(Node::id).toList();
        return get(admin.describeLogDirs(brokers).allDescriptions()).values().stream()
                .flatMap(dirs -> dirs.values().stream())
                .flatMap(dir -> dir.replicaInfos().entrySet().stream())
                .filter(replica -> topics.contains(replica.getKey().topic()))
                .map(Map.Entry::getValue)
                .mapToLong(ReplicaInfo::size)
                .sum();
    }

    static <T> T get(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
