package dev.lookback.casework;

import dev.lookback.clock.Timekeeper;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.WatermarkTick;
import java.io.ByteArrayOutputStream;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the cases of one partition: takes commands, sends searches, counts their ends, seals, releases, and puts every
 * step on record. Which step is allowed when is in {@link CaseRules}; what a command looks like in
 * {@link CommandCodec}; what it takes to be served in {@link Intake}; what an extract looks like in {@link Sealer}.
 *
 * <p>The vault works at least once, so copies, ENDs and results may come again, and late: the first copy of a key
 * wins, an END or result counts once, and a copy that comes when its case is over is released at once.
 */
final class CaseProcessor implements Processor<String, CaseInput, String, Object> {
    /** Keys in one record of preserved-releases. */
    private static final int RELEASE_BATCH = 500;

    private static final Duration HOUSEKEEPING = Duration.ofHours(1);

    /** What the processors of all partitions share. */
    record Shared(
            CaseworkSettings settings,
            DisclosurePolicy policy,
            Officers officers,
            Tokens tokens,
            KeyPair sealingKey,
            int ledgerPartitions,
            int requestPartitions,
            CaseworkMetrics metrics,
            Timekeeper time) {}

    private final Shared shared;
    private final Sealer sealer;
    private final Intake intake;
    private final Topic<String, LegalRequestStatus> statusTopic;
    private final SortedMap<UUID, CaseFile> open = new TreeMap<>(); // all whose copies have not been released
    private ProcessorContext<String, Object> context;
    private KeyValueStore<String, CaseFile> cases;
    private KeyValueStore<String, Long> received;
    private KnownRequests known;
    private PreservedCopies copies;
    private CaseRecords records;
    private Searching searching;
    private int partition;
    private long readUntil = Long.MIN_VALUE; // time of the last tick: all commands sent before it have been read

    @SuppressWarnings("NullAway.Init") // Streams calls init() first
    CaseProcessor(Shared shared, Sealer sealer, Topic<String, LegalRequestStatus> statusTopic) {
        this.shared = shared;
        this.sealer = sealer;
        this.statusTopic = statusTopic;
        this.intake = new Intake(shared.policy, shared.tokens);
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        readUntil = Long.MIN_VALUE; // a task that Streams begins again keeps its processors
        cases = context.getStateStore(CaseworkTopology.CASES);
        received = context.getStateStore(CaseworkTopology.RECEIVED);
        copies = context.getStateStore(CaseworkTopology.COPIES);
        known = KnownRequests.in(context, statusTopic);
        partition = context.taskId().partition();
        AuditLog log = new AuditLog(
                context.getStateStore(CaseworkTopology.AUDIT_CHAIN),
                partition,
                shared.settings.checkpointInterval(),
                shared.sealingKey);
        records = new CaseRecords(context, log, this::endsAt);
        searching = new Searching(records, shared.settings, shared.tokens, shared.ledgerPartitions);
        try (KeyValueIterator<String, CaseFile> all = cases.all()) {
            while (all.hasNext()) {
                CaseFile file = all.next().value;
                if (!file.released) {
                    open.put(file.requestId, file);
                    shared.metrics.opened(file.state);
                }
            }
        }
        context.schedule(shared.settings.sliceInterval(), PunctuationType.WALL_CLOCK_TIME, this::work);
        context.schedule(HOUSEKEEPING, PunctuationType.WALL_CLOCK_TIME, this::forgetOldCases);
    }

    @Override
    public void close() {
        open.values().forEach(file -> shared.metrics.left(file.state));
        open.clear();
        shared.metrics.forget(partition);
    }

