package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.clock.Timekeeper;
import dev.lookback.erasure.ErasureOfficer;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.WatermarkTick;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Erasing in the vault alone: what ingest and casework would do is piped by hand. */
class ErasureTest {
    private static final Duration KEPT = Duration.ofHours(10);
    private static final Duration BUCKET = Duration.ofHours(1);
    private static final RetentionClass DEFAULT = new RetentionClass("default", BUCKET, KEPT, Set.of(), Set.of());
    private static final RetentionClass SHORT =
            new RetentionClass("short", Duration.ofMinutes(10), Duration.ofHours(5), Set.of("+1"), Set.of());
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant E = START.plus(BUCKET.multipliedBy(2));
    private static final String ALICE = "+4915550100001";
    private static final String BOB = "+4915550100002";
    private static final String CARL = "+15550100003";
    private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000007");
    private static final UUID REQUEST = UUID.fromString("00000000-0000-4000-8000-000000000001");

    @TempDir
    Path state;

    private final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://vault-erasure-test"));
    private final Tokens tokens = new Tokens(new byte[16]);
    private final Map<String, NavigableMap<byte[], byte[]>> live = new HashMap<>();
    private final List<Runnable> piped = new ArrayList<>();
    private final List<ErasureReceipt> receipts = new ArrayList<>();
    private VaultSettings settings = VaultSettings.DEFAULTS;
    private SimpleMeterRegistry meters;
    private VaultResources resources;
    private TopologyTestDriver driver;
    private TestOutputTopic<String, ErasureReceipt> receiptsOut;
    private TestOutputTopic<String, ExpiryOrder> orders;
    private TestOutputTopic<byte[], byte[]> preserved;
    private TestOutputTopic<String, SearchResult> results;
    private Instant now = E;
    private int events;

    @BeforeEach
    void start() {
        resources = new VaultResources(16 << 20, LedgerStart.ZERO);
        open();
    }

