package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.geo.MaxMindGeo;
import dev.lookback.ledger.LedgerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
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
final class Handwritten implements MeasuredJob {
    /** The topic that it writes. */
    static final String LEDGER = "handwritten";

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration COMMIT = Duration.ofSeconds(5);
    private static final int BATCH_ROWS = 1_000;
    private static final long MEMTABLE_BYTES = 16L * 1024 * 1024;

    private final LookbackConfig config;
    private final InstantSource clock;
    private final String group;
    private final String events;
    private final int partitions;
    private final MaxMindGeo geo;
    private final LongAdder[] written;
    private final LongAdder admitted = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Path> stores = new ArrayList<>();
    private volatile boolean stopping;
    private volatile @Nullable Exception failure;

    /** Begins, with as many threads as the application's ingest and vault have together. */
    Handwritten(LookbackConfig config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.group = config.applicationId(Role.INGEST);
        this.events = config.topics().lookupEvents().name();
        this.partitions =
                config.optionalInteger(LookbackConfig.TOPICS_PARTITIONS_LEDGERS).orElseThrow();
        this.written = new LongAdder[partitions];
        Arrays.setAll(written, i -> new LongAdder());
        this.geo = Enrichment.geo(config);
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

    @Override
    public String group() {
        return group;
    }

    @Override
    public String ledger() {
        return LEDGER;
    }

    @Override
    public Supplier<Map<TopicPartition, Long>> stored() {
        return () -> {
            Map<TopicPartition, Long> counts = new HashMap<>();
            for (int i = 0; i < partitions; i++) {
                counts.put(new TopicPartition(LEDGER, i), written[i].sum());
            }
            return counts;
        };
    }

    @Override
    public void check() {
        Exception found = failure;
        if (found != null) {
            throw new IllegalStateException("The handwritten job has failed", found);
        }
    }

    @Override
    public long admitted() {
        return admitted.sum();
    }

    @Override
    public long rejected() {
        return rejected.sum();
    }

    /** Works off every so manieth partition: while nothing fails, nobody has to share them out. */
    private void work(Path directory, int worker, int workers) {
        Map<String, Object> reading = MeasuredJob.consumerSettings(config);
        reading.put("group.id", group);
        reading.put("enable.auto.commit", false);
        reading.put("auto.offset.reset", "earliest");
        try (Options options = new Options()
                        .setCreateIfMissing(true)
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setWriteBufferSize(MEMTABLE_BYTES);
                RocksDB store = open(options, directory);
                FlushOptions flush = new FlushOptions();
                WriteOptions noLog = new WriteOptions().setDisableWAL(true);
                WriteBatch batch = new WriteBatch();
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        MeasuredJob.producerSettings(config), new ByteArraySerializer(), new ByteArraySerializer())) {
            consumer.assign(consumer.partitionsFor(events).stream()
                    .filter(each -> each.partition() % workers == worker)
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList());
            Enrichment enrichment = new Enrichment(config, geo, clock);
            long committedAt = System.nanoTime();
            while (!stopping) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    Enrichment.Row row =
                            enrichment.enrich(each.value(), each.timestamp(), each.partition(), each.offset());
                    if (row == null) {
                        rejected.increment();
                        continue;
                    }
                    admitted.increment();
                    int partition = LedgerKey.partition(row.token(), partitions);
                    producer.send(new ProducerRecord<>(LEDGER, partition, row.key(), row.value()), this::acknowledged);
                    batch.put(row.key(), row.value());
                    if (batch.count() >= BATCH_ROWS) {
                        store.write(noLog, batch);
                        batch.clear();
                    }
                }
                if (System.nanoTime() - committedAt > COMMIT.toNanos()) {
                    committedAt = System.nanoTime();
                    store.write(noLog, batch);
                    batch.clear();
                    store.flush(flush);
                    producer.flush();
                    consumer.commitSync();
                }
            }
        } catch (IOException | RocksDBException | RuntimeException e) {
            failure = e;
        }
    }

    private static RocksDB open(Options options, Path directory) throws IOException, RocksDBException {
        Files.createDirectories(directory);
        return RocksDB.open(options, directory.toString());
    }

    private void acknowledged(RecordMetadata where, @Nullable Exception failed) {
        if (failed == null) {
            written[where.partition()].increment();
        } else {
            failure = failed;
        }
    }

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

    @Override
    public long rows() {
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
