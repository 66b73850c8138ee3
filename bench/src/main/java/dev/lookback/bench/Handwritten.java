package dev.lookback.bench;

import dev.lookback.address.IpAddress;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.geo.GeoResult;
import dev.lookback.geo.MaxMindGeo;
import dev.lookback.handle.Handle;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The same work without an engine, as somebody would write it who knows Kafka and RocksDB well: each thread reads, enriches
 * and writes to the ledger and, in batches, to a store of its own; in one step, where Lookback reads the ledger back. What
 * it leaves out is what Lookback is for: it forgets nothing, discloses nothing, and loses its store with the machine.
 */
final class Handwritten implements AutoCloseable {
    /** The topic that it writes. */
    static final String LEDGER = "handwritten";

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration COMMIT = Duration.ofSeconds(5);
    private static final int BATCH_ROWS = 1_000;
    private static final long MEMTABLE_BYTES = 16L * 1024 * 1024;
    private static final List<String> CONSUMER = List.of("main.consumer.", "consumer.");
    private static final List<String> PRODUCER = List.of("producer.");

    private final LookbackConfig config;
    private final String group;
    private final Tokens tokens;
    private final Topic<byte[], LookupEvent> events;
    private final Topic<byte[], EnrichedLookup> ledger;
    private final Duration bucketWidth;
    private final int partitions;
    private final MaxMindGeo geo;
    private final long maxLateMillis;
    private final LongAdder[] written;
    private final LongAdder admitted = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Path> stores = new ArrayList<>();
    private volatile boolean stopping;
    private volatile @Nullable Exception failure;

    /** Begins, with as many threads as the application's ingest and vault have together. */
    Handwritten(LookbackConfig config) {
        this.config = config;
        this.group = config.applicationId(Role.INGEST);
        this.tokens = config.tokens();
        this.events = config.topics().lookupEvents();
        this.ledger = config.topics().ledger(Topics.DEFAULT_CLASS);
        this.bucketWidth = Objects.requireNonNull(config.retentionClasses().get(Topics.DEFAULT_CLASS))
                .bucketWidth();
        this.partitions =
                config.optionalInteger(LookbackConfig.TOPICS_PARTITIONS_LEDGERS).orElseThrow();
        this.maxLateMillis = config.duration(LookbackConfig.INGEST_MAX_LATE).toMillis();
        this.written = new LongAdder[partitions];
        Arrays.setAll(written, i -> new LongAdder());
        this.geo = new MaxMindGeo(
                config.file(LookbackConfig.GEOIP_CITY_DATABASE).orElse(null),
                config.file(LookbackConfig.GEOIP_ASN_DATABASE).orElse(null),
                new SimpleMeterRegistry());
        int count = config.integer(LookbackConfig.INGEST_THREADS) + config.integer(LookbackConfig.VAULT_THREADS);
        for (int i = 0; i < count; i++) {
            int worker = i;
            Path store = ClientSettings.stateDir(config, Role.VAULT).resolve("store-" + i);
            stores.add(store);
            Thread thread = new Thread(() -> work(store, worker, count), "handwritten-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    /** The consumer group. */
    String group() {
        return group;
    }

    /** Records that the broker has acknowledged, by partition of {@link #LEDGER}. */
    Supplier<Map<TopicPartition, Long>> written() {
        return () -> {
            if (failure != null) {
                throw new IllegalStateException("The handwritten job has failed", failure);
            }
            Map<TopicPartition, Long> counts = new HashMap<>();
            for (int i = 0; i < partitions; i++) {
                counts.put(new TopicPartition(LEDGER, i), written[i].sum());
            }
            return counts;
        };
    }

    long admitted() {
        return admitted.sum();
    }

    long rejected() {
        return rejected.sum();
    }

    /** The settings of Kafka's clients that the application has, for one kind of client. */
    private Map<String, Object> settings(List<String> prefixes) {
        Map<String, Object> all = new HashMap<>(ClientSettings.consumer(config));
        ClientSettings.streams(config, Role.INGEST)
                .forEach((name, value) -> prefixes.forEach(prefix -> {
                    if (name.startsWith(prefix)) {
                        all.put(name.substring(prefix.length()), value);
                    }
                }));
        return all;
    }

    /** Each takes every so manieth partition: while nothing fails, nobody has to share them out. */
    private void work(Path directory, int worker, int workers) {
        Map<String, Object> reading = settings(CONSUMER);
        reading.put("group.id", group);
        reading.put("enable.auto.commit", false);
        reading.put("auto.offset.reset", "earliest");
        try (Options options = new Options()
                        .setCreateIfMissing(true)
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setWriteBufferSize(MEMTABLE_BYTES);
                RocksDB store = open(options, directory);
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings(PRODUCER), new ByteArraySerializer(), new ByteArraySerializer());
                WriteOptions noLog = new WriteOptions().setDisableWAL(true);
                WriteBatch batch = new WriteBatch()) {
            consumer.assign(consumer.partitionsFor(events.name()).stream()
                    .filter(each -> each.partition() % workers == worker)
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList());
            long committedAt = System.nanoTime();
            while (!stopping) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    take(each, producer, batch);
                    if (batch.count() >= BATCH_ROWS) {
                        store.write(noLog, batch);
                        batch.clear();
                    }
                }
                if (System.nanoTime() - committedAt > COMMIT.toNanos()) {
                    committedAt = System.nanoTime();
                    store.write(noLog, batch);
                    batch.clear();
                    try (FlushOptions flush = new FlushOptions()) {
                        store.flush(flush);
                    }
                    producer.flush();
                    consumer.commitSync();
                }
            }
        } catch (Exception e) {
            failure = e;
        }
    }

