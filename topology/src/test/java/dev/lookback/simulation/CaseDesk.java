package dev.lookback.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.address.Network;
import dev.lookback.casework.AuditChain;
import dev.lookback.casework.CaseworkSettings;
import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.disclosure.TestPolicies;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.Manifest;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.SignedCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The compliance side of a {@link Simulation}: officers who file, correct, approve, reject, forge and repeat, in random
 * order; and a naive account of what may and what must come of it. A case is the list of what was filed under its id; an
 * extract is compared with what the {@link Model} has for the filing that it names.
 */
final class CaseDesk {
    static final KeyPair SEAL = newKey();

    private static final Map<String, KeyPair> KEYS = new LinkedHashMap<>();

    static {
        for (String id : List.of("intake", "both", "approver", "second", "auditor")) {
            KEYS.put(id, newKey());
        }
    }

    private static final Set<String> INTAKE = Set.of("intake", "both");
    private static final Set<String> APPROVERS = Set.of("both", "approver", "second");
    static final Officers OFFICERS =
            new Officers(KEYS.keySet().stream().map(CaseDesk::officer).toList());

    private static final CaseworkSettings SETTINGS = CaseworkSettings.DEFAULTS;
    private static final Pattern ORDERED_ELSEWHERE = Pattern.compile("(ERASURE_|RETENTION_POLICY).*");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Deliveries are late by hours: a command that is sent this long before a case's time is up comes in time. */
    private static final Duration MARGIN = Duration.ofHours(13);

    /** What the desk needs of the world around it. */
    interface World {
        Instant now();

        int published();

        void publish(String requester);

        void tick();
    }

    final DisclosurePolicy policy;
    private final long seed;
    private final Random random;
    private final Log log;
    private final Model model;
    private final World world;
    private final @Nullable Long cap;
    private final boolean pseudonymised;

    private final Topic<String, LegalRequestCommand> legalRequests;
    private final Topic<String, LegalRequestStatus> legalRequestStatus;
    private final Topic<String, ExtractRecord> legalRequestExtracts;
    private final Topic<String, AuditEntry> disclosureAudit;
    private final Topic<String, SearchResult> searchResults;
    private final Topic<String, SearchTask> searchTasks;
    private final Topic<byte[], ?> preservedLookups;
    private final String erasures;
    private final String retentionPolicies;

    private final Map<UUID, Case> cases = new LinkedHashMap<>();
    private final Map<Long, Map<String, Long>> cutoffs = new HashMap<>(); // at each instant that a round may open
    private final Map<String, List<LegalRequestStatus>> statuses = new HashMap<>();
    private int statusesRead;
    private int compared;
    private int estimates;

    /** Everything that was filed under one id. */
    private static final class Case {
        final long receivedAt;
        final Map<String, Long> cutoffs;
        final List<Filing> filings = new ArrayList<>();
        boolean contested; // somebody rejected it, or took it back
        int pieces;

        Case(long receivedAt, Map<String, Long> cutoffs) {
            this.receivedAt = receivedAt;
            this.cutoffs = cutoffs;
        }
    }

    /** What was filed, and who has approved it. */
    private static final class Filing {
        final String digest;
        final String submitter;
        final InstrumentType type;
        final boolean estimate;
        final List<Model.Ask> asks;
        final long from;
        final long to;
        final long filedAt;
        final int published; // events when it was filed
        final boolean valid;
        final Map<String, Long> approvals = new LinkedHashMap<>();

        Filing(
                String digest,
                String submitter,
                Command.Submit submit,
                List<Model.Ask> asks,
                long filedAt,
                int published,
                boolean valid) {
            this.digest = digest;
            this.submitter = submitter;
            this.type = submit.instrument().type();
            this.estimate = submit.estimate();
            this.asks = asks;
            this.from = submit.from().toEpochMilli();
            this.to = submit.to().toEpochMilli();
            this.filedAt = filedAt;
            this.published = published;
            this.valid = valid;
        }

        boolean isStanding() {
            return type == InstrumentType.STANDING_ORDER && !estimate;
        }

