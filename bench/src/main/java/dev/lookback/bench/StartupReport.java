package dev.lookback.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of {@link StartupBench}.
 *
 * @param lookups that were published before the starts that find some
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs in order
 */
public record StartupReport(long lookups, int cores, Map<String, String> settings, List<StartupRun> runs)
        implements Report {
    /** With nothing there. */
    public static final double EMPTY_BAR_SECONDS = 6;

    private static final double MILLIS = 1_000;
    private static final String ROW = "%-8s %4s %9s %12s %12s %9s";

    /** Copies what it is given. */
    public StartupReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(ROW, "", "", "ready", "rows", "rows", "peak"),
                Texts.format(ROW, "start", "run", "after s", "held", "a second", "RSS MiB"));
    }

    /** A run as a line of a table. */
    public static String line(StartupRun run) {
        return Texts.format(
                ROW,
                run.kind().name().toLowerCase(Locale.ROOT),
                run.run(),
                Texts.format("%.2f", run.readySeconds()),
                Texts.format("%,d", run.rows()),
                run.kind() == StartupRun.Kind.RESTORE ? Texts.format("%,.0f", run.rowsPerSecond()) : "-",
                Texts.format("%.0f", run.peakBytes() / Texts.MIB));
    }

    /** Seconds until ready. */
    public Spread readySeconds(StartupRun.Kind kind) {
        return of(kind, StartupRun::readySeconds);
    }

    private Spread of(StartupRun.Kind kind, ToDoubleFunction<StartupRun> figure) {
        return Spread.of(runs.stream()
                .filter(each -> each.kind() == kind)
                .map(figure::applyAsDouble)
                .toList());
    }

    private double rowsPerSecondBeyondTheStart(StartupRun restore) {
        double start = readySeconds(StartupRun.Kind.AGAIN).median();
        return restore.rows() / Math.max(restore.readySeconds() - start, Application.PAUSE.toMillis() / MILLIS);
    }

    @Override
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        for (StartupRun.Kind kind : StartupRun.Kind.values()) {
            Spread seconds = readySeconds(kind);
            lines.add(Texts.format(
                    "%-8s ready after %.2f s (%.2f to %.2f)",
                    kind.name().toLowerCase(Locale.ROOT), seconds.median(), seconds.least(), seconds.greatest()));
        }
        Spread rows = of(StartupRun.Kind.RESTORE, StartupRun::rowsPerSecond);
        lines.add(Texts.format(
                "restored %,.0f rows/s (%,.0f to %,.0f), the start of the process included",
                rows.median(), rows.least(), rows.greatest()));
        Spread beyond = of(StartupRun.Kind.RESTORE, this::rowsPerSecondBeyondTheStart);
        lines.add(Texts.format(
                "         %,.0f rows/s (%,.0f to %,.0f) in the time that it took longer than with its state at hand",
                beyond.median(), beyond.least(), beyond.greatest()));
        lines.add("");
        lines.add(Texts.bar(
                readySeconds(StartupRun.Kind.EMPTY).median() <= EMPTY_BAR_SECONDS,
                Texts.format("with nothing there ready within %.0f s", EMPTY_BAR_SECONDS)));
        return lines;
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(StartupReport::line).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format("%,d lookups; %d cores; %s.", lookups, cores, Texts.settings(settings)),
                "Timed: from the start of the process, the virtual machine's own included, until /health/ready says so, asked",
                "every 100 ms; all roles. empty: no lookups, no state. restore: the vault's state was deleted, and all of it",
                "comes from the ledgers. again: with the state that it left when it was stopped. Peak RSS: VmHWM then.");
    }
}
