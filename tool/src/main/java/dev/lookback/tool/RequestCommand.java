package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lookback.casework.Command.Approve;
import dev.lookback.casework.Command.Ask;
import dev.lookback.casework.Command.Close;
import dev.lookback.casework.Command.Instrument;
import dev.lookback.casework.Command.InstrumentType;
import dev.lookback.casework.Command.Reject;
import dev.lookback.casework.Command.Submit;
import dev.lookback.casework.Command.Withdraw;
import dev.lookback.casework.Reason;
import dev.lookback.seal.Instants;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "request",
        description = "File legal requests, decide on them, and see where they stand.",
        footer = {
            "",
            "Every order is signed with the officer's own key. Whoever submits cannot approve.",
            "",
            "Examples:",
            "  lookback request submit --officer a.intake --keystore a.intake.p12 --instrument COURT_ORDER \\",
            "      --reference '12 Gs 345/26' --authority 'Amtsgericht Musterstadt' --jurisdiction DE \\",
            "      --queried '0170 1234567' --region DE --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z",
            "  lookback request approve REQUEST --officer b.approver --keystore b.approver.p12",
            "  lookback request list --open",
        })
final class RequestCommand {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> FILE_FIELDS = Set.of("instrument", "selectors", "from", "to");

    private final Surroundings surroundings;

    RequestCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What a request is about, by options or in a file. */
    static final class Paper {
        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = {
                    "The request as JSON instead of the options below:",
                    "{\"instrument\": {\"type\", \"reference\", \"authority\", \"jurisdiction\"}, \"selectors\":"
                            + " [{\"role\", \"handle\"}], \"from\", \"to\"}",
                })
        private @Nullable Path file;

        @Option(names = "--instrument", paramLabel = "TYPE", description = "The legal paper: ${COMPLETION-CANDIDATES}.")
        private @Nullable InstrumentType instrument;

        @Option(names = "--reference", paramLabel = "TEXT", description = "The issuing authority's reference.")
        private @Nullable String reference;

        @Option(names = "--authority", paramLabel = "TEXT", description = "Who issued it.")
        private @Nullable String authority;

        @Option(names = "--jurisdiction", paramLabel = "TEXT", description = "Under which law.")
        private @Nullable String jurisdiction;

        @Option(names = "--requester", paramLabel = "HANDLE", description = "Lookups that this handle made.")
        private List<String> requesters = List.of();

        @Option(names = "--queried", paramLabel = "HANDLE", description = "Lookups about this handle.")
        private List<String> queried = List.of();

        @Option(names = "--either", paramLabel = "HANDLE", description = "Both.")
        private List<String> either = List.of();

        @Option(names = "--from", paramLabel = "INSTANT", description = "From then on (2026-01-01T00:00:00Z) …")
        private @Nullable String from;

        @Option(names = "--to", paramLabel = "INSTANT", description = "… to just before then.")
        private @Nullable String to;

        @Option(
                names = "--region",
                paramLabel = "CODE",
                description = "Country (DE) in whose national form numbers may be written. Without it: +49…")
        private @Nullable String region;

        private Submit toCommand(UUID id, Instant now) throws IOException {
            if (file != null) {
                return fromFile(file, id, now);
            }
            List<Ask> asks = new ArrayList<>();
            requesters.forEach(each -> asks.add(ask(SelectorRole.REQUESTER, each)));
            queried.forEach(each -> asks.add(ask(SelectorRole.QUERIED, each)));
            either.forEach(each -> asks.add(ask(SelectorRole.EITHER, each)));
            if (asks.isEmpty()) {
                throw ToolException.usage("What is asked? --requester, --queried, --either, or --file");
            }
            return new Submit(
                    id,
                    UUID.randomUUID(),
                    now,
                    new Instrument(
                            needed("--instrument", instrument),
                            needed("--reference", reference),
                            needed("--authority", authority),
                            needed("--jurisdiction", jurisdiction)),
                    asks,
                    instant("--from", needed("--from", from)),
                    instant("--to", needed("--to", to)));
        }