        int approvalsNeeded() {
            return switch (type) {
                case EMERGENCY_REQUEST -> 2;
                case PRESERVATION_REQUEST -> 0;
                case COURT_ORDER, SEARCH_WARRANT, SUBPOENA, STANDING_ORDER -> 1;
            };
        }
    }

    CaseDesk(long seed, Random random, Topics topics, Log log, Model model, World world) {
        this.seed = seed;
        this.random = random;
        this.log = log;
        this.model = model;
        this.world = world;
        this.cap = seed % 4 == 1 ? Long.valueOf(2) : null;
        this.pseudonymised = seed % 3 == 1;
        this.policy = TestPolicies.open(cap, pseudonymised);
        this.legalRequests = topics.legalRequests();
        this.legalRequestStatus = topics.legalRequestStatus();
        this.legalRequestExtracts = topics.legalRequestExtracts();
        this.disclosureAudit = topics.disclosureAudit();
        this.searchResults = topics.searchResults();
        this.searchTasks = topics.searchTasks();
        this.preservedLookups = topics.preservedLookups();
        this.erasures = topics.erasures().name();
        this.retentionPolicies = topics.retentionPolicies().name();
    }

    private static Officer officer(String id) {
        Set<Officer.Role> roles = new HashSet<>();
        if (INTAKE.contains(id)) {
            roles.add(Officer.Role.INTAKE);
        }
        if (APPROVERS.contains(id)) {
            roles.add(Officer.Role.APPROVER);
        }
        if (roles.isEmpty()) {
            roles.add(Officer.Role.AUDITOR);
        }
        return new Officer(id, roles, KEYS.get(id).getPublic(), null, null);
    }

    /** How many extracts were compared with the model's answer. */
    int compared() {
        return compared;
    }

    /** Remembers what is readable now: a round may be opened. */
    void noteTick() {
        cutoffs.putIfAbsent(now(), model.cutoffs());
    }

    private long now() {
        return world.now().toEpochMilli();
    }

    // ---- what officers do

    void submit() {
        Instant from = world.now().minus(Duration.ofHours(random.nextInt(45 * 24)));
        Instant to = from.plus(Duration.ofHours(1 + random.nextInt(20 * 24)));
        InstrumentType type = pick(List.of(
                InstrumentType.COURT_ORDER,
                InstrumentType.COURT_ORDER,
                InstrumentType.COURT_ORDER,
                InstrumentType.EMERGENCY_REQUEST,
                InstrumentType.PRESERVATION_REQUEST,
                InstrumentType.STANDING_ORDER));
        boolean estimate = random.nextInt(10) == 0;
        List<Command.Ask> asks = asks();
        if (random.nextInt(3) == 0) {
            // A request about what has only just happened, and is still on its way.
            from = world.now().minus(Duration.ofDays(1));
            to = world.now().plus(Duration.ofDays(1));
            world.publish(pick(Simulation.HANDLES));
        }
        if (type == InstrumentType.STANDING_ORDER && !estimate) {
            from = world.now().plus(Duration.ofHours(random.nextInt(48) - 36));
            to = world.now().plus(Duration.ofHours(1 + random.nextInt(8 * 24)));
            if (!from.isBefore(to)) {
                from = to.minus(Duration.ofHours(1));
            }
        }
        submit(type, estimate, asks, from, to);
    }

