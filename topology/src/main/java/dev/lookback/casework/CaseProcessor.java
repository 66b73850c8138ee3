package dev.lookback.casework;

import dev.lookback.clock.Timekeeper;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Selector;
import dev.lookback.seal.Sha256;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.WatermarkTick;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
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
 * {@link CommandCodec}; what an extract looks like in {@link Sealer}.
 *
 * <p>The vault works at least once, so copies, ENDs and results may come again, and late: the first copy of a key
 * wins, an END or result counts once, and a copy that comes when its case is over is released at once.
 */
final class CaseProcessor implements Processor<String, CaseInput, String, Object> {
    /** Who acts when no officer does. */
    private static final String LOOKBACK = "lookback";

    /** Keys in one record of preserved-releases. */
    private static final int RELEASE_BATCH = 500;

    private static final Duration HOUSEKEEPING = Duration.ofHours(1);

    /** What the processors of all partitions share. */
    record Shared(
            CaseworkSettings settings,
            Officers officers,
            Tokens tokens,
            int ledgerPartitions,
            int requestPartitions,
            CaseworkMetrics metrics,
            Timekeeper time) {}

    private final Shared shared;
    private final Sealer sealer;
    private final SortedMap<UUID, CaseFile> open = new TreeMap<>(); // all whose copies have not been released
    private ProcessorContext<String, Object> context;
    private KeyValueStore<String, CaseFile> cases;
    private KeyValueStore<String, byte[]> chain;
    private KeyValueStore<String, Long> received;
    private PreservedCopies copies;
    private int partition;
    private long readUntil = Long.MIN_VALUE; // time of the last tick: all commands sent before it have been read

    @SuppressWarnings("NullAway.Init") // Streams calls init() first
    CaseProcessor(Shared shared, Sealer sealer) {
        this.shared = shared;
        this.sealer = sealer;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        cases = context.getStateStore(CaseworkTopology.CASES);
        chain = context.getStateStore(CaseworkTopology.AUDIT_CHAIN);
        received = context.getStateStore(CaseworkTopology.RECEIVED);
        copies = context.getStateStore(CaseworkTopology.COPIES);
        partition = context.taskId().partition();
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
            ended(ended, at);
        } else if (input instanceof CaseInput.Reported reported) {
            reported(reported.result(), at);
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

    private void signed(String key, String jws, long at) {
        CommandCodec.Reading reading = CommandCodec.read(jws, shared.officers, Instant.ofEpochMilli(at));
        UUID keyed = requestId(key);
        if (reading instanceof CommandCodec.Refused refused) {
            refuse(refused.reason(), keyed, refused.officer(), null, at);
        } else if (reading instanceof CommandCodec.Invalid invalid) {
            Reason objection = objection(keyed, invalid.requestId(), invalid.commandId(), invalid.issuedAt(), at);
            if (objection == null) {
                objection = roleMissing(Step.SUBMIT, invalid.officer());
            }
            if (objection == null && file(invalid.requestId()) != null) {
                objection = Reason.REQUEST_EXISTS;
            }
            if (objection != null) {
                refuse(objection, keyed, invalid.officer(), invalid.commandId(), at);
                return;
            }
            CaseFile file = newCase(invalid.requestId(), invalid.commandId(), invalid.officer(), jws, at);
            file.released = true; // there is nothing to release
            move(
                    file,
                    new CaseRules.Move(CaseState.INVALID, invalid.reason()),
                    invalid.officer().id(),
                    "",
                    at);
        } else if (reading instanceof CommandCodec.Good good) {
            command(keyed, good.officer(), good.command(), jws, at);
        }
    }

    private void command(@Nullable UUID keyed, Officer officer, Command command, String jws, long at) {
        Step step = step(command);
        Reason objection = objection(keyed, command.requestId(), command.commandId(), command.issuedAt(), at);
        if (objection == null) {
            objection = roleMissing(step, officer);
        }
        if (objection != null) {
            refuse(objection, keyed, officer, command.commandId(), at);
            return;
        }
        CaseFile file = file(command.requestId());
        CaseRules.Outcome outcome = file == null
                ? CaseRules.apply(CaseState.UNKNOWN, step, false)
                : CaseRules.apply(file.state, step, file.approved());
        if (outcome instanceof CaseRules.Move && file != null && command instanceof Command.Approve approve) {
            if (officer.id().equals(file.submittedBy)) {
                outcome = new CaseRules.Refuse(Reason.SELF_APPROVED);
            } else if (!approve.requestSha256().equals(file.requestSha256)) {
                outcome = new CaseRules.Refuse(Reason.DIGEST_MISMATCH);
            }
        }
        if (outcome instanceof CaseRules.Refuse refusal) {
            refuse(refusal.reason(), keyed, officer, command.commandId(), at);
        } else if (outcome instanceof CaseRules.Move move) {
            if (file == null) {
                file = newCase(command.requestId(), command.commandId(), officer, jws, at);
            }
            if (command instanceof Command.Submit submit) {
                file.request = CaseFile.Request.of(submit);
            } else if (command instanceof Command.Approve) {
                file.approvedBy = officer.id();
                file.approvedAt = at;
            }
            file.remember(command.commandId());
            move(file, move, officer.id(), "requestSha256=" + file.requestSha256, at);
        }
    }

    private static CaseFile newCase(UUID requestId, UUID commandId, Officer officer, String jws, long at) {
        CaseFile file = new CaseFile();
        file.requestId = requestId;
        file.receivedAt = at;
        file.submittedBy = officer.id();
        file.requestSha256 = CommandCodec.digest(jws);
        file.remember(commandId);
        return file;
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
        }
        return Step.CLOSE;
    }

