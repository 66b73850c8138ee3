package dev.lookback.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of {@link OutageBench}.
 *
 * @param rows that were to be overdue
 * @param perSecond lookups a second that were to arrive meanwhile
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param runs in order
 */
public record OutageReport(long rows, int perSecond, int cores, Map<String, String> settings, List<OutageRun> runs)
        implements Report {
    /** Until everything overdue is forgotten, 3 million rows. */
    public static final double BAR_SECONDS = 60;

    /** Copies what it is given. */
    public OutageReport {
        settings = Map.copyOf(settings);
        runs = List.copyOf(runs);
    }

    private static final String ROW = "%-12s %4s  %11s %11s  %7s %9s %10s %9s  %9s  %9s  %6s %6s %6s %6s  %8s";

    /** Heads of the columns of {@link #line}. */
    public static List<String> head() {
        return List.of(
                Texts.format(
                        ROW,
                        "",
                        "",
                        "rows",
                        "rows",
                        "",
                        "1st gone",
                        "all gone",
                        "",
                        "request",
                        "arriving",
                        "cores",
                        "",
                        "",
                        "",
                        "peak"),
                Texts.format(
                        ROW,
                        "outage",
                        "run",
                        "stored",
                        "overdue",
                        "ready s",
                        "s",
                        "s",
                        "rows/s",
                        "sealed s",
                        "a second",
                        "app",
                        "broker",
                        "bench",
                        "other",
                        "RSS MiB"));
    }

    /** A run as a line of a table. */
    public static String line(OutageRun run) {
        return Texts.format(
                ROW,
                run.outage().label(),
                run.run(),
                Texts.format("%,d", run.stored()),
                Texts.format("%,d", run.overdue()),
                Texts.format("%.1f", run.readySeconds()),
                Texts.format("%.1f", run.firstSeconds()),
                Texts.format("%.1f", run.seconds()),
                Texts.format("%,.0f", run.perSecond()),
                Texts.format("%.1f", run.answeredSeconds()),
                Texts.format("%,.0f", run.arrivedPerSecond()),
                Texts.format("%.2f", run.load().application()),
                Texts.format("%.2f", run.load().broker()),
                Texts.format("%.2f", run.load().bench()),
                Texts.format("%.2f", run.load().other()),
                Texts.format("%.0f", run.peakBytes() / Texts.MIB));
    }

    @Override
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        for (Outage outage : Outage.values()) {
            Spread all = of(outage, OutageRun::seconds);
            lines.add(Texts.format(
                    "%-12s all overdue rows gone: median %.1f s (%.1f to %.1f); other load %.2f cores",
                    outage.label(),
                    all.median(),
                    all.least(),
                    all.greatest(),
                    of(outage, run -> run.load().other()).median()));
        }
        lines.add("In every run: the request disclosed nothing that was overdue; vault and ledger held the same rows.");
        lines.add("");
        for (Outage outage : Outage.values()) {
            lines.add(Texts.bar(
                    of(outage, OutageRun::seconds).greatest() <= BAR_SECONDS,
                    Texts.format(
                            "%s: %,d overdue rows forgotten within %.0f s of the start, every time",
                            outage.label(), rows, BAR_SECONDS)));
        }
        return lines;
    }

    private Spread of(Outage outage, ToDoubleFunction<OutageRun> figure) {
        return Spread.of(runs.stream()
                .filter(run -> run.outage() == outage)
                .map(figure::applyAsDouble)
                .toList());
    }

    @Override
    public List<String> lines() {
        return runs.stream().map(OutageReport::line).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d rows are overdue; %,d lookups a second arrive; %d cores; %s.",
                        rows, perSecond, cores, Texts.settings(settings)),
                "The application fills its vault and stops in good order; while it is stopped, the retention is shortened,",
                "so that everything old is overdue: as after an outage longer than the whole retention. `ledger cut`:",
                "while the vault was away, ingest admitted as many rows again, and the brokers have deleted the ledger up",
                "to behind everything that the vault had stored, as they do with segments that have had their time; what",
                "the vault stored must go as a whole, since the tombstones of these rows can no longer be read.",
                "Seconds: from the start of the process, the virtual machine's included; first and all gone: by the",
                "receipts that were CLOSED. A request for overdue lookups is filed and approved just before the start; the",
                "same request had found them before the outage. Its extract is verified, and may hold none. In the end",
                "the vault must hold the ledger's live rows and no others, by count and SHA-256, none of them overdue.",
                "Cores: kept busy meanwhile by the application, the broker, this process, and everything else. VmHWM.");
    }
}
