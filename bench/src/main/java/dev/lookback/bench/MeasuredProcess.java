package dev.lookback.bench;

import dev.lookback.app.LookbackApp;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import dev.lookback.vault.BucketCounts;
import dev.lookback.vault.VaultTopology;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.query.StateQueryRequest;

/**
 * The process that is measured: the application (roles ingest and vault) or another job, and somebody who notes how far it
 * has got. Reads its {@link Assignment}, works off what {@code lookup-events} holds, or restores what ledgers hold, reports a
 * {@link Finish}.
 */
public final class MeasuredProcess {
    /** Name of the copying job's target. */
    static final String COPIES = "passthrough";

    private static final String RESTORE_CONSUMER = "-restore-consumer";

    /** How often it is asked whether it is ready. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private static final int LOOKS_PER_NOTE = 10;

    /** The sampler says how far it has got. */
    private static final LongConsumer UNHEARD = committed -> {};

    private final Assignment assignment;
    private final LookbackConfig config;
    private final Clock clock;
    private final Sampler.Sample begin;

    private MeasuredProcess(Assignment assignment, Clock clock) {
        this.assignment = assignment;
        this.config = LookbackConfig.load(Path.of(assignment.config()), Map.of(), assignment.settings());
        this.clock = clock;
        this.begin = Sampler.sample(Map.of(), ProcessHandle.current().pid(), assignment.brokerPid(), clock);
    }

    /** The argument names the assignment's file. */
    public static void main(String[] args) throws Exception {
        MeasuredProcess measured = new MeasuredProcess(Assignment.read(Path.of(args[0])), Clock.systemUTC());
        switch (measured.assignment.job()) {
            case LOOKBACK, ENCRYPTED -> measured.lookback();
            case RESTORE -> measured.restore();
            case HANDWRITTEN -> measured.measure(new Handwritten(measured.config, measured.clock));
            case PASSTHROUGH -> measured.passthrough();
            case FLINK, FLINK_WIDE, FLINK_BULK -> throw new IllegalArgumentException("not on this class path");
        }
        System.exit(0);
    }

    private void lookback() throws IOException {
        try (LookbackApp app = LookbackApp.start(config);
                Log log = new Log(config)) {
            Set<String> ledgers = config.retentionClasses().all().stream()
                    .map(each -> config.topics().ledger(each.name()).name())
                    .collect(Collectors.toSet());
            KafkaStreams vault = app.streams(Role.VAULT);
            try (Sampler sampler = sampler(new TopicCounts(vault, TopicCounts.TAKEN, ledgers))) {
                log.awaitCommitted(
                        config.applicationId(Role.INGEST),
                        Set.of(config.topics().lookupEvents().name()),
                        UNHEARD);
                Map<TopicPartition, Long> ends = log.awaitCommitted(config.applicationId(Role.VAULT), ledgers, UNHEARD);
                long admitted = sum(app.meters(), "lookback.lookups.admitted");
                long rejected = sum(app.meters(), "lookback.lookups.rejected");
                if (admitted + rejected != assignment.events()) {
                    throw new IllegalStateException(assignment.events() + " lookups were published, but " + admitted
                            + " admitted and " + rejected + " rejected");
                }
                When when = when(sampler, log, ends, record -> !LedgerKey.isProgress(record.key()));
                report(when, admitted, rejected, () -> rows(vault));
            }
        }
    }

    private void restore() throws IOException {
        Path progress = Path.of(assignment.directory(), Assignment.PROGRESS_FILE);
        try (LookbackApp app = LookbackApp.start(config)) {
            KafkaStreams vault = app.streams(Role.VAULT);
            long firstAt = 0;
            boolean ready = false;
            for (int looks = 0; !ready; looks++) {
                ready = app.notReady().isEmpty();
                // Going through all metrics costs: often only until the first row is seen.
                if (firstAt == 0 || looks % LOOKS_PER_NOTE == 0) {
                    long restored = restored(vault);
                    firstAt = firstAt == 0 && restored > 0 ? clock.millis() : firstAt;
                    Files.writeString(progress, String.valueOf(restored));
                }
                Log.pause(ready ? Duration.ZERO : LOOK);
            }
            Sampler.Sample last =
                    Sampler.sample(Map.of(), ProcessHandle.current().pid(), assignment.brokerPid(), clock);
            long peak = Proc.peakResidentBytes(ProcessHandle.current().pid());
            long rows = rows(vault);
            if (firstAt == 0) {
                throw new IllegalStateException("Nothing was seen being restored");
            }
            report(new When(firstAt, last, peak), rows, 0, () -> rows);
        }
    }