    @Override
    public void process(Record<String, CaseInput> record) {
        CaseInput input = record.value();
        long at = record.timestamp();
        if (input instanceof CaseInput.Signed signed) {
            signed(record.key(), signed.jws(), received(at));
        } else if (input instanceof CaseInput.Unreadable) {
            refuse(Reason.UNREADABLE, requestId(record.key()), null, null, received(at));
        } else if (input instanceof CaseInput.Ticked tick) {
            ticked(tick, received(at));
        } else if (input instanceof CaseInput.Copied copied) {
            copied(copied, at);
        } else if (input instanceof CaseInput.Ended ended) {
            CaseFile file = open.get(ended.requestId());
            if (file != null && searching.ended(file, ended)) {
                searched(file, at);
            }
        } else if (input instanceof CaseInput.Reported reported) {
            reported(reported.result(), at);
        } else if (input instanceof CaseInput.Noted noted) {
            records.audit("", noted.officer(), noted.action(), noted.detail(), at);
        }
    }

    /**
     * When a record of legal-requests was received: when the broker appended it, but never before the one that it
     * follows. Brokers' clocks can be set back; what no request could reach any more stays out of reach.
     */
    private long received(long appendedAt) {
        Long latest = received.get(CaseworkTopology.LATEST);
        if (latest != null && latest >= appendedAt) {
            return latest;
        }
        received.put(CaseworkTopology.LATEST, appendedAt);
        return appendedAt;
    }

    // ---- commands

    /** A command as far as it is known who gave it, and when. */
    private record Order(
            @Nullable UUID keyed,
            UUID requestId,
            UUID commandId,
            Instant issuedAt,
            Officer officer,
            String jws,
            long at) {}

    private void signed(String key, String jws, long at) {
        CommandCodec.Reading reading = CommandCodec.read(jws, shared.officers, Instant.ofEpochMilli(at));
        UUID keyed = requestId(key);
        if (reading instanceof CommandCodec.Refused refused) {
            refuse(refused.reason(), keyed, refused.officer(), null, at);
        } else if (reading instanceof CommandCodec.Invalid invalid) {
            Order order = new Order(
                    keyed, invalid.requestId(), invalid.commandId(), invalid.issuedAt(), invalid.officer(), jws, at);
            if (mayOrder(order, Step.SUBMIT)) {
                invalid(order, invalid.estimate(), invalid.problems());
            }
        } else if (reading instanceof CommandCodec.Good good) {
            Command command = good.command();
            Order order = new Order(
                    keyed, command.requestId(), command.commandId(), command.issuedAt(), good.officer(), jws, at);
            if (mayOrder(order, step(command))) {
                carryOut(order, command);
            }
        }
    }

    /** Whether nothing speaks against a command whatever it says: that it is addressed wrongly, too old, seen before. */
    private boolean mayOrder(Order order, Step step) {
        Reason objection = objection(order);
        if (objection == null && order.officer.roles().stream().noneMatch(roles(step)::contains)) {
            objection = Reason.ROLE_MISSING;
        }
        if (objection != null) {
            refuse(objection, order);
        }
        return objection == null;
    }

    private @Nullable Reason objection(Order order) {
        // In another partition its copies would never meet it.
        if (!order.requestId.equals(order.keyed)
                || RequestPartitioner.partition(order.requestId, shared.requestPartitions) != partition) {
            return Reason.KEY_MISMATCH;
        }
        Instant now = Instant.ofEpochMilli(order.at);
        if (order.issuedAt.isBefore(now.minus(shared.settings.commandMaxAge()))
                || order.issuedAt.isAfter(now.plus(CaseworkSettings.MAX_AHEAD))) {
            return Reason.STALE;
        }
        CaseFile file = file(order.requestId);
        return file != null && file.commandIds.contains(order.commandId) ? Reason.REPLAYED : null;
    }

    private static Set<Officer.Role> roles(Step step) {
        return switch (step) {
            case SUBMIT, WITHDRAW, RENEW, PAPER -> Set.of(Officer.Role.INTAKE);
            case APPROVE, REJECT -> Set.of(Officer.Role.APPROVER);
            case CLOSE, FETCH -> Set.of(Officer.Role.INTAKE, Officer.Role.APPROVER);
            case SEARCHES_SENT, SEARCHES_ENDED, WINDOW_OVER, SEALED, TIME_UP, PAPER_TIME_UP, NON_DISCLOSURE_TIME_UP ->
                Set.of();
        };
    }

