package dev.lookback.casework;

import dev.lookback.clock.Timekeeper;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.disclosure.TestPolicies;
import dev.lookback.handle.Handle;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
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
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.SignedCommand;
import dev.lookback.v1.Tick;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.Stores;

/** Casework in a TopologyTestDriver, with four officers, and the vault played by hand. */
final class CaseworkFixture implements AutoCloseable {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    static final String ALICE = "+4915112345678";
    static final String BOB = "+4915187654321";
    static final String CAROL = "carol@example.org";
    static final KeyPair SEAL = newKey();
    static final KeyPair INTAKE_KEY = newKey();
    static final KeyPair APPROVER_KEY = newKey();
    static final KeyPair BOTH_KEY = newKey();
    static final KeyPair AUDITOR_KEY = newKey();
    static final KeyPair EXPIRED_KEY = newKey();
    static final KeyPair ERASER_KEY = newKey();
    static final Officers OFFICERS = new Officers(List.of(
            new Officer("intake", Set.of(Officer.Role.INTAKE), INTAKE_KEY.getPublic(), null, null),
            new Officer("approver", Set.of(Officer.Role.APPROVER), APPROVER_KEY.getPublic(), null, null),
            new Officer("both", Set.of(Officer.Role.INTAKE, Officer.Role.APPROVER), BOTH_KEY.getPublic(), null, null),
            new Officer("eraser", Set.of(Officer.Role.ERASURE), ERASER_KEY.getPublic(), null, null),
            new Officer("auditor", Set.of(Officer.Role.AUDITOR), AUDITOR_KEY.getPublic(), null, null),
            new Officer("expired", Set.of(Officer.Role.INTAKE), EXPIRED_KEY.getPublic(), null, START)));
    static final Tokens TOKENS = new Tokens("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));

    /** Who may sign commands, and what extracts are sealed with: what changes when keys are rotated. */
    record Keys(Officers officers, KeyPair seal) {
        static final Keys FIRST = new Keys(OFFICERS, SEAL);
    }

    final Keys keys;
    final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://casework"));
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Topology topology;
    UUID requestId = new UUID(7, 11);
    Instant now = START;

    private final TopologyTestDriver driver;
    private final TestInputTopic<String, byte[]> requests;
    private final TestInputTopic<byte[], EnrichedLookup> copies;
    private final TestInputTopic<String, SearchResult> results;
    private final TestOutputTopic<String, SearchTask> taskTopic;
    private final TestOutputTopic<String, LegalRequestStatus> statusTopic;
    private final TestOutputTopic<String, ExtractRecord> extractTopic;
    private final TestOutputTopic<String, AuditEntry> auditTopic;
    private final TestOutputTopic<byte[], EnrichedLookup> tombstoneTopic;
    final List<SearchTask> tasks = new ArrayList<>();
    final List<LegalRequestStatus> statuses = new ArrayList<>();
    final List<ExtractRecord> extracts = new ArrayList<>();
    final List<AuditEntry> audit = new ArrayList<>();
    final List<byte[]> tombstones = new ArrayList<>();
    int rolls;
    private long commands = 0;
    private long ticks = 0;

    CaseworkFixture(Path state) {
        this(state, CaseworkSettings.DEFAULTS, 1, START);
    }

    CaseworkFixture(Path state, CaseworkSettings settings, int ledgerPartitions, Instant start) {
        this(state, settings, TestPolicies.OPEN, ledgerPartitions, start);
    }

    CaseworkFixture(
            Path state, CaseworkSettings settings, DisclosurePolicy policy, int ledgerPartitions, Instant start) {
        this(state, settings, policy, ledgerPartitions, start, Keys.FIRST);
    }

    CaseworkFixture(
            Path state,
            CaseworkSettings settings,
            DisclosurePolicy policy,
            int ledgerPartitions,
            Instant start,
            Keys keys) {
        now = start;
        this.keys = keys;
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "casework-test");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        topology = new CaseworkTopology(
                        topics,
                        settings,
                        policy,
                        keys.officers(),
                        keys.seal(),
                        TOKENS,
                        ledgerPartitions,
                        1,
                        "lookback test",
                        meters,
                        Timekeeper.trusting())
                .topology(Stores::persistentKeyValueStore); // the driver restores nothing: state must stay
        driver = new TopologyTestDriver(topology, config, start);
        requests = driver.createInputTopic(
                topics.legalRequests().name(),
                Serdes.String().serializer(),
                Serdes.ByteArray().serializer());
        copies = input(topics.preservedLookups());
        results = input(topics.searchResults());
        taskTopic = output(topics.searchTasks());
        statusTopic = output(topics.legalRequestStatus());
        extractTopic = output(topics.legalRequestExtracts());
        auditTopic = output(topics.disclosureAudit());
        tombstoneTopic = output(topics.preservedLookups());
    }

    /** Over the state that another has left, with what that one has put out. */
    CaseworkFixture(Path state, CaseworkSettings settings, int ledgerPartitions, CaseworkFixture before) {
        this(state, settings, ledgerPartitions, before, before.keys);
    }

