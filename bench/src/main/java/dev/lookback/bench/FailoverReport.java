package dev.lookback.bench;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of {@link FailoverBench}.
 *
 * @param perSecond lookups a second that were to be published
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs in order
 */
public record FailoverReport(int perSecond, int cores, Map<String, String> settings, List<FailoverRun> runs)
        implements Report {
    /** Until all partitions are served again, 99th percentile. */
    public static final double BAR_SECONDS = 15;

    private static final String ROW = "%6s %11s %11s %11s %9s %11s";

    /** Copies what it is given. */
    public FailoverReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(ROW, "", "partitions", "lookups", "request", "rebuilt", "arriving"),
                Texts.format(ROW, "trial", "lost", "again s", "sealed s", "stores", "a second"));
    }

    /** A run as a line of a table. */
    public static String line(FailoverRun run) {
        return Texts.format(
                ROW,
                run.trial(),
                run.lost(),
                Texts.format("%.1f", run.lookupsSeconds()),
                Texts.format("%.1f", run.requestSeconds()),
                run.rebuilt(),
                Texts.format("%,.0f", run.arrivedPerSecond()));
    }

    @Override
    public List<String> summary() {
        Percentiles lookups = of(FailoverRun::lookupsSeconds);
        Percentiles requests = of(FailoverRun::requestSeconds);
        return List.of(
                "lookups from all partitions again, s: " + lookups.text(),
                "request sealed, s:                    " + requests.text(),
                "",
                Texts.bar(
                        Math.max(lookups.p99(), requests.p99()) <= BAR_SECONDS,
                        Texts.format(
                                "served again within %.0f s of a kill -9, p99 of %d, and no store rebuilt",
                                BAR_SECONDS, runs.size())));
    }

    private Percentiles of(ToDoubleFunction<FailoverRun> figure) {
        return Percentiles.of(runs.stream().map(figure::applyAsDouble).toList());
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(FailoverReport::line).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d lookups a second arrive; two instances, one broker; %d cores; %s.",
                        perSecond, cores, Texts.settings(settings)),
                "Of two instances that are up to date, the one in charge of more partitions is ended by kill -9; then it is",
                "started again. Lookups again: from the kill until the ledger holds, from every partition of lookup-events,",
                "a lookup that the broker took in after the kill, by the broker's clock. Request: filed and approved right",
                "after the kill, until it is sealed; that takes a search in every partition of the vault. Rebuilt: stores",
                "that the survivor opened at position 0 of their ledger.");
    }
}