    private static Step step(Command command) {
        if (command instanceof Command.Submit) {
            return Step.SUBMIT;
        } else if (command instanceof Command.Approve) {
            return Step.APPROVE;
        } else if (command instanceof Command.Reject) {
            return Step.REJECT;
        } else if (command instanceof Command.Withdraw) {
            return Step.WITHDRAW;
        } else if (command instanceof Command.Renew) {
            return Step.RENEW;
        } else if (command instanceof Command.Paper) {
            return Step.PAPER;
        } else if (command instanceof Command.Fetch) {
            return Step.FETCH;
        }
        return Step.CLOSE;
    }

    private void carryOut(Order order, Command command) {
        CaseFile file = file(order.requestId);
        CaseRules.Outcome outcome = file == null
                ? CaseRules.apply(CaseRules.Situation.NONE, step(command))
                : CaseRules.apply(file.situation(command instanceof Command.Approve, order.at), step(command));
        if (outcome instanceof CaseRules.Move && file != null) {
            Reason objection = objection(file, command, order.officer);
            outcome = objection == null ? outcome : new CaseRules.Refuse(objection);
        }
        if (outcome instanceof CaseRules.Refuse refusal) {
            refuse(refusal.reason(), order);
        } else if (outcome instanceof CaseRules.Move move) {
            if (command instanceof Command.Submit submit) {
                submitted(file, order, submit, move);
            } else {
                Objects.requireNonNull(file).remember(order.commandId);
                move(file, move, order.officer.id(), apply(file, command, move, order), order.at);
            }
        }
    }

    /** What speaks against a command that fits where the case stands. */
    private static @Nullable Reason objection(CaseFile file, Command command, Officer officer) {
        if (command instanceof Command.Approve approve) {
            if (officer.id().equals(file.submittedBy)) {
                return Reason.SELF_APPROVED;
            } else if (!approve.requestSha256().equals(file.requestSha256)) {
                return Reason.DIGEST_MISMATCH;
            }
            return file.approvals.stream().anyMatch(each -> each.officer().equals(officer.id()))
                    ? Reason.APPROVED_TWICE
                    : null;
        }
        return command instanceof Command.Fetch fetch
                        && file.extracted != null
                        && !fetch.manifestSha256().equals(file.extracted.manifestSha256())
                ? Reason.DIGEST_MISMATCH
                : null;
    }

    /** What a command changes in the file, besides its state; returns what the audit says of it. */
    private String apply(CaseFile file, Command command, CaseRules.Move move, Order order) {
        if (command instanceof Command.Approve) {
            file.approvals.add(new Manifest.Approval(order.officer.id(), Instants.format(order.at)));
            return AuditDetail.of(
                    "requestSha256", file.requestSha256, "approval", file.approvals.size(), "of", file.approvalsNeeded);
        } else if (command instanceof Command.Renew) {
            file.renewed = true;
            file.preservedUntil = Objects.requireNonNull(file.preservedUntil)
                    + shared.settings.preservationDuration().toMillis();
            return AuditDetail.of("until", Instants.format(file.preservedUntil));
        } else if (command instanceof Command.Paper paper) {
            file.noPaper();
            return AuditDetail.of(
                    "instrument",
                    paper.instrument().type(),
                    "documentSha256",
                    paper.instrument().documentSha256());
        } else if (command instanceof Command.Fetch fetch) {
            return AuditDetail.of("manifestSha256", fetch.manifestSha256());
        }
        String detail = AuditDetail.of("requestSha256", file.requestSha256);
        if (move.state() == CaseState.PRESERVED && file.state != CaseState.PRESERVED) {
            file.unserve();
        }
        return detail;
    }