        private Submit fromFile(Path path, UUID id, Instant now) throws IOException {
            if (!Files.isReadable(path)) {
                throw ToolException.usage("There is no readable file " + path + " (--file)");
            }
            JsonNode json;
            try {
                json = JSON.readTree(path.toFile());
            } catch (JsonProcessingException e) {
                throw ToolException.usage(
                        path + ": not JSON, near line " + e.getLocation().getLineNr());
            }
            json.fieldNames().forEachRemaining(name -> {
                if (!FILE_FIELDS.contains(name)) {
                    throw ToolException.usage(path + ": unknown field \"" + name + "\"");
                }
            });
            List<Ask> asks = new ArrayList<>();
            for (JsonNode selector : json.path("selectors")) {
                asks.add(ask(
                        symbol(path, "selectors.role", SelectorRole.class, text(path, selector, "role")),
                        text(path, selector, "handle")));
            }
            JsonNode paper = json.path("instrument");
            return new Submit(
                    id,
                    UUID.randomUUID(),
                    now,
                    new Instrument(
                            symbol(path, "instrument.type", InstrumentType.class, text(path, paper, "type")),
                            text(path, paper, "reference"),
                            text(path, paper, "authority"),
                            text(path, paper, "jurisdiction")),
                    asks,
                    instant(path + ": from", text(path, json, "from")),
                    instant(path + ": to", text(path, json, "to")));
        }

        private Ask ask(SelectorRole role, String handle) {
            return new Ask(role, HandleInput.normalise(handle, region, role == SelectorRole.QUERIED));
        }

        private static <T> T needed(String option, @Nullable T value) {
            if (value == null) {
                throw ToolException.usage("Missing: " + option + " (or the whole request as --file)");
            }
            return value;
        }

