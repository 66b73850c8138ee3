package dev.lookback.e2e;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** A topic as a plain consumer reads it: from the beginning, committed records alone, the order of each partition kept. */
final class TopicLog<V> implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int MAX_EMPTY_POLLS = 100;

    /** Makes a value readable for a topic's deserializer. */
    interface Opening {
        /** Null if it cannot be read any more. */
        byte @Nullable [] open(byte[] key, byte[] value);
    }

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Topic<?, V> topic;
    private final Opening opening;
    private final List<TopicPartition> partitions;
    private final List<ConsumerRecord<byte[], V>> records = new ArrayList<>();

    TopicLog(LookbackConfig config, Topic<?, V> topic) {
        this(config, topic, (key, value) -> value);
    }

    TopicLog(LookbackConfig config, Topic<?, V> topic, Opening opening) {
        this.topic = topic;
        this.opening = opening;
        consumer = new KafkaConsumer<>(
                ClientSettings.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        partitions = consumer.partitionsFor(topic.name()).stream()
                .map(each -> new TopicPartition(each.topic(), each.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Reads on, up to where the topic ends now; all records since the beginning. */
    List<ConsumerRecord<byte[], V>> read() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Set<TopicPartition> behind = new HashSet<>(partitions);
        for (int empty = 0; empty < MAX_EMPTY_POLLS; empty++) {
            behind.removeIf(each -> consumer.position(each) >= ends.get(each));
            if (behind.isEmpty()) {
                return records;
            }
            int before = records.size();
            consumer.poll(POLL).forEach(each -> records.add(read(each)));
            empty = records.size() > before ? 0 : empty;
        }
        throw new AssertionError("Cannot read up to the end of " + behind);
    }

    private ConsumerRecord<byte[], V> read(ConsumerRecord<byte[], byte[]> raw) {
        byte[] opened = raw.value() == null ? null : opening.open(raw.key(), raw.value());
        return new ConsumerRecord<>(
                raw.topic(),
                raw.partition(),
                raw.offset(),
                raw.timestamp(),
                raw.timestampType(),
                raw.serializedKeySize(),
                raw.serializedValueSize(),
                raw.key(),
                opened == null ? null : topic.value().deserializer().deserialize(topic.name(), raw.headers(), opened),
                raw.headers(),
                raw.leaderEpoch());
    }

    /** How many partitions it has. */
    int partitions() {
        return partitions.size();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
