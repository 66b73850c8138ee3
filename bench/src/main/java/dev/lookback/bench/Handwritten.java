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
import dev.lookback.serde.AvroDeserializer;
import dev.lookback.serde.AvroSerializer;
import dev.lookback.serde.WireFormat;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
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
    private final String events;
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
        this.events = config.topics().lookupEvents().name();
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
            Map<TopicPartition, Long> counts = new HashMap<>();
            for (int i = 0; i < partitions; i++) {
                counts.put(new TopicPartition(LEDGER, i), written[i].sum());
            }
            return counts;
        };
    }

    /**
     * Looks whether all threads still work.
     *
     * @throws IllegalStateException if one has failed
     */
    void check() {
        Exception found = failure;
        if (found != null) {
            throw new IllegalStateException("The handwritten job has failed", found);
        }
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

    /** Works off every so manieth partition: while nothing fails, nobody has to share them out. */
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
                FlushOptions flush = new FlushOptions();
                WriteOptions noLog = new WriteOptions().setDisableWAL(true);
                WriteBatch batch = new WriteBatch();
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings(PRODUCER), new ByteArraySerializer(), new ByteArraySerializer())) {
            consumer.assign(consumer.partitionsFor(events).stream()
                    .filter(each -> each.partition() % workers == worker)
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList());
            Enrichment enrichment = new Enrichment();
            long committedAt = System.nanoTime();
            while (!stopping) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    ProducerRecord<byte[], byte[]> row = enrichment.enrich(each);
                    if (row == null) {
                        rejected.increment();
                        continue;
                    }
                    admitted.increment();
                    producer.send(row, this::acknowledged);
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

    /** What makes a ledger's record of an event, with the very parts that the application has for it. For one thread. */
    private final class Enrichment {
        private final AvroDeserializer<LookupEvent> reader = (AvroDeserializer<LookupEvent>)
                config.topics().lookupEvents().value().deserializer();
        private final AvroSerializer<EnrichedLookup> writer = (AvroSerializer<EnrichedLookup>)
                config.topics().ledger(Topics.DEFAULT_CLASS).value().serializer();
        private final Tokens tokens = config.tokens();
        private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        private @Nullable BinaryEncoder encoder;

        /** The record for {@link #LEDGER}; null if the event is not admitted. */
        @Nullable
        ProducerRecord<byte[], byte[]> enrich(ConsumerRecord<byte[], byte[]> record) throws IOException {
            LookupEvent event = reader.deserialize(events, record.headers(), record.value());
            Handle requester = Handle.parse(event.getRequester());
            byte[] address = IpAddress.parse(event.getSourceIp());
            long occurredAt = event.getOccurredAt().toEpochMilli();
            boolean late = occurredAt <= System.currentTimeMillis() - maxLateMillis;
            if (requester.kind() == HandleKind.OTHER || address == null || late) {
                return null;
            }
            UUID id = UUID.fromString(event.getEventId());
            long token = tokens.token(requester.normalised());
            byte[] key = LedgerKey.encode(
                    LedgerKey.bucketOf(occurredAt, bucketWidth),
                    token,
                    occurredAt,
                    id.getMostSignificantBits(),
                    id.getLeastSignificantBits());
            byte[] value = encode(record, requester, Handle.parse(event.getQueried()), geo.locate(address));
            return new ProducerRecord<>(LEDGER, LedgerKey.partition(token, partitions), key, value);
        }

        /** The event's own bytes, and what is known beyond them. */
        private byte[] encode(ConsumerRecord<byte[], byte[]> record, Handle requester, Handle queried, GeoResult place)
                throws IOException {
            buffer.reset();
            writer.writeHeader(LEDGER, EnrichedLookup.getClassSchema(), buffer);
            BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(buffer, encoder);
            encoder = out;
            byte[] raw = record.value();
            out.writeFixed(raw, WireFormat.HEADER_LENGTH, raw.length - WireFormat.HEADER_LENGTH);
            out.writeString(requester.normalised());
            out.writeString(queried.normalised());
            out.writeEnum(queried.kind().ordinal());
            out.writeFixed(place.avro());
            out.writeLong(record.timestamp());
            out.writeInt(record.partition());
            out.writeLong(record.offset());
            out.flush();
            return buffer.toByteArray();
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
