package dev.lookback.tool;

import dev.lookback.casework.AuditVerifier.Terms;
import dev.lookback.casework.AuditVerifier.Verdict;
import dev.lookback.casework.SignedHead;
import dev.lookback.v1.AuditEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        description =
                "The audit of disclosures: who asked for what, who decided, what was handed over; and whether that"
                        + " record is whole. (That lookups are forgotten is checked by: lookback retention audit)",
        footer = {
            "",
            "Examples:",
            "  lookback audit show --request REQUEST",
            "  lookback audit heads --out heads-2026-01-31.json        # keep the file elsewhere",
            "  lookback audit verify --key sealing.pem --heads heads-2026-01-31.json",
        })
final class DisclosureAuditCommand {
    private final Surroundings surroundings;

    DisclosureAuditCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            description = {
                "Verify the audit chains: that entries follow from one another, that the checkpoints among them are signed"
                        + " with the sealing key, and that heads which were kept elsewhere are still there.",
                "Exit code 0 if nothing is wrong, 1 if something is: the first thing in each chain is named.",
            })
    int verify(
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            description = "Public half of the sealing key (PEM), got from the provider by another way."
                                    + " Several times if there has been more than one. Without it, nothing shows who"
                                    + " wrote the entries.")
                    @Nullable
                    List<Path> keyFiles,
            @Option(
                            names = "--heads",
                            paramLabel = "FILE",
                            description = "What 'lookback audit heads' wrote some time ago: shows chains that were cut"
                                    + " short or made anew since then. May be given several times.")
                    @Nullable
                    List<Path> headFiles,
            @Option(
                            names = "--allowance",
                            paramLabel = "DURATION",
                            converter = RetentionCommand.DurationForm.class,
                            defaultValue = "1d",
                            description = "How old an entry may be without a checkpoint after it (default:"
                                    + " ${DEFAULT-VALUE}).")
                    Duration allowance,
            @Mixin Settings settings,
            @Mixin Json json) {
        List<PublicKey> keys = orNone(keyFiles).stream().map(SealCheck::readKey).toList();
        List<SignedHead> heads = orNone(headFiles).stream()
                .flatMap(file -> AuditHeads.read(file).heads().stream())
                .toList();
        Instant now = surroundings.clock().instant();
        Collection<Verdict> verdicts;
        try (DisclosureAudit audit = new DisclosureAudit(settings.load(surroundings.environment()))) {
            verdicts = audit.verify(new Terms(keys, now.minus(allowance), audit.keptSince(now)), heads)
                    .values();
        }
        boolean keysGiven = !keys.isEmpty();
        if (json.wanted) {
            surroundings.console().printJson(DisclosureAuditView.json(verdicts, keysGiven));
        } else {
            DisclosureAuditView.lines(verdicts, keysGiven).forEach(surroundings.console()::print);
        }
        return DisclosureAuditView.isSound(verdicts) ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static List<Path> orNone(@Nullable List<Path> files) {
        return files == null ? List.of() : files;
    }

    @Command(description = "Show entries, in the order of time: all, or those that match everything that is given.")
    int show(
            @Option(names = "--request", paramLabel = "ID", description = "About this request.") @Nullable UUID request,
            @Option(
                            names = "--officer",
                            paramLabel = "ID",
                            description = "By this officer; 'lookback': what the system did by itself.")
                    @Nullable
                    String officer,
            @Option(
                            names = "--action",
                            paramLabel = "CODE",
                            description = "SUBMITTED, APPROVED, SEALED, REFUSED, CHECKPOINT, …")
                    @Nullable
                    String action,
            @Option(
                            names = "--since",
                            paramLabel = "TIME",
                            description = "From then on: an instant (2026-01-31T12:00:00Z) or so long ago (36h, 7d).")
                    @Nullable
                    String since,
            @Mixin Settings settings,
            @Mixin Json json) {
        Instant from = since == null ? Instant.MIN : AuditCommand.instant(since, surroundings.clock());
        List<AuditEntry> found = new ArrayList<>();
        try (DisclosureAudit audit = new DisclosureAudit(settings.load(surroundings.environment()))) {
            audit.read(entry -> {
                if ((request == null || request.toString().equals(entry.getRequestId()))
                        && (officer == null || officer.equals(entry.getOfficer()))
                        && (action == null || action.equalsIgnoreCase(entry.getAction()))
                        && !entry.getAt().isBefore(from)) {
                    found.add(entry);
                }
            });
        }
        found.sort(DisclosureAudit.BY_TIME);
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(found.stream().map(DisclosureAuditView::json).toList());
        } else if (found.isEmpty()) {
            console.print("There is no such entry.");
        } else {
            console.print(console.bold(DisclosureAuditView.header()));
            found.forEach(entry -> console.print(DisclosureAuditView.line(entry)));
        }
        return ExitCodes.OK;
    }

    @Command(
            description = {
                "Write the latest signed head of every chain to a file. Keep it where those who run the brokers and hold"
                        + " the sealing key cannot change it: 'lookback audit verify --heads' then notices if the chains"
                        + " do not hold it any more.",
                "Refuses if the chains themselves do not hold together.",
            })
    int heads(
            @Option(
                            names = "--out",
                            paramLabel = "FILE",
                            required = true,
                            description = "The file to write; must not exist.")
                    Path out,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        if (Files.exists(out)) {
            throw ToolException.failed(out + " is there already, and heads are never replaced (--out)");
        }
        SortedMap<Integer, SignedHead> heads = new TreeMap<>();
        try (DisclosureAudit audit = new DisclosureAudit(settings.load(surroundings.environment()))) {
            for (Verdict each : audit.verify(Terms.LINKS, List.of()).values()) {
                if (each.flaw() != null) {
                    throw ToolException.failed("The audit is not sound. " + each.flaw());
                }
            }
            audit.read(entry -> {
                if (entry.getAction().equals(SignedHead.ACTION)) {
                    heads.put(entry.getPartition(), SignedHead.of(entry));
                }
            });
        }
        if (heads.isEmpty()) {
            throw ToolException.failed("No chain has been signed yet");
        }
        AuditHeads written = AuditHeads.of(
                surroundings.clock().instant(), heads.values().stream().toList());
        Files.write(out, written.toBytes(), StandardOpenOption.CREATE_NEW);
        if (json.wanted) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", out.toString());
            result.put("heads", written.heads());
            surroundings.console().printJson(result);
        } else {
            surroundings.console().print(out + ": the heads of " + heads.size() + " chains");
        }
        return ExitCodes.OK;
    }
}