    /** The same with other keys. */
    CaseworkFixture(Path state, CaseworkSettings settings, int ledgerPartitions, CaseworkFixture before, Keys keys) {
        this(state, settings, TestPolicies.OPEN, ledgerPartitions, before.now, keys);
        requestId = before.requestId;
        commands = before.commands;
        tasks.addAll(before.tasks);
        statuses.addAll(before.statuses);
        extracts.addAll(before.extracts);
        audit.addAll(before.audit);
        tombstones.addAll(before.tombstones);
    }

    private <K, V> TestInputTopic<K, V> input(Topic<K, V> topic) {
        return driver.createInputTopic(
                topic.name(), topic.key().serializer(), topic.value().serializer());
    }

    private <K, V> TestOutputTopic<K, V> output(Topic<K, V> topic) {
        return driver.createOutputTopic(
                topic.name(), topic.key().deserializer(), topic.value().deserializer());
    }

    static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    // ---- officers

    UUID nextCommandId() {
        return new UUID(3, ++commands);
    }

    Command.Submit submit(Command.Ask... asks) {
        return new Command.Submit(
                requestId,
                nextCommandId(),
                now,
                false,
                paper(InstrumentType.COURT_ORDER),
                List.of(asks),
                START.minus(Duration.ofDays(10)),
                START.plus(Duration.ofDays(1)),
                Command.Particulars.NONE);
    }

    static Command.Instrument paper(InstrumentType type) {
        return new Command.Instrument(type, "1 BvR 1/26", "Local Court", "DE", null, null, "ab".repeat(32));
    }

    static Command.Ask asRequester(String handle) {
        return new Command.Ask(SelectorRole.REQUESTER, handle, null);
    }

    /** Submits for Alice as requester; returns the JWS. */
    String submitForAlice() {
        String jws = CommandCodec.sign(submit(asRequester(ALICE)), "intake", INTAKE_KEY.getPrivate());
        send(jws);
        return jws;
    }

    void approve(String submitJws) {
        send(CommandCodec.sign(
                new Command.Approve(requestId, nextCommandId(), now, CommandCodec.digest(submitJws)),
                "approver",
                APPROVER_KEY.getPrivate()));
    }

    void reject() {
        send(CommandCodec.sign(
                new Command.Reject(requestId, nextCommandId(), now), "approver", APPROVER_KEY.getPrivate()));
    }

    void withdraw() {
        send(CommandCodec.sign(
                new Command.Withdraw(requestId, nextCommandId(), now), "intake", INTAKE_KEY.getPrivate()));
    }

    void closeCase() {
        send(CommandCodec.sign(new Command.Close(requestId, nextCommandId(), now), "intake", INTAKE_KEY.getPrivate()));
    }

    void send(String jws) {
        send(requestId.toString(), jws);
    }

    void send(String key, String jws) {
        write(key, new LegalRequestCommand(new SignedCommand(jws)));
    }

    /** A tick whose positions were read after all that was sent before: the second of two, the first of which is let go. */
    void tick(long... positions) {
        tickReadAfter(0, positions);
        tasks.remove(tasks.size() - 1);
        tickReadAfter(ticks, positions);
    }

    /** A tick of the one ticker, whose positions were read after its tick of this number; 0: unknown. */
    void tickReadAfter(long readAfter, long... positions) {
        List<Long> ends = new ArrayList<>();
        for (long position : positions) {
            ends.add(position);
        }
        write("tick", new LegalRequestCommand(new Tick(ends, List.of(4L), "ticker", ++ticks, readAfter)));
    }

    private void write(String key, LegalRequestCommand command) {
        Topic<String, LegalRequestCommand> topic = topics.legalRequests();
        write(key, topic.value().serializer().serialize(topic.name(), command));
    }

    void write(String key, byte[] value) {
        requests.pipeInput(key, value, now);
        collect();
    }

    /** What others order on a topic of their own. */
    <V> void publish(Topic<String, V> topic, String key, V value) {
        publish(topic.name(), key, topic.value().serializer().serialize(topic.name(), value));
    }

    void publish(String topic, String key, byte[] value) {
        driver.createInputTopic(
                        topic, Serdes.String().serializer(), Serdes.ByteArray().serializer())
                .pipeInput(key, value, now);
        collect();
    }

    // ---- the vault

