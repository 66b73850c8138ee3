package dev.lookback.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.casework.CaseworkSettings;
import dev.lookback.casework.CaseworkTopology;
import dev.lookback.clock.Doubt;
import dev.lookback.clock.SteadyClock;
import dev.lookback.clock.Timekeeper;
import dev.lookback.custody.LookupCipher;
import dev.lookback.custody.MemoryCustody;
import dev.lookback.erasure.ErasureOfficer;
import dev.lookback.geo.GeoLookup;
import dev.lookback.handle.Handle;
import dev.lookback.handle.Tokens;
import dev.lookback.ingest.IngestSettings;
import dev.lookback.ingest.IngestTopology;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.policy.PolicyDesk;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.Tick;
import dev.lookback.vault.LedgerStart;
import dev.lookback.vault.MirrorReader;
import dev.lookback.vault.VaultResources;
import dev.lookback.vault.VaultSettings;
import dev.lookback.vault.VaultTopology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Ninety days of Lookback in seconds: the three topologies over an in-memory log and a virtual clock. A seed draws
 * lookups (late, repeated, from the future, malformed), changes of duration, erasures, requests and what officers do
 * with them, delays of every delivery, and crashes. After each step the vault is compared with the ledger; whenever all has come
 * to rest, everything is compared with the {@link Model}.
 */
final class Simulation implements AutoCloseable {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LENGTH = Duration.ofDays(90);
    private static final int MAX_ROUNDS = 3_000; // an erasure may look at every row twice, a row a turn
    private static final int QUIET_ROUNDS = 4;
    private static final int TURNS_FOR_EACH_FAILURE = 20;
    static final List<String> HANDLES = List.of(
            "+15550100001", "+15550100002", "+15550100003", "+447700900001", "+447700900002", "Ann@example.org");
    /** Where all lookups come from. */
    static final String NETWORK = "203.0.113.";

