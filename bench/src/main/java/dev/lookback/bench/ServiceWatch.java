package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads the ledger of class {@code default} in a thread of its own, to see from which partitions lookups are admitted. */
final class ServiceWatch implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);

    private final Topic<byte[], EnrichedLookup> ledger;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final int sources;
    private final List<Service> asked = new CopyOnWriteArrayList<>();
    private final Map<Integer, Long> newest = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "service-watch");
    private volatile boolean stopping;
    private volatile @Nullable RuntimeException failure;

    /** Whether lookups that came after an instant have been admitted from all partitions. Times in milliseconds since 1970. */
    final class Service {
        private final long since;
        private final Map<Integer, Long> servedAt = new ConcurrentHashMap<>();

        private Service(long since) {
            this.since = since;
        }

        boolean isComplete() {
            check();
            return servedAt.size() == sources;
        }

        /** When the first such lookup of the last partition was appended to the ledger. */
        long at() {
            return servedAt.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        }
    }

    /** Begins at the ledger's end. */
    ServiceWatch(LookbackConfig config) {
        this.ledger = config.topics().ledger(Topics.DEFAULT_CLASS);
        this.consumer = new KafkaConsumer<>(
                ClientSettings.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.sources =
                consumer.partitionsFor(config.topics().lookupEvents().name()).size();
        List<TopicPartition> partitions = consumer.partitionsFor(ledger.name()).stream()
                .map(each -> new TopicPartition(each.topic(), each.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try (consumer) {
            while (!stopping) {
                consumer.poll(POLL).forEach(this::take);
            }
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null || LedgerKey.isProgress(record.key())) {
            return;
        }
        EnrichedLookup lookup =
                ledger.value().deserializer().deserialize(ledger.name(), record.headers(), record.value());
        long receivedAt = lookup.getReceivedAt().toEpochMilli();
        int source = lookup.getSourcePartition();
        newest.merge(source, receivedAt, Math::max);
        for (Service each : asked) {
            if (receivedAt > each.since) {
                each.servedAt.putIfAbsent(source, record.timestamp());
            }
        }
    }

    /** Asks about what is admitted from now on. */
    Service since(long instant) {
        Service service = new Service(instant);
        asked.add(service);
        return service;
    }

    /** Whether, from every partition, a lookup has been admitted that came after an instant. */
    boolean isUpTo(long instant) {
        check();
        return newest.size() == sources && newest.values().stream().allMatch(each -> each > instant);
    }

    private void check() {
        RuntimeException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
