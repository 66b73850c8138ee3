package dev.lookback.bench;

import java.util.List;
import java.util.Map;

/**
 * What came of {@link GrowthBench}.
 *
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs in order
 */
public record GrowthReport(int cores, Map<String, String> settings, List<GrowthRun> runs) implements Report {
    /** The rate in the end, as a share of that in the beginning. */
    public static final double RATE_BAR = 0.9;

    /** Of the vault's files, and of the ledger, for each row. */
    public static final double BYTES_BAR = 190;

    /** Peak resident memory of the application, with a heap of 512 MiB. */
    public static final double MEMORY_BAR_MIB = 1.2 * 1024;

    /** Of so many rates the median is taken, in the beginning and in the end. */
    private static final int RATES = 3;

    private static final String ROW = "%4s  %12s %12s %7s %10s  %8s %8s %6s  %8s  %7s %7s";

    /** Copies what it is given. */
    public GrowthReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(ROW, "", "rows", "", "", "", "CPU µs", "a row", "other", "peak", "bytes", "a row"),
                Texts.format(
                        ROW,
                        "run",
                        "before",
                        "taken up",
                        "s",
                        "rows/s",
                        "app",
                        "broker",
                        "cores",
                        "RSS MiB",
                        "vault",
                        "ledger"));
    }

    /** A run as a line of a table. */
    public static String line(GrowthRun run) {
        return Texts.format(
                ROW,
                run.run(),
                Texts.format("%,d", run.rowsBefore()),
                Texts.format("%,d", run.rows()),
                Texts.format("%.1f", run.seconds()),
                Texts.format("%,.0f", run.perSecond()),
                Texts.format("%.2f", run.cpuMicros()),
                Texts.format("%.2f", run.brokerCpuMicros()),
                Texts.format("%.2f", run.otherCores()),
                Texts.format("%.0f", run.peakBytes() / Texts.MIB),
                Texts.format("%.0f", run.stateBytes()),
                Texts.format("%.0f", run.ledgerBytes()));
    }

    /** The median rate in the beginning; the first run of all is left out, in which the virtual machine compiles. */
    public double firstRate() {
        int from = Math.min(1, runs.size() - 1);
        return rate(runs.subList(from, Math.min(from + RATES, runs.size())));
    }

    /** The median rate in the end. */
    public double lastRate() {
        return rate(runs.subList(Math.max(0, runs.size() - RATES), runs.size()));
    }

    private static double rate(List<GrowthRun> of) {
        return Spread.of(of.stream().map(GrowthRun::perSecond).toList()).median();
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(GrowthReport::line).toList();
    }

    @Override
    public List<String> summary() {
        GrowthRun last = runs.get(runs.size() - 1);
        double peak = last.peakBytes() / Texts.MIB;
        return List.of(
                Texts.format(
                        "median of the last %d runs %,.0f rows/s, of the %d after the first %,.0f: %.3f of it",
                        RATES, lastRate(), RATES, firstRate(), lastRate() / firstRate()),
                Texts.format(
                        "in the end %,d rows; %.0f bytes each in the vault, %.0f in its ledger; memory %.0f MiB at most",
                        last.rowsBefore() + last.rows(), last.stateBytes(), last.ledgerBytes(), peak),
                "",
                Texts.bar(
                        lastRate() >= RATE_BAR * firstRate(),
                        Texts.format("in the end at least %.1f of the rate in the beginning", RATE_BAR)),
                Texts.bar(
                        Math.max(last.stateBytes(), last.ledgerBytes()) <= BYTES_BAR,
                        Texts.format("at most %.0f bytes a row, in the vault and in its ledger", BYTES_BAR)),
                Texts.bar(peak <= MEMORY_BAR_MIB, Texts.format("peak memory under %.0f MiB", MEMORY_BAR_MIB)));
    }

    /** The rates as a picture (SVG). */
    public String chart() {
        return BarChart.svg(
                "Rows a second, by millions of rows in the vault before",
                runs.stream()
                        .map(run -> new BarChart.Bar(
                                Texts.format("%.0f", run.rowsBefore() / 1e6),
                                new Spread(run.perSecond(), run.perSecond(), run.perSecond())))
                        .toList());
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d rows at a time, each spread over three hours of time; %d cores; %s.",
                        runs.get(0).rows(), cores, Texts.settings(settings)),
                "One process with all roles. Lookups are published while it is frozen; then, from when it goes on until the",
                "vault has taken up the last, seen every 250 ms. CPU: user and system time from there until all has been",
                "committed. Other: cores kept busy by all but the application, the broker and this process; figures are",
                "worth little unless that is near 0. Peak RSS: VmHWM. Bytes: the vault's files and the ledger's on the",
                "broker, by the rows so far. Settings: " + Backlog.SETTINGS + ", so that who is",
                "frozen is not held for dead.");
    }
}