    /** Records that its restore consumers have read. */
    private static long restored(KafkaStreams streams) {
        return (long) streams.metrics().values().stream()
                .filter(each -> each.metricName().name().equals(TopicCounts.TAKEN))
                .filter(each ->
                        each.metricName().tags().getOrDefault("client-id", "").endsWith(RESTORE_CONSUMER))
                .filter(each -> !each.metricName().tags().containsKey("topic"))
                .mapToDouble(each -> ((Number) each.metricValue()).doubleValue())
                .sum();
    }

    /** Runs and measures a job of another kind, as an {@link Assignment} says. */
    public static void run(Path assignment, BiFunction<Job, LookbackConfig, MeasuredJob> jobs) throws IOException {
        MeasuredProcess measured = new MeasuredProcess(Assignment.read(assignment), Clock.systemUTC());
        measured.measure(jobs.apply(measured.assignment.job(), measured.config));
    }

    private void measure(MeasuredJob begun) throws IOException {
        try (MeasuredJob job = begun;
                Log log = new Log(config);
                Sampler sampler = sampler(job.stored())) {
            log.awaitCommitted(
                    job.group(), Set.of(config.topics().lookupEvents().name()), committed -> job.check());
            When when = when(sampler, log, log.ends(Set.of(job.ledger())), record -> true);
            if (job.admitted() + job.rejected() != assignment.events()) {
                throw new IllegalStateException(assignment.events() + " lookups were published, but " + job.admitted()
                        + " admitted and " + job.rejected() + " rejected");
            }
            job.close();
            report(when, job.admitted(), job.rejected(), job::rows);
        }
    }

    private void passthrough() throws IOException {
        String source = config.topics().lookupEvents().name();
        Topology topology = new Topology();
        topology.addSource("events", new ByteArrayDeserializer(), new ByteArrayDeserializer(), source);
        topology.addSink("copies", COPIES, new ByteArraySerializer(), new ByteArraySerializer(), "events");
        Properties settings = new Properties();
        settings.putAll(ClientSettings.streams(config, Role.INGEST));
        settings.put(
                StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                config.integer(LookbackConfig.INGEST_THREADS) + config.integer(LookbackConfig.VAULT_THREADS));
        try (KafkaStreams streams = new KafkaStreams(topology, settings);
                Log log = new Log(config)) {
            streams.start();
            try (Sampler sampler = sampler(new TopicCounts(streams, TopicCounts.WRITTEN, Set.of(COPIES)))) {
                log.awaitCommitted(config.applicationId(Role.INGEST), Set.of(source), UNHEARD);
                When when = when(sampler, log, log.ends(Set.of(COPIES)), record -> true);
                report(when, assignment.events(), 0, () -> 0);
            }
        }
    }

    private Sampler sampler(Supplier<Map<TopicPartition, Long>> counts) {
        Path progress = Path.of(assignment.directory(), Assignment.PROGRESS_FILE);
        return new Sampler(counts, assignment.brokerPid(), progress, clock);
    }

    /** When the first and the last record that counts had been through, and what had been spent then. */
    private record When(long firstAt, Sampler.Sample last, long peakBytes) {}

    private When when(
            Sampler sampler,
            Log log,
            Map<TopicPartition, Long> ends,
            Predicate<ConsumerRecord<byte[], byte[]>> counts) {
        List<Sampler.Sample> samples = sampler.end();
        long peak = Proc.peakResidentBytes(ProcessHandle.current().pid());
        Map<TopicPartition, Long> targets = new HashMap<>();
        long firstAt = Long.MAX_VALUE;
        for (Map.Entry<TopicPartition, Long> each : ends.entrySet()) {
            targets.put(each.getKey(), log.afterLast(each.getKey(), each.getValue(), counts));
            firstAt = Math.min(firstAt, log.firstTimestamp(each.getKey(), each.getValue(), counts));
        }
        return new When(firstAt, Sampler.reached(samples, ends, targets), peak);
    }

    private void report(When when, long admitted, long rejected, LongSupplier rows) throws IOException {
        Sampler.Sample last = when.last;
        assignment.report(new Finish(
                when.firstAt,
                last.at(),
                admitted,
                rejected,
                rows.getAsLong(),
                last.cpuMillis(),
                last.brokerCpuMillis() - begin.brokerCpuMillis(),
                last.otherCores(begin),
                when.peakBytes));
    }

    private long rows(KafkaStreams vault) {
        long rows = 0;
        for (RetentionClass each : config.retentionClasses().all()) {
            rows += vault
                    .query(StateQueryRequest.inStore(VaultTopology.mirrorStore(each))
                            .withQuery(new BucketCounts()))
                    .getPartitionResults()
                    .values()
                    .stream()
                    .mapToLong(result -> result.getResult().rows())
                    .sum();
        }
        return rows;
    }

    private static long sum(MeterRegistry meters, String name) {
        return (long) meters.find(name).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }
}
