package dev.lookback.tool;

import dev.lookback.v1.AuditEntry;
import java.time.LocalDate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "report",
        description = "Reports that can be published.",
        footer = {
            "",
            "Examples:",
            "  lookback report transparency --from 2026-01-01 --to 2026-06-30",
            "  lookback report transparency --from 2026-01-01 --to 2026-06-30 --csv > first-half.csv",
        })
final class ReportCommand {
    private final Surroundings surroundings;

    ReportCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = {
                "Count the legal requests of a period by instrument and jurisdiction, and what became of them. Counts what"
                        + " the audit of disclosures has on record, which names nobody.",
                "A request belongs to the day on which it was filed in its last form; what became of it is looked up until"
                        + " now. Exit code 1 if the audit does not reach back far enough, or does not hold together.",
            })
    int transparency(
            @Option(names = "--from", paramLabel = "DAY", required = true, description = "First day (UTC): 2026-01-01.")
                    LocalDate from,
            @Option(
                            names = "--to",
                            paramLabel = "DAY",
                            required = true,
                            description = "Last day, included: 2026-06-30.")
                    LocalDate to,
            @Option(names = "--csv", description = "Print the rows as comma-separated values (RFC 4180).") boolean csv,
            @Mixin Settings settings,
            @Mixin Json json) {
        if (to.isBefore(from)) {
            throw ToolException.usage("The last day is before the first (--from, --to)");
        }
        if (csv && json.wanted) {
            throw ToolException.usage("Either --csv or --json");
        }
        TransparencyReport.Builder builder = new TransparencyReport.Builder(from, to);
        try (DisclosureAudit audit = new DisclosureAudit(settings.load(surroundings.environment()))) {
            audit.read(new DisclosureAudit.Reader() {
                @Override
                public void entry(AuditEntry entry) {
                    builder.add(entry);
                }

                @Override
                public void unreadable(int partition) {
                    builder.addUnreadable(partition);
                }
            });
        }
        TransparencyReport report = builder.build();
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(report.toJson());
        } else if (csv) {
            console.out().print(report.csv());
            console.out().flush();
            report.doubts().forEach(doubt -> console.note("? " + doubt));
        } else {
            report.lines().forEach(console::print);
        }
        return report.doubts().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }
}