    private static @Nullable Reason roleMissing(Step step, Officer officer) {
        Set<Officer.Role> roles = switch (step) {
            case SUBMIT, WITHDRAW -> Set.of(Officer.Role.INTAKE);
            case APPROVE, REJECT -> Set.of(Officer.Role.APPROVER);
            case CLOSE -> Set.of(Officer.Role.INTAKE, Officer.Role.APPROVER);
            case SEARCHES_SENT, SEARCHES_ENDED, SEALED, TIME_UP -> Set.of();
        };
        return officer.roles().stream().anyMatch(roles::contains) ? null : Reason.ROLE_MISSING;
    }

    /** What speaks against a command whatever it says: addressed wrongly, too old, or seen before. */
    private @Nullable Reason objection(
            @Nullable UUID keyed, UUID requestId, UUID commandId, Instant issuedAt, long at) {
        // In another partition its copies would never meet it.
        if (!requestId.equals(keyed)
                || RequestPartitioner.partition(requestId, shared.requestPartitions) != partition) {
            return Reason.KEY_MISMATCH;
        }
        Instant now = Instant.ofEpochMilli(at);
        if (issuedAt.isBefore(now.minus(shared.settings.commandMaxAge()))
                || issuedAt.isAfter(now.plus(CaseworkSettings.MAX_AHEAD))) {
            return Reason.STALE;
        }
        CaseFile file = file(requestId);
        return file != null && file.commandIds.contains(commandId) ? Reason.REPLAYED : null;
    }

    /**
     * Puts a refusal on record. Whoever has not proven to be an officer learns nothing of a request that does not
     * exist; an officer is told so, in a status without a version.
     */
    private void refuse(
            Reason reason, @Nullable UUID requestId, @Nullable Officer officer, @Nullable UUID commandId, long at) {
        shared.metrics.refused(reason);
        String id = requestId == null ? "" : requestId.toString();
        audit(id, officer == null ? "" : officer.id(), "REFUSED", "reason=" + reason + command(commandId), at);
        CaseFile file = requestId == null ? null : file(requestId);
        if (file != null) {
            if (officer != null && commandId != null) {
                file.remember(commandId);
            }
            status(file, reason, at);
            save(file);
        } else if (requestId != null && officer != null) {
            LegalRequestStatus status = LegalRequestStatus.newBuilder()
                    .setRequestId(id)
                    .setVersion(0)
                    .setState(CaseState.UNKNOWN)
                    .setReason(reason.name())
                    .setAt(Instant.ofEpochMilli(at))
                    .build();
            send(CaseworkTopology.STATUS_SINK, id, status, at);
        }
    }

