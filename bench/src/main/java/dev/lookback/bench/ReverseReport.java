package dev.lookback.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of {@link ReverseBench}.
 *
 * @param lookups in the vault, all of which a search reads
 * @param matches that each search found
 * @param perSecond lookups a second that were to arrive; 0: as many as were taken up
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs in order
 */
public record ReverseReport(
        long lookups, int matches, int perSecond, int cores, Map<String, String> settings, List<ReverseRun> runs)
        implements Report {
    /** From submitting until the request awaits approval, 3 million rows. */
    public static final double SEARCHED_BAR_SECONDS = 15;

    /** What must be left of the rate meanwhile. */
    public static final double KEPT_BAR = 0.8;

    /** Copies what it is given. */
    public ReverseReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    private Spread of(ToDoubleFunction<ReverseRun> figure) {
        return Spread.of(runs.stream().map(figure::applyAsDouble).toList());
    }

    private static final String ROW = "%4s  %8s %7s  %9s %9s %6s  %9s %9s %6s  %7s %7s  %7s %7s  %6s %6s %6s %6s  %8s";

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(
                        ROW,
                        "",
                        "",
                        "of that",
                        "admitted",
                        "a second",
                        "",
                        "mirrored",
                        "a second",
                        "",
                        "lag s",
                        "without",
                        "lag s",
                        "with",
                        "cores",
                        "",
                        "",
                        "",
                        "peak"),
                Texts.format(
                        ROW,
                        "pair",
                        "search s",
                        "waiting",
                        "without",
                        "with",
                        "ratio",
                        "without",
                        "with",
                        "ratio",
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

    /** A pair as a line of a table. */
    public static String line(ReverseRun run) {
        ReverseRun.Window without = run.without();
        ReverseRun.Window with = run.with();
        return Texts.format(
                ROW,
                run.pair(),
                Texts.format("%.2f", run.searchedSeconds()),
                Texts.format("%.2f", run.waitedSeconds()),
                Texts.format("%,.0f", without.admittedPerSecond()),
                Texts.format("%,.0f", with.admittedPerSecond()),
                Texts.format("%.3f", run.admittedRatio()),
                Texts.format("%,.0f", without.mirroredPerSecond()),
                Texts.format("%,.0f", with.mirroredPerSecond()),
                Texts.format("%.3f", run.mirroredRatio()),
                Texts.format("%.2f", without.lag().median()),
                Texts.format("%.2f", without.lag().greatest()),
                Texts.format("%.2f", with.lag().median()),
                Texts.format("%.2f", with.lag().greatest()),
                Texts.format("%.2f", with.load().application()),
                Texts.format("%.2f", with.load().broker()),
                Texts.format("%.2f", with.load().bench()),
                Texts.format("%.2f", with.load().other()),
                Texts.format("%.0f", run.peakBytes() / Texts.MIB));
    }

    @Override
    public List<String> summary() {
        Spread searched = of(ReverseRun::searchedSeconds);
        Spread admitted = of(ReverseRun::admittedRatio);
        Spread mirrored = of(ReverseRun::mirroredRatio);
        List<String> lines = new ArrayList<>();
        lines.add(spread("seconds a search took", "%.2f", searched));
        lines.add(spread("of these waiting for the mirror", "%.2f", of(ReverseRun::waitedSeconds)));
        lines.add(spread(
                "arriving a second, without", "%,.0f", of(run -> run.without().arrivedPerSecond())));
        lines.add(
                spread("arriving a second, with", "%,.0f", of(run -> run.with().arrivedPerSecond())));
        lines.add(spread(
                "admitted a second, without", "%,.0f", of(run -> run.without().admittedPerSecond())));
        lines.add(
                spread("admitted a second, with", "%,.0f", of(run -> run.with().admittedPerSecond())));
        lines.add(spread("ratio, pair by pair", "%.3f", admitted));
        lines.add(spread(
                "mirrored a second, without", "%,.0f", of(run -> run.without().mirroredPerSecond())));
        lines.add(
                spread("mirrored a second, with", "%,.0f", of(run -> run.with().mirroredPerSecond())));
        lines.add(spread("ratio, pair by pair", "%.3f", mirrored));
        lines.add(spread(
                "worst lag without, seconds",
                "%.2f",
                of(run -> run.without().lag().greatest())));
        lines.add(spread(
                "worst lag with, seconds", "%.2f", of(run -> run.with().lag().greatest())));
        lines.add(spread(
                "cores of the application, without",
                "%.2f",
                of(run -> run.without().load().application())));
        lines.add(spread(
                "cores of the application, with",
                "%.2f",
                of(run -> run.with().load().application())));
        lines.add(spread(
                "other load without, cores",
                "%.2f",
                of(run -> run.without().load().other())));
        lines.add(spread(
                "other load with, cores", "%.2f", of(run -> run.with().load().other())));
        lines.add("");
        lines.add(Texts.bar(
                searched.greatest() < SEARCHED_BAR_SECONDS,
                Texts.format(
                        "%,d rows searched for a queried handle under %.0f s, every time",
                        lookups, SEARCHED_BAR_SECONDS)));
        lines.add(Texts.bar(
                admitted.median() >= KEPT_BAR,
                Texts.format("ingest keeps %.2f of its rate meanwhile, in the median", KEPT_BAR)));
        lines.add(Texts.bar(
                mirrored.median() >= KEPT_BAR,
                Texts.format("the same end to end, into the vault, in the median", KEPT_BAR)));
        return lines;
    }

    private static String spread(String what, String pattern, Spread figures) {
        return Texts.format(
                "%-34s median %s (%s to %s)",
                what,
                Texts.format(pattern, figures.median()),
                Texts.format(pattern, figures.least()),
                Texts.format(pattern, figures.greatest()));
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(ReverseReport::line).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d rows are searched, %,d of which match; %s lookups a second arrive; %d cores; %s.",
                        lookups,
                        matches,
                        perSecond == 0 ? "as many as can be taken up" : Texts.format("%,d", perSecond),
                        cores,
                        Texts.settings(settings)),
                "The vault is filled first. Then lookups arrive without a pause, and in alternation nothing is searched for",
                "some time, and a request about a queried handle is filed, whose search reads every row that was there at",
                "first. Its extract is verified and counted afterwards. The application runs in a process of its own with",
                "all roles; broker and registry, and what publishes, on the same machine. A steady rate that is kept up",
                "with shows a ratio of 1 however little is left: look at the lag, too. At rate `max`, lookups are",
                "published whenever fewer than a second's or so wait, so that ingest and vault always have work.",
                "Search: from before the command is sent until the status is read. Waiting: until the mirror held all that",
                "had been published when it was sent, before which no search begins; rates and lags with a search are",
                "from then on. Admitted: taken up by ingest; mirrored: by the vault. Lag: from publishing until the vault",
                "takes a lookup up, of the worst partition. Cores: kept busy by the application, the broker, this process",
                "(which publishes), and everything else: figures are worth little unless that is near 0. Memory: VmHWM.");
    }
}
