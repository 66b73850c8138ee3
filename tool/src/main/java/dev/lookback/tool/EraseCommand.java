package dev.lookback.tool;

import dev.lookback.casework.HandleInput;
import dev.lookback.config.LookbackConfig;
import dev.lookback.erasure.SignedErasure;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officers;
import dev.lookback.seal.Instants;
import dev.lookback.tool.ErasureLog.Hold;
import dev.lookback.tool.ErasureLog.Ordered;
import dev.lookback.tool.ErasureLog.Progress;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "erase",
        description = {
            "Erase every lookup of a handle, on its holder's demand or on an order to delete: signed by an officer with"
                    + " the role ERASURE, in force at once, and for good.",
            "Waits until every partition of every class has closed its receipt, and prints them. They name no one.",
            "What was copied aside for a legal request that was received earlier stays until that case ends, and"
                    + " nothing here tells whether there is any (lookback erase holds, for auditors).",
        },
        footer = {
            "",
            "Examples:",
            "  lookback erase '+49 170 1234567' --as either --reason 'demand 12/26' --officer c.eraser \\",
            "      --keystore c.eraser.p12",
            "  lookback erase show ID --wait 600",
            "  lookback erase list",
        })
final class EraseCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    /** In which role a handle's lookups are erased. Loads no schema, which would open the log before it has a place. */
    private enum As {
        REQUESTER,
        QUERIED,
        EITHER;

        private SelectorRole role() {
            return switch (this) {
                case REQUESTER -> SelectorRole.REQUESTER;
                case QUERIED -> SelectorRole.QUERIED;
                case EITHER -> SelectorRole.EITHER;
            };
        }
    }

    @Parameters(
            paramLabel = "HANDLE",
            arity = "0..1",
            description = "A number (+49…, or as --region writes it) or an e-mail address.")
    private @Nullable String handle;

    @Option(
            names = "--as",
            paramLabel = "ROLE",
            description = "requester: lookups that the handle made. queried: lookups about it, which other people made."
                    + " either: both.")
    private @Nullable As as;

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Why, for the auditor; kept with the order. Must not name the person: a file number, say.")
    private @Nullable String reason;

    @Option(
            names = "--officer",
            paramLabel = "ID",
            description = "Who you are: your id in the list of officers, and your key's alias in the keystore.")
    private @Nullable String officer;

    @Option(names = "--keystore", paramLabel = "FILE", description = "PKCS#12 keystore with your key.")
    private @Nullable Path keystore;

    @Mixin
    private final KeystorePassword password = new KeystorePassword();

    @Option(
            names = "--region",
            paramLabel = "CODE",
            description = "Country (DE) in whose national form the number may be written. Without it: +49…")
    private @Nullable String region;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "300",
            description = "How long to wait for the receipts, at most (default: ${DEFAULT-VALUE}). Erasing goes on"
                    + " without it.")
    private int waitSeconds;

    @Mixin
    private final Settings settings = new Settings();

    @Mixin
    private final Json json = new Json();

    EraseCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        String whom = needed("HANDLE", handle);
        SelectorRole role = needed("--as", as).role();
        String why = needed("--reason", reason);
        String who = needed("--officer", officer);
        Path with = needed("--keystore", keystore);
        LookbackConfig config = settings.load(surroundings.environment());
        Tokens tokens = config.tokens();
        long token = tokens.token(normalised(whom, role));
        Officers officers = ErasureLog.officers(config);
        Policies.log(config, officers == null ? new Officers(List.of()) : officers)
                .demandTokenKey(tokens);
        if (!yes) {
            explain(role);
            if (!surroundings.confirms("Erase them? [y/N] ")) {
                throw ToolException.failed("Nothing was erased");
            }
        }
        UUID id = UUID.randomUUID();
        Erasure erasure;
        try {
            erasure = SignedErasure.sign(
                    id,
                    token,
                    role,
                    why,
                    surroundings.clock().instant(),
                    who,
                    Signer.key(surroundings, with, password, who));
        } catch (IllegalArgumentException e) {
            throw ToolException.usage(e.getMessage() == null ? "The order cannot be signed" : e.getMessage());
        }
        if (officers != null
                && SignedErasure.read(erasure, officers, surroundings.clock().instant())
                        instanceof SignedErasure.Unsound unsound) {
            throw ToolException.failed("Nothing was erased: officer " + who + " may not order it (" + unsound.flaw()
                    + ", by " + LookbackConfig.OFFICERS_FILE + ")");
        }
        try (ErasureLog log = new ErasureLog(config, officers)) {
            Ordered ordered = new Ordered(erasure, log.write(erasure), who, "");
            surroundings.console().note("Erasure " + id + " is in force.");
            return report(log, ordered, waitSeconds, json);
        }
    }

    private String normalised(String whom, SelectorRole role) {
        if (region != null && !HandleInput.isRegion(region)) {
            throw ToolException.usage("--region: not the ISO 3166 code of a country, as DE is");
        }
        String normalised = HandleInput.normalise(whom, region);
        if (normalised == null && role != SelectorRole.QUERIED) {
            throw ToolException.usage("HANDLE is neither a phone number nor an e-mail address. Numbers are written with"
                    + " plus sign and country code (+49…), or as --region writes them");
        }
        return normalised == null ? whom : normalised; // what people try to reach need not be a valid one
    }

    private void explain(SelectorRole role) {
        Console console = surroundings.console();
        switch (role) {
            case REQUESTER -> console.note("All lookups that this handle has made so far are erased for good.");
            case QUERIED ->
                console.note(
                        "All lookups that were made about this handle so far are erased for good. Other people made"
                                + " them: they are missing from those people's records, too.");
            case EITHER ->
                console.note("All lookups that this handle has made, and all that were made about it, are erased for"
                        + " good. Other people made the latter: they are missing from those people's records, too.");
            case SOURCE -> throw new AssertionError("Nobody erases what came from an address");
        }
    }

    private static <T> T needed(String option, @Nullable T value) {
        if (value == null) {
            throw ToolException.usage("Missing: " + option
                    + " (lookback erase HANDLE --as ROLE --reason TEXT --officer ID --keystore FILE)");
        }
        return value;
    }

    @Command(description = "Show an erasure: who ordered it, and what its receipts say.")
    int show(
            @Parameters(paramLabel = "ID") UUID id,
            @Option(
                            names = "--wait",
                            paramLabel = "SECONDS",
                            defaultValue = "0",
                            description = "First wait until it is carried out, so long at most.")
                    int wait,
            @Mixin Settings given,
            @Mixin Json wanted)
            throws IOException {
        LookbackConfig config = given.load(surroundings.environment());
        try (ErasureLog log = new ErasureLog(config, ErasureLog.officers(config))) {
            return report(log, existing(log, id), wait, wanted);
        }
    }

    @Command(description = "List erasures, and how far they are. Forged ones are shown with what is wrong.")
    int list(@Mixin Settings given, @Mixin Json wanted) throws IOException {
        LookbackConfig config = given.load(surroundings.environment());
        List<Map<String, Object>> shown = new ArrayList<>();
        try (ErasureLog log = new ErasureLog(config, ErasureLog.officers(config))) {
            List<Ordered> all = log.all();
            List<String> ids =
                    all.stream().map(each -> each.erasure().getId()).distinct().toList();
            Map<String, Progress> progress = log.progress(ids, Duration.ZERO, surroundings.clock(), each -> {});
            all.forEach(each -> shown.add(toJson(each, progressOf(progress, each))));
        }
        if (wanted.wanted) {
            surroundings.console().printJson(shown);
        } else {
            shown.forEach(each -> surroundings
                    .console()
                    .print(each.get("id") + "  " + each.get("instant") + "  " + each.get("role") + "  "
                            + (each.containsKey("flaw") ? "CHANGES NOTHING: " + each.get("flaw") : each.get("state"))
                            + "  " + each.get("rows") + "  " + each.get("reason")));
        }
        return ExitCodes.OK;
    }

    @Command(
            description = {
                "For auditors: which legal requests held copies when an erasure came. Reads disclosure-audit, which"
                        + " nobody else should be able to read.",
                "Requests about the same handle are listed. A lookup has two handles: a request about the other one may"
                        + " hold a copy, too, and does not show here.",
            })
    int holds(@Parameters(paramLabel = "ID") UUID id, @Mixin Settings given, @Mixin Json wanted) throws IOException {
        LookbackConfig config = given.load(surroundings.environment());
        List<Hold> holds;
        try (ErasureLog log = new ErasureLog(config, ErasureLog.officers(config))) {
            holds = log.holds(existing(log, id));
        }
        if (wanted.wanted) {
            surroundings
                    .console()
                    .printJson(holds.stream().map(EraseCommand::toJson).toList());
        } else if (holds.isEmpty()) {
            surroundings.console().print("No request about this handle held copies when erasure " + id + " came.");
        } else {
            holds.forEach(each -> surroundings
                    .console()
                    .print("Request " + each.requestId() + ", received " + Instants.format(each.receivedAt()) + ", "
                            + (each.releasedAt() == null
                                    ? "holds its copies still"
                                    : "let its copies go " + Instants.format(each.releasedAt()))));
        }
        return ExitCodes.OK;
    }

    private static Ordered existing(ErasureLog log, UUID id) {
        Ordered found = log.find(id);
        if (found == null) {
            throw ToolException.failed("There is no erasure " + id + " (lookback erase list)");
        }
        return found;
    }

    private int report(ErasureLog log, Ordered ordered, int wait, Json wanted) {
        String id = ordered.erasure().getId();
        Console console = surroundings.console();
        Map<String, Progress> all = log.progress(
                List.of(id),
                Duration.ofSeconds(wait),
                surroundings.clock(),
                each -> console.progress("erased in " + each.closed() + " of " + each.expected() + " partitions"));
        console.progressDone();
        Progress progress = progressOf(all, ordered);
        if (wanted.wanted) {
            console.printJson(toJson(ordered, progress));
        } else {
            print(ordered, progress);
        }
        if (progress.isDone()) {
            return ExitCodes.OK;
        }
        String left = "Erased in " + progress.closed() + " of " + progress.expected() + " partitions so far.";
        throw ToolException.failed(left
                + " The erasure is in force and goes on; lookups that it covers can no longer be read. To wait for the"
                + " rest: lookback erase show " + id + " --wait 600. It waits for open searches of legal requests; if"
                + " nothing moves: do vault and ingest run, and is the officer on their list?");
    }

    private static Progress progressOf(Map<String, Progress> all, Ordered ordered) {
        return all.getOrDefault(ordered.erasure().getId(), new Progress(0));
    }

    private void print(Ordered ordered, Progress progress) {
        Console console = surroundings.console();
        console.print("Erasure     " + ordered.erasure().getId());
        console.print("As          " + label(ordered));
        console.print("Up to       " + Instants.format(ordered.at()));
        if (!ordered.officer().isEmpty()) {
            console.print("Ordered by  " + ordered.officer());
        }
        console.print("Reason      " + ordered.erasure().getReason());
        progress.rows()
                .forEach(
                        (name, rows) -> console.print("Class       " + name + ": " + Console.count(rows) + " lookups"));
        progress.latest().values().stream()
                .filter(each -> each.getRows() > 0)
                .forEach(each -> console.print("Receipt     " + each.getRetentionClass() + "/" + each.getPartition()
                        + (each.getSequence() == 0 ? "" : " (" + each.getSequence() + ")") + ": "
                        + Console.count(each.getRows()) + " lookups, SHA-256 of their keys " + hex(each)
                        + (each.getClosedAt() == null ? ", open" : ", closed " + Instants.format(each.getClosedAt()))));
        console.print("Receipts    closed in " + progress.closed() + " of " + progress.expected() + " partitions");
    }

    private static String label(Ordered ordered) {
        return ordered.erasure().getRole().name().toLowerCase(Locale.ROOT);
    }

    private static String hex(ErasureReceipt receipt) {
        return HexFormat.of().formatHex(receipt.getKeysSha256().bytes());
    }

    private static Map<String, Object> toJson(Ordered ordered, Progress progress) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("id", ordered.erasure().getId());
        all.put("role", label(ordered));
        all.put("instant", Instants.format(ordered.at()));
        all.put("orderedAt", Instants.format(ordered.erasure().getOrderedAt()));
        all.put("officer", ordered.officer());
        all.put("reason", ordered.erasure().getReason());
        if (!ordered.flaw().isEmpty()) {
            all.put("flaw", ordered.flaw());
        }
        all.put("state", progress.isDone() ? "DONE" : "ERASING");
        all.put("partitionsClosed", progress.closed());
        all.put("partitions", progress.expected());
        all.put("rows", progress.rows());
        List<Map<String, Object>> receipts = new ArrayList<>();
        progress.latest().values().forEach(each -> {
            Map<String, Object> receipt = new LinkedHashMap<>();
            receipt.put("class", each.getRetentionClass());
            receipt.put("partition", each.getPartition());
            receipt.put("sequence", each.getSequence());
            receipt.put("rows", each.getRows());
            receipt.put("keysSha256", hex(each));
            receipt.put("ledgerPosition", each.getLedgerPosition());
            receipt.put("openedAt", Instants.format(each.getOpenedAt()));
            Instant closedAt = each.getClosedAt();
            receipt.put("closedAt", closedAt == null ? null : Instants.format(closedAt));
            receipts.add(receipt);
        });
        all.put("receipts", receipts);
        return all;
    }

    private static Map<String, Object> toJson(Hold hold) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("requestId", hold.requestId());
        all.put("receivedAt", Instants.format(hold.receivedAt()));
        Instant releasedAt = hold.releasedAt();
        all.put("releasedAt", releasedAt == null ? null : Instants.format(releasedAt));
        return all;
    }
}
