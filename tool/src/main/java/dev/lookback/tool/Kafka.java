package dev.lookback.tool;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Kafka's clients as the tool uses them: impatient, because somebody waits. */
final class Kafka {
    private static final int ANSWER_MS = 15_000;
    private static final int REQUEST_MS = 5_000;
    private static final Duration POLL = Duration.ofMillis(200);

    /** When nothing has come for so many polls although there should be more, something is wrong. */
    private static final int MAX_EMPTY_POLLS = 150;

    private Kafka() {}

    /** An admin client; the caller closes it. */
    static Admin admin(LookbackConfig config) {
        return Admin.create(impatient(ClientSettings.admin(config)));
    }

    /** A producer that waits until every in-sync replica has a record; the caller closes it. */
    static <K, V> KafkaProducer<K, V> producer(LookbackConfig config, Topic<K, V> topic) {
        Map<String, Object> settings = new HashMap<>(ClientSettings.producer(config));
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, ANSWER_MS);
        return new KafkaProducer<>(
                settings, topic.key().serializer(), topic.value().serializer());
    }

    /** A consumer of raw records in no group; the caller closes it. */
    static Consumer<byte[], byte[]> consumer(LookbackConfig config) {
        return new KafkaConsumer<>(
                impatient(ClientSettings.consumer(config)), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Does something with a record, and says whether to go on. */
    interface Reader {
        boolean read(ConsumerRecord<byte[], byte[]> record);
    }

    /** The partitions of a topic. */
    static List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
        List<PartitionInfo> found = consumer.partitionsFor(topic);
        if (found == null || found.isEmpty()) {
            throw new UnknownTopicOrPartitionException(topic);
        }
        return found.stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /** Reads all committed records that are in some partitions when it begins, from the start; values may be null. */
    static void readAll(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Reader reader) {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        readToEnd(consumer, partitions, reader);
    }

    /** The same from an instant on. */
    static void readFrom(Consumer<byte[], byte[]> consumer, TopicPartition partition, Instant from, Reader reader) {
        OffsetAndTimestamp first =
                consumer.offsetsForTimes(Map.of(partition, from.toEpochMilli())).get(partition);
        if (first != null) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, first.offset());
            readToEnd(consumer, List.of(partition), reader);
        }
    }

    /** The same of some offsets, the last one exclusive. */
    static void readRange(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, long from, long to, Reader reader) {
        if (from < to) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, from);
            readUpTo(consumer, List.of(partition), Map.of(partition, to), reader);
        }
    }

    /** The first offset whose record is of an instant (milliseconds since the epoch) or later; else the end. */
    static long offsetAt(Consumer<?, ?> consumer, TopicPartition partition, long instant, long end) {
        OffsetAndTimestamp first = consumer.offsetsForTimes(Map.of(partition, Math.max(0, instant)))
                .get(partition);
        return first == null ? end : Math.min(end, first.offset());
    }

    private static void readToEnd(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Reader reader) {
        readUpTo(consumer, partitions, consumer.endOffsets(partitions), reader);
    }

    private static void readUpTo(
            Consumer<byte[], byte[]> consumer,
            List<TopicPartition> partitions,
            Map<TopicPartition, Long> ends,
            Reader reader) {
        int emptyPolls = 0;
        while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            emptyPolls = records.isEmpty() ? emptyPolls + 1 : 0;
            if (emptyPolls > MAX_EMPTY_POLLS) {
                throw new TimeoutException("No more records came from " + partitions);
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                if (record.offset() < ends.getOrDefault(partition, 0L) && !reader.read(record)) {
                    return;
                }
            }
        }
        // A poll may have brought more: what comes after is for whoever reads on.
        ends.forEach(consumer::seek);
    }

    /** Waits for an answer. */
    static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }

    private static Map<String, Object> impatient(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(impatience());
        all.putAll(settings);
        return all;
    }

    /** Settings of clients for which somebody waits. */
    static Map<String, Object> impatience() {
        return Map.of("request.timeout.ms", REQUEST_MS, "default.api.timeout.ms", ANSWER_MS);
    }
}
