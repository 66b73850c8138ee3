package dev.lookback.tool;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.app.DisclosurePolicyFile;
import dev.lookback.casework.Command.Approve;
import dev.lookback.casework.Command.Close;
import dev.lookback.casework.Command.Reject;
import dev.lookback.casework.Command.Renew;
import dev.lookback.casework.Command.Submit;
import dev.lookback.casework.Command.Withdraw;
import dev.lookback.casework.CommandCodec;
import dev.lookback.casework.Precheck;
import dev.lookback.casework.Problem;
import dev.lookback.casework.Reason;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Selector;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            "      --document order.pdf --requester '0170 1234567' --region DE --from 2026-01-01 --to 2026-02-01",
            "  lookback request submit --officer a.intake --keystore a.intake.p12 --file request.yaml --dry-run",
            "  lookback request approve REQUEST --officer b.approver --keystore b.approver.p12",
            "  lookback request list --open --awaiting-approval --officer b.approver",
        })
final class RequestCommand {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final Duration ESTIMATE_LIMIT = Duration.ofMinutes(5);
    private static final Set<Reason> FILED = Set.of(Reason.SUBMITTED, Reason.CORRECTED, Reason.SERVED);

    private final Surroundings surroundings;

    RequestCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    // ---- filing

    @Command(
            description = {
                "File a request. What it may disclose is copied aside at once, before anybody approves.",
                "All mistakes are listed at once, before anything is sent.",
            })
    int submit(
            @Mixin SubmitOptions options,
            @Option(
                            names = "--id",
                            paramLabel = "REQUEST",
                            description = "Correct this INVALID request, or serve an instrument on what this"
                                    + " preservation request keeps. Or the id of a new one, which is drawn otherwise.")
                    @Nullable
                    UUID givenId,
            @Option(
                            names = "--dry-run",
                            description = "Only say what would be searched, and how many lookups match: contents stay"
                                    + " unseen, nothing is copied. Signed, and on record, like everything else.")
                    boolean dryRun,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        Instant now = surroundings.clock().instant();
        // An estimate is a case of its own: it must not take the place of one that waits to be corrected.
        UUID id = givenId == null || dryRun ? UUID.randomUUID() : givenId;
        List<String> mistakes = new ArrayList<>();
        ObjectNode command = options.command(dryRun, id, now, mistakes);
        for (Problem each : Precheck.problems(command, now)) {
            addUnlessKnown(mistakes, each, options.origin(each.field()));
        }
        if (isPolicyConfigured(config)) {
            DisclosurePolicy policy = DisclosurePolicyFile.load(config);
            for (Problem each : Precheck.objections(command, policy, now)) {
                mistakes.add(RequestProblems.line(each, options.origin(each.field()))
                        + " (by the policy that is configured here, \"" + policy.name() + "\")");
            }
        }
        if (!mistakes.isEmpty()) {
            throw ToolException.usage(
                    "Nothing was sent. This is wrong with the request:\n  " + String.join("\n  ", mistakes));
        }
        Submit submit = CommandCodec.submit(command);
        return dryRun ? estimate(config, submit, signer, json) : order(config, submit, FILED, signer, json);
    }

    /** A document that cannot be read is not missing, too. */
    private static void addUnlessKnown(List<String> mistakes, Problem problem, @Nullable String origin) {
        if (mistakes.stream().noneMatch(each -> each.startsWith(problem.field() + ":"))) {
            mistakes.add(RequestProblems.line(problem, origin));
        }
    }

    private static boolean isPolicyConfigured(LookbackConfig config) {
        return config.file(LookbackConfig.DISCLOSURE_POLICY_FILE).isPresent();
    }