    private static String command(@Nullable UUID commandId) {
        return commandId == null ? "" : " command=" + commandId;
    }

    // ---- searches

    private void ticked(CaseInput.Ticked tick, long at) {
        readUntil = at;
        long passedOnUntil = at;
        for (CaseFile file : List.copyOf(open.values())) {
            if (file.state == CaseState.RECEIVED) {
                Long first = file.ticks.putIfAbsent(tick.ticker(), tick.number());
                if (first != null && tick.readAfter() > 0 && first <= tick.readAfter()) {
                    sendSearches(file, tick, at);
                } else {
                    // These positions may have been read before the request came: too low a cut. The next tick's will
                    // do.
                    passedOnUntil = Math.min(passedOnUntil, file.receivedAt);
                    if (first == null) {
                        save(file);
                    }
                }
            }
        }
        // After the searches, in the same transaction: whoever sees this tick has seen them.
        send(
                CaseworkTopology.TASKS_SINK,
                "tick/" + partition,
                new SearchTask(
                        new WatermarkTick(partition, shared.requestPartitions, Instant.ofEpochMilli(passedOnUntil))),
                at);
    }

    private void sendSearches(CaseFile file, CaseInput.Ticked tick, long at) {
        CaseFile.Request request = request(file);
        int n = shared.ledgerPartitions;
        file.ticks.clear();
        file.search.cut = List.copyOf(tick.positions());
        file.search.rejected = List.copyOf(tick.rejected());
        for (int i = 0; i < request.selectors().size(); i++) {
            Selector selector = request.selectors().get(i);
            long token = shared.tokens.token(selector.handle());
            boolean one = selector.role() == SelectorRole.REQUESTER;
            int first = one ? LedgerKey.partition(token, n) : 0;
            int last = one ? first : n - 1;
            for (int p = first; p <= last; p++) {
                file.search.endsAwaited.add(i * n + p);
                file.search.resultsAwaited.add(i * n + p);
            }
            Search search = Search.newBuilder()
                    .setRequestId(file.requestId.toString())
                    .setSelector(i)
                    .setRole(selector.role())
                    .setHandle(selector.handle())
                    .setFrom(Instant.ofEpochMilli(request.from()))
                    .setTo(Instant.ofEpochMilli(request.to()))
                    .setReceivedAt(Instant.ofEpochMilli(file.receivedAt))
                    .setCut(file.search.cut)
                    .build();
            send(CaseworkTopology.TASKS_SINK, file.requestId.toString(), new SearchTask(search), at);
            audit(
                    file.requestId.toString(),
                    LOOKBACK,
                    "SEARCH",
                    "selector=" + i + " role=" + selector.role() + " token=" + Tokens.format(token) + " from="
                            + Instants.format(request.from()) + " to=" + Instants.format(request.to()),
                    at);
        }
        step(file, Step.SEARCHES_SENT, "", at);
    }

    private void ended(CaseInput.Ended ended, long at) {
        CaseFile file = open.get(ended.requestId());
        if (file != null && file.search.endsAwaited.remove(search(ended.selector(), ended.partition()))) {
            searched(file, at);
        }
    }

    private void reported(SearchResult result, long at) {
        UUID requestId = requestId(result.getRequestId());
        CaseFile file = requestId == null ? null : open.get(requestId);
        if (file != null && file.search.resultsAwaited.remove(search(result.getSelector(), result.getPartition()))) {
            file.search.add(
                    result.getSelector(),
                    result.getHorizon().toEpochMilli(),
                    result.getOvertaken(),
                    result.getPositions());
            searched(file, at);
        }
    }