    static EnrichedLookup lookup(int number, Instant occurredAt, String requester, String queried) {
        return EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(new UUID(99, number).toString())
                        .setOccurredAt(occurredAt)
                        .setRequester(requester)
                        .setQueried(queried)
                        .setSourceIp("192.0.2.7")
                        .build())
                .setRequesterNormalised(Handle.parse(requester).normalised())
                .setQueriedNormalised(Handle.parse(queried).normalised())
                .setQueriedKind(Handle.parse(queried).kind())
                .setGeoStatus(GeoStatus.NOT_FOUND)
                .setGeoDatabase("Sample 2026-01-01T00:00:00Z")
                .setReceivedAt(occurredAt.plusMillis(5))
                .setSourcePartition(0)
                .setSourceOffset(number)
                .build();
    }

    byte[] copyKey(EnrichedLookup lookup) {
        long occurredAt = lookup.getEvent().getOccurredAt().toEpochMilli();
        return PreservedKey.of(
                requestId,
                new LedgerKey(
                                LedgerKey.bucketOf(occurredAt, Duration.ofHours(1)),
                                TOKENS.token(lookup.getRequesterNormalised()),
                                occurredAt,
                                UUID.fromString(lookup.getEvent().getEventId()))
                        .toBytes());
    }

    void copy(EnrichedLookup lookup) {
        byte[] key = copyKey(lookup);
        EnrichedLookup stored = EnrichedLookup.newBuilder(lookup).build();
        LedgerValue.shorten(stored);
        copies.pipeInput(key, stored, now);
        collect();
    }

    void end(int selector, int partition) {
        end(selector, partition, 0);
    }

    void end(int selector, int partition, int round) {
        copies.pipeInput(PreservedKey.end(requestId, selector, partition, round), null, now);
        collect();
    }

    void result(int selector, int partition, Instant horizon, boolean overtaken, long... positions) {
        result(selector, partition, 0, -1, horizon, overtaken, positions);
    }

    void result(
            int selector,
            int partition,
            int round,
            long matched,
            Instant horizon,
            boolean overtaken,
            long... positions) {
        List<Long> read = new ArrayList<>();
        for (long position : positions) {
            read.add(position);
        }
        results.pipeInput(
                requestId.toString(),
                SearchResult.newBuilder()
                        .setRequestId(requestId.toString())
                        .setSelector(selector)
                        .setPartition(partition)
                        .setRound(round)
                        .setMatched(matched)
                        .setHorizon(horizon)
                        .setOvertaken(overtaken)
                        .setPositions(read)
                        .setEndedAt(now)
                        .build(),
                now);
        collect();
    }

    /** A search that finds these, with 30 days retained. */
    void search(int selector, EnrichedLookup... found) {
        for (EnrichedLookup lookup : found) {
            copy(lookup);
        }
        end(selector, 0);
        result(selector, 0, START.minus(Duration.ofDays(30)), false, 100);
    }

    // ---- time and outcome

    /** Time passes, and ticks with it: whatever was sent before has been read. */
    void pass(Duration duration) {
        advance(duration);
        tick(1);
        work();
    }

    void advance(Duration duration) {
        now = now.plus(duration);
        driver.advanceWallClockTime(duration);
        collect();
    }

    /** As long as a slice. */
    void work() {
        advance(CaseworkSettings.DEFAULTS.sliceInterval());
    }

    private void collect() {
        tasks.addAll(taskTopic.readValuesToList());
        statuses.addAll(statusTopic.readValuesToList());
        extracts.addAll(extractTopic.readValuesToList());
        audit.addAll(auditTopic.readValuesToList());
        tombstoneTopic.readRecordsToList().forEach(record -> {
            if (PreservedKey.isRoll(record.key())) {
                rolls++;
            } else {
                tombstones.add(record.key());
            }
        });
    }

    LegalRequestStatus status() {
        return statuses.get(statuses.size() - 1);
    }

    CaseState state() {
        return status().getState();
    }

    List<CaseState> states() {
        return statuses.stream().map(LegalRequestStatus::getState).distinct().toList();
    }

    List<Search> searches() {
        return tasks.stream()
                .map(SearchTask::getTask)
                .filter(Search.class::isInstance)
                .map(Search.class::cast)
                .toList();
    }

    /** The last entry that is no checkpoint. */
    AuditEntry lastAudit() {
        List<AuditEntry> entries = audit.stream()
                .filter(entry -> !entry.getAction().equals(SignedHead.ACTION))
                .toList();
        return entries.get(entries.size() - 1);
    }

    List<String> lines() {
        try {
            return extract().lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Extract extract() {
        return Extract.of(extracts);
    }

    /** The manifest of an extract that has been verified. */
    Manifest manifest() {
        ExtractVerifier.Verdict verdict =
                ExtractVerifier.verify(extract(), keys.seal().getPublic());
        if (verdict instanceof ExtractVerifier.Sound sound) {
            return sound.manifest();
        }
        throw new AssertionError(verdict.toString());
    }

    /** Everything that is read by people who may not read handles. */
    String publicRecords() {
        return statuses + "\n" + audit + "\n" + meters.getMetersAsString();
    }

    long held() {
        return ((PreservedCopies) driver.getStateStore(CaseworkTopology.COPIES)).count();
    }

    /** What the store of cases holds, as text. */
    String stored() {
        StringBuilder text = new StringBuilder();
        try (KeyValueIterator<String, CaseFile> all = driver.<String, CaseFile>getKeyValueStore(CaseworkTopology.CASES)
                .all()) {
            all.forEachRemaining(entry -> text.append(
                    new String(CaseFile.serde().serializer().serialize("", entry.value), StandardCharsets.UTF_8)));
        }
        return text.toString();
    }

    String description() {
        return topology.describe().toString();
    }

    /** Leaves it as a process that died leaves it, with all on disk: closing the driver would delete its files. */
    void abandon() {
        driver.getAllStateStores().values().forEach(StateStore::close);
    }

    @Override
    public void close() {
        driver.close();
    }
}