    private int estimate(LookbackConfig config, Submit submit, Signer signer, Json json) throws IOException {
        UUID id = submit.requestId();
        String jws = signer.open(surroundings).sign(submit);
        LegalRequestStatus status;
        try (Cases cases = new Cases(config, surroundings.clock())) {
            Cases.Answer answer = cases.send(submit, jws, FILED, ANSWER_LIMIT);
            if (!answer.accepted()) {
                return answered(answer, id, json);
            }
            surroundings.console().progress("counting");
            status = cases.await(id, each -> RequestQueue.hasEnded(each.getState()), ESTIMATE_LIMIT);
            surroundings.console().progressDone();
        }
        if (status == null || !Reason.ESTIMATED.name().equals(status.getReason())) {
            throw ToolException.unavailable("The estimate " + id + " is not there within " + ESTIMATE_LIMIT.toSeconds()
                    + " s; later: lookback request show " + id);
        }
        Instant receivedAt = status.getReceivedAt() == null ? submit.issuedAt() : status.getReceivedAt();
        Estimated estimated = new Estimated(status, Precheck.scope(submit, receivedAt), submit);
        DisclosurePolicy policy = DisclosurePolicyFile.load(config);
        boolean isConfigured = isPolicyConfigured(config);
        if (json.wanted) {
            surroundings.console().printJson(estimated.json(policy));
        } else {
            estimated.lines(policy, isConfigured).forEach(surroundings.console()::print);
        }
        return ExitCodes.OK;
    }

    /** What a request would come to. */
    private record Estimated(LegalRequestStatus status, Precheck.Scope scope, Submit submit) {
        private int approvals(DisclosurePolicy policy) {
            return policy.instruments().containsKey(submit.instrument().type())
                    ? policy.approvals(submit.instrument().type(), scope.selectors(), false)
                    : 0;
        }

        List<String> lines(DisclosurePolicy policy, boolean isConfigured) {
            List<String> lines = new ArrayList<>();
            lines.add("A dry run: nothing is copied, and nobody can approve it.");
            for (int i = 0; i < scope.selectors().size(); i++) {
                Selector selector = scope.selectors().get(i);
                lines.add(String.format(
                        "%,12d match  %s %s",
                        status.getEstimates().get(i),
                        RequestView.asked(selector.role().name()),
                        selector.handle()));
            }
            lines.add("Window          " + Instants.format(scope.from()) + " to just before "
                    + Instants.format(scope.to()));
            if (scope.endsAtReceipt()) {
                lines.add(
                        "Narrowed        the window would end when the request is received; here, when this was asked");
            }
            submit.particulars()
                    .narrowings()
                    .forEach(each -> lines.add("Not filed       " + each.what() + " (" + each.reason() + ")"));
            int approvals = approvals(policy);
            lines.add("Approvals       " + (approvals == 0 ? "none needed" : String.valueOf(approvals))
                    + ", unless the authority is over its quota");
            lines.addAll(RequestView.terms(
                    policy, isConfigured, submit.instrument().type().name()));
            return lines;
        }

        Map<String, Object> json(DisclosurePolicy policy) {
            Map<String, Object> all = new LinkedHashMap<>();
            List<Map<String, Object>> selectors = new ArrayList<>();
            for (int i = 0; i < scope.selectors().size(); i++) {
                Map<String, Object> selector = new LinkedHashMap<>();
                selector.put("role", scope.selectors().get(i).role().name());
                selector.put("handle", scope.selectors().get(i).handle());
                selector.put("matches", status.getEstimates().get(i));
                selectors.add(selector);
            }
            all.put("estimate", status.getRequestId());
            all.put("selectors", selectors);
            all.put("from", Instants.format(scope.from()));
            all.put("to", Instants.format(scope.to()));
            all.put("endsAtReceipt", scope.endsAtReceipt());
            all.put("approvalsNeeded", approvals(policy));
            all.put("policy", policy.name());
            all.put("policySha256", policy.sha256());
            return all;
        }
    }

    @Command(
            description = "Put on record that the paper of an emergency request has come. It must be there before the"
                    + " case can be closed.")
    int paper(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Mixin InstrumentOptions paper,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        LookbackConfig config = settings.load(surroundings.environment());
        ObjectNode command = JsonNodeFactory.instance.objectNode();
        command.put("type", "paper")
                .put("requestId", id.toString())
                .put("commandId", UUID.randomUUID().toString())
                .put("issuedAt", surroundings.clock().instant().toString());
        ObjectNode instrument = command.putObject("instrument");
        List<String> mistakes = new ArrayList<>();
        paper.write(instrument);
        paper.writeDocument(instrument, mistakes);
        for (Problem each : CommandCodec.problems(command)) {
            addUnlessKnown(mistakes, each, RequestProblems.option(each.field()));
        }
        if (!mistakes.isEmpty()) {
            throw ToolException.usage(
                    "Nothing was sent. This is wrong with the paper:\n  " + String.join("\n  ", mistakes));
        }
        return order(config, CommandCodec.paper(command), Set.of(Reason.PAPER_RECEIVED), signer, json);
    }

