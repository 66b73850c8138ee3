package dev.lookback.peers;

import dev.lookback.bench.Enrichment;
import dev.lookback.bench.IngestBench;
import dev.lookback.bench.Job;
import dev.lookback.bench.MeasuredJob;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.topics.Topics;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The same work on Apache Flink, tuned in good faith: events are enriched where they are read, keyed by their requester's
 * token, kept in a map state in RocksDB whose entries expire after 30 days, and written to a ledger. Objects are reused,
 * nothing goes through Kryo (the job would not start), checkpoints are incremental and as frequent as Lookback's commits,
 * and clients have Lookback's settings.
 *
 * <p>What it does not do: it tells nobody when a row has been forgotten, answers no requests, and its state can be read
 * by nothing but itself.
 */
final class FlinkJob implements MeasuredJob {
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    private static final TypeInformation<Tuple4<byte[], Long, Integer, Long>> EVENT =
            Types.TUPLE(BYTES, Types.LONG, Types.INT, Types.LONG);
    private static final TypeInformation<Tuple3<Long, byte[], byte[]>> ROW = Types.TUPLE(Types.LONG, BYTES, BYTES);

    /** Of a ledger's key: what its bucket and token do not say already. */
    private static final int TIME_AND_ID_BYTES = 24;

    private static final String MANAGED_MEMORY = "512m";

    /** Everything runs in this process, so tasks count here. */
    private static final LongAdder ADMITTED = new LongAdder();

    private static final LongAdder REJECTED = new LongAdder();
    private static final Map<Integer, LongAdder> STORED = new HashMap<>();

    private final String group;
    private final JobClient client;
    private final CompletableFuture<?> ended;

    /** Begins. */
    FlinkJob(Job job, LookbackConfig config) {
        this.group = config.applicationId(Role.INGEST);
        int partitions =
                config.optionalInteger(LookbackConfig.TOPICS_PARTITIONS_LEDGERS).orElseThrow();
        for (int i = 0; i < partitions; i++) {
            STORED.put(i, new LongAdder());
        }
        Enrich.config = config;
        int parallel = job == Job.FLINK_WIDE ? partitions : Runtime.getRuntime().availableProcessors();
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(parallel, settings(job, config));
        environment
                .fromSource(source(config), WatermarkStrategy.noWatermarks(), "events", EVENT)
                .flatMap(new Enrich())
                .returns(ROW)
                .keyBy(row -> row.f0, Types.LONG)
                .process(new Store(duration(config).toMillis(), partitions))
                .returns(ROW)
                .sinkTo(sink(config, partitions));
        try {
            client = environment.executeAsync("lookback");
        } catch (Exception e) {
            throw new IllegalStateException("Flink does not start the job", e);
        }
        ended = client.getJobExecutionResult();
    }

    private static Configuration settings(Job job, LookbackConfig config) {
        Path state = ClientSettings.stateDir(config, Role.VAULT);
        Configuration settings = new Configuration();
        Map<String, String> all = new HashMap<>(Map.of(
                "pipeline.object-reuse", "true",
                "pipeline.generic-types", "false",
                "state.backend.type", "rocksdb",
                "state.backend.rocksdb.localdir", state.resolve("working").toString(),
                "taskmanager.memory.managed.size", MANAGED_MEMORY,
                "execution.checkpointing.interval",
                        config.duration(LookbackConfig.COMMIT_INTERVAL).toMillis() + "ms",
                "execution.checkpointing.incremental", "true",
                "execution.checkpointing.storage", "filesystem",
                "execution.checkpointing.dir",
                        state.resolve("checkpoints").toUri().toString(),
                "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"));
        if (job == Job.FLINK_BULK) {
            all.put("state.backend.rocksdb.writebuffer.size", "64mb");
            all.put("state.backend.rocksdb.writebuffer.count", "4");
            all.put("state.backend.rocksdb.writebuffer.number-to-merge", "2");
            all.put("state.backend.rocksdb.compaction.level.target-file-size-base", "128mb");
            all.put("state.backend.rocksdb.compaction.level.max-size-level-base", "512mb");
            all.put("state.backend.rocksdb.thread.num", "2");
            all.put("state.backend.rocksdb.write-batch-size", "4mb");
        }
        all.forEach(settings::setString);
        return settings;
    }

    /** Flink takes texts alone. */
    private static Properties texts(Map<String, Object> settings) {
        Properties all = new Properties();
        settings.forEach((name, value) -> all.put(name, String.valueOf(value)));
        return all;
    }

    private static Duration duration(LookbackConfig config) {
        return Objects.requireNonNull(config.retentionClasses().get(Topics.DEFAULT_CLASS))
                .initialDuration();
    }

