package dev.lookback.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of {@link ForgetBench}.
 *
 * @param rows that became due at a time
 * @param buckets that they were spread over
 * @param bucketSeconds width of a bucket
 * @param perSecond lookups a second that were to arrive meanwhile
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param kept rows in vault and ledger in the end, the same in both, none of them due
 * @param runs in order
 */
public record ForgetReport(
        long rows,
        int buckets,
        double bucketSeconds,
        int perSecond,
        int cores,
        Map<String, String> settings,
        long kept,
        List<ForgetRun> runs)
        implements Report {
    /** Rows a second, tombstones read back, while {@value #ARRIVING_BAR} lookups a second arrive on two cores. */
    public static final double RATE_BAR = 30_000;

    /** Lookups a second. */
    public static final int ARRIVING_BAR = 20_000;

    /** Until a due bucket is wholly gone: an hour's, while 10,000 lookups a second arrive. */
    public static final double BUCKET_BAR_SECONDS = 600;

    /** Share of the lookups wanted that must have arrived for a rate to count. */
    private static final double ARRIVED_SHARE = 0.98;

    /** Copies what it is given. */
    public ForgetReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    private Spread of(ToDoubleFunction<ForgetRun> figure) {
        return Spread.of(runs.stream().map(figure::applyAsDouble).toList());
    }

    private static final String ROW = "%4s  %11s %7s %9s  %9s  %7s %7s %7s %7s  %8s %8s  %6s %6s %6s %6s  %8s";

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(
                        ROW,
                        "",
                        "rows",
                        "",
                        "",
                        "arriving",
                        "lag s",
                        "before",
                        "lag s",
                        "while",
                        "lateness",
                        "s",
                        "cores",
                        "",
                        "",
                        "",
                        "peak"),
                Texts.format(
                        ROW,
                        "run",
                        "forgotten",
                        "s",
                        "rows/s",
                        "a second",
                        "median",
                        "worst",
                        "median",
                        "worst",
                        "median",
                        "worst",
                        "app",
                        "broker",
                        "bench",
                        "other",
                        "RSS MiB"));
    }

    /** A run as a line of a table. */
    public static String line(ForgetRun run) {
        return Texts.format(
                ROW,
                run.run(),
                Texts.format("%,d", run.rows()),
                Texts.format("%.1f", run.seconds()),
                Texts.format("%,.0f", run.perSecond()),
                Texts.format("%,.0f", run.arrivedPerSecond()),
                Texts.format("%.2f", run.lagBefore().median()),
                Texts.format("%.2f", run.lagBefore().greatest()),
                Texts.format("%.2f", run.lagMeanwhile().median()),
                Texts.format("%.2f", run.lagMeanwhile().greatest()),
                Texts.format("%.1f", run.lateness().median()),
                Texts.format("%.1f", run.lateness().greatest()),
                Texts.format("%.2f", run.meanwhile().application()),
                Texts.format("%.2f", run.meanwhile().broker()),
                Texts.format("%.2f", run.meanwhile().bench()),
                Texts.format("%.2f", run.meanwhile().other()),
                Texts.format("%.0f", run.peakBytes() / Texts.MIB));
    }

    @Override
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        Spread rate = of(ForgetRun::perSecond);
        Spread arrived = of(ForgetRun::arrivedPerSecond);
        lines.add(spread("rows forgotten a second", "%,.0f", rate));
        lines.add(spread("seconds until all were", "%.1f", of(ForgetRun::seconds)));
        lines.add(spread("lookups arriving a second", "%,.0f", arrived));
        lines.add(spread(
                "worst lag before, seconds", "%.2f", of(run -> run.lagBefore().greatest())));
        lines.add(spread(
                "worst lag meanwhile, seconds",
                "%.2f",
                of(run -> run.lagMeanwhile().greatest())));
        lines.add(spread(
                "worst lateness, seconds", "%.1f", of(run -> run.lateness().greatest())));
        lines.add(spread(
                "other load before, cores", "%.2f", of(run -> run.before().other())));
        lines.add(spread(
                "other load meanwhile, cores", "%.2f", of(run -> run.meanwhile().other())));
        lines.add(Texts.format("vault and ledger hold the same %,d rows in the end, none of them due", kept));
        lines.add("");
        if (perSecond >= ARRIVING_BAR) {
            lines.add(Texts.bar(
                    rate.least() >= RATE_BAR && arrived.least() >= ARRIVED_SHARE * ARRIVING_BAR,
                    Texts.format(
                            "at least %,.0f rows/s forgotten while %,d lookups/s arrive, every time",
                            RATE_BAR, ARRIVING_BAR)));
        }
        if (buckets == 1 && rows >= perSecond * bucketSeconds) {
            lines.add(Texts.bar(
                    of(ForgetRun::seconds).greatest() <= BUCKET_BAR_SECONDS,
                    Texts.format(
                            "a bucket with at least as many rows as arrive in its time gone within %.0f s, every time",
                            BUCKET_BAR_SECONDS)));
        }
        return lines;
    }

    private static String spread(String what, String pattern, Spread figures) {
        return Texts.format(
                "%-32s median %s (%s to %s)",
                what,
                Texts.format(pattern, figures.median()),
                Texts.format(pattern, figures.least()),
                Texts.format(pattern, figures.greatest()));
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(ForgetReport::line).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d rows become due at a time, spread over %d buckets of %,.0f s; %,d lookups a second arrive; %d"
                                + " cores; %s.",
                        rows, buckets, bucketSeconds, perSecond, cores, Texts.settings(settings)),
                "The vault is filled first with the rows of all runs. Then lookups arrive without a pause, and the",
                "retention is shortened once for each run, so that the oldest rows are due at once. The application runs",
                "in a process of its own with all roles; broker and registry, and what publishes, on the same machine.",
                "A row counts as forgotten when its tombstone has been read back and its bucket's receipt is CLOSED.",
                "Seconds: from before the shorter retention is put on record to the last such receipt. Lag: from",
                "publishing until the vault takes a lookup up, of the worst partition, looked at once a second. Lateness:",
                "what the receipts say. Cores: kept busy meanwhile by the application, the broker, this process (which",
                "publishes), and everything else: figures are worth little unless that is near 0. Memory: VmHWM.");
    }
}