    // ---- submit commands: new, correcting, serving

    private void submitted(@Nullable CaseFile before, Order order, Command.Submit submit, CaseRules.Move move) {
        long receivedAt = before == null ? order.at : before.receivedAt;
        UUID continues = submit.particulars().continues();
        Intake.Outcome outcome = intake.take(submit, receivedAt, continues == null ? null : known.find(continues));
        if (outcome instanceof Intake.Refused refused) {
            invalid(order, submit.estimate(), refused.problems());
        } else if (outcome instanceof Intake.Accepted accepted) {
            if (move.reason() == Reason.SERVED) {
                serve(Objects.requireNonNull(before), order, submit, accepted, move);
            } else {
                CaseFile file = before == null ? newCase(order) : before;
                file.estimate = submit.estimate();
                file.search = new CaseFile.Search();
                file.search.open(0, receivedAt);
                file.ticks.clear();
                take(file, order, submit, accepted);
                move(file, move, order.officer.id(), described(file, order), order.at);
            }
        }
    }

    private CaseFile newCase(Order order) {
        CaseFile file = new CaseFile();
        file.requestId = order.requestId;
        file.receivedAt = order.at;
        return file;
    }

    /** The request in good form becomes the case's. */
    private void take(CaseFile file, Order order, Command.Submit submit, Intake.Accepted accepted) {
        CaseFile.Request request = accepted.request();
        InstrumentType type = submit.instrument().type();
        file.remember(order.commandId);
        file.filedAt = order.at;
        file.submittedBy = order.officer.id();
        file.requestSha256 = CommandCodec.digest(order.jws);
        file.instrument = type;
        file.request = request;
        file.selectorsDigest = accepted.selectorsDigest();
        file.outline = new CaseFile.Outline(
                request.instrument().authority(),
                request.instrument().jurisdiction(),
                request.selectors().size(),
                request.from(),
                request.to());
        file.nonDisclosureUntil = Intake.millis(submit.particulars().nonDisclosureUntil());
        file.approvals.clear();
        file.approvalsNeeded = 0;
        if (file.estimate) {
            return;
        }
        DisclosurePolicy.Quota quota = shared.policy.quota();
        file.overQuota = known.received(
                        request.instrument().authority(),
                        order.at - quota.period().toMillis(),
                        file.requestId)
                >= quota.requests();
        if (file.overQuota) {
            shared.metrics.overQuota();
        }
        file.approvalsNeeded = shared.policy.approvals(type, request.selectors(), file.overQuota);
        Duration paperWithin = shared.policy.terms(type).paperWithin();
        file.paperDueAt = paperWithin == null ? null : Long.valueOf(order.at + paperWithin.toMillis());
        if (type == InstrumentType.PRESERVATION_REQUEST) {
            file.preservedUntil =
                    file.receivedAt + shared.settings.preservationDuration().toMillis();
        }
    }

    private static String described(CaseFile file, Order order) {
        CaseFile.Outline outline = Objects.requireNonNull(file.outline);
        return AuditDetail.of(
                "instrument", file.instrument,
                "jurisdiction", outline.jurisdiction(),
                "authority", outline.authority(),
                "selectors", outline.selectors(),
                "from", Instants.format(outline.from()),
                "to", Instants.format(outline.to()),
                "estimate", file.estimate ? Boolean.TRUE : null,
                "approvalsNeeded", file.approvalsNeeded,
                "overQuota", file.overQuota ? Boolean.TRUE : null,
                "policySha256", Objects.requireNonNull(file.request).policy().sha256(),
                "requestSha256", CommandCodec.digest(order.jws));
    }