    private void searched(CaseFile file, long at) {
        if (file.state == CaseState.PRESERVING && file.search.ended()) {
            step(file, Step.SEARCHES_ENDED, "", at);
        } else {
            save(file);
        }
    }

    private int search(int selector, int ledgerPartition) {
        boolean known = selector >= 0 && ledgerPartition >= 0 && ledgerPartition < shared.ledgerPartitions;
        return known ? selector * shared.ledgerPartitions + ledgerPartition : -1; // -1 is never awaited
    }

    private void copied(CaseInput.Copied copied, long at) {
        CaseFile file = file(copied.requestId());
        if (file == null || file.released || file.releasedUpTo != null) {
            send(CaseworkTopology.RELEASES_SINK, copied.requestId().toString(), copied.key(), at);
        }
    }

    // ---- by the clock

    /** One slice of work: a bounded time for all cases, and what is due. */
    private void work(long wall) {
        shared.metrics.copies(partition, copies.count());
        long now = shared.time.now(wall);
        long until = wall + shared.settings.sliceBudget().toMillis();
        for (CaseFile file : List.copyOf(open.values())) {
            switch (file.state) {
                case RECEIVED, PRESERVING, AWAITING_APPROVAL, SEALED -> {
                    Long end = endsAt(file);
                    // A command that was sent in time counts, however late it is read: only a tick from after the
                    // end shows that none is on its way.
                    if (end != null && now >= end && readUntil >= end) {
                        step(file, Step.TIME_UP, "", now);
                    }
                }
                case APPROVED -> seal(file, now, until);
                case CLOSED, INVALID, REJECTED, WITHDRAWN, LAPSED -> release(file, now, until);
                case UNKNOWN -> throw new AssertionError("A case has a state");
            }
            if (context.currentSystemTimeMs() >= until) {
                break;
            }
        }
    }

    /** When a case ends by itself; null: not by itself. */
    private @Nullable Long endsAt(CaseFile file) {
        return switch (file.state) {
            case RECEIVED, PRESERVING, AWAITING_APPROVAL ->
                file.approved()
                        ? null
                        : Long.valueOf(file.receivedAt
                                + shared.settings.approvalTimeout().toMillis());
            case SEALED ->
                Objects.requireNonNull(file.extracted).sealedAt()
                        + shared.settings.extractRetention().toMillis();
            case APPROVED, CLOSED, INVALID, REJECTED, WITHDRAWN, LAPSED, UNKNOWN -> null;
        };
    }

    private void seal(CaseFile file, long now, long until) {
        CaseFile.Request request = request(file);
        CaseFile.Sealing sealing = file.sealing;
        if (sealing == null) {
            sealing = new CaseFile.Sealing();
            sealing.sealedAt = now;
            sealing.matched = new long[request.selectors().size()];
            file.sealing = sealing;
        }
        String id = file.requestId.toString();
        ExtractPart part;
        do {
            part = sealer.nextPart(file, request, sealing, copies);
            if (part == null) {
                ExtractManifest manifest = sealer.manifest(file, request, sealing);
                send(CaseworkTopology.EXTRACTS_SINK, id, new ExtractRecord(manifest), now);
                sealed(file, sealing, manifest, now);
                return;
            }
            send(CaseworkTopology.EXTRACTS_SINK, id, new ExtractRecord(part), now);
        } while (context.currentSystemTimeMs() < until);
        save(file);
    }

