package dev.lookback.bench;

import dev.lookback.v1.SelectorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What came of {@link SearchBench}.
 *
 * @param lookups in the vault at first
 * @param matches that each search found
 * @param cores CPUs of the machine
 * @param settings that were not the defaults
 * @param filledPeakBytes the most memory that the application had resident when the vault had been filled
 * @param phases before and after expiry
 */
public record SearchReport(
        long lookups,
        int matches,
        int cores,
        Map<String, String> settings,
        long filledPeakBytes,
        List<Phase> phases,
        Expiry expiry)
        implements Report {
    /** From the approval until the extract is sealed, 10,000 lookups of 3 million. */
    public static final double SEALED_BAR_SECONDS = 3;

    /** The same, for 99 of 100 requests. */
    public static final double P99_BAR_SECONDS = 2;

    /** With fewer requests than this, no percentile is worth a verdict. */
    private static final int ENOUGH_REQUESTS = 50;

    /**
     * The requests of a stage, in the order in which they were filed.
     *
     * @param rows in the vault meanwhile
     * @param otherCores cores that all but the application and the broker kept busy meanwhile
     * @param peakBytes the most memory that the application had resident until their end
     */
    public record Phase(Stage stage, long rows, double otherCores, long peakBytes, List<Answer> answers) {
        /** Copies what it is given. */
        public Phase {
            answers = List.copyOf(answers);
        }

        private List<Double> figures(SelectorRole role, boolean atOnce, Function<Answer, @Nullable Double> figure) {
            return answers.stream()
                    .filter(each ->
                            each.subject().role() == role && each.subject().atOnce() == atOnce)
                    .map(each -> Objects.requireNonNull(figure.apply(each)))
                    .toList();
        }

        private Spread of(SelectorRole role, boolean atOnce, Function<Answer, @Nullable Double> figure) {
            return Spread.of(figures(role, atOnce, figure));
        }
    }

    /**
     * How half of the vault was forgotten.
     *
     * @param rows that left it
     * @param seconds from shortening the retention until the last receipt was closed
     * @param peakBytes the most memory that the application had resident until then
     */
    public record Expiry(long rows, double seconds, long peakBytes) {}

    /** Copies what it is given. */
    public SearchReport {
        settings = Map.copyOf(settings);
        phases = List.copyOf(phases);
    }

    /** The most memory that the application had resident. */
    public long peakBytes() {
        return phases.stream().mapToLong(Phase::peakBytes).max().orElse(filledPeakBytes);
    }

    private List<SelectorRole> roles() {
        return SearchBench.ROLES.stream()
                .filter(role -> phases.stream()
                        .flatMap(phase -> phase.answers.stream())
                        .anyMatch(answer -> answer.subject().role() == role))
                .toList();
    }

    /** From approval to sealed, seconds, of all requests about handles in a role that were approved when ready. */
    public Percentiles sealed(SelectorRole role) {
        return Percentiles.of(phases.stream()
                .flatMap(phase -> phase.figures(role, false, Answer::sealedSeconds).stream())
                .toList());
    }

    private static final String ROW = "%-7s %-10s %4s  %-12s  %10s  %10s  %10s";

    /** Heads of the columns of {@link #line(Answer)}. */
    public static List<String> head() {
        return List.of(
                Texts.format(ROW, "", "", "", "", "submit to", "approval", "of that in"),
                Texts.format(ROW, "expiry", "selector", "run", "approved", "searched s", "to sealed s", "casework s"));
    }

    /** A request as a line of a table. */
    public static String line(Answer answer) {
        Subject subject = answer.subject();
        Double searched = answer.searchedSeconds();
        return Texts.format(
                ROW,
                subject.stage().label(),
                label(subject.role()),
                subject.run(),
                subject.atOnce() ? "at once" : "when ready",
                searched == null ? "-" : Texts.format("%.2f", searched),
                Texts.format("%.2f", answer.sealedSeconds()),
                Texts.format("%.2f", answer.caseworkSeconds()));
    }

    /** What expired, as a line. */
    public static String line(Expiry expiry) {
        return Texts.format(
                "%,d rows forgotten in %.1f s (%,.0f rows/s), from the shortened retention to the last receipt closed",
                expiry.rows, expiry.seconds, expiry.rows / expiry.seconds);
    }

    private static String label(SelectorRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        for (Phase phase : phases) {
            lines.add(Texts.format(
                    "%s expiry, %,d rows in the vault (other load: %.2f cores):",
                    phase.stage.label(), phase.rows, phase.otherCores));
            for (SelectorRole role : roles()) {
                lines.addAll(figures(
                        role, "submit to awaiting approval", phase.figures(role, false, Answer::searchedSeconds)));
                lines.addAll(figures(role, "approval to sealed", phase.figures(role, false, Answer::sealedSeconds)));
                lines.addAll(figures(
                        role,
                        "submitted and approved at once, to sealed",
                        phase.figures(role, true, Answer::sealedSeconds)));
            }
        }
        lines.add("before and after expiry together:");
        for (SelectorRole role : roles()) {
            lines.add(Texts.format(
                    FIGURES, label(role), "approval to sealed", sealed(role).text()));
        }
        lines.add(line(expiry));
        lines.add(Texts.format("memory at most %.0f MiB when the vault had been filled", filledPeakBytes / Texts.MIB));
        lines.add(Texts.format("               %.0f MiB when half of it had expired", expiry.peakBytes / Texts.MIB));
        lines.add(Texts.format("               %.0f MiB in the end", peakBytes() / Texts.MIB));
        lines.add("");
        for (Phase phase : phases) {
            for (SelectorRole role : roles()) {
                double slowest = phase.of(role, false, Answer::sealedSeconds).greatest();
                lines.add(Texts.bar(
                        slowest <= SEALED_BAR_SECONDS,
                        Texts.format(
                                "%s expiry, %s: sealed within %.0f s of the approval, every time",
                                phase.stage.label(), label(role), SEALED_BAR_SECONDS)));
            }
            if (!roles().contains(SelectorRole.REQUESTER)) {
                continue;
            }
            lines.add(Texts.bar(
                    atOnce(phase, SelectorRole.REQUESTER).greatest() <= SEALED_BAR_SECONDS,
                    Texts.format(
                            "%s expiry, requester: the same when approved at once, the search included",
                            phase.stage.label())));
        }
        for (SelectorRole role : roles()) {
            Percentiles sealed = sealed(role);
            if (sealed.count() >= ENOUGH_REQUESTS) {
                lines.add(Texts.bar(
                        sealed.p99() < P99_BAR_SECONDS,
                        Texts.format(
                                "%s: sealed under %.0f s after the approval, p99 of %d requests",
                                label(role), P99_BAR_SECONDS, sealed.count())));
            }
        }
        lines.add(Texts.bar(
                peakBytes() < IngestReport.MEMORY_BAR_BYTES,
                Texts.format("peak memory under %.0f MiB", IngestReport.MEMORY_BAR_BYTES / Texts.MIB)));
        return lines;
    }

    private static Spread atOnce(Phase phase, SelectorRole role) {
        return phase.of(role, true, Answer::sealedSeconds);
    }

    private static final String FIGURES = "  %-10s %-42s %s";

    private static List<String> figures(SelectorRole role, String what, List<Double> figures) {
        Spread seconds = Spread.of(figures);
        return Stream.of(
                        Texts.format(
                                "median %.2f s (%.2f to %.2f)", seconds.median(), seconds.least(), seconds.greatest()),
                        Percentiles.of(figures).text())
                .map(text -> Texts.format(FIGURES, label(role), what, text))
                .toList();
    }

    @Override
    public List<String> lines() {
        return runs().stream().map(SearchReport::line).toList();
    }

    @Override
    public List<Answer> runs() {
        return phases.stream().flatMap(phase -> phase.answers().stream()).toList();
    }

    @Override
    public List<String> explanation() {
        return List.of(
                Texts.format(
                        "%,d lookups, published beforehand; %,d of them match each request; %d cores; %s.",
                        lookups, matches, cores, Texts.settings(settings)),
                "The application runs in a process of its own with all roles; nothing is published while it is measured.",
                "Every request is about another handle, spread evenly over the time asked about, and its extract is",
                "verified and counted. A search runs as soon as a request is received, before anybody approves:",
                "`approved when ready` waits until the request awaits approval, so that `approval to sealed` has no search",
                "in it. `approved at once` sends both commands in a row, and its time holds everything. A search for a",
                "requester reads that requester's rows alone; one for a queried handle has to read every row.",
                "Times: from before the command is sent until the status is read; in casework: from the broker's append",
                "time of the approval to the time of the sealing. After expiry: begun as soon as the last receipt of the",
                "forgotten half was closed, while the disk is still being cleaned up. Percentiles by nearest rank. Other load: cores kept busy by all",
                "but the application and the broker; figures are worth little unless that is near 0. Memory: VmHWM.");
    }
}