    /** An instrument that discloses what a preservation request has kept. It must ask for no more than that. */
    private void serve(
            CaseFile file, Order order, Command.Submit submit, Intake.Accepted accepted, CaseRules.Move move) {
        CaseFile.Request keeps = request(file);
        List<Integer> covering = Intake.covering(keeps, accepted.request());
        boolean isRecords = !submit.estimate()
                && switch (submit.instrument().type()) {
                    case SUBPOENA, COURT_ORDER, SEARCH_WARRANT, EMERGENCY_REQUEST -> true;
                    case PRESERVATION_REQUEST, STANDING_ORDER -> false;
                };
        if (!isRecords || covering == null) {
            invalid(
                    order,
                    false,
                    List.of(new Problem(isRecords ? "scope" : "instrument.type", Problem.Code.NOT_PRESERVED)));
            return;
        }
        CaseFile.Search kept = file.search;
        file.preserved = new CaseFile.Preserved(
                keeps,
                kept,
                file.submittedBy,
                file.requestSha256,
                Objects.requireNonNull(file.instrument),
                Objects.requireNonNull(file.outline),
                file.filedAt);
        file.search = new CaseFile.Search();
        file.search.roundAt = kept.roundAt;
        file.search.firstRoundAt = kept.firstRoundAt;
        file.search.cut = kept.cut;
        file.search.read = kept.read;
        file.search.rejected = kept.rejected;
        for (int i = 0; i < covering.size(); i++) {
            file.search.horizons.put(i, kept.horizon(covering.get(i)));
            if (kept.overtaken.contains(covering.get(i))) {
                file.search.overtaken.add(i);
            }
        }
        take(file, order, submit, accepted);
        move(file, move, order.officer.id(), described(file, order), order.at);
    }

    /**
     * A submit command that cannot be served. A new request becomes INVALID, to be corrected under its own id, and keeps
     * the time of its receipt; an INVALID one stays so; nothing happens to any other.
     */
    private void invalid(Order order, boolean estimate, List<Problem> problems) {
        CaseFile file = file(order.requestId);
        String officer = order.officer.id();
        if (file != null && file.state != CaseState.INVALID) {
            CaseRules.Outcome outcome = CaseRules.apply(file.situation(false, order.at), Step.SUBMIT);
            Reason reason = outcome instanceof CaseRules.Refuse refusal ? refusal.reason() : Reason.NOT_VALID;
            refuse(reason, order, problems);
            return;
        }
        if (file == null) {
            file = newCase(order);
            file.estimate = estimate;
        }
        file.remember(order.commandId);
        file.filedAt = order.at;
        file.submittedBy = officer;
        file.requestSha256 = CommandCodec.digest(order.jws);
        state(file, CaseState.INVALID, order.at);
        records.status(file, problems.get(0).code().name(), problems, order.at);
        records.audit(
                file.requestId.toString(),
                officer,
                "INVALID",
                AuditDetail.of(
                        "problems",
                        problems.stream().map(Problem::toString).collect(Collectors.joining(", ")),
                        "requestSha256",
                        file.requestSha256),
                order.at);
        save(file);
    }

    private void refuse(Reason reason, Order order) {
        refuse(reason, order, List.of());
    }

    private void refuse(Reason reason, Order order, List<Problem> problems) {
        refuse(reason, order.keyed, order.officer, order.commandId, problems, order.at);
    }

    private void refuse(
            Reason reason, @Nullable UUID requestId, @Nullable Officer officer, @Nullable UUID commandId, long at) {
        refuse(reason, requestId, officer, commandId, List.of(), at);
    }

    /**
     * Puts a refusal on record. Whoever has not proven to be an officer learns nothing of a request that does not
     * exist; an officer is told so, in a status without a version.
     */
    private void refuse(
            Reason reason,
            @Nullable UUID requestId,
            @Nullable Officer officer,
            @Nullable UUID commandId,
            List<Problem> problems,
            long at) {
        shared.metrics.refused(reason);
        String id = requestId == null ? "" : requestId.toString();
        records.audit(
                id,
                officer == null ? "" : officer.id(),
                "REFUSED",
                AuditDetail.of("reason", reason, "command", commandId),
                at);
        CaseFile file = requestId == null ? null : file(requestId);
        if (file != null) {
            if (officer != null && commandId != null) {
                file.remember(commandId);
            }
            records.status(file, reason.name(), problems, at);
            save(file);
        } else if (requestId != null && officer != null) {
            records.noRequest(requestId, reason, at);
        }
    }