    @Command(description = "Keep what a preservation request keeps once more as long. Once only.")
    int renew(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Mixin Signer signer,
            @Mixin Settings settings,
            @Mixin Json json)
            throws IOException {
        Instant now = surroundings.clock().instant();
        return order(new Renew(id, UUID.randomUUID(), now), Reason.RENEWED, signer, settings, json);
    }

    // ---- deciding

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
        LookbackConfig config = settings.load(surroundings.environment());
        String found;
        try (Cases cases = new Cases(config, surroundings.clock())) {
            LegalRequestStatus status = existing(cases, id);
            Cases.Submitted submitted = status.getState() == CaseState.INVALID ? null : cases.submitted(status);
            if (submitted == null) {
                throw ToolException.failed("Request " + id + " is " + status.getState() + " (" + status.getReason()
                        + "): there is nothing to approve");
            }
            Instant now = surroundings.clock().instant();
            RequestView.submitted(submitted).forEach(surroundings.console()::note);
            RequestView.status(status, submitted, now).forEach(surroundings.console()::note);
            RequestView.terms(DisclosurePolicyFile.load(config), isPolicyConfigured(config), status.getInstrument())
                    .forEach(surroundings.console()::note);
            found = submitted.sha256();
        }
        if (digest != null && !digest.equals(found)) {
            throw ToolException.failed("Request " + id + " has another digest than --sha256; nothing was approved");
        }
        if (digest == null && !yes && !surroundings.confirms("Approve this request? [y/N] ")) {
            throw ToolException.failed("Nothing was approved");
        }
        Instant now = surroundings.clock().instant();
        return order(config, new Approve(id, UUID.randomUUID(), now, found), Set.of(Reason.APPROVED), signer, json);
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

    // ---- looking

    @Command(description = "Show a request: what it asks, and where it stands.")
    int show(
            @Parameters(paramLabel = "REQUEST") UUID id,
            @Option(
                            names = "--wait",
                            description = "First wait until the case rests: awaiting approval, preserved, sealed, or"
                                    + " ended. At most ${DEFAULT-VALUE} seconds.",
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
            Instant now = surroundings.clock().instant();
            Cases.Submitted submitted = cases.submitted(status);
            if (json.wanted) {
                Map<String, Object> all = RequestView.json(status, now);
                if (submitted != null) {
                    all.put("request", submitted.command());
                }
                surroundings.console().printJson(all);
            } else {
                if (submitted != null) {
                    RequestView.submitted(submitted).forEach(surroundings.console()::print);
                }
                RequestView.status(status, submitted, now).forEach(surroundings.console()::print);
            }
        }
        return ExitCodes.OK;
    }

    /** Which requests to list. */
    static final class Which {
        @Option(names = "--open", description = "Only those that have not ended.")
        private boolean open;

        @Option(names = "--mine", description = "Only those that --officer submitted or approved.")
        private boolean mine;

        @Option(
                names = "--awaiting-approval",
                description = "Only those that --officer may approve: another's, and not approved by them yet.")
        private boolean awaitingApproval;

        @Option(
                names = "--due",
                paramLabel = "WITHIN",
                arity = "0..1",
                fallbackValue = "3d",
                description = "Only those to be answered, or whose paper must come, within this time (12h, 7d;"
                        + " ${FALLBACK-VALUE} unless given); what is overdue as well.")
        private @Nullable String due;

        @Option(
                names = "--overdue",
                description = "Only those that should have been answered by now, or whose paper should have come.")
        private boolean overdue;

        @Option(
                names = "--officer",
                paramLabel = "ID",
                description = "Whose queue it is, for --mine and --awaiting-approval. No key is needed.")
        private @Nullable String officer;

        private RequestQueue.Filter filter() {
            if (officer == null && (mine || awaitingApproval)) {
                throw ToolException.usage("Whose? --mine and --awaiting-approval need --officer ID");
            }
            return new RequestQueue.Filter(
                    open, mine, awaitingApproval, within(), overdue, officer == null ? "" : officer);
        }