    private List<Command.Ask> asks() {
        List<Command.Ask> asks = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = random.nextInt(8) == 0 ? 3 : 1; i > 0; i--) {
            SelectorRole role = pick(List.of(SelectorRole.values()));
            String handle = role == SelectorRole.SOURCE
                    ? Simulation.NETWORK + random.nextInt(256) + "/" + (24 + random.nextInt(9))
                    : pick(Simulation.HANDLES);
            Network network = Network.parse(handle);
            if (seen.add(role + (network == null ? Model.canonical(handle) : network.text()))) {
                asks.add(new Command.Ask(role, handle, null));
            }
        }
        return asks;
    }

    /** A court order about one handle. */
    void submit(SelectorRole role, String handle, Instant from, Instant to) {
        submit(InstrumentType.COURT_ORDER, false, List.of(new Command.Ask(role, handle, null)), from, to);
    }

    private void submit(InstrumentType type, boolean estimate, List<Command.Ask> asks, Instant from, Instant to) {
        UUID id = new UUID(seed, 1_000_000 + cases.size());
        cases.put(id, new Case(now(), model.cutoffs()));
        noteTick(); // its first round is opened now
        if (random.nextInt(10) == 0) {
            // Not what the policy allows; to be corrected, maybe.
            file(
                    id,
                    type,
                    estimate,
                    List.of(new Command.Ask(SelectorRole.SOURCE, "203.0.0.0/8", null)),
                    from,
                    to,
                    false);
        } else {
            file(id, type, estimate, asks, from, to, true);
        }
        if (random.nextBoolean()) {
            world.tick(); // before or after other things happen
        }
    }

    private void file(
            UUID id,
            InstrumentType type,
            boolean estimate,
            List<Command.Ask> asks,
            Instant from,
            Instant to,
            boolean allowed) {
        Case file = cases.get(id);
        boolean prospective = type == InstrumentType.STANDING_ORDER && !estimate;
        boolean reaches = prospective ? to.toEpochMilli() > file.receivedAt : from.toEpochMilli() < file.receivedAt;
        Command.Submit submit = new Command.Submit(
                id,
                commandId(),
                world.now(),
                estimate,
                new Command.Instrument(type, "ref", "court", "somewhere", null, null, "ab".repeat(32)),
                asks,
                from,
                to,
                Command.Particulars.NONE);
        String officer = random.nextBoolean() ? "intake" : "both";
        String jws = send(submit, officer);
        file.filings.add(new Filing(
                CommandCodec.digest(jws),
                officer,
                submit,
                asks.stream()
                        .map(ask -> new Model.Ask(ask.role().name(), Model.canonical(ask.handle())))
                        .toList(),
                now(),
                world.published(),
                allowed && reaches));
    }

    /** Somebody does something about some case: as often as not the right thing, by whom it should be done. */
    void decide() {
        if (cases.isEmpty()) {
            return;
        }
        List<UUID> recent = List.copyOf(cases.keySet());
        UUID id = recent.get(Math.max(0, recent.size() - 1 - random.nextInt(12)));
        Case file = cases.get(id);
        Filing filing = file.filings.get(file.filings.size() - 1);
        switch (random.nextInt(14)) {
            case 0 -> {
                file.contested = true;
                send(new Command.Reject(id, commandId(), world.now()), "approver");
            }
            case 1 -> {
                file.contested = true;
                send(new Command.Withdraw(id, commandId(), world.now()), "intake");
            }
            case 2 -> send(new Command.Renew(id, commandId(), world.now()), "intake");
            case 3 ->
                send(
                        new Command.Paper(
                                id,
                                commandId(),
                                world.now(),
                                new Command.Instrument(
                                        InstrumentType.SEARCH_WARRANT, "r", "c", "j", null, null, "cd".repeat(32))),
                        "intake");
            case 4 -> send(new Command.Close(id, commandId(), world.now()), "intake");
            case 5 -> fetch(id);
            case 6, 7 -> fileAgain(id, file, filing);
            default -> {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    approve(
                            id,
                            filing,
                            pick(List.copyOf(APPROVERS.stream().sorted().toList())));
                }
            }
        }
    }

    private void approve(UUID id, Filing filing, String officer) {
        send(new Command.Approve(id, commandId(), world.now(), filing.digest), officer);
        if (!officer.equals(filing.submitter)) {
            filing.approvals.putIfAbsent(officer, now());
        }
    }

    private void fetch(UUID id) {
        List<LegalRequestStatus> history = statuses(id);
        String digest =
                history.isEmpty() ? null : history.get(history.size() - 1).getManifestSha256();
        send(new Command.Fetch(id, commandId(), world.now(), digest == null ? "none" : digest), "approver");
    }

    /** Corrects what is invalid, serves an order on what is preserved; of anything else, tries in vain. */
    private void fileAgain(UUID id, Case file, Filing filing) {
        if (filing.valid && filing.type != InstrumentType.PRESERVATION_REQUEST) {
            return;
        }
        boolean serves = filing.valid;
        List<Command.Ask> asks = serves
                ? filing.asks.stream()
                        .map(ask -> new Command.Ask(SelectorRole.valueOf(ask.role()), ask.handle(), null))
                        .toList()
                : asks();
        long from =
                serves ? filing.from + random.nextInt((int) Duration.ofHours(3).toMillis()) : filing.from;
        InstrumentType type = serves ? InstrumentType.COURT_ORDER : filing.type;
        file(
                id,
                type,
                !serves && filing.estimate,
                asks,
                Instant.ofEpochMilli(Math.min(from, filing.to - 1)),
                Instant.ofEpochMilli(filing.to),
                true);
    }

    /** Commands that must change nothing. */
    void misbehave() {
        if (cases.isEmpty()) {
            return;
        }
        UUID id = pick(List.copyOf(cases.keySet()));
        Filing filing = pick(cases.get(id).filings);
        Command approval = new Command.Approve(id, commandId(), world.now(), filing.digest);
        switch (random.nextInt(6)) {
            case 0 -> send(approval, "intake"); // out of role
            case 1 -> send(approval, "auditor");
            case 2 ->
                append(
                        id,
                        CommandCodec.sign(
                                approval, "approver", KEYS.get("intake").getPrivate())); // forged
            case 3 -> // of another text
                send(new Command.Approve(id, commandId(), world.now(), CommandCodec.digest("another")), "approver");
            case 4 -> send(new Command.Withdraw(id, commandId(), world.now()), "approver");
            default -> append(id, "not.a.command");
        }
    }

    private String send(Command command, String officer) {
        String jws = CommandCodec.sign(command, officer, KEYS.get(officer).getPrivate());
        append(command.requestId(), jws);
        return jws;
    }

    private UUID commandId() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private void append(UUID id, String jws) {
        log.append(
                legalRequests.name(),
                new Log.Entry(
                        id.toString().getBytes(StandardCharsets.UTF_8),
                        legalRequests
                                .value()
                                .serializer()
                                .serialize(legalRequests.name(), new LegalRequestCommand(new SignedCommand(jws))),
                        new RecordHeaders(),
                        now(),
                        null));
    }

    // ---- what must hold when all has come to rest

    void everythingEqualsTheModel() {
        extractsEqualTheModelsAnswers();
        estimatesEqualTheModelsCounts();
        roundsLeaveNothingOut();
        copiesAreHeldForOpenCasesOnly();
        auditIsWhole();
    }

    private void extractsEqualTheModelsAnswers() {
        Map<UUID, List<ExtractRecord>> extracts = new HashMap<>();
        for (Log.Entry entry : log.all(legalRequestExtracts.name())) {
            UUID id = UUID.fromString(new String(entry.key(), StandardCharsets.UTF_8));
            extracts.computeIfAbsent(id, key -> new ArrayList<>()).add(decode(legalRequestExtracts, entry.value()));
        }
        Set<String> overtaken = overtaken();
        cases.forEach((id, file) -> {
            String what = "seed " + seed + ", " + world.now() + ": extract of " + id + ", " + states(id);
            List<ExtractRecord> pieces = extracts.get(id);
            assertThat(pieces != null || !mustBeDisclosed(id, file)).as(what).isTrue();
            if (pieces != null && file.pieces != pieces.size()) {
                assertThat(file.pieces).as("%s is sealed once", what).isZero();
                file.pieces = pieces.size();
                extractEqualsTheModelsAnswer(what, id, file, Extract.of(pieces), overtaken.contains(id.toString()));
                compared++;
            }
        });
    }

    /** Whether nothing can have kept a case from being disclosed by now. */
    private boolean mustBeDisclosed(UUID id, Case file) {
        Filing filing = current(id, file);
        if (filing == null || file.contested || filing.estimate || !filing.valid || file.filings.size() > 1) {
            return false;
        }
        long lapses = filing.filedAt + SETTINGS.approvalTimeout().toMillis() - MARGIN.toMillis();
        long inTime =
                filing.approvals.values().stream().filter(at -> at < lapses).count();
        boolean isOver = !filing.isStanding()
                || now()
                        > filing.to
                                + SETTINGS.collectOverlap().toMillis()
                                + Duration.ofMinutes(1).toMillis();
        return filing.approvalsNeeded() > 0 && inTime >= filing.approvalsNeeded() && isOver;
    }

    private void extractEqualsTheModelsAnswer(String what, UUID id, Case file, Extract extract, boolean wasOvertaken) {
        ExtractVerifier.Verdict verdict = ExtractVerifier.verify(extract, SEAL.getPublic());
        assertThat(verdict).as(what).isInstanceOf(ExtractVerifier.Sound.class);
        Manifest manifest = ((ExtractVerifier.Sound) verdict).manifest();
        Filing filing = current(id, file);
        assertThat(filing).as(what).isNotNull();
        assertThat(filing.approvals.size())
                .as("%s has the approvals that the policy demands", what)
                .isGreaterThanOrEqualTo(filing.approvalsNeeded())
                .isPositive();
        assertThat(filing.approvals.keySet())
                .as(what)
                .containsAll(manifest.chronology().approvals().stream()
                        .map(Manifest.Approval::officer)
                        .toList());
        Map<String, Model.Row> may = byId(filing.isStanding() ? standing(id, filing, false) : may(file, filing));
        Map<String, Model.Row> must = byId(filing.isStanding() ? standing(id, filing, true) : must(file, filing));
        Set<String> disclosed = new HashSet<>();
        Map<String, String> pseudonyms = new HashMap<>();
        for (String line : lines(extract)) {
            JsonNode json = json(line);
            String key = json.get("eventId").textValue() + "@"
                    + Instant.parse(json.get("occurredAt").textValue()).toEpochMilli();
            Model.Row row = may.get(key);
            assertThat(row).as("%s: %s is in scope", what, line).isNotNull();
            assertThat(disclosed.add(key)).as("%s: %s comes once", what, line).isTrue();
            assertThat(json.get("queried").textValue()).as(what).isEqualTo(row.queried());
            requesterIsShownAsAllowed(what, json, row, filing, pseudonyms);
        }
        boolean capped = manifest.totals().capped() > 0;
        if (capped) {
            assertThat(cap).as(what).isNotNull();
            assertThat(disclosed.size() + manifest.totals().capped()).as(what).isLessThanOrEqualTo(may.size());
        }
        if (!wasOvertaken && !capped) {
            assertThat(disclosed).as("%s is complete", what).containsAll(must.keySet());
        } else if (!wasOvertaken) {
            assertThat(disclosed.size() + manifest.totals().capped())
                    .as("%s is complete but for what it says it left out", what)
                    .isGreaterThanOrEqualTo(must.size());
        }
    }

    private void requesterIsShownAsAllowed(
            String what, JsonNode json, Model.Row row, Filing filing, Map<String, String> pseudonyms) {
        boolean named = filing.asks.stream()
                .anyMatch(ask -> !ask.role().equals("QUERIED")
                        && !ask.role().equals("SOURCE")
                        && ask.handle().equals(Model.canonical(row.requester())));
        boolean reverse = filing.asks.stream().anyMatch(ask -> !ask.role().equals("REQUESTER"));
        if (pseudonymised && reverse && !named) {
            assertThat(json.has("requester")).as(what).isFalse();
            String pseudonym = json.get("requesterPseudonym").textValue();
            String known = pseudonyms.putIfAbsent(Model.canonical(row.requester()), pseudonym);
            assertThat(known == null ? pseudonym : known).as(what).isEqualTo(pseudonym);
            assertThat(new HashSet<>(pseudonyms.values())).as(what).hasSize(pseudonyms.size());
        } else {
            assertThat(json.get("requester").textValue()).as(what).isEqualTo(row.requester());
            assertThat(json.get("sourceIp").textValue()).as(what).isEqualTo(row.ip());
        }
    }

    private List<Model.Row> may(Case file, Filing filing) {
        return model.mayDisclose(request(file, filing));
    }

    private List<Model.Row> must(Case file, Filing filing) {
        return model.mustDisclose(request(file, filing));
    }

    private static Model.Request request(Case file, Filing filing) {
        int published = file.filings.get(0).published; // what is served is served on what was preserved
        return new Model.Request(
                filing.asks,
                filing.from,
                Math.min(filing.to, file.receivedAt),
                file.receivedAt,
                published,
                file.cutoffs);
    }

    /** What the rounds of a standing order could find; or had to. */
    private List<Model.Row> standing(UUID id, Filing filing, boolean must) {
        Set<Model.Row> rows = new HashSet<>();
        for (Search round : rounds(id)) {
            long at = round.getReceivedAt().toEpochMilli();
            Model.Request request = new Model.Request(
                    filing.asks,
                    round.getFrom().toEpochMilli(),
                    filing.to,
                    at,
                    round.getCut().get(0),
                    cutoffs.get(at));
            rows.addAll(must ? model.mustDisclose(request) : model.mayDisclose(request));
        }
        return List.copyOf(rows);
    }

    private List<Search> rounds(UUID id) {
        List<Search> rounds = new ArrayList<>();
        for (Log.Entry entry : log.all(searchTasks.name())) {
            if (decode(searchTasks, entry.value()).getTask() instanceof Search search
                    && search.getRequestId().equals(id.toString())
                    && search.getSelector() == 0) {
                rounds.add(search);
            }
        }
        return rounds;
    }

    /** Each round of a standing order begins where what the one before has not seen may lie, and the last ends it. */
    private void roundsLeaveNothingOut() {
        cases.forEach((id, file) -> {
            Filing filing = current(id, file);
            if (filing == null || !filing.isStanding()) {
                return;
            }
            String what = "seed " + seed + ", " + world.now() + ": rounds of " + id + ", " + states(id);
            long before = Long.MAX_VALUE;
            for (Search round : rounds(id)) {
                assertThat(round.getFrom().toEpochMilli())
                        .as(what)
                        .isLessThanOrEqualTo(Math.max(
                                filing.from, before - SETTINGS.collectOverlap().toMillis()));
                assertThat(round.getTo().toEpochMilli())
                        .as(what)
                        .isEqualTo(Math.max(filing.to, round.getFrom().toEpochMilli()));
                before = round.getReceivedAt().toEpochMilli();
            }
            if (file.pieces > 0) {
                assertThat(before)
                        .as("%s: the last comes when nothing more can", what)
                        .isGreaterThanOrEqualTo(
                                filing.to + SETTINGS.collectOverlap().toMillis());
            }
        });
    }

    private void estimatesEqualTheModelsCounts() {
        Set<String> overtaken = overtaken();
        cases.forEach((id, file) -> {
            List<LegalRequestStatus> history = statuses(id);
            LegalRequestStatus last = history.isEmpty() ? null : history.get(history.size() - 1);
            Filing filing = current(id, file);
            if (last == null
                    || filing == null
                    || !filing.estimate
                    || last.getEstimates().isEmpty()) {
                return;
            }
            estimates++;
            for (int i = 0; i < filing.asks.size(); i++) {
                Model.Request request = new Model.Request(
                        List.of(filing.asks.get(i)),
                        filing.from,
                        Math.min(filing.to, file.receivedAt),
                        file.receivedAt,
                        file.filings.get(0).published,
                        file.cutoffs);
                long least = overtaken.contains(id.toString())
                        ? 0
                        : model.mustDisclose(request).size();
                assertThat(last.getEstimates().get(i))
                        .as("seed %d, %s: estimate of %s", seed, world.now(), id)
                        .isBetween(least, (long) model.mayDisclose(request).size());
            }
        });
    }

    private Set<String> overtaken() {
        Set<String> overtaken = new HashSet<>();
        for (Log.Entry entry : log.all(searchResults.name())) {
            SearchResult result = decode(searchResults, entry.value());
            if (result.getOvertaken()) {
                overtaken.add(result.getRequestId());
            }
        }
        return overtaken;
    }

    private void copiesAreHeldForOpenCasesOnly() {
        Set<UUID> open = new HashSet<>();
        for (UUID id : cases.keySet()) {
            List<CaseState> states = states(id);
            CaseState last = states.isEmpty() ? CaseState.RECEIVED : states.get(states.size() - 1);
            switch (last) {
                case RECEIVED, PRESERVING, AWAITING_APPROVAL, PRESERVED, ACTIVE, APPROVED, SEALED -> open.add(id);
                case CLOSED, INVALID, REJECTED, WITHDRAWN, LAPSED, EXPIRED, UNKNOWN -> {}
            }
        }
        assertThat(open)
                .as("seed %d, %s: copies are held for open cases only", seed, world.now())
                .containsAll(liveCopies());
    }

    /** The requests for which copies are held. */
    Set<UUID> liveCopies() {
        Map<Bytes, byte[]> copies = new HashMap<>();
        for (Log.Entry entry : log.all(preservedLookups.name())) {
            if (entry.value() == null) {
                copies.remove(Bytes.wrap(entry.key()));
            } else {
                copies.put(Bytes.wrap(entry.key()), entry.value());
            }
        }
        Set<UUID> requests = new HashSet<>();
        copies.keySet().forEach(key -> requests.add(PreservedKey.requestId(key.get())));
        return requests;
    }

    /** Every command has left one entry, in a chain without a gap. */
    private void auditIsWhole() {
        List<AuditEntry> entries = log.all(disclosureAudit.name()).stream()
                .map(entry -> decode(disclosureAudit, entry.value()))
                .toList();
        assertThat(AuditChain.verify(entries))
                .as("seed %d, %s", seed, world.now())
                .isNull();
        long commands = log.all(legalRequests.name()).stream()
                .filter(entry -> !new String(entry.key(), StandardCharsets.UTF_8).equals("tick"))
                .count();
        long answers = entries.stream()
                .filter(entry -> !entry.getOfficer().equals("lookback"))
                .filter(entry -> !ORDERED_ELSEWHERE.matcher(entry.getAction()).matches())
                .count();
        long elsewhere = entries.stream()
                .filter(entry -> ORDERED_ELSEWHERE.matcher(entry.getAction()).matches())
                .count();
        assertThat(elsewhere)
                .as("seed %d, %s: one entry for each erasure and each policy", seed, world.now())
                .isEqualTo(log.size(erasures) + log.size(retentionPolicies));
        assertThat(answers)
                .as("seed %d, %s: one entry for each command", seed, world.now())
                .isEqualTo(commands);
    }

    /** Of what was filed under an id, that which counts by casework's own word; its content is ours. */
    private @Nullable Filing current(UUID id, Case file) {
        List<LegalRequestStatus> history = statuses(id);
        if (history.isEmpty()) {
            return null;
        }
        String digest = history.get(history.size() - 1).getRequestSha256();
        return file.filings.stream()
                .filter(filing -> filing.digest.equals(digest))
                .findFirst()
                .orElseThrow();
    }

    private List<CaseState> states(UUID id) {
        return statuses(id).stream().map(LegalRequestStatus::getState).toList();
    }

    private List<LegalRequestStatus> statuses(UUID id) {
        for (; statusesRead < log.size(legalRequestStatus.name()); statusesRead++) {
            byte[] value = log.get(legalRequestStatus.name(), statusesRead).value();
            if (value != null) { // deleted in the end
                LegalRequestStatus status = decode(legalRequestStatus, value);
                statuses.computeIfAbsent(status.getRequestId(), key -> new ArrayList<>())
                        .add(status);
            }
        }
        return statuses.getOrDefault(id.toString(), List.of());
    }

    private static Map<String, Model.Row> byId(List<Model.Row> rows) {
        Map<String, Model.Row> byId = new HashMap<>();
        rows.forEach(row -> byId.put(row.eventId() + "@" + row.occurredAt(), row));
        return byId;
    }

    private static List<String> lines(Extract extract) {
        try {
            return extract.lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <V> V decode(Topic<?, V> topic, byte[] value) {
        return topic.value().deserializer().deserialize(topic.name(), value);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