        private static Instant instant(String where, String text) {
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                throw ToolException.usage(where + ": not an instant; write 2026-01-01T00:00:00Z");
            }
        }

        private static String text(Path path, JsonNode json, String field) {
            JsonNode value = json.path(field);
            if (!value.isTextual() || value.textValue().isBlank()) {
                throw ToolException.usage(path + ": \"" + field + "\" is missing or not text");
            }
            return value.textValue();
        }

        private static <E extends Enum<E>> E symbol(Path path, String field, Class<E> type, String text) {
            for (E symbol : Objects.requireNonNull(type.getEnumConstants())) {
                if (symbol.name().equals(text)) {
                    return symbol;
                }
            }
            throw ToolException.usage(
                    path + ": " + field + " is not one of " + List.of(Objects.requireNonNull(type.getEnumConstants())));
        }
    }

    @Command(description = "File a request. What it may disclose is copied aside at once, before anybody approves.")
    int submit(
            @Mixin Paper paper,
            @Option(names = "--id", paramLabel = "UUID", description = "The request's id; a new one unless given.")
                    @Nullable
                    UUID givenId,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        UUID id = givenId == null ? UUID.randomUUID() : givenId;
        Submit command = paper.toCommand(id, surroundings.clock().instant());
        return order(command, Reason.SUBMITTED, signer, settings, json);
    }

    @Command(
            description = "Approve a request of another officer: shows it, asks, and binds the approval to its digest.")
    int approve(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Option(
                            names = "--sha256",
                            paramLabel = "DIGEST",
                            description = "Approve only if this is the request's digest; then you are not asked.")
                    @Nullable
                    String digest,
            @Option(names = "--yes", description = "Do not ask.") boolean yes,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        String found;
        try (Cases cases = cases(settings)) {
            LegalRequestStatus status = existing(cases, id);
            Cases.Submitted submitted = cases.submitted(status);
            if (submitted == null) {
                throw ToolException.failed("Request " + id + " is " + status.getState() + " (" + status.getReason()
                        + "): there is nothing to approve");
            }
            RequestView.submitted(submitted).forEach(surroundings.console()::note);
            found = submitted.sha256();
        }
        if (digest != null && !digest.equals(found)) {
            throw ToolException.failed("Request " + id + " has another digest than --sha256; nothing was approved");
        }
        if (digest == null && !yes && !surroundings.confirms("Approve this request? [y/N] ")) {
            throw ToolException.failed("Nothing was approved");
        }
        Instant now = surroundings.clock().instant();
        return order(new Approve(id, UUID.randomUUID(), now, found), Reason.APPROVED, signer, settings, json);
    }

    @Command(description = "Refuse a request; what was copied for it is let go.")
    int reject(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        Instant now = surroundings.clock().instant();
        return order(new Reject(id, UUID.randomUUID(), now), Reason.REJECTED, signer, settings, json);
    }

    @Command(description = "Take a request back; what was copied for it is let go.")
    int withdraw(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        Instant now = surroundings.clock().instant();
        return order(new Withdraw(id, UUID.randomUUID(), now), Reason.WITHDRAWN, signer, settings, json);
    }

    @Command(description = "Close a case whose extract has been collected; what was copied for it is let go.")
    int close(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        Instant now = surroundings.clock().instant();
        return order(new Close(id, UUID.randomUUID(), now), Reason.CLOSED, signer, settings, json);
    }

    @Command(description = "Show a request: what it asks, and where it stands.")
    int show(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Option(
                            names = "--wait",
                            description = "First wait until the case rests: awaiting approval, sealed, or ended."
                                    + " At most ${DEFAULT-VALUE} seconds.",
                            paramLabel = "SECONDS",
                            arity = "0..1",
                            defaultValue = "0",
                            fallbackValue = "60")
                    int waitSeconds,
            @Mixin Settings settings,
            @Mixin Json json) {
        try (Cases cases = cases(settings)) {
            LegalRequestStatus status =
                    waitSeconds > 0 ? cases.awaitRest(id, Duration.ofSeconds(waitSeconds)) : existing(cases, id);
            if (status == null) {
                throw ToolException.failed("Request " + id + " has not come to rest in " + waitSeconds + " s");
            }
            Cases.Submitted submitted = cases.submitted(status);
            if (json.wanted) {
                Map<String, Object> all = new LinkedHashMap<>(RequestView.json(status));
                if (submitted != null) {
                    all.put("request", submitted.command());
                }
                surroundings.console().printJson(all);
            } else {
                if (submitted != null) {
                    RequestView.submitted(submitted).forEach(surroundings.console()::print);
                }
                RequestView.status(status).forEach(surroundings.console()::print);
            }
        }
        return ExitCodes.OK;
    }

    @Command(description = "List requests and where they stand.")
    int list(
            @Option(names = "--open", description = "Only those that have not ended.") boolean open,
            @Mixin Settings settings,
            @Mixin Json json) {
        List<LegalRequestStatus> listed;
        try (Cases cases = cases(settings)) {
            listed = cases.all().values().stream()
                    .filter(status -> !open || !ended(status.getState()))
                    .toList();
        }
        if (json.wanted) {
            surroundings
                    .console()
                    .printJson(listed.stream().map(RequestView::json).toList());
        } else {
            RequestView.table(listed).forEach(surroundings.console()::print);
        }
        return ExitCodes.OK;
    }

    private static boolean ended(CaseState state) {
        return Cases.AT_REST.contains(state) && state != CaseState.AWAITING_APPROVAL && state != CaseState.SEALED;
    }

    private Cases cases(Settings settings) {
        return new Cases(settings.load(surroundings.environment()), surroundings.clock());
    }

    private static LegalRequestStatus existing(Cases cases, UUID id) {
        LegalRequestStatus status = cases.latest(id);
        if (status == null) {
            throw ToolException.failed("There is no request " + id);
        }
        return status;
    }

    private int order(
            dev.lookback.casework.Command command, Reason accepted, Signer signer, Settings settings, Json json)
            throws IOException {
        String jws = signer.open(surroundings).sign(command);
        Cases.Answer answer;
        try (Cases cases = cases(settings)) {
            answer = cases.send(command, jws, accepted, ANSWER_LIMIT);
        }
        LegalRequestStatus status = answer.status();
        if (json.wanted) {
            surroundings.console().printJson(RequestView.json(status));
        } else if (answer.accepted()) {
            surroundings
                    .console()
                    .print("Request " + command.requestId() + " is " + status.getState() + " since "
                            + Instants.format(status.getAt()));
        }
        if (!answer.accepted()) {
            throw ToolException.failed(
                    "Refused: " + status.getReason() + ". Request " + command.requestId() + " is " + status.getState());
        }
        return ExitCodes.OK;
    }
}