    private void open() {
        meters = new SimpleMeterRegistry();
        VaultTopology topology = new VaultTopology(
                settings,
                topics,
                new RetentionClasses(List.of(SHORT, DEFAULT)),
                tokens,
                ErasureOfficer.OFFICERS,
                null,
                resources,
                meters,
                () -> 0,
                Timekeeper.trusting());
        Properties properties = new Properties();
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "vault-erasure-test");
        driver = new TopologyTestDriver(topology.build(), properties, now);
        receiptsOut = output(topics.erasureReceipts());
        orders = output(topics.expiryOrders());
        preserved = driver.createOutputTopic(
                topics.preservedLookups().name(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        results = output(topics.searchResults());
    }

    @AfterEach
    void stop() {
        driver.close();
        resources.close();
    }

    // ---- what is erased

    @Test
    void opensAReceiptThenOrdersThenClosesAndNotBefore() {
        byte[] asked = lookup(ALICE, BOB, START);
        byte[] askedLater = lookup(ALICE, CARL, E.minusSeconds(1));
        byte[] aboutAlice = lookup(BOB, ALICE, START);
        erase(ALICE, SelectorRole.REQUESTER);
        tick(E.minusMillis(1));
        turns(3);
        assertThat(receipts()).as("a request from before may still come").isEmpty();
        tick(E);
        turn();
        ErasureReceipt opened = only(receipts(), DEFAULT);
        assertThat(opened.getPhase()).isEqualTo(ReceiptPhase.OPENED);
        assertThat(opened.getErasureId()).isEqualTo(ID.toString());
        assertThat(opened.getErasedAt()).isEqualTo(E);
        assertThat(opened.getRows()).isEqualTo(2);
        assertThat(opened.getKeysSha256().bytes()).isEqualTo(digest(asked, askedLater));
        assertThat(opened.getLedgerPosition()).isEqualTo(3);
        assertThat(orders.isEmpty())
                .as("no order before the receipt has been read back")
                .isTrue();
        turn();
        List<byte[]> ordered = ordered();
        assertThat(ordered).containsExactly(asked, askedLater);
        turns(3);
        assertThat(receipts()).noneMatch(each -> closed(each, DEFAULT));
        tombstone(DEFAULT, asked);
        turns(3);
        assertThat(receipts()).as("one is left").noneMatch(each -> closed(each, DEFAULT));
        tombstone(DEFAULT, askedLater);
        turns(3);
        assertThat(receipts()).filteredOn(each -> closed(each, DEFAULT)).hasSize(1);
        assertThat(rows(DEFAULT)).containsExactly(aboutAlice);
        assertThat(meters.get("lookback.erasures.rows")
                        .tag("class", "default")
                        .counter()
                        .count())
                .isEqualTo(2);
        assertThat(pending()).isZero();
        turns(3);
        assertThat(orders.isEmpty()).isTrue();
    }

    @Test
    void erasesInTheRoleUpToTheInstantInEveryClass() {
        byte[] asked = lookup(ALICE, BOB, E.minusMillis(1));
        byte[] wasAsked = lookup(CARL, ALICE, E);
        lookup(ALICE, BOB, E.plusMillis(1));
        lookup(CARL, ALICE, E.plusMillis(1));
        lookup(CARL, BOB, E);
        erase(ALICE, SelectorRole.EITHER);
        tick(E);
        List<byte[]> erased = carryOut();
        assertThat(erased).containsExactlyInAnyOrder(asked, wasAsked);
        assertThat(opened()).extracting(ErasureReceipt::getRows).containsExactlyInAnyOrder(1L, 1L);
        assertThat(rows(DEFAULT)).hasSize(1);
        assertThat(rows(SHORT)).hasSize(2);
    }

    @Test
    void asQueriedErasesRowsOfOthersAndNotThoseTheHandleMade() {
        lookup(ALICE, BOB, START);
        byte[] wasAsked = lookup(BOB, ALICE, START);
        erase(ALICE, SelectorRole.QUERIED);
        tick(E);
        assertThat(carryOut()).containsExactly(wasAsked);
        assertThat(rows(DEFAULT)).hasSize(1);
    }

    @Test
    void anErasureOfNothingLeavesReceiptsToo() {
        lookup(BOB, CARL, START);
        erase(ALICE, SelectorRole.EITHER);
        tick(E);
        assertThat(carryOut()).isEmpty();
        assertThat(opened()).extracting(ErasureReceipt::getRows).containsExactly(0L, 0L);
        assertThat(receipts)
                .filteredOn(each -> each.getPhase() == ReceiptPhase.CLOSED)
                .hasSize(2);
    }

    @Test
    void aHandleThatWasErasedMayAskAgain() {
        byte[] before = lookup(ALICE, BOB, START);
        erase(ALICE, SelectorRole.EITHER);
        tick(E);
        assertThat(carryOut()).containsExactly(before);
        byte[] after = lookup(ALICE, BOB, E.plusSeconds(1));
        assertThat(carryOut()).isEmpty();
        assertThat(rows(DEFAULT)).containsExactly(after);
    }

    @Test
    void aForgedErasureErasesNothing() {
        lookup(ALICE, BOB, START);
        Erasure forged = ErasureOfficer.forged(ID, tokens.token(ALICE), SelectorRole.EITHER, E);
        pipeErasure(forged, E);
        tick(E);
        assertThat(carryOut()).isEmpty();
        assertThat(receipts).isEmpty();
        assertThat(rows(DEFAULT)).hasSize(1);
        assertThat(meters.get("lookback.erasures.unsound").gauge().value()).isEqualTo(1);
    }

    @Test
    void goesOnSliceBySliceAndWaveByWave() {
        driver.close();
        settings = settings(3, 2);
        open();
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] key = lookup(i % 2 == 0 ? ALICE : BOB, CARL, START.plusSeconds(60L * i));
            if (i % 2 == 0) {
                expected.add(key);
            }
        }
        erase(ALICE, SelectorRole.EITHER);
        tick(E);
        assertThat(carryOut(80)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(opened()).extracting(ErasureReceipt::getRows).containsExactlyInAnyOrder(0L, 20L);
    }