    private void sealed(CaseFile file, CaseFile.Sealing sealing, ExtractManifest manifest, long now) {
        long lookups = Sealer.lookups(sealing);
        String digest = Sha256.hex(manifest.getManifest().array());
        file.extracted = new CaseFile.Extracted(sealing.sealedAt, lookups, sealing.parts.size(), digest);
        file.sealing = null;
        shared.metrics.sealed();
        step(
                file,
                Step.SEALED,
                "lookups=" + lookups + " parts=" + sealing.parts.size() + " excluded=" + sealing.excluded
                        + " unreadable=" + sealing.unreadable + " manifestSha256=" + digest + " key="
                        + manifest.getKeyId(),
                now);
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
            audit(file.requestId.toString(), LOOKBACK, "RELEASED", "copies=" + file.copiesReleased, now);
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
            send(CaseworkTopology.RELEASES_SINK, file.requestId.toString(), keys.toByteArray(), now);
        }
        return iterator.hasNext();
    }

    /** Deletes the outlines of cases that ended long ago, with their status. */
    private void forgetOldCases(long wall) {
        long now = shared.time.now(wall);
        long before = now - shared.settings.caseRetention().toMillis();
        try (KeyValueIterator<String, CaseFile> all = cases.all()) {
            while (all.hasNext()) {
                KeyValue<String, CaseFile> entry = all.next();
                if (entry.value.released && entry.value.endedAt <= before) {
                    cases.delete(entry.key);
                    send(CaseworkTopology.STATUS_SINK, entry.key, null, now);
                }
            }
        }
    }

    // ---- records

    /** A step that Lookback itself takes, and that the rules must allow. */
    private void step(CaseFile file, Step step, String detail, long at) {
        CaseRules.Outcome outcome = CaseRules.apply(file.state, step, file.approved());
        if (!(outcome instanceof CaseRules.Move move)) {
            throw new IllegalStateException(step + " while " + file.state);
        }
        move(file, move, LOOKBACK, detail, at);
    }

    private void move(CaseFile file, CaseRules.Move move, String officer, String detail, long at) {
        if (open.containsKey(file.requestId)) {
            shared.metrics.left(file.state);
        }
        file.state = move.state();
        if (file.ended()) {
            file.endedAt = at;
        }
        if (!file.released) {
            shared.metrics.opened(file.state);
        }
        status(file, move.reason(), at);
        audit(file.requestId.toString(), officer, move.reason().name(), detail, at);
        save(file);
    }

    private void status(CaseFile file, Reason reason, long at) {
        file.version++;
        Long ends = endsAt(file);
        CaseFile.Request request = file.request;
        CaseFile.Extracted extracted = file.extracted;
        LegalRequestStatus status = LegalRequestStatus.newBuilder()
                .setRequestId(file.requestId.toString())
                .setVersion(file.version)
                .setState(file.state)
                .setReason(reason.name())
                .setAt(Instant.ofEpochMilli(at))
                .setReceivedAt(Instant.ofEpochMilli(file.receivedAt))
                .setInstrument(
                        request == null ? null : request.instrument().type().name())
                .setReference(request == null ? null : request.instrument().reference())
                .setSubmittedBy(file.submittedBy)
                .setApprovedBy(file.approvedBy)
                .setRequestSha256(file.requestSha256)
                .setLapsesAt(ends == null ? null : Instant.ofEpochMilli(ends))
                .setLookups(extracted == null ? null : Long.valueOf(extracted.lookups()))
                .setParts(extracted == null ? null : Integer.valueOf(extracted.parts()))
                .setManifestSha256(extracted == null ? null : extracted.manifestSha256())
                .build();
        send(CaseworkTopology.STATUS_SINK, file.requestId.toString(), status, at);
    }

    private void audit(String requestId, String officer, String action, String detail, long at) {
        AuditChain.Head head = AuditChain.Head.fromBytes(chain.get(CaseworkTopology.CHAIN_HEAD));
        AuditEntry entry = AuditChain.next(head, partition, at, requestId, officer, action, detail);
        chain.put(CaseworkTopology.CHAIN_HEAD, AuditChain.Head.after(entry).toBytes());
        send(CaseworkTopology.AUDIT_SINK, "chain/" + partition, entry, at);
    }

    private void send(String sink, String key, @Nullable Object value, long at) {
        context.forward(new Record<>(key, value, at), sink);
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