    // ---- searches

    private void ticked(CaseInput.Ticked tick, long at) {
        readUntil = at;
        long passedOnUntil = at;
        for (CaseFile file : List.copyOf(open.values())) {
            if (file.request == null || file.ended()) {
                continue;
            }
            searching.openRound(file, file.request, at);
            if (!file.search.waiting) {
                continue;
            }
            boolean isNew = !file.ticks.containsKey(tick.ticker());
            if (Searching.isCut(file, tick)) {
                searching.send(file, file.request, tick, at);
                if (file.state == CaseState.RECEIVED) {
                    step(file, Step.SEARCHES_SENT, "", at);
                } else {
                    save(file);
                }
            } else {
                passedOnUntil = Math.min(passedOnUntil, file.search.roundAt);
                if (isNew) {
                    save(file);
                }
            }
        }
        // After the searches, in the same transaction: whoever sees this tick has seen them.
        records.send(
                CaseworkTopology.TASKS_SINK,
                "tick/" + partition,
                new SearchTask(
                        new WatermarkTick(partition, shared.requestPartitions, Instant.ofEpochMilli(passedOnUntil))),
                at);
    }

    private void reported(SearchResult result, long at) {
        UUID requestId = requestId(result.getRequestId());
        CaseFile file = requestId == null ? null : open.get(requestId);
        if (file != null && searching.reported(file, result)) {
            searched(file, at);
        }
    }

    private void searched(CaseFile file, long at) {
        if (file.search.ended() && !file.ended()) {
            Searching.noteGap(file, request(file));
            if (file.state == CaseState.PRESERVING) {
                step(file, Step.SEARCHES_ENDED, "", at);
                return;
            }
        }
        save(file);
    }

    private void copied(CaseInput.Copied copied, long at) {
        CaseFile file = file(copied.requestId());
        if (file == null || file.released || file.releasedUpTo != null) {
            records.send(CaseworkTopology.RELEASES_SINK, copied.requestId().toString(), copied.key(), at);
        }
    }

    // ---- by the clock

    /** One slice of work: a bounded time for all cases, and what is due. */
    private void work(long wall) {
        shared.metrics.copies(partition, copies.count());
        shared.metrics.papersOverdue(
                partition,
                open.values().stream().filter(each -> each.paperOverdue).count());
        long now = shared.time.now(wall);
        long until = wall + shared.settings.sliceBudget().toMillis();
        for (CaseFile file : List.copyOf(open.values())) {
            reminders(file, now);
            switch (file.state) {
                case INVALID, RECEIVED, PRESERVING, AWAITING_APPROVAL, PRESERVED, SEALED -> timeUp(file, now);
                case ACTIVE -> {
                    if (searching.isComplete(file, request(file))) {
                        step(file, Step.WINDOW_OVER, "", now);
                    }
                }
                case APPROVED -> seal(file, now, until);
                case CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED -> release(file, now, until);
                case UNKNOWN -> throw new AssertionError("A case has a state");
            }
            if (context.currentSystemTimeMs() >= until) {
                break;
            }
        }
        records.checkpoint(now);
    }

    private void timeUp(CaseFile file, long now) {
        Long end = endsAt(file);
        // A command that was sent in time counts, however late it is read: only a tick from after the end shows that
        // none is on its way.
        if (end != null && now >= end && readUntil >= end) {
            CaseState before = file.state;
            CaseRules.Move move = allowed(file, Step.TIME_UP, now);
            if (move.state() == CaseState.PRESERVED && before != CaseState.PRESERVED) {
                file.unserve();
            }
            move(file, move, AuditLog.LOOKBACK, "", now);
        }
    }