    private static RocksDB open(Options options, Path directory) throws IOException, RocksDBException {
        Files.createDirectories(directory);
        return RocksDB.open(options, directory.toString());
    }

    private void take(ConsumerRecord<byte[], byte[]> record, KafkaProducer<byte[], byte[]> producer, WriteBatch batch)
            throws RocksDBException {
        LookupEvent event = events.value().deserializer().deserialize(events.name(), record.headers(), record.value());
        Handle requester = Handle.parse(event.getRequester());
        byte[] address = IpAddress.parse(event.getSourceIp());
        UUID id = uuid(event.getEventId());
        long occurredAt = event.getOccurredAt().toEpochMilli();
        boolean late = occurredAt <= System.currentTimeMillis() - maxLateMillis;
        if (requester.kind() == HandleKind.OTHER || address == null || id == null || late) {
            rejected.increment();
            return;
        }
        GeoResult place = geo.locate(address);
        Handle queried = Handle.parse(event.getQueried());
        EnrichedLookup lookup = new EnrichedLookup(
                event,
                requester.normalised(),
                queried.normalised(),
                queried.kind(),
                place.status(),
                place.geo(),
                place.database(),
                Instant.ofEpochMilli(record.timestamp()),
                record.partition(),
                record.offset());
        byte[] value = ledger.value().serializer().serialize(ledger.name(), lookup);
        long token = tokens.token(requester.normalised());
        byte[] key = LedgerKey.encode(
                LedgerKey.bucketOf(occurredAt, bucketWidth),
                token,
                occurredAt,
                id.getMostSignificantBits(),
                id.getLeastSignificantBits());
        producer.send(
                new ProducerRecord<>(LEDGER, LedgerKey.partition(token, partitions), key, value), (where, failed) -> {
                    if (failed == null) {
                        written[where.partition()].increment();
                    } else {
                        failure = failed;
                    }
                });
        batch.put(key, value);
        admitted.increment();
    }

    private static @Nullable UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Ends the threads. */
    @Override
    public void close() {
        stopping = true;
        for (Thread each : threads) {
            try {
                each.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Rows in all stores, once this is closed. */
    long rows() {
        long rows = 0;
        for (Path each : stores) {
            try (Options options = new Options();
                    RocksDB store = RocksDB.openReadOnly(options, each.toString());
                    RocksIterator all = store.newIterator()) {
                for (all.seekToFirst(); all.isValid(); all.next()) {
                    rows++;
                }
                all.status();
            } catch (RocksDBException e) {
                throw new IllegalStateException("A store cannot be read", e);
            }
        }
        return rows;
    }
}