    private static final Tokens TOKENS = new Tokens("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    private static final RetentionClasses CLASSES = new RetentionClasses(List.of(
            new RetentionClass("short", Duration.ofHours(6), Duration.ofDays(5), Set.of("+1"), Set.of()),
            new RetentionClass("default", Duration.ofHours(1), Duration.ofDays(30), Set.of(), Set.of())));
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://simulation"));
    private final Topic<byte[], LookupEvent> lookupEvents = topics.lookupEvents();
    private final Topic<byte[], RejectedLookup> lookupEventsRejected = topics.lookupEventsRejected();
    private final Map<String, Topic<byte[], EnrichedLookup>> ledgers =
            Map.of("default", topics.ledger("default"), "short", topics.ledger("short"));
    private final Topic<String, ExpiryOrder> expiryOrders = topics.expiryOrders();
    private final Topic<String, ExpiryReceipt> expiryReceipts = topics.expiryReceipts();
    private final Topic<String, Erasure> erasures = topics.erasures();
    private final Topic<String, ErasureReceipt> erasureReceipts = topics.erasureReceipts();
    private final Topic<String, RetentionPolicy> retentionPolicies = topics.retentionPolicies();
    private final Topic<String, SearchTask> searchTasks = topics.searchTasks();
    private final Topic<byte[], EnrichedLookup> preservedLookups = topics.preservedLookups();
    private final Topic<String, byte[]> preservedReleases = topics.preservedReleases();
    private final Topic<String, SearchResult> searchResults = topics.searchResults();
    private final Topic<String, LegalRequestCommand> legalRequests = topics.legalRequests();
    private final Topic<String, LegalRequestStatus> legalRequestStatus = topics.legalRequestStatus();
    private final Topic<String, ExtractRecord> legalRequestExtracts = topics.legalRequestExtracts();
    private final Topic<String, AuditEntry> disclosureAudit = topics.disclosureAudit();
    private final long seed;
    private final Random random;
    private final Model model = new Model();
    private final Log log;
    /** In every third seed the vault is killed within turns, with brokers that have got only some of what it wrote. */
    private final boolean powerFails;

    private final Random power;
    private final SimpleMeterRegistry vaultMeters = new SimpleMeterRegistry();
    private final VaultResources resources = new VaultResources(8 << 20, LedgerStart.ZERO);
    private final Timekeeper time;
    /** In every other seed lookups are encrypted: nobody may see a difference. */
    private final @Nullable MemoryCustody custody;

    private VaultTopology vaultTopology;
    private SteadyClock clock;
    private final Node ingest;
    private final Node vault;
    private final Node casework;
    private final List<Node> nodes;
    private final List<LookupEvent> sent = new ArrayList<>();
    private final CaseDesk cases;
    private final PolicyDesk policyDesk = new PolicyDesk();
    private Instant now = START;
    private @Nullable Node stalled;
    private long ticks;
    private long publishedAtLastTick;
    private int events;
    private int races;
    /** By how much the clock of the processes' machine is off; the brokers' is right. */
    private Duration clockOff = Duration.ZERO;

    private int swept; // receipts when the clock came into doubt
    private int receiptsSeen;
    private int doubts;

    Simulation(long seed, Path directory, BiFunction<String, Log.Entry, Log.@Nullable Entry> saboteur) {
        this(seed, directory, saboteur, false);
    }

    /** One whose processes believe their machine's clock whatever it says, if they are gullible. */
    Simulation(
            long seed, Path directory, BiFunction<String, Log.Entry, Log.@Nullable Entry> saboteur, boolean gullible) {
        this.seed = seed;
        this.random = new Random(seed);
        this.powerFails = seed % 3 == 0;
        this.power = new Random(-seed);
        this.custody = seed % 2 == 0 ? new MemoryCustody() : null;
        this.log = new Log(saboteur);
        this.clock = newClock();
        this.time = gullible ? new Gullible() : new Process();
        model.now(now.toEpochMilli());
        this.cases = new CaseDesk(seed, random, topics, log, model, new Desk());
        this.ingest = new Node(ingestDesign(), log, directory, now);
        this.vault = new Node(vaultDesign(), log, directory, now);
        this.casework = new Node(caseworkDesign(), log, directory, now);
        this.nodes = List.of(ingest, vault, casework);
    }

    static Log.Entry unharmed(String topic, Log.Entry entry) {
        return entry;
    }

    /** How many extracts were compared with the model's answer. */
    int extractsCompared() {
        return cases.compared();
    }

    /** How many requests came within a millisecond of the deadline of a lookup that they ask for. */
    int races() {
        return races;
    }

    void run() {
        Instant end = START.plus(LENGTH);
        while (now.isBefore(end)) {
            step();
            nothingIsForgottenEarly();
            mirrorEqualsLedger();
            if (random.nextInt(8) == 0) {
                settle();
                everythingEqualsTheModel();
            }
        }
        settle();
        everythingEqualsTheModel();
        letEverythingExpire();
    }

    // ---- the clock of the machine

    private long wall() {
        return now.plus(clockOff).toEpochMilli();
    }

    private SteadyClock newClock() {
        return new SteadyClock(
                this::wall,
                () -> Duration.between(START, now).toNanos(),
                Duration.ofMinutes(1),
                () -> new UUID(seed, ++doubts));
    }

    /** What the desk sees of all this. */
    private final class Desk implements CaseDesk.World {
        @Override
        public Instant now() {
            return now;
        }

        @Override
        public int published() {
            return log.size(lookupEvents.name());
        }

        @Override
        public void publish(String requester) {
            Simulation.this.publish(requester);
        }

        @Override
        public void tick() {
            Simulation.this.tick();
        }
    }

    /** The clock of all three processes. */
    private final class Process implements Timekeeper {
        @Override
        public long now(long wall) {
            return clock.now(wall);
        }

        @Override
        public long forgettingNow(long wall) {
            return clock.forgettingNow(wall);
        }

        @Override
        public boolean maySweep() {
            return clock.maySweep();
        }
    }

    /** What no process should go by. */
    private final class Gullible implements Timekeeper {
        @Override
        public long now(long wall) {
            return wall();
        }

        @Override
        public long forgettingNow(long wall) {
            return wall();
        }

        @Override
        public boolean maySweep() {
            return true;
        }
    }

    private void jump() {
        boolean trusted = clock.doubt() == null;
        long hours = 1 + random.nextInt(random.nextBoolean() ? 24 : 90 * 24);
        clockOff = Duration.ofHours(random.nextBoolean() ? hours : -hours);
        if (random.nextBoolean()) {
            restart();
        }
        advance(Duration.ofMillis(10 + random.nextInt(10_000)));
        if (trusted) {
            swept = sweptSoFar();
        }
    }

    /** The processes' clock forgets what it knew; the doubt is remembered, and the brokers' time is asked for. */
    private void restart() {
        Doubt doubt = clock.doubt();
        clock = newClock();
        if (doubt != null) {
            clock.resume(doubt);
        }
        clock.compareAtStart().end(now.toEpochMilli());
    }

    /** Somebody sets the clock right and confirms it. */
    private void confirm() {
        clockOff = Duration.ZERO;
        if (random.nextBoolean()) {
            restart(); // a clock that goes back ends the process
        }
        Doubt doubt = clock.doubt();
        if (doubt != null) {
            assertThat(sweptSoFar())
                    .as("seed %d, %s: nothing is swept in doubt", seed, now)
                    .isEqualTo(swept);
            assertThat(clock.confirm(doubt.id())).isTrue();
        }
    }

    private int sweptSoFar() {
        return log.size(expiryReceipts.name()); // orders are an eraser's, too, which goes on
    }

    private void nothingIsForgottenEarly() {
        for (; receiptsSeen < log.size(expiryReceipts.name()); receiptsSeen++) {
            ExpiryReceipt receipt = decode(
                    expiryReceipts, log.get(expiryReceipts.name(), receiptsSeen).value());
            assertThat(receipt.getDueAt())
                    .as("seed %d: forgotten early, by true time", seed)
                    .isBeforeOrEqualTo(now);
        }
    }

    // ---- what happens

    private void step() {
        advance(Duration.ofMillis(1 + random.nextInt((int) Duration.ofHours(12).toMillis())));
        int actions = random.nextInt(6);
        for (int i = 0; i < actions; i++) {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3, 4, 5 -> publish();
                case 6 -> publishGarbage();
                case 7 -> repeatAnEvent();
                case 8, 9 -> cases.submit();
                case 10 -> cases.decide();
                default -> somethingRare();
            }
            if (random.nextBoolean()) {
                deliverSome();
            }
        }
        tick();
        deliverSome();
        if (random.nextInt(4) == 0) {
            stalled = random.nextBoolean() ? pick(List.of(ingest, vault)) : null;
        }
        if (random.nextInt(12) == 0) {
            nodes.get(random.nextInt(nodes.size())).crash(now, random.nextInt(4));
        }
    }

    private void somethingRare() {
        switch (random.nextInt(7)) {
            case 0 -> changeDuration();
            case 1 -> cases.misbehave();
            case 2 -> race();
            case 3 -> erase();
            case 4 -> jump();
            case 5 -> confirm();
            default -> advance(Duration.ofDays(1 + random.nextInt(3)));
        }
    }

    private void publish() {
        publish(pick(HANDLES));
    }

    private void publish(String requester) {
        long lateness = random.nextInt(10) < 7
                ? random.nextInt((int) Duration.ofHours(1).toMillis())
                : random.nextInt((int) Duration.ofHours(20).toMillis())
                        - Duration.ofMinutes(20).toMillis();
        LookupEvent event = LookupEvent.newBuilder()
                .setEventId(new UUID(seed, ++events).toString())
                .setOccurredAt(now.minusMillis(lateness))
                .setRequester(requester)
                .setQueried(pick(HANDLES))
                .setSourceIp(NETWORK + random.nextInt(256))
                .build();
        sent.add(event);
        send(event);
    }

    private void repeatAnEvent() {
        if (!sent.isEmpty()) {
            send(sent.get(Math.max(0, sent.size() - 1 - random.nextInt(10))));
        }
    }

    private void send(LookupEvent event) {
        append(lookupEvents, new byte[0], event);
    }

    private void publishGarbage() {
        byte[] garbage = new byte[random.nextInt(40)];
        random.nextBytes(garbage);
        log.append(lookupEvents.name(), new Log.Entry(null, garbage, new RecordHeaders(), now.toEpochMilli(), null));
    }

    private void changeDuration() {
        advance(Duration.ofMillis(1)); // whatever was received before, was received before the change
        boolean isShort = random.nextBoolean();
        String retentionClass = isShort ? "short" : "default";
        Duration days = Duration.ofDays(isShort ? 2 + random.nextInt(6) : 20 + random.nextInt(11));
        long before = model.durations.get(retentionClass);
        if (policyDesk.history().version(retentionClass) == 0) {
            // As the application does when it first starts: what holds so far goes on record first.
            appendPolicy(policyDesk.first(retentionClass, Duration.ofMillis(before), START), START);
        }
        if (random.nextInt(3) == 0) {
            pretend(retentionClass, days);
            return;
        }
        policyDesk.set(retentionClass, days, now).forEach(each -> appendPolicy(each, now));
        nodes.forEach(Node::deliverGlobal);
        if (days.toMillis() > before) {
            advance(PolicyHistory.LEAD); // until then the shorter one holds
        }
        model.durations.put(retentionClass, days.toMillis());
        model.now(now.toEpochMilli());
        advance(Duration.ofSeconds(2)); // in force everywhere within seconds
    }

    /**
     * A request within a millisecond of the deadline of a lookup that it asks for: one millisecond decides whether it is
     * disclosed, whatever is forgotten before the request gets through to the vault.
     */
    private void race() {
        long week = Duration.ofDays(7).toMillis();
        List<LookupEvent> near = sent.stream()
                .filter(event -> Math.abs(model.deadline(event) - now.toEpochMilli() - week / 2) < week / 2)
                .toList();
        if (near.isEmpty()) {
            return;
        }
        LookupEvent event = pick(near);
        long received = model.deadline(event) - 1 + random.nextInt(3);
        advance(Duration.ofMillis(Math.max(0, received - now.toEpochMilli())));
        races++;
        Instant from = event.getOccurredAt().minus(Duration.ofHours(random.nextInt(3)));
        cases.submit(
                random.nextBoolean() ? SelectorRole.REQUESTER : SelectorRole.EITHER,
                event.getRequester(),
                from,
                from.plus(Duration.ofDays(1)));
        if (random.nextBoolean()) {
            advance(Duration.ofHours(random.nextInt(12))); // due by now: but the request came first
            deliverSome();
        }
    }

    /** Now and then; forged as often as not. */
    private void erase() {
        if (random.nextInt(3) > 0) {
            return;
        }
        UUID id = commandId();
        SelectorRole role = SelectorRole.values()[random.nextInt(3)];
        String handle = Handle.parse(pick(HANDLES)).normalised();
        long token = TOKENS.token(handle);
        if (random.nextBoolean()) {
            append(erasures, id.toString(), ErasureOfficer.forged(id, token, role, now));
            return;
        }
        publish(pick(HANDLES)); // still on its way, maybe
        append(erasures, id.toString(), ErasureOfficer.order(id, token, role, now));
        model.erasures.add(new Model.Erasure(role.name(), handle, now.toEpochMilli()));
    }

    /** A change that must not count: the model knows nothing of it. */
    private void pretend(String retentionClass, Duration days) {
        RetentionPolicy change = policyDesk.change(retentionClass, days, now);
        RetentionPolicy proposal = policyDesk.change(retentionClass, Duration.ofDays(1), now);
        switch (random.nextInt(6)) {
            case 0 -> {
                change.setSignatures(List.of());
                appendPolicy(change, now);
            }
            case 1 -> {
                change.setDurationMillis(change.getDurationMillis() / 2);
                appendPolicy(change, now);
            }
            case 2 ->
                appendPolicy(policyDesk.change(retentionClass, days, now, PolicyDesk.ALICE, PolicyDesk.STRANGER), now);
            case 3 ->
                appendPolicy(
                        policyDesk.change(
                                retentionClass, days, now, PolicyDesk.CAROL, PolicyDesk.key(PolicyDesk.CAROL)),
                        now);
            case 4 -> {
                appendPolicy(policyDesk.take(proposal), now); // under-signed; the next proposal replaces it
                appendPolicy(PolicyDesk.approval(proposal, PolicyDesk.ALICE, now), now);
            }
            default -> {
                appendPolicy(policyDesk.take(proposal), now);
                appendPolicy(policyDesk.take(PolicyDesk.withdrawal(proposal, PolicyDesk.BOB, now)), now);
                appendPolicy(PolicyDesk.approval(proposal, PolicyDesk.BOB, now), now);
            }
        }
        nodes.forEach(Node::deliverGlobal);
    }

    private void appendPolicy(RetentionPolicy policy, Instant at) {
        byte[] key = (policy.getRetentionClass() + "/" + policy.getVersion()).getBytes(StandardCharsets.UTF_8);
        byte[] value = retentionPolicies.value().serializer().serialize(retentionPolicies.name(), policy);
        log.append(retentionPolicies.name(), new Log.Entry(key, value, new RecordHeaders(), at.toEpochMilli(), null));
    }

    /** A ticker reads the positions at any moment between its last tick and this one. */
    private void tick() {
        cases.noteTick();
        long published = log.size(lookupEvents.name());
        long read = random.nextBoolean() ? published : publishedAtLastTick;
        append(
                legalRequests,
                "tick",
                new LegalRequestCommand(new Tick(List.of(read), List.of(), "ticker", ++ticks, ticks - 1)));
        publishedAtLastTick = published;
    }

    private UUID commandId() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private <K, V> void append(Topic<K, V> topic, K key, V value) {
        log.append(
                topic.name(),
                new Log.Entry(
                        topic.key().serializer().serialize(topic.name(), key),
                        topic.value().serializer().serialize(topic.name(), value),
                        new RecordHeaders(),
                        now.toEpochMilli(),
                        null));
    }

    // ---- time and delivery

    private void advance(Duration duration) {
        now = now.plus(duration);
        model.now(now.toEpochMilli());
        nodes.forEach(node -> node.advance(duration));
        if (powerFails && power.nextInt(TURNS_FOR_EACH_FAILURE) == 0) {
            vault.crashWithinTurn(now, power);
        }
        vaultTopology.destroyKeys(now.toEpochMilli());
    }

    /** Some of what waits, to some of the nodes: everything can be late. */
    private void deliverSome() {
        if (random.nextInt(3) == 0) {
            ingest.deliverLateGlobal();
        }
        for (Node node : nodes) {
            if (node == stalled) {
                continue;
            }
            for (String source : node.sources()) {
                if (random.nextInt(3) > 0) {
                    deliver(node, source, random.nextInt(node.pending(source) + 1));
                }
            }
            if (random.nextInt(3) > 0) {
                node.commit();
            }
        }
    }

    private void deliver(Node node, String source, int count) {
        int position = log.size(source) - node.pending(source);
        List<Log.Entry> given = node.deliver(source, count);
        if (node == ingest && source.equals(lookupEvents.name())) {
            for (Log.Entry entry : given) {
                model.ingest(
                        decode(lookupEvents, entry.value()),
                        position++,
                        entry.timestamp(),
                        now.toEpochMilli(),
                        clock.forgettingNow(0) < now.toEpochMilli());
            }
        }
    }

    /** Until nothing moves any more: all delivered, all searches ended, all that is due forgotten. */
    private void settle() {
        confirm();
        int quiet = 0;
        for (int round = 0; quiet < QUIET_ROUNDS; round++) {
            assertThat(round).as("seed %d comes to rest", seed).isLessThan(MAX_ROUNDS);
            int before = activity();
            int stored = model.stored().size();
            tick();
            ingest.deliverLateGlobal();
            for (Node node : nodes) {
                for (String source : node.sources()) {
                    deliver(node, source, node.pending(source));
                }
                node.commit();
            }
            advance(Duration.ofSeconds(1));
            // A bucket may become due meanwhile, a moment before the vault begins with it.
            boolean changed = activity() != before || model.stored().size() != stored || vaultIsBusy();
            quiet = changed ? 0 : quiet + 1;
        }
    }

    private boolean vaultIsBusy() {
        return Stream.of("lookback.expiry.open.buckets", "lookback.searches.open", "lookback.erasures.pending")
                .flatMap(name -> vaultMeters.find(name).gauges().stream())
                .anyMatch(gauge -> gauge.value() > 0);
    }

    /** Records in all topics but for ticks and progress, which never end. */
    private int activity() {
        int records = 0;
        for (Topic<?, ?> topic : List.of(
                lookupEventsRejected,
                expiryOrders,
                expiryReceipts,
                erasureReceipts,
                preservedLookups,
                preservedReleases,
                searchResults,
                legalRequestStatus,
                legalRequestExtracts)) {
            records += log.size(topic.name());
        }
        for (RetentionClass each : CLASSES.all()) {
            records += (int) log.all(ledger(each)).stream()
                    .filter(entry -> !LedgerKey.isProgress(entry.key()))
                    .count();
        }
        return records;
    }

    private void letEverythingExpire() {
        for (int week = 0; week < 9; week++) {
            advance(Duration.ofDays(7));
            settle();
        }
        assertThat(model.stored()).isEmpty();
        everythingEqualsTheModel();
        for (int month = 0; month < 7; month++) { // what is preserved, and that renewed once
            advance(Duration.ofDays(30));
            settle();
        }
        cases.everythingEqualsTheModel();
        assertThat(cases.liveCopies())
                .as("seed %d: every case has ended, and released its copies", seed)
                .isEmpty();
    }

    // ---- what must hold

    /** At any moment: the mirror is exactly what the ledger says up to where the vault has read it. */
    private void mirrorEqualsLedger() {
        for (RetentionClass each : CLASSES.all()) {
            String ledger = ledger(each);
            int read = log.size(ledger) - vault.pending(ledger);
            Map<Bytes, Integer> expected = liveRows(ledger, read);
            Set<Bytes> mirrored = new HashSet<>();
            MirrorReader.forEach(vault.driver(), each, (key, value) -> mirrored.add(Bytes.wrap(key)));
            assertThat(mirrored)
                    .as("seed %d, %s: mirror of %s", seed, now, ledger)
                    .isEqualTo(expected.keySet());
        }
    }

    private void everythingEqualsTheModel() {
        mirrorEqualsLedger();
        vaultHoldsWhatTheModelHolds();
        rejectionsAddUp();
        receiptsAddUp();
        cases.everythingEqualsTheModel();
    }

    private void vaultHoldsWhatTheModelHolds() {
        Set<Model.Row> held = new HashSet<>();
        for (RetentionClass each : CLASSES.all()) {
            LookupCipher cipher = new LookupCipher(custody, each.name());
            MirrorReader.forEach(vault.driver(), each, (key, value) -> {
                byte[] opened = cipher.open(key, value);
                assertThat(opened)
                        .as("seed %d, %s: a lookup whose key is destroyed", seed, now)
                        .isNotNull();
                LookupEvent event = LedgerValue.complete(
                                decode(ledgers.get(each.name()), opened), LedgerKey.eventId(key))
                        .getEvent();
                held.add(new Model.Row(
                        each.name(),
                        event.getEventId(),
                        event.getOccurredAt().toEpochMilli(),
                        event.getRequester(),
                        event.getQueried(),
                        event.getSourceIp()));
            });
        }
        Set<Model.Row> expected = model.stored();
        Set<Model.Row> missing = new HashSet<>(expected);
        missing.removeAll(held);
        held.removeAll(expected);
        assertThat(missing)
                .as("seed %d, %s: lookups that the vault has lost", seed, now)
                .isEmpty();
        assertThat(held)
                .as("seed %d, %s: lookups that the vault has not forgotten", seed, now)
                .isEmpty();
    }

    private void rejectionsAddUp() {
        Map<RejectReason, Set<Long>> rejected = new HashMap<>();
        for (Log.Entry entry : log.all(lookupEventsRejected.name())) {
            RejectedLookup each = decode(lookupEventsRejected, entry.value());
            rejected.computeIfAbsent(each.getReason(), reason -> new HashSet<>())
                    .add(each.getSourceOffset());
        }
        // An event that is read again after a crash may be judged anew; it is never judged less often.
        model.rejected.forEach((reason, count) -> assertThat(
                        rejected.getOrDefault(reason, Set.of()).size())
                .as("seed %d, %s: rejected %s", seed, now, reason)
                .isLessThanOrEqualTo(count + model.perhapsRejected.getOrDefault(reason, 0))
                .isPositive());
        assertThat(rejected.getOrDefault(RejectReason.ERASED, Set.of()).size())
                .as("seed %d, %s: rejected as erased", seed, now)
                .isLessThanOrEqualTo(model.perhapsRejected.getOrDefault(RejectReason.ERASED, 0));
    }

    /** Recounts every receipt from the ledger, as a stranger could. */
    private void receiptsAddUp() {
        Map<String, ExpiryReceipt> opened = new TreeMap<>();
        Map<String, ExpiryReceipt> closed = new TreeMap<>();
        for (Log.Entry entry : log.all(expiryReceipts.name())) {
            ExpiryReceipt receipt = decode(expiryReceipts, entry.value());
            String id = receipt.getRetentionClass() + "/" + receipt.getBucket() + "/" + receipt.getSequence();
            (receipt.getPhase() == ReceiptPhase.OPENED ? opened : closed).putIfAbsent(id, receipt);
        }
        assertThat(opened.keySet())
                .as("seed %d, %s: every receipt is closed", seed, now)
                .isEqualTo(closed.keySet());
        for (RetentionClass each : CLASSES.all()) {
            Set<Bytes> receipted = erasureReceiptsAddUp(each);
            String ledger = ledger(each);
            for (ExpiryReceipt receipt : opened.values()) {
                if (receipt.getRetentionClass().equals(each.name())) {
                    MessageDigest digest = sha256();
                    long rows = 0;
                    for (Bytes key :
                            liveRows(ledger, (int) receipt.getLedgerPosition()).keySet()) {
                        if (LedgerKey.bucket(key.get()) == receipt.getBucket()) {
                            digest.update(key.get());
                            receipted.add(key);
                            rows++;
                        }
                    }
                    assertThat(receipt.getRows())
                            .as("seed %d: %s", seed, receipt)
                            .isEqualTo(rows);
                    assertThat(receipt.getKeysSha256().bytes())
                            .as("seed %d: %s", seed, receipt)
                            .isEqualTo(digest.digest());
                    assertThat(receipt.getDueAt())
                            .as("seed %d: not early", seed)
                            .isBeforeOrEqualTo(receipt.getOpenedAt());
                }
            }
            Set<Bytes> forgotten = new HashSet<>();
            log.all(ledger).stream()
                    .filter(entry -> entry.value() == null && !LedgerKey.isProgress(entry.key()))
                    .forEach(entry -> forgotten.add(Bytes.wrap(entry.key())));
            assertThat(receipted)
                    .as("seed %d: no tombstone without a receipt", seed)
                    .isEqualTo(forgotten);
        }
    }

    /** The same with the receipts of erasures; the keys in them. */
    private Set<Bytes> erasureReceiptsAddUp(RetentionClass retentionClass) {
        Map<String, ErasureReceipt> opened = new TreeMap<>();
        Map<String, ErasureReceipt> closed = new TreeMap<>();
        for (Log.Entry entry : log.all(erasureReceipts.name())) {
            ErasureReceipt receipt = decode(erasureReceipts, entry.value());
            if (receipt.getRetentionClass().equals(retentionClass.name())) {
                String id = receipt.getErasureId() + "/" + receipt.getSequence();
                (receipt.getPhase() == ReceiptPhase.OPENED ? opened : closed).putIfAbsent(id, receipt);
            }
        }
        assertThat(opened.keySet())
                .as("seed %d, %s: every erasure's receipt is closed", seed, now)
                .isEqualTo(closed.keySet());
        assertThat(opened.values().stream().map(ErasureReceipt::getErasureId).distinct())
                .as("seed %d, %s: every erasure has a receipt, and no forged one has", seed, now)
                .hasSize(model.erasures.size());
        Map<String, Long> tokens = new HashMap<>();
        for (Log.Entry entry : log.all(erasures.name())) {
            Erasure erasure = decode(erasures, entry.value());
            tokens.put(erasure.getId(), erasure.getToken());
        }
        String ledger = ledger(retentionClass);
        Set<Bytes> receipted = new HashSet<>();
        for (ErasureReceipt receipt : opened.values()) {
            MessageDigest digest = sha256();
            long rows = 0;
            LookupCipher cipher = new LookupCipher(custody == null ? null : custody.backup(), retentionClass.name());
            for (Map.Entry<Bytes, Integer> row :
                    liveRows(ledger, (int) receipt.getLedgerPosition()).entrySet()) {
                byte[] key = row.getKey().get();
                EnrichedLookup lookup = LedgerValue.complete(
                        decode(
                                ledgers.get(retentionClass.name()),
                                cipher.open(key, log.get(ledger, row.getValue()).value())),
                        LedgerKey.eventId(key));
                if (LedgerKey.bucket(key) >= receipt.getFromBucket()
                        && covers(receipt, tokens.get(receipt.getErasureId()), lookup)) {
                    digest.update(key);
                    receipted.add(row.getKey());
                    rows++;
                }
            }
            assertThat(receipt.getRows()).as("seed %d: %s", seed, receipt).isEqualTo(rows);
            assertThat(receipt.getKeysSha256().bytes())
                    .as("seed %d: %s", seed, receipt)
                    .isEqualTo(digest.digest());
        }
        return receipted;
    }

    private static boolean covers(ErasureReceipt receipt, long token, EnrichedLookup lookup) {
        boolean asked = TOKENS.token(lookup.getRequesterNormalised()) == token;
        boolean wasAsked = TOKENS.token(lookup.getQueriedNormalised()) == token;
        boolean isInRole = switch (receipt.getRole()) {
            case REQUESTER -> asked;
            case QUERIED -> wasAsked;
            case EITHER -> asked || wasAsked;
            case SOURCE -> throw new AssertionError("Nobody erases by address");
        };
        return isInRole && !lookup.getEvent().getOccurredAt().isAfter(receipt.getErasedAt());
    }

    /** The live rows of a ledger read up to a position, in order, with the offset each came from. */
    private TreeMap<Bytes, Integer> liveRows(String ledger, int position) {
        TreeMap<Bytes, Integer> rows = new TreeMap<>();
        for (int offset = 0; offset < position; offset++) {
            Log.Entry entry = log.get(ledger, offset);
            if (LedgerKey.isProgress(entry.key())) {
                continue;
            }
            if (entry.value() == null) {
                rows.remove(Bytes.wrap(entry.key()));
            } else {
                rows.put(Bytes.wrap(entry.key()), offset);
            }
        }
        return rows;
    }

    // ---- parts

    private Node.Design ingestDesign() {
        List<String> sinks = new ArrayList<>(List.of(lookupEventsRejected.name()));
        CLASSES.all().forEach(each -> sinks.add(ledger(each)));
        return new Node.Design(
                "ingest",
                stores -> new IngestTopology(
                                topics,
                                CLASSES,
                                TOKENS,
                                PolicyDesk.OFFICERS,
                                custody,
                                GeoLookup.none(),
                                partition -> OptionalLong.empty(),
                                IngestSettings.DEFAULTS,
                                new SimpleMeterRegistry(),
                                time)
                        .get(),
                List.of(lookupEvents.name(), expiryOrders.name()),
                sinks,
                Set.of(lookupEvents.name()),
                List.of(retentionPolicies.name()),
                List.of(erasures.name()),
                false);
    }

    private Node.Design vaultDesign() {
        VaultSettings defaults = VaultSettings.DEFAULTS;
        VaultSettings settings = new VaultSettings(
                defaults.workInterval(),
                defaults.workBudget(),
                1 + random.nextInt(20),
                1 + random.nextInt(5),
                1 + random.nextInt(8),
                Duration.ofSeconds(3),
                Duration.ofDays(10), // deliveries are late by days here
                defaults.waitAlert(),
                defaults.flushInterval());
        Set<String> ledgers = new HashSet<>();
        CLASSES.all().forEach(each -> ledgers.add(ledger(each)));
        List<String> sources = new ArrayList<>(ledgers);
        sources.add(searchTasks.name());
        sources.add(expiryReceipts.name());
        sources.add(erasureReceipts.name());
        return new Node.Design(
                "vault",
                stores -> {
                    vaultTopology = new VaultTopology(
                            settings,
                            topics,
                            CLASSES,
                            TOKENS,
                            PolicyDesk.OFFICERS,
                            custody,
                            resources,
                            vaultMeters,
                            () -> 0,
                            time);
                    return vaultTopology.build(stores);
                },
                sources,
                List.of(
                        expiryOrders.name(),
                        expiryReceipts.name(),
                        erasureReceipts.name(),
                        preservedLookups.name(),
                        searchResults.name()),
                ledgers,
                List.of(retentionPolicies.name(), erasures.name()),
                List.of(),
                false);
    }

    private Node.Design caseworkDesign() {
        return new Node.Design(
                "casework",
                stores -> new CaseworkTopology(
                                topics,
                                CaseworkSettings.DEFAULTS,
                                cases.policy,
                                CaseDesk.OFFICERS,
                                CaseDesk.SEAL,
                                TOKENS,
                                1,
                                1,
                                "simulation",
                                new SimpleMeterRegistry(),
                                time)
                        .topology(stores),
                List.of(
                        legalRequests.name(),
                        preservedLookups.name(),
                        searchResults.name(),
                        preservedReleases.name(),
                        erasures.name(),
                        retentionPolicies.name()),
                List.of(
                        searchTasks.name(),
                        legalRequestStatus.name(),
                        legalRequestExtracts.name(),
                        disclosureAudit.name(),
                        preservedReleases.name(),
                        preservedLookups.name()),
                Set.of(),
                List.of(legalRequestStatus.name()),
                List.of(),
                true);
    }

    private String ledger(RetentionClass retentionClass) {
        return ledgers.get(retentionClass.name()).name();
    }

    private static <V> @Nullable V decode(Topic<?, V> topic, byte @Nullable [] value) {
        try {
            return topic.value().deserializer().deserialize(topic.name(), value);
        } catch (org.apache.kafka.common.errors.SerializationException e) {
            return null; // garbage that the simulation sent
        }
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
        resources.close();
    }
}