        private @Nullable Duration within() {
            try {
                return due == null ? null : Durations.parse(due);
            } catch (IllegalArgumentException e) {
                throw ToolException.usage("--due: " + e.getMessage());
            }
        }
    }

    @Command(
            description = {
                "List requests as a queue of work: what is overdue first, then what is urgent, then what is due first;"
                        + " what has ended comes last. Several conditions hold together.",
                "DUE is the next of two times: when the answer is due, and when the paper of an emergency is.",
            })
    int list(@Mixin Which which, @Mixin Settings settings, @Mixin Json json) {
        RequestQueue.Filter filter = which.filter();
        Instant now = surroundings.clock().instant();
        List<LegalRequestStatus> listed;
        try (Cases cases = cases(settings)) {
            listed = RequestQueue.of(cases.all().values(), filter, now);
        }
        if (json.wanted) {
            surroundings
                    .console()
                    .printJson(listed.stream()
                            .map(status -> RequestView.json(status, now))
                            .toList());
        } else {
            RequestView.table(listed, now).forEach(surroundings.console()::print);
        }
        return ExitCodes.OK;
    }

    @Command(
            description =
                    "Show the disclosure policy that is configured here, or the one that is packed in: what may be"
                            + " disclosed under which paper, and how many must approve. Casework applies its own.")
    int policy(@Mixin Settings settings, @Mixin Json json) {
        LookbackConfig config = settings.load(surroundings.environment());
        DisclosurePolicy policy = DisclosurePolicyFile.load(config);
        String from = config.file(LookbackConfig.DISCLOSURE_POLICY_FILE)
                .map(Object::toString)
                .orElse("packed in");
        if (json.wanted) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("name", policy.name());
            all.put("from", from);
            all.put("sha256", policy.sha256());
            all.put("terms", policy.lines());
            surroundings.console().printJson(all);
        } else {
            surroundings.console().print(policy.name() + " (" + from + ")");
            surroundings.console().print("SHA-256 " + policy.sha256());
            policy.lines().forEach(surroundings.console()::print);
        }
        return ExitCodes.OK;
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

    // ---- sending

    private int order(
            dev.lookback.casework.Command command, Reason accepted, Signer signer, Settings settings, Json json)
            throws IOException {
        return order(settings.load(surroundings.environment()), command, Set.of(accepted), signer, json);
    }

    private int order(
            LookbackConfig config,
            dev.lookback.casework.Command command,
            Set<Reason> accepted,
            Signer signer,
            Json json)
            throws IOException {
        String jws = signer.open(surroundings).sign(command);
        Cases.Answer answer;
        try (Cases cases = new Cases(config, surroundings.clock())) {
            answer = cases.send(command, jws, accepted, ANSWER_LIMIT);
        }
        return answered(answer, command.requestId(), json);
    }

    private int answered(Cases.Answer answer, UUID id, Json json) {
        LegalRequestStatus status = answer.status();
        Console console = surroundings.console();
        if (json.wanted) {
            console.printJson(RequestView.json(status));
        } else if (answer.accepted()) {
            console.print("Request " + id + " is " + status.getState() + " since " + Instants.format(status.getAt()));
            if (status.getApprovalsNeeded() > 1 && !RequestQueue.hasEnded(status.getState())) {
                RequestView.approvals(status).forEach(console::print);
            }
        }
        if (answer.accepted()) {
            return ExitCodes.OK;
        }
        String problems = status.getProblems().isEmpty()
                ? ""
                : "\n  " + String.join("\n  ", RequestProblems.lines(status.getProblems()));
        if (status.getState() == CaseState.INVALID && !status.getProblems().isEmpty()) {
            throw ToolException.failed("Request " + id + " is INVALID:" + problems + "\n"
                    + (status.getEstimate()
                            ? "It was a dry run: correct it and try again."
                            : "It keeps the time of its receipt. Correct it and submit it again with --id " + id
                                    + (status.getLapsesAt() == null
                                            ? ""
                                            : ", until " + Instants.format(status.getLapsesAt()))));
        }
        throw ToolException.failed(
                "Refused: " + status.getReason() + ". Request " + id + " is " + status.getState() + problems);
    }
}