    @Test
    void repeatsAnOrderWhoseTombstonesDoNotComeBack() {
        byte[] key = lookup(ALICE, BOB, START);
        erase(ALICE, SelectorRole.REQUESTER);
        tick(E);
        turns(2);
        assertThat(ordered()).containsExactly(key);
        turns(5);
        assertThat(ordered()).isEmpty();
        for (int i = 0; i < 3; i++) {
            driver.advanceWallClockTime(settings.orderRepeat().plusSeconds(1));
        }
        assertThat(ordered()).contains(key);
    }

    // ---- crashes

    @Test
    void goesOnAfterARestartWhereverItStopped() {
        for (int turns = 0; turns < 6; turns++) {
            driver.close();
            piped.clear();
            live.clear();
            receipts.clear();
            events = 0;
            open();
            byte[] one = lookup(ALICE, BOB, START);
            byte[] two = lookup(ALICE, BOB, START.plusSeconds(1));
            lookup(BOB, ALICE, START);
            erase(ALICE, SelectorRole.REQUESTER);
            tick(E);
            turns(turns);
            if (ordered().size() == 2) {
                tombstone(DEFAULT, one);
                turn();
            }
            restart();
            tick(E);
            carryOut();
            assertThat(rows(DEFAULT)).as("restart after %s turns", turns).hasSize(1);
            assertThat(opened()).extracting(ErasureReceipt::getRows).containsExactlyInAnyOrder(0L, 2L);
            assertThat(opened().stream()
                            .filter(each -> each.getRows() == 2)
                            .findFirst()
                            .orElseThrow()
                            .getKeysSha256()
                            .bytes())
                    .isEqualTo(digest(one, two));
            assertThat(receipts.stream().filter(each -> each.getPhase() == ReceiptPhase.CLOSED))
                    .as("restart after %s turns", turns)
                    .hasSize(2);
        }
    }

    @Test
    void aRowThatArrivesLateIsNoticedOnItsWayIn() {
        byte[] early = lookup(ALICE, BOB, START);
        erase(ALICE, SelectorRole.EITHER);
        tick(E);
        assertThat(carryOut()).containsExactly(early);
        byte[] asked = lookup(ALICE, BOB, START.plusSeconds(5));
        byte[] wasAsked = lookup(CARL, ALICE, E);
        lookup(BOB, CARL, START);
        lookup(ALICE, BOB, E.plusMillis(1));
        assertThat(marks()).as("kept in a changelogged store").isEqualTo(2);
        assertThat(carryOut()).containsExactlyInAnyOrder(asked, wasAsked);
        assertThat(opened())
                .filteredOn(each -> each.getSequence() == 1)
                .extracting(ErasureReceipt::getRows)
                .containsExactly(1L, 1L);
        assertThat(marks()).isZero();
        assertThat(pending()).isZero();
    }

    @Test
    void aRowThatArrivesLateIsErasedUnderAReceiptOfItsOwnEvenAfterARestart() {
        byte[] early = lookup(ALICE, BOB, START);
        erase(ALICE, SelectorRole.EITHER);
        tick(E);
        assertThat(carryOut()).containsExactly(early);
        // From an ingest that did not know the erasure yet: one in each role, one twice, and one of somebody else.
        byte[] asked = lookup(ALICE, BOB, START.plusSeconds(5));
        byte[] wasAsked = lookup(BOB, ALICE, E);
        byte[] again = lookup(ALICE, BOB, START);
        lookup(BOB, CARL, START);
        restart();
        tick(E);
        assertThat(carryOut()).containsExactlyInAnyOrder(asked, wasAsked, again);
        ErasureReceipt late = opened().stream()
                .filter(each -> each.getSequence() == 1)
                .findFirst()
                .orElseThrow();
        assertThat(late.getRows()).isEqualTo(3);
        assertThat(late.getKeysSha256().bytes()).isEqualTo(digest(asked, wasAsked, again));
        assertThat(rows(DEFAULT)).hasSize(1);
        assertThat(pending()).isZero();
        restart();
        tick(E);
        carryOut();
        assertThat(opened()).as("and that is the end of it").noneMatch(each -> each.getSequence() > 1);
    }