    /** What somebody should be told when its time has come; nothing else happens. */
    private void reminders(CaseFile file, long now) {
        if (file.paperDueAt != null && !file.paperOverdue && now >= file.paperDueAt && readUntil >= file.paperDueAt) {
            file.paperOverdue = true;
            step(file, Step.PAPER_TIME_UP, "", now);
        }
        if (file.nonDisclosureUntil != null && now >= file.nonDisclosureUntil) {
            file.nonDisclosureUntil = null;
            step(file, Step.NON_DISCLOSURE_TIME_UP, "", now);
        }
    }

    /** When a case ends by itself; null: not by itself. */
    private @Nullable Long endsAt(CaseFile file) {
        long approvalTimeout = shared.settings.approvalTimeout().toMillis();
        return switch (file.state) {
            case INVALID -> file.receivedAt + approvalTimeout;
            case RECEIVED, PRESERVING, AWAITING_APPROVAL ->
                switch (file.kind()) {
                    case PRESERVATION -> file.preservedUntil;
                    case ESTIMATE -> Long.valueOf(file.filedAt + approvalTimeout);
                    case RECORDS, STANDING -> file.approved() ? null : Long.valueOf(file.filedAt + approvalTimeout);
                };
            case PRESERVED -> file.preservedUntil;
            case SEALED -> {
                long collected = Objects.requireNonNull(file.extracted).sealedAt()
                        + shared.settings.extractRetention().toMillis();
                yield file.paperDueAt == null ? collected : Math.max(collected, file.paperDueAt);
            }
            case ACTIVE, APPROVED, CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED, UNKNOWN -> null;
        };
    }

    private void seal(CaseFile file, long now, long until) {
        CaseFile.Request request = request(file);
        CaseFile.Sealing sealing = file.sealing;
        if (sealing == null) {
            sealing = Sealer.start(request, now);
            file.sealing = sealing;
        }
        String id = file.requestId.toString();
        ExtractPart part;
        do {
            part = sealer.nextPart(file, request, sealing, copies);
            if (part == null) {
                LegalRequestStatus before = request.continues() == null ? null : known.find(request.continues());
                ExtractManifest manifest = sealer.manifest(file, request, sealing, before);
                records.send(CaseworkTopology.EXTRACTS_SINK, id, new ExtractRecord(manifest), now);
                sealed(file, sealing, manifest, now);
                return;
            }
            records.send(CaseworkTopology.EXTRACTS_SINK, id, new ExtractRecord(part), now);
        } while (context.currentSystemTimeMs() < until);
        save(file);
    }

    private void sealed(CaseFile file, CaseFile.Sealing sealing, ExtractManifest manifest, long now) {
        long lookups = Sealer.lookups(sealing);
        String digest = Sha256.hex(manifest.getManifest().array());
        CaseRules.Move move = allowed(file, Step.SEALED, now);
        file.extracted = new CaseFile.Extracted(sealing.sealedAt, lookups, sealing.parts.size(), digest);
        file.sealing = null;
        shared.metrics.sealed();
        String detail = AuditDetail.of(
                "lookups",
                lookups,
                "parts",
                sealing.parts.size(),
                "excluded",
                sealing.excluded,
                "capped",
                sealing.cappedTotal,
                "unreadable",
                sealing.unreadable,
                "manifestSha256",
                digest,
                "key",
                manifest.getKeyId());
        move(file, move, AuditLog.LOOKBACK, detail, now);
    }

