package dev.lookback.tool;

import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.retention.RetentionClass;
import dev.lookback.tool.AuditReport.ReadPartition;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        description = {
            "Check the promise to forget from what ledgers, receipts and the vault say: counts every receipt again from"
                    + " the ledger, looks for rows past their deadline, tombstones without a receipt and receipts that"
                    + " were not closed, and sums up by class and day.",
            "Exit code 0 if nothing is overdue and nothing contradicts a receipt, 1 if something is or does, 3 if a part"
                    + " of the vault could not be asked.",
        },
        footer = {
            "",
            "Examples:",
            "  lookback retention audit",
            "  lookback retention audit --since 1d --json    # reads what has fallen due since then, and no more",
            "  lookback retention audit --vault https://vault-1:8080 --vault https://vault-2:8080",
        })
final class AuditCommand implements Callable<Integer> {
    private static final int MOST_SHOWN = 50;
    private static final String ROW = "  %-10s  %14s  %14s  %14s  %10s  %9s  %8s  %8s";

    private final Surroundings surroundings;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Read only what it takes to judge what has fallen due since then, and every row that is due"
                    + " and still there: an instant (2026-01-31T12:00:00Z) or so long ago (36h, 7d).")
    private @Nullable String since;

    @Option(
            names = "--vault",
            paramLabel = "URL",
            description =
                    "An instance that runs the vault (https://host:port): hold what it has against the ledger. Give"
                            + " it once for each; each partition that none of them speaks for is named. What to show"
                            + " it, and whom to trust: http.bearer.token.file, http.ssl.*.")
    private List<URI> vaults = new ArrayList<>();

    @Option(
            names = "--allowance",
            paramLabel = "DURATION",
            converter = RetentionCommand.DurationForm.class,
            defaultValue = "5m",
            description = "How long after a bucket is due its rows may still be there (default: ${DEFAULT-VALUE})."
                    + " Expiry may wait for a search for vault.expiry.grace.")
    private Duration allowance = Duration.ZERO;

    @Mixin
    private final Settings settings = new Settings();

    @Mixin
    private final Json json = new Json();

    AuditCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        Instant from = since == null ? null : instant(since, surroundings.clock());
        LookbackConfig config = settings.load(surroundings.environment());
        AuditReport report = run(config, surroundings, from, vaults, allowance);
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(report);
        } else {
            lines(report).forEach(console::print);
        }
        if (!report.sound()) {
            return ExitCodes.FAILED;
        }
        return report.vaultNotReported().isEmpty() ? ExitCodes.OK : ExitCodes.UNAVAILABLE;
    }

    /** Audits every partition of every class. */
    static AuditReport run(
            LookbackConfig config,
            Surroundings surroundings,
            @Nullable Instant since,
            List<URI> vaults,
            Duration allowance) {
        InstantSource clock = surroundings.clock();
        AuditReport.Builder report = new AuditReport.Builder(clock.instant(), since, !vaults.isEmpty());
        // Before anything is read: then the ledger is read at least as far as the vault was.
        List<VaultHolding> holdings = vaults.stream()
                .flatMap(each -> VaultHolding.ask(each, config).stream())
                .toList();
        try (RetentionAudit audit = new RetentionAudit(config, surroundings.console(), clock, allowance)) {
            for (RetentionClass each : config.retentionClasses().all()) {
                for (TopicPartition partition : audit.partitions(each)) {
                    report.add(each, audit.audit(each, partition, since, holdings));
                }
            }
        }
        return report.build();
    }

    /** The instant that somebody means. */
    static Instant instant(String text, InstantSource clock) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException notAnInstant) {
            try {
                return clock.instant().minus(Durations.parse(text));
            } catch (IllegalArgumentException e) {
                throw ToolException.usage("--since " + text
                        + " is neither an instant (2026-01-31T12:00:00Z) nor a duration (30d, 12h, 5m)");
            }
        }
    }

    /** The report for people. */
    static List<String> lines(AuditReport report) {
        List<String> lines = new ArrayList<>();
        String shown = "";
        for (DayTally day : report.days()) {
            if (!day.retentionClass().equals(shown)) {
                shown = day.retentionClass();
                lines.add("Class " + shown);
                lines.add(String.format(
                        Locale.ROOT,
                        ROW,
                        "day",
                        "came",
                        "forgotten",
                        "live",
                        "latest",
                        "matching",
                        "missing",
                        "doubtful"));
            }
            lines.add(line(day));
        }
        if (report.days().stream().anyMatch(day -> day.cameAsStated() > 0)) {
            lines.add(
                    "* as far as receipts state: the ledger no longer holds what came, so they are doubtful; nobody can"
                            + " count them again");
        }
        addUnread(report, lines);
        report.doubts().forEach(each -> lines.add("? " + each));
        if (!report.vaultNotReported().isEmpty()) {
            lines.add("? No instance of the vault spoke for " + String.join(", ", report.vaultNotReported())
                    + " (--vault)");
        }
        report.findings().stream().limit(MOST_SHOWN).forEach(finding -> lines.add("! " + finding));
        long all = report.findings().size() + report.unlistedFindings();
        if (all > MOST_SHOWN) {
            lines.add("! … and " + Console.count(all - MOST_SHOWN) + " more (--json lists up to " + Findings.MOST
                    + " for each partition)");
        }
        lines.add(
                report.sound()
                        ? "Nothing is overdue, and every receipt adds up. " + Console.count(report.recordsRead())
                                + " records read"
                                + compared(report) + "."
                        : "The promise is broken in " + Console.count(all) + " places.");
        return lines;
    }

    private static String compared(AuditReport report) {
        int compared = report.partitions().stream()
                .mapToInt(ReadPartition::vaultBuckets)
                .sum();
        return compared == 0 ? "" : "; the vault holds the ledger's rows in " + Console.count(compared) + " buckets";
    }

    private static String line(DayTally day) {
        DayTally.Receipts receipts = day.receipts();
        Long worst = day.worstLatenessMillis();
        String line = String.format(
                Locale.ROOT,
                ROW,
                day.day(),
                Console.count(day.came()) + (day.cameAsStated() > 0 ? "*" : ""),
                Console.count(day.forgotten()),
                Console.count(day.live()),
                worst == null ? "" : seconds(worst),
                receipts.matching(),
                receipts.missing(),
                receipts.doubtful());
        if (receipts.open() > 0) {
            line += ", " + receipts.open() + " open";
        }
        if (receipts.wrong() > 0) {
            line += ", " + receipts.wrong() + " WRONG";
        }
        return day.overdue() > 0 ? line + ", " + Console.count(day.overdue()) + " OVERDUE" : line;
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%,.1f s", Duration.ofMillis(millis).toMillis() / 1_000.0);
    }

    private static void addUnread(AuditReport report, List<String> lines) {
        List<ReadPartition> partly = report.partlyRead();
        if (partly.isEmpty()) {
            return;
        }
        long unread = 0;
        String from = null;
        for (ReadPartition each : partly) {
            long first =
                    each.ledger().isEmpty() ? each.end() : each.ledger().get(0).from();
            unread += each.end() - first;
            unread -= each.ledger().stream()
                    .mapToLong(range -> range.to() - range.from())
                    .sum();
            from = from == null
                            || (each.receiptsFrom() != null
                                    && each.receiptsFrom().compareTo(from) < 0)
                    ? each.receiptsFrom()
                    : from;
        }
        lines.add("Not looked at: rows that are not due, receipts written before " + from + ", and "
                + Console.count(unread) + " records of ledgers between what is due and what has left since (in "
                + partly.size() + " partitions).");
    }
}