    @Test
    void aTaskThatLearnsOfAnErasureAfterItsReceiptsLooksAtEverythingAgain() {
        lookup(ALICE, BOB, START);
        Erasure erasure = ErasureOfficer.order(ID, tokens.token(ALICE), SelectorRole.REQUESTER, E);
        pipeErasure(erasure, E);
        tick(E);
        carryOut();
        // Another instance takes over whose copy of the topic lags: it lets a row pass that it should have noticed.
        piped.remove(erasurePiped);
        restart();
        byte[] unnoticed = lookup(ALICE, BOB, START.plusSeconds(1));
        turns(3);
        assertThat(ordered()).isEmpty();
        pipeErasure(erasure, E);
        tick(E);
        assertThat(carryOut()).containsExactly(unnoticed);
        assertThat(rows(DEFAULT)).isEmpty();
    }

    // ---- holds

    @Test
    void aRequestThatCameFirstStillGetsTheRowsAndErasingWaitsForIt() {
        byte[] key = lookup(ALICE, BOB, START);
        pipe(topics.searchTasks(), "r", search(E.minusMillis(1), 7), now);
        erase(ALICE, SelectorRole.REQUESTER);
        tick(E);
        turns(3);
        assertThat(receipts()).as("an open search holds it back").isEmpty();
        assertThat(meters.get("lookback.erasures.pending")
                        .tag("class", "default")
                        .gauge()
                        .value())
                .isEqualTo(1);
        progress(7);
        turns(2);
        assertThat(copies()).containsExactly(PreservedKey.of(REQUEST, key));
        assertThat(results.readValue().getOvertaken()).isFalse();
        assertThat(carryOut()).containsExactly(key);
    }

    @Test
    void aRequestThatCameAtTheSameInstantOrLaterDoesNotGetThem() {
        lookup(ALICE, BOB, START);
        byte[] after = lookup(ALICE, BOB, E.plusMillis(1));
        erase(ALICE, SelectorRole.REQUESTER);
        // Nothing has been erased yet: without a tick it waits. The rows are there, and not to be read.
        pipe(topics.searchTasks(), "r", search(E, 0), now);
        turn();
        assertThat(rows(DEFAULT)).hasSize(2);
        assertThat(copies()).containsExactly(PreservedKey.of(REQUEST, after));
        assertThat(results.readValue().getMatched()).isEqualTo(1);
    }

    @Test
    void erasingWinsWhenTheGraceIsOverAndTheSearchSaysSo() {
        byte[] key = lookup(ALICE, BOB, START);
        pipe(topics.searchTasks(), "r", search(E.minusMillis(1), 7), now);
        erase(ALICE, SelectorRole.REQUESTER);
        tick(E);
        driver.advanceWallClockTime(settings.expiryGrace());
        assertThat(receipts()).isEmpty();
        assertThat(carryOut()).containsExactly(key);
        progress(7);
        turns(2);
        assertThat(copies()).isEmpty();
        assertThat(results.readValue().getOvertaken()).isTrue();
    }

    // ---- beside expiry

    @Test
    void anExpiryReceiptStaysRightWhenRowsOfItsBucketAreErasedAtTheSameTime() {
        byte[] erased = lookup(ALICE, BOB, START);
        byte[] other = lookup(BOB, CARL, START.plusSeconds(1));
        TestOutputTopic<String, ExpiryReceipt> expiry = output(topics.expiryReceipts());
        Instant due = START.plus(KEPT).plus(BUCKET);
        driver.advanceWallClockTime(Duration.between(now, due.minusSeconds(10)));
        Instant late = due.minusSeconds(10);
        pipeErasure(ErasureOfficer.order(ID, tokens.token(BOB), SelectorRole.QUERIED, late), late);
        tick(late);
        turns(2);
        assertThat(ordered()).as("the erasure has counted and ordered").containsExactly(erased);
        driver.advanceWallClockTime(Duration.ofSeconds(10));
        tick(due);
        turns(2);
        ExpiryReceipt opened = expiry.readValue();
        assertThat(opened.getRows()).as("both rows live at its position").isEqualTo(2);
        assertThat(opened.getKeysSha256().bytes()).isEqualTo(digest(erased, other));
        tombstone(DEFAULT, erased);
        tombstone(DEFAULT, other);
        turns(4);
        assertThat(expiry.readValue().getPhase()).isEqualTo(ReceiptPhase.CLOSED);
        assertThat(receipts()).filteredOn(each -> closed(each, DEFAULT)).hasSize(1);
    }