    /** Orders the copies of a case that has ended to be tombstoned; not before the last search has ended. */
    private void release(CaseFile file, long now, long until) {
        if (!file.search.endsAwaited.isEmpty()) {
            return;
        }
        boolean more = true;
        try (KeyValueIterator<Bytes, byte[]> iterator = copies.of(file.requestId, file.releasedUpTo)) {
            do {
                more = releaseBatch(file, iterator, now);
            } while (more && context.currentSystemTimeMs() < until);
        }
        if (!more) {
            records.audit(
                    file.requestId.toString(),
                    AuditLog.LOOKBACK,
                    "RELEASED",
                    AuditDetail.of("copies", file.copiesReleased),
                    now);
            file.released = true;
            shared.metrics.left(file.state);
            file.minimise();
        }
        save(file);
    }

    private boolean releaseBatch(CaseFile file, KeyValueIterator<Bytes, byte[]> iterator, long now) {
        ByteArrayOutputStream keys = new ByteArrayOutputStream();
        for (int i = 0; i < RELEASE_BATCH && iterator.hasNext(); i++) {
            KeyValue<Bytes, byte[]> copy = iterator.next();
            file.releasedUpTo = copy.key.get();
            file.copiesReleased++;
            keys.writeBytes(copy.key.get());
        }
        if (keys.size() > 0) {
            records.send(CaseworkTopology.RELEASES_SINK, file.requestId.toString(), keys.toByteArray(), now);
        }
        return iterator.hasNext();
    }

    /** Deletes the outlines of cases that ended long ago, with their status; reminds of those that are not forgotten. */
    private void forgetOldCases(long wall) {
        long now = shared.time.now(wall);
        long before = now - shared.settings.caseRetention().toMillis();
        List<CaseFile> ended = new ArrayList<>();
        try (KeyValueIterator<String, CaseFile> all = cases.all()) {
            while (all.hasNext()) {
                CaseFile file = all.next().value;
                if (file.released) {
                    ended.add(file);
                }
            }
        }
        for (CaseFile file : ended) {
            reminders(file, now);
            if (file.endedAt <= before && file.nonDisclosureUntil == null) {
                cases.delete(file.requestId.toString());
                records.send(CaseworkTopology.STATUS_SINK, file.requestId.toString(), null, now);
            }
        }
    }

    // ---- records

    /** A step that Lookback itself takes, and that the rules must allow. */
    private void step(CaseFile file, Step step, String detail, long at) {
        move(file, allowed(file, step, at), AuditLog.LOOKBACK, detail, at);
    }

    private static CaseRules.Move allowed(CaseFile file, Step step, long at) {
        if (CaseRules.apply(file.situation(false, at), step) instanceof CaseRules.Move move) {
            return move;
        }
        throw new IllegalStateException(step + " while " + file.state);
    }

    private void move(CaseFile file, CaseRules.Move move, String officer, String detail, long at) {
        state(file, move.state(), at);
        records.status(file, move.reason().name(), List.of(), at);
        records.audit(file.requestId.toString(), officer, move.reason().name(), detail, at);
        save(file);
    }

    private void state(CaseFile file, CaseState state, long at) {
        if (open.containsKey(file.requestId)) {
            shared.metrics.left(file.state);
        }
        if (CaseRules.ended(state) && !file.ended()) {
            file.endedAt = at;
            if (file.extracted == null) {
                file.noPaper(); // nothing was disclosed that it could be for
            }
        }
        file.state = state;
        if (!file.released) {
            shared.metrics.opened(file.state);
        }
    }

    // ---- case files

    private @Nullable CaseFile file(UUID requestId) {
        CaseFile file = open.get(requestId);
        return file != null ? file : cases.get(requestId.toString());
    }

    private void save(CaseFile file) {
        cases.put(file.requestId.toString(), file);
        if (file.released) {
            open.remove(file.requestId);
        } else {
            open.put(file.requestId, file);
        }
    }

    private static CaseFile.Request request(CaseFile file) {
        return Objects.requireNonNull(file.request, "a case before its end has a request");
    }

    private static @Nullable UUID requestId(String text) {
        try {
            UUID id = UUID.fromString(text);
            return id.toString().equals(text) ? id : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