    private KafkaSource<Tuple4<byte[], Long, Integer, Long>> source(LookbackConfig config) {
        return KafkaSource.<Tuple4<byte[], Long, Integer, Long>>builder()
                .setTopics(config.topics().lookupEvents().name())
                .setGroupId(group)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new Raw())
                .setProperties(texts(MeasuredJob.consumerSettings(config)))
                .build();
    }

    private static KafkaSink<Tuple3<Long, byte[], byte[]>> sink(LookbackConfig config, int partitions) {
        return KafkaSink.<Tuple3<Long, byte[], byte[]>>builder()
                .setRecordSerializer((row, context, timestamp) -> new ProducerRecord<>(
                        IngestBench.FLINK_LEDGER, LedgerKey.partition(row.f0, partitions), row.f1, row.f2))
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .setKafkaProducerConfig(texts(MeasuredJob.producerSettings(config)))
                .build();
    }

    /** Bytes, and where they were read. */
    private static final class Raw implements KafkaRecordDeserializationSchema<Tuple4<byte[], Long, Integer, Long>> {
        private static final long serialVersionUID = 1;

        @Override
        public void deserialize(
                ConsumerRecord<byte[], byte[]> record, Collector<Tuple4<byte[], Long, Integer, Long>> out) {
            out.collect(Tuple4.of(record.value(), record.timestamp(), record.partition(), record.offset()));
        }

        @Override
        public TypeInformation<Tuple4<byte[], Long, Integer, Long>> getProducedType() {
            return EVENT;
        }
    }

    private static final class Enrich
            extends RichFlatMapFunction<Tuple4<byte[], Long, Integer, Long>, Tuple3<Long, byte[], byte[]>> {
        private static final long serialVersionUID = 1;

        /** Set before the job starts, in the one process that there is. */
        private static @Nullable LookbackConfig config;

        private transient Enrichment enrichment;
        private transient Tuple3<Long, byte[], byte[]> row;

        @Override
        public void open(OpenContext context) {
            LookbackConfig set = Objects.requireNonNull(config);
            enrichment = new Enrichment(set, Enrichment.geo(set), Clock.systemUTC());
            row = new Tuple3<>();
        }

        @Override
        public void flatMap(Tuple4<byte[], Long, Integer, Long> event, Collector<Tuple3<Long, byte[], byte[]>> out)
                throws Exception {
            Enrichment.Row made = enrichment.enrich(event.f0, event.f1, event.f2, event.f3);
            if (made == null) {
                REJECTED.increment();
                return;
            }
            ADMITTED.increment();
            row.setFields(made.token(), made.key(), made.value());
            out.collect(row);
        }
    }

    private static final class Store
            extends KeyedProcessFunction<Long, Tuple3<Long, byte[], byte[]>, Tuple3<Long, byte[], byte[]>> {
        private static final long serialVersionUID = 1;

        private final long keptMillis;
        private final int partitions;
        private transient MapState<byte[], byte[]> lookups;
        private transient LongAdder[] stored;

        Store(long keptMillis, int partitions) {
            this.keptMillis = keptMillis;
            this.partitions = partitions;
        }

        @Override
        public void open(OpenContext context) {
            MapStateDescriptor<byte[], byte[]> descriptor = new MapStateDescriptor<>("lookups", BYTES, BYTES);
            descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(keptMillis))
                    .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
                    .setStateVisibility(StateTtlConfig.StateVisibility.NeverReturnExpired)
                    .build());
            lookups = getRuntimeContext().getMapState(descriptor);
            stored = new LongAdder[partitions];
            Arrays.setAll(stored, STORED::get);
        }

        @Override
        public void processElement(
                Tuple3<Long, byte[], byte[]> row, Context context, Collector<Tuple3<Long, byte[], byte[]>> out)
                throws Exception {
            lookups.put(Arrays.copyOfRange(row.f1, row.f1.length - TIME_AND_ID_BYTES, row.f1.length), row.f2);
            out.collect(row);
            stored[LedgerKey.partition(row.f0, partitions)].increment();
        }
    }

    @Override
    public String group() {
        return group;
    }

    @Override
    public String ledger() {
        return IngestBench.FLINK_LEDGER;
    }

    @Override
    public Supplier<Map<TopicPartition, Long>> stored() {
        return () -> {
            Map<TopicPartition, Long> counts = new HashMap<>();
            STORED.forEach((partition, count) ->
                    counts.put(new TopicPartition(IngestBench.FLINK_LEDGER, partition), count.sum()));
            return counts;
        };
    }

    @Override
    public void check() {
        if (ended.isDone()) {
            try {
                ended.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("The job on Flink has failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("The job on Flink has ended by itself");
        }
    }

    @Override
    public long admitted() {
        return ADMITTED.sum();
    }

    @Override
    public long rejected() {
        return REJECTED.sum();
    }

    @Override
    public long rows() {
        return 0;
    }

    @Override
    public void close() {
        client.cancel().join();
    }
}
