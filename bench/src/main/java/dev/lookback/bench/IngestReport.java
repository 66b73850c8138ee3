package dev.lookback.bench;

import dev.lookback.local.SampleGeoIp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What came of {@link IngestBench}.
 *
 * @param events lookups in each run
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param eventBytes bytes of an event in {@code lookup-events}, on the broker's disk
 * @param networks size of the GeoIP databases
 * @param runs measured runs, in order
 */
public record IngestReport(
        long events,
        int cores,
        Map<String, String> settings,
        double eventBytes,
        SampleGeoIp.Size networks,
        List<Run> runs)
        implements Report {
    /** Lookups a second, end to end, on two cores. */
    public static final double RATE_BAR = 100_000;

    /** As a share of what the copying job does. */
    public static final double RATIO_BAR = 0.4;

    /** What one run over 400,000 lookups found on two cores; longer ones found 0.32 to 0.37 (docs/MEASUREMENTS.md). */
    public static final double SMOKE_RATIO = 0.37;

    /** A build is refused that has lost a third of that. */
    public static final double SMOKE_BAR = SMOKE_RATIO * 2 / 3;

    /** Rows a second when a vault is restored, as a multiple of the lookups a second that filled it. */
    public static final double RESTORE_BAR = 2.5;

    /** As a multiple of the best that Flink does. */
    public static final double FLINK_BAR = 1.3;

    /** With encryption, as a share of the rate without. */
    public static final double ENCRYPTED_BAR = 0.85;

    /** As a share of what the handwritten job does. */
    public static final double HANDWRITTEN_BAR = 0.75;

    /** Peak resident memory, with three million rows. */
    public static final long MEMORY_BAR_BYTES = 1_536L * 1024 * 1024;

    /** Copies what it is given. */
    public IngestReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    /** Lookups a second from the start of the process. */
    public Spread perSecond(Job job) {
        return Spread.of(figures(job, Run::perSecond));
    }

    /** Lookups a second from the first record written. */
    public Spread perSecondWorking(Job job) {
        return Spread.of(figures(job, Run::perSecondWorking));
    }

    /** A job's rate divided by another's, pair by pair; empty if one of them was not measured. */
    public Optional<Spread> ratio(Job job, Job other) {
        return figures(job, Run::perSecond).isEmpty()
                        || figures(other, Run::perSecond).isEmpty()
                ? Optional.empty()
                : Optional.of(ratio(job, other, Run::perSecond));
    }

    /** The same by the rates from the first record written. */
    public Optional<Spread> ratioWorking(Job job, Job other) {
        return ratio(job, other).map(any -> ratio(job, other, Run::perSecondWorking));
    }

    private Spread ratio(Job job, Job other, ToDoubleFunction<Run> rate) {
        List<Double> ours = figures(job, rate);
        List<Double> theirs = figures(other, rate);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
            ratios.add(ours.get(i) / theirs.get(i));
        }
        return Spread.of(ratios);
    }

    private List<Double> figures(Job job, ToDoubleFunction<Run> figure) {
        return runs.stream()
                .filter(run -> run.job() == job)
                .map(figure::applyAsDouble)
                .toList();
    }

    /** The most memory that the application had resident in any run. */
    public long peakBytes() {
        return runs.stream()
                .filter(run -> run.job() == Job.LOOKBACK)
                .mapToLong(Run::peakBytes)
                .max()
                .orElse(0);
    }

    private static final String ROW = "%-12s %4s  %9s %9s  %9s %9s  %8s %8s  %6s  %8s  %9s %9s";

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(
                        ROW,
                        "",
                        "",
                        "start to",
                        "the end",
                        "1st to",
                        "the end",
                        "CPU µs",
                        "a lookup",
                        "other",
                        "peak",
                        "bytes",
                        "a lookup"),
                Texts.format(
                        ROW,
                        "job",
                        "run",
                        "lookups/s",
                        "s",
                        "lookups/s",
                        "s",
                        "process",
                        "broker",
                        "cores",
                        "RSS MiB",
                        "state",
                        "topic"));
    }

    /** A run as a line of a table. */
    public static String line(Run run) {
        long counted = Math.max(1, run.rows() == 0 ? run.admitted() : run.rows());
        return Texts.format(
                ROW,
                run.job().label(),
                run.pair(),
                Texts.format("%,.0f", run.perSecond()),
                Texts.format("%.2f", run.seconds()),
                Texts.format("%,.0f", run.perSecondWorking()),
                Texts.format("%.2f", run.secondsWorking()),
                Texts.format("%.2f", run.cpuMicros()),
                Texts.format("%.2f", run.brokerCpuMicros()),
                Texts.format("%.2f", run.otherCores()),
                Texts.format("%.0f", run.peakBytes() / Texts.MIB),
                run.job() != Job.PASSTHROUGH ? Texts.format("%.0f", run.stateBytes() / (double) counted) : "-",
                Texts.format("%.0f", run.topicBytes() / (double) Math.max(1, run.admitted())));
    }

    /** The rates of all jobs that take lookups as a picture (SVG). */
    public String chart() {
        return BarChart.svg(
                "Lookups a second, median and range",
                measured().stream()
                        .filter(job -> job != Job.RESTORE) // rows, several times as many
                        .map(job -> new BarChart.Bar(job.label(), perSecond(job)))
                        .toList());
    }

    @Override
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        for (Job job : measured()) {
            Spread all = perSecond(job);
            Spread working = perSecondWorking(job);
            lines.add(Texts.format(
                    "%-12s median %,.0f lookups/s (%,.0f to %,.0f); from the first record %,.0f (%,.0f to %,.0f)",
                    job.label(),
                    all.median(),
                    all.least(),
                    all.greatest(),
                    working.median(),
                    working.least(),
                    working.greatest()));
        }
        of(Job.LOOKBACK, Job.PASSTHROUGH).ifPresent(lines::add);
        of(Job.RESTORE, Job.LOOKBACK).ifPresent(lines::add);
        of(Job.ENCRYPTED, Job.LOOKBACK).ifPresent(lines::add);
        of(Job.LOOKBACK, Job.HANDWRITTEN).ifPresent(lines::add);
        bestFlink().flatMap(best -> of(Job.LOOKBACK, best)).ifPresent(lines::add);
        lines.add(Texts.format("%-12s %.0f MiB at most", "memory", peakBytes() / Texts.MIB));
        lines.add("");
        lines.add(Texts.bar(
                perSecond(Job.LOOKBACK).median() >= RATE_BAR,
                Texts.format("median of at least %,.0f lookups/s", RATE_BAR)));
        ratio(Job.LOOKBACK, Job.PASSTHROUGH)
                .ifPresent(spread -> lines.add(Texts.bar(
                        spread.median() >= RATIO_BAR,
                        Texts.format("at least %.2f of the rate of the copying job", RATIO_BAR))));
        ratio(Job.RESTORE, Job.LOOKBACK)
                .ifPresent(spread -> lines.add(Texts.bar(
                        spread.median() >= RESTORE_BAR,
                        Texts.format("restored at least %.1f times as fast as filled", RESTORE_BAR))));
        ratio(Job.ENCRYPTED, Job.LOOKBACK)
                .ifPresent(spread -> lines.add(Texts.bar(
                        spread.median() >= ENCRYPTED_BAR,
                        Texts.format("with encryption at least %.2f of the rate without", ENCRYPTED_BAR))));
        ratio(Job.LOOKBACK, Job.HANDWRITTEN)
                .ifPresent(spread -> lines.add(Texts.bar(
                        spread.median() >= HANDWRITTEN_BAR,
                        Texts.format("at least %.2f of the rate of the handwritten job", HANDWRITTEN_BAR))));
        bestFlink()
                .flatMap(best -> ratio(Job.LOOKBACK, best))
                .ifPresent(spread -> lines.add(Texts.bar(
                        spread.median() >= FLINK_BAR,
                        Texts.format("at least %.1f times the rate of the best job on Flink", FLINK_BAR))));
        lines.add(Texts.bar(
                peakBytes() < MEMORY_BAR_BYTES,
                Texts.format("peak memory under %.0f MiB", MEMORY_BAR_BYTES / Texts.MIB)));
        return lines;
    }

    /** The job on Flink with the greatest median; empty if none was measured. */
    public Optional<Job> bestFlink() {
        return measured().stream()
                .filter(Job::isFlink)
                .max(Comparator.comparingDouble(job -> perSecond(job).median()));
    }

    /** The jobs of which there are runs. */
    public Set<Job> measured() {
        return runs.stream().map(Run::job).collect(Collectors.toCollection(() -> EnumSet.noneOf(Job.class)));
    }

    private Optional<String> of(Job job, Job other) {
        return ratio(job, other).map(spread -> {
            Spread working = ratio(job, other, Run::perSecondWorking);
            return Texts.format(
                    "%-12s ÷ %s: median %.3f (%.3f to %.3f); from the first record %.3f (%.3f to %.3f)",
                    job.label(),
                    other.label(),
                    spread.median(),
                    spread.least(),
                    spread.greatest(),
                    working.median(),
                    working.least(),
                    working.greatest());
        });
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(IngestReport::line).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d lookups, published beforehand (%.0f bytes each in lookup-events); GeoIP databases of %,d networks;"
                                + " %d cores; %s.",
                        events,
                        eventBytes,
                        networks.v4Networks() + networks.v6Networks(),
                        cores,
                        Texts.settings(settings)),
                "Timed: from the start of the application's process, with the virtual machine's start and its compiling,",
                "until the vault's mirrors have taken up the last lookup of the ledgers (seen every 50 ms); and the same",
                "from the first record that was written to a ledger. passthrough: a Kafka Streams job that copies the same",
                "records to another topic with the same client settings and as many threads, until the last is written.",
                "restore: the application once more, which finds the ledgers of the lookback before it and no state; until it",
                "is ready, and from the first row that was restored; rows in place of lookups.",
                "encrypted: the application with custody.class set to KeystoreCustody. handwritten: consumer, producer and",
                "RocksDB without an engine, with the same decoding, GeoIP and encoding, in one step: no ledger is read back.",
                "flink, flink-wide, flink-bulk: the same on Apache Flink, in one process with a heap of 2 GiB, with 2 parallel",
                "tasks, as many as partitions, and 2 with larger memtables and files; rows in map state that expires.",
                "Topics (but for restore) and state are new for each run. CPU: user and system time, of the process from its start. Other:",
                "cores kept busy by all else on this machine; figures are worth little unless that is near 0. Peak RSS:",
                "VmHWM. Bytes: on disk after the process has stopped, for each row; on the broker, for each admitted lookup.");
    }
}