    // ---- in one readable line each

    private byte[] lookup(String requester, String queried, Instant occurredAt) {
        RetentionClass each = requester.startsWith("+1") ? SHORT : DEFAULT;
        UUID id = new UUID(0x4000, 0x8000_0000_0000_0000L | requester.hashCode() ^ queried.hashCode() << 1);
        events++;
        EnrichedLookup lookup = EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(id.toString())
                        .setOccurredAt(occurredAt)
                        .setRequester(requester)
                        .setQueried(queried)
                        .setSourceIp("198.51.100.7")
                        .build())
                .setRequesterNormalised(requester)
                .setQueriedNormalised(queried)
                .setQueriedKind(HandleKind.PHONE)
                .setGeoStatus(GeoStatus.NO_DATABASE)
                .setReceivedAt(occurredAt)
                .setSourcePartition(0)
                .setSourceOffset(events)
                .build();
        long instant = occurredAt.toEpochMilli();
        byte[] key = new LedgerKey(
                        LedgerKey.bucketOf(instant, each.bucketWidth()), tokens.token(requester), instant, id)
                .toBytes();
        Topic<byte[], EnrichedLookup> topic = topics.ledger(each.name());
        row(each, key, topic.value().serializer().serialize(topic.name(), lookup));
        return key;
    }

    private void tombstone(RetentionClass each, byte[] key) {
        row(each, key, null);
    }

    private void row(RetentionClass each, byte[] key, byte[] value) {
        Runnable pipe = () -> driver.createInputTopic(
                        topics.ledger(each.name()).name(), new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key, value));
        pipe.run();
        piped.add(pipe);
    }

    private void progress(long position) {
        row(DEFAULT, LedgerKey.progress(0, position), null);
        row(SHORT, LedgerKey.progress(0, position), null);
    }

    private Runnable erasurePiped = () -> {};

    private void erase(String handle, SelectorRole role) {
        pipeErasure(ErasureOfficer.order(ID, tokens.token(handle), role, E), E);
    }

    private void pipeErasure(Erasure erasure, Instant at) {
        erasurePiped = () -> pipe(topics.erasures(), erasure.getId(), erasure, at);
        erasurePiped.run();
        piped.add(0, erasurePiped); // restored before anything else
    }

    private void tick(Instant passedOnUntil) {
        pipe(topics.searchTasks(), "tick/0", new SearchTask(new WatermarkTick(0, 1, passedOnUntil)), now);
    }

    private static SearchTask search(Instant receivedAt, long cut) {
        return new SearchTask(new Search(
                REQUEST.toString(),
                0,
                SelectorRole.REQUESTER,
                ALICE,
                START,
                START.plus(KEPT),
                receivedAt,
                List.of(cut),
                0,
                false));
    }

    private <K, V> void pipe(Topic<K, V> topic, K key, V value, Instant at) {
        driver.createInputTopic(
                        topic.name(), topic.key().serializer(), topic.value().serializer())
                .pipeInput(key, value, at);
    }

    /** As ingest does, until nothing moves any more; what was ordered. */
    private List<byte[]> carryOut() {
        return carryOut(25);
    }

    private List<byte[]> carryOut(int turns) {
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            turn();
            while (!orders.isEmpty()) {
                ExpiryOrder order = orders.readValue();
                for (byte[] key : keysOf(order)) {
                    tombstone(order.getRetentionClass().equals("short") ? SHORT : DEFAULT, key);
                    all.add(key);
                }
            }
            receipts();
        }
        return all;
    }

    private List<byte[]> ordered() {
        return orders.readValuesToList().stream()
                .flatMap(each -> keysOf(each).stream())
                .toList();
    }

    private static List<byte[]> keysOf(ExpiryOrder order) {
        ByteBuffer bytes = order.getLedgerKeys();
        return Stream.generate(() -> {
                    byte[] key = new byte[LedgerKey.LENGTH];
                    bytes.get(key);
                    return key;
                })
                .limit(bytes.remaining() / LedgerKey.LENGTH)
                .toList();
    }

    /** All receipts of erasures so far. */
    private List<ErasureReceipt> receipts() {
        receipts.addAll(receiptsOut.readValuesToList());
        return receipts;
    }

    private List<ErasureReceipt> opened() {
        Map<String, ErasureReceipt> first = new TreeMap<>();
        receipts().stream()
                .filter(each -> each.getPhase() == ReceiptPhase.OPENED)
                .forEach(each -> first.putIfAbsent(each.getRetentionClass() + each.getSequence(), each));
        return List.copyOf(first.values());
    }

    private static ErasureReceipt only(List<ErasureReceipt> all, RetentionClass each) {
        List<ErasureReceipt> own = all.stream()
                .filter(receipt -> receipt.getRetentionClass().equals(each.name()))
                .toList();
        assertThat(own).hasSize(1);
        return own.get(0);
    }

    private static boolean closed(ErasureReceipt receipt, RetentionClass each) {
        return receipt.getPhase() == ReceiptPhase.CLOSED
                && receipt.getRetentionClass().equals(each.name());
    }

    private List<byte[]> rows(RetentionClass each) {
        List<byte[]> keys = new ArrayList<>();
        MirrorReader.forEach(driver, each, (key, value) -> keys.add(key));
        return keys;
    }

    private double pending() {
        return meters.find("lookback.erasures.pending").gauges().stream()
                .mapToDouble(each -> each.value())
                .sum();
    }

    /** Places where late rows were noticed: one for each class. */
    private long marks() {
        return driver.getKeyValueStore(VaultTopology.LATE_ROWS_STORE).approximateNumEntries();
    }

    private List<byte[]> copies() {
        return preserved.readRecordsToList().stream()
                .map(TestRecord::key)
                .filter(key -> !PreservedKey.isEnd(key))
                .toList();
    }

    private static byte[] digest(byte[]... keys) {
        MessageDigest digest = BucketCounts.sha256();
        Arrays.stream(keys).sorted(Arrays::compareUnsigned).forEach(digest::update);
        return digest.digest();
    }

    private static VaultSettings settings(int sliceRows, int orderKeys) {
        VaultSettings defaults = VaultSettings.DEFAULTS;
        return new VaultSettings(
                defaults.workInterval(),
                defaults.workBudget(),
                sliceRows,
                orderKeys,
                defaults.openBuckets(),
                defaults.orderRepeat(),
                defaults.expiryGrace(),
                defaults.waitAlert(),
                defaults.flushInterval());
    }

    private void turn() {
        driver.advanceWallClockTime(settings.workInterval());
    }

    private void turns(int count) {
        for (int i = 0; i < count; i++) {
            turn();
        }
    }

    /** The driver forgets all state when it closes: carries over what the changelogs and the topics would bring back. */
    private void restart() {
        receipts();
        Map<String, List<KeyValue<String, Object>>> carried = new HashMap<>();
        for (String store : List.of(
                VaultTopology.SEARCHES_STORE, VaultTopology.ERASURE_RECEIPTS_STORE, VaultTopology.LATE_ROWS_STORE)) {
            List<KeyValue<String, Object>> entries = new ArrayList<>();
            try (KeyValueIterator<String, Object> all =
                    driver.<String, Object>getKeyValueStore(store).all()) {
                all.forEachRemaining(entries::add);
            }
            carried.put(store, entries);
        }
        driver.close();
        open();
        piped.forEach(Runnable::run);
        carried.forEach((store, entries) ->
                driver.<String, Object>getKeyValueStore(store).putAll(entries));
    }

    private <K, V> TestOutputTopic<K, V> output(Topic<K, V> topic) {
        return driver.createOutputTopic(
                topic.name(), topic.key().deserializer(), topic.value().deserializer());
    }
}
