package dev.lookback.bench;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of {@link SustainedBench}.
 *
 * @param rows that arrived and expired in each run
 * @param buckets that they were spread over
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param kept rows in vault and ledger in the end, the same in both, none of them due
 * @param runs in order
 */
public record SustainedReport(
        long rows, int buckets, int cores, Map<String, String> settings, long kept, List<SustainedRun> runs)
        implements Report {
    /** With as many expiring, as a share of the rate with none. */
    public static final double SUSTAINED_BAR = 0.4;

    /** Expiring alone, as a share of the rate of arriving alone. */
    public static final double EXPIRY_BAR = 0.6;

    private static final String ROW = "%4s  %11s %7s  %11s %7s  %11s %7s %8s %8s  %9s %7s  %6s %8s";

    /** Copies what it is given. */
    public SustainedReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(
                        ROW,
                        "",
                        "arriving",
                        "alone",
                        "expiring",
                        "alone",
                        "both",
                        "",
                        "arrived",
                        "expired",
                        "÷ arriving",
                        "÷ arr.",
                        "other",
                        "peak"),
                Texts.format(
                        ROW, "run", "rows/s", "s", "rows/s", "s", "rows/s", "s", "after s", "after s", "both", "exp.",
                        "cores", "RSS MiB"));
    }

    /** A run as a line of a table. */
    public static String line(SustainedRun run) {
        return Texts.format(
                ROW,
                run.run(),
                Texts.format("%,.0f", run.rows() / run.arrivingSeconds()),
                Texts.format("%.1f", run.arrivingSeconds()),
                Texts.format("%,.0f", run.rows() / run.expiringSeconds()),
                Texts.format("%.1f", run.expiringSeconds()),
                Texts.format("%,.0f", run.rows() / run.bothSeconds()),
                Texts.format("%.1f", run.bothSeconds()),
                Texts.format("%.1f", run.bothArrivedSeconds()),
                Texts.format("%.1f", run.bothExpiredSeconds()),
                Texts.format("%.3f", run.sustained()),
                Texts.format("%.3f", run.expiry()),
                Texts.format("%.2f", run.otherCores()),
                Texts.format("%.0f", run.peakBytes() / Texts.MIB));
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(SustainedReport::line).toList();
    }

    @Override
    public List<String> summary() {
        Spread sustained = of(SustainedRun::sustained);
        Spread expiry = of(SustainedRun::expiry);
        return List.of(
                rate("arriving alone", SustainedRun::arrivingSeconds),
                rate("expiring alone", SustainedRun::expiringSeconds),
                rate("as many of both", SustainedRun::bothSeconds),
                ratio("both ÷ arriving", sustained),
                ratio("expiring ÷ arriving", expiry),
                Texts.format("vault and ledger hold the same %,d rows in the end, none of them due", kept),
                "",
                Texts.bar(
                        sustained.median() >= SUSTAINED_BAR,
                        Texts.format("with as many expiring at least %.1f of the rate with none", SUSTAINED_BAR)),
                Texts.bar(
                        expiry.median() >= EXPIRY_BAR,
                        Texts.format("expiring alone at least %.1f of the rate of arriving alone", EXPIRY_BAR)));
    }

    private Spread of(ToDoubleFunction<SustainedRun> figure) {
        return Spread.of(runs.stream().map(figure::applyAsDouble).toList());
    }

    private String rate(String what, ToDoubleFunction<SustainedRun> seconds) {
        Spread rate = of(run -> run.rows() / seconds.applyAsDouble(run));
        return Texts.format(
                "%-20s median %,.0f rows/s (%,.0f to %,.0f)", what, rate.median(), rate.least(), rate.greatest());
    }

    private static String ratio(String what, Spread ratio) {
        return Texts.format("%-20s median %.3f (%.3f to %.3f)", what, ratio.median(), ratio.least(), ratio.greatest());
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d rows arrive and expire at a time, spread over %d buckets of an hour; %d cores; %s.",
                        rows, buckets, cores, Texts.settings(settings)),
                "One process with all roles, which has taken up as many rows before, does three things again and again.",
                "Arriving alone: lookups were published while it was frozen; from when it goes on until the vault has taken",
                "up the last, seen every 250 ms. Expiring alone: the retention is shortened, so that the older half of what",
                "the vault holds is due; until the last tombstone has been read back and the last receipt is CLOSED. Both:",
                "as many lookups were published and as many rows are due; until both are done. Other: cores kept busy by all",
                "but the application, the broker and this process; figures are worth little unless that is near 0.",
                "Memory: VmHWM. Settings: " + Backlog.SETTINGS + ", so that who is frozen is not held for dead.");
    }
}
