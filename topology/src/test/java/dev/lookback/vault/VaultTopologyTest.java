package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.clock.Timekeeper;
import dev.lookback.custody.KeyCustody;
import dev.lookback.custody.LookupCipher;
import dev.lookback.custody.MemoryCustody;
import dev.lookback.handle.Handle;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.officers.Officers;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.OpenSearch;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.WatermarkTick;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The vault alone: what ingest and casework would do is piped by hand. */
class VaultTopologyTest {
    private static final Duration KEPT = Duration.ofHours(10);
    private static final Duration BUCKET = Duration.ofHours(1);
    private static final RetentionClass CLASS = new RetentionClass("default", BUCKET, KEPT, Set.of(), Set.of());
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ALICE = "+15550100001";
    private static final String BOB = "+15550100002";

    @TempDir
    Path state;

    private final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://vault-test"));
    private final Tokens tokens = new Tokens(new byte[16]);
    private VaultSettings settings = settings(VaultSettings.DEFAULTS.sliceRows());
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Timekeeper time = Timekeeper.trusting();
    private @Nullable KeyCustody custody;
    private VaultTopology topology;
    private VaultResources resources;
    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> ledger;
    private TestInputTopic<String, SearchTask> tasks;
    private TestOutputTopic<String, ExpiryReceipt> receipts;
    private TestOutputTopic<String, ExpiryOrder> orders;
    private TestOutputTopic<byte[], byte[]> preserved;
    private TestOutputTopic<String, SearchResult> results;

    @BeforeEach
    void start() {
        resources = new VaultResources(16 << 20, LedgerStart.ZERO);
        open(START);
    }

    private void open(Instant now) {
        topology = new VaultTopology(
                settings,
                topics,
                new RetentionClasses(List.of(CLASS)),
                tokens,
                new Officers(List.of()),
                custody,
                resources,
                meters,
                () -> 0,
                time);
        Properties properties = new Properties();
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "vault-test");
        driver = new TopologyTestDriver(topology.build(), properties, now);
        ledger = driver.createInputTopic(
                topics.ledger("default").name(), new ByteArraySerializer(), new ByteArraySerializer());
        tasks = input(topics.searchTasks());
        receipts = output(topics.expiryReceipts());
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

    @Test
    void forgetsADueBucketInTwoStepsAndNotBefore() {
        byte[] key = lookup(ALICE, BOB, START);
        lookup(ALICE, BOB, START.plus(BUCKET));
        tick(START.plus(KEPT).plus(BUCKET).minusMillis(1));
        advanceTo(START.plus(KEPT).plus(BUCKET).minusMillis(2));
        assertThat(receipts.isEmpty())
                .as("the last instant of the bucket is still readable")
                .isTrue();

        advanceTo(START.plus(KEPT).plus(BUCKET).minusMillis(1));
        TestRecord<String, ExpiryReceipt> opened = receipts.readRecord();
        assertThat(opened.key()).isEqualTo("default/0/" + LedgerKey.bucket(key));
        assertThat(opened.value().getPhase()).isEqualTo(ReceiptPhase.OPENED);
        assertThat(opened.value().getRows()).isEqualTo(1);
        assertThat(opened.value().getKeysSha256().bytes())
                .isEqualTo(BucketCounts.sha256().digest(key));
        assertThat(opened.value().getLedgerPosition()).isEqualTo(2);
        assertThat(opened.value().getDueAt())
                .isEqualTo(START.plus(KEPT).plus(BUCKET).minusMillis(1));
        assertThat(orders.isEmpty())
                .as("no order before the receipt has been read back")
                .isTrue();

        turn();
        ExpiryOrder order = orders.readValue();
        assertThat(keysOf(order)).containsExactly(key);
        turn();
        assertThat(receipts.isEmpty()).as("not closed before the tombstone").isTrue();

        ledger.pipeInput(new TestRecord<>(key, null));
        turn();
        ExpiryReceipt closed = receipts.readValue();
        assertThat(closed.getPhase()).isEqualTo(ReceiptPhase.CLOSED);
        assertThat(closed.getRows()).isEqualTo(1);
        assertThat(closed.getLatenessMillis()).isPositive();
        turn();
        assertThat(receipts.isEmpty()).isTrue();
        assertThat(orders.isEmpty()).isTrue();
    }

    @Test
    void aRowThatArrivesAfterTheCountGetsASupplementaryReceipt() {
        byte[] first = lookup(ALICE, BOB, START);
        tick(START.plus(KEPT).plus(BUCKET));
        advanceTo(START.plus(KEPT).plus(BUCKET));
        assertThat(receipts.readValue().getSequence()).isZero();
        byte[] late = lookup(BOB, ALICE, START.plusSeconds(1));
        turn();
        assertThat(keysOf(orders.readValue())).containsExactly(first);
        ledger.pipeInput(new TestRecord<>(first, null));
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.CLOSED);
        turn();
        turn();
        ExpiryReceipt supplementary = receipts.readValue();
        assertThat(supplementary.getPhase()).isEqualTo(ReceiptPhase.OPENED);
        assertThat(supplementary.getSequence()).isEqualTo(1);
        assertThat(supplementary.getRows()).isEqualTo(1);
        turn();
        assertThat(keysOf(orders.readValue())).containsExactly(late);
        ledger.pipeInput(new TestRecord<>(late, null));
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.CLOSED);
    }

    /** Else the receipt would be closed while rows that it counts are still on their way back into the store. */
    @Test
    void afterARestartWaitsForTheRowsThatItsReceiptCounts() {
        byte[] first = lookup(ALICE, BOB, START);
        byte[] second = lookup(ALICE, BOB, START.plusSeconds(1));
        tick(START.plus(KEPT).plus(BUCKET));
        advanceTo(START.plus(KEPT).plus(BUCKET));
        assertThat(receipts.readValue().getRows()).isEqualTo(2);
        TestRecord<byte[], byte[]> notCommitted = piped.remove(1);
        restart(now);
        turns(3);
        assertThat(orders.isEmpty()).isTrue();
        ledger.pipeInput(notCommitted);
        turn();
        assertThat(keysOf(orders.readValue())).containsExactly(first, second);
        ledger.pipeInput(new TestRecord<>(first, null));
        ledger.pipeInput(new TestRecord<>(second, null));
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.CLOSED);
        turns(3);
        assertThat(receipts.isEmpty()).as("and no supplementary one").isTrue();
    }

    @Test
    void repeatsAnOrderWhoseTombstonesDoNotComeBack() {
        byte[] key = lookup(ALICE, BOB, START);
        tick(START.plus(KEPT).plus(BUCKET));
        advanceTo(START.plus(KEPT).plus(BUCKET));
        turn();
        assertThat(keysOf(orders.readValue())).containsExactly(key);
        turn();
        assertThat(orders.isEmpty()).isTrue();
        for (int i = 0; i < 3; i++) {
            driver.advanceWallClockTime(settings.orderRepeat().plusSeconds(1));
        }
        assertThat(keysOf(orders.readValue())).containsExactly(key);
    }

    /** So that lookups that arrive never stand behind a long queue of tombstones. */
    @Test
    void ordersNoMoreThanSoManyBeforeTheirTombstonesComeBack() {
        int rows = 70;
        int most = 50;
        settings = settings(1); // an order for each row
        restart(START);
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            keys.add(lookup(ALICE, BOB, START.plusSeconds(i)));
        }
        tick(START.plus(KEPT).plus(BUCKET));
        advanceTo(START.plus(KEPT).plus(BUCKET));
        turns(3 * rows);
        assertThat(ordered()).containsExactlyElementsOf(keys.subList(0, most));

        for (byte[] key : keys.subList(0, 10)) {
            ledger.pipeInput(new TestRecord<>(key, null));
        }
        turns(3 * rows);
        assertThat(ordered()).as("as many as came back").containsExactlyElementsOf(keys.subList(most, most + 10));

        driver.advanceWallClockTime(settings.orderRepeat().plusSeconds(1));
        turns(3 * rows);
        assertThat(ordered())
                .as("again from the first that is left")
                .containsExactlyElementsOf(keys.subList(10, most + 10));

        for (byte[] key : keys.subList(10, rows)) {
            ledger.pipeInput(new TestRecord<>(key, null));
        }
        turns(3 * rows);
        assertThat(receipts.readValuesToList())
                .extracting(ExpiryReceipt::getPhase)
                .containsExactly(ReceiptPhase.OPENED, ReceiptPhase.CLOSED);
    }

    private void turns(int count) {
        for (int i = 0; i < count; i++) {
            turn();
        }
    }

    private List<byte[]> ordered() {
        return orders.readValuesToList().stream()
                .flatMap(order -> keysOf(order).stream())
                .toList();
    }

    @Test
    void itsFiguresFollowABucketFromItsFirstRowToItsReceipt() {
        Instant due = START.plus(KEPT).plus(BUCKET).minusMillis(1);
        second();
        assertThat(gauge("lookback.vault.oldest.due.timestamp"))
                .as("nothing is stored")
                .isNaN();
        byte[] key = lookup(ALICE, BOB, START);
        lookup(ALICE, BOB, START.plus(BUCKET.multipliedBy(3)));
        second();
        assertThat(gauge("lookback.vault.oldest.due.timestamp")).isEqualTo(seconds(due));
        assertThat(gauge("lookback.expiry.backlog.buckets")).isZero();
        assertThat(gauge("lookback.vault.watermark.timestamp")).isNaN();

        advanceTo(due.plus(settings.waitAlert()));
        assertThat(gauge("lookback.expiry.waiting"))
                .as("for casework, which has not ticked")
                .isGreaterThanOrEqualTo(settings.waitAlert().toSeconds());
        assertThat(gauge("lookback.expiry.backlog.buckets")).isEqualTo(1);
        assertThat(gauge("lookback.expiry.backlog.rows")).isEqualTo(1);
        assertThat(gauge("lookback.expiry.turn.timestamp")).isGreaterThan(seconds(due));

        Instant passedOn = due.plusSeconds(60);
        tick(passedOn);
        second();
        second();
        assertThat(keysOf(orders.readValue())).containsExactly(key);
        assertThat(gauge("lookback.vault.watermark.timestamp")).isEqualTo(seconds(passedOn));
        assertThat(gauge("lookback.expiry.waiting")).isZero();
        assertThat(counter("lookback.receipts.read", "phase", "OPENED")).isEqualTo(1);
        assertThat(missing("CLOSED")).isZero();
        for (int i = 0; i < 11; i++) {
            driver.advanceWallClockTime(settings.orderRepeat().plusSeconds(1));
        }
        assertThat(counter("lookback.orders.repeated")).isGreaterThan(1);
        assertThat(missing("CLOSED")).as("no tombstone has come back").isEqualTo(1);
        assertThat(missing("OPENED")).isZero();
        assertThat(gauge("lookback.vault.oldest.due.timestamp")).isEqualTo(seconds(due));

        ledger.pipeInput(new TestRecord<>(key, null));
        for (int i = 0; i < 4; i++) {
            second();
        }
        assertThat(missing("CLOSED")).isZero();
        assertThat(gauge("lookback.expiry.backlog.buckets")).isZero();
        assertThat(gauge("lookback.vault.oldest.due.timestamp")).isEqualTo(seconds(due.plus(BUCKET.multipliedBy(3))));
        assertThat(counter("lookback.receipts.read", "phase", "CLOSED")).isEqualTo(1);
        assertThat(counter("lookback.expiry.forgotten")).isEqualTo(1);
        assertThat(meters.get("lookback.expiry.lateness").timer().count()).isEqualTo(1);
        assertThat(gauge("lookback.expiry.lateness.last"))
                .isGreaterThan(settings.orderRepeat().multipliedBy(11).toSeconds());
    }

    @Test
    void aBucketThatIsCountedForTooLongMissesItsReceipt() {
        settings = settings(1);
        restart(START);
        for (int i = 0; i < 20; i++) {
            lookup(ALICE, BOB, START.plusSeconds(i));
        }
        Instant due = START.plus(KEPT).plus(BUCKET);
        tick(due);
        advanceTo(due);
        assertThat(missing("OPENED")).isZero();
        for (int i = 0; i < 11; i++) {
            driver.advanceWallClockTime(settings.orderRepeat().plusSeconds(1));
        }
        assertThat(receipts.isEmpty()).as("one row a turn").isTrue();
        assertThat(missing("OPENED")).isEqualTo(1);
    }

    /** How often figures are looked after that take a look into the store. */
    private void second() {
        driver.advanceWallClockTime(Duration.ofSeconds(1));
    }

    private double missing(String phase) {
        return meters.get("lookback.receipts.missing")
                .tag("phase", phase)
                .gauge()
                .value();
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    private double counter(String name, String... tags) {
        return meters.get(name).tags(tags).counter().count();
    }

    private static double seconds(Instant instant) {
        return instant.toEpochMilli() / 1000.0;
    }

    /** A clock that is told whether it is in doubt. */
    private static final class Doubtful implements Timekeeper {
        private boolean doubted;

        @Override
        public long now(long wall) {
            return wall;
        }

        @Override
        public long forgettingNow(long wall) {
            return wall;
        }

        @Override
        public boolean maySweep() {
            return !doubted;
        }
    }

    @Test
    void forgetsNothingWhileTheClockIsInDoubt() {
        driver.close();
        Doubtful doubtful = new Doubtful();
        time = doubtful;
        open(START);
        byte[] key = lookup(ALICE, BOB, START);
        Instant due = START.plus(KEPT).plus(BUCKET);
        tick(due.plus(Duration.ofDays(40)));
        doubtful.doubted = true;
        advanceTo(due.plus(Duration.ofDays(40)));
        turn();
        assertThat(receipts.isEmpty()).as("nothing is opened").isTrue();
        doubtful.doubted = false;
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.OPENED);
        doubtful.doubted = true;
        turn();
        turn();
        assertThat(orders.isEmpty()).as("nothing is ordered").isTrue();
        doubtful.doubted = false;
        turn();
        assertThat(keysOf(orders.readValue())).containsExactly(key);
        doubtful.doubted = true;
        ledger.pipeInput(new TestRecord<>(key, null));
        turn();
        assertThat(receipts.isEmpty()).as("nothing is closed").isTrue();
        doubtful.doubted = false;
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.CLOSED);
    }

    @Test
    void anIdlePartitionForgetsOnTimeAndALookupFromTheFutureChangesNothing() {
        byte[] key = lookup(ALICE, BOB, START);
        byte[] future = lookup(BOB, ALICE, Instant.parse("2099-01-01T00:00:00Z"));
        turn();
        assertThat(receipts.isEmpty())
                .as("a record of 2099 does not make it 2099")
                .isTrue();
        Instant due = START.plus(KEPT).plus(BUCKET).minusMillis(1);
        tick(due);
        advanceTo(due); // no record comes any more
        assertThat(receipts.readValue().getRows()).isEqualTo(1);
        turn();
        assertThat(keysOf(orders.readValue())).containsExactly(key).doesNotContain(future);
    }

    @Test
    void goesOnAfterARestartWhereItStopped() {
        byte[] key = lookup(ALICE, BOB, START);
        tick(START.plus(KEPT).plus(BUCKET));
        Instant due = START.plus(KEPT).plus(BUCKET);
        advanceTo(due);
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.OPENED);

        restart(due);
        tick(due);
        turn();
        assertThat(keysOf(orders.readValue())).as("the open receipt is resumed").containsExactly(key);
        assertThat(receipts.isEmpty()).as("and not opened a second time").isTrue();
        ledger.pipeInput(new TestRecord<>(key, null));
        turn();
        assertThat(receipts.readValue().getPhase()).isEqualTo(ReceiptPhase.CLOSED);
    }

    @Test
    void waitsUntilCaseworkHasPassedOnAllRequests() {
        lookup(ALICE, BOB, START);
        Instant due = START.plus(KEPT).plus(BUCKET);
        advanceTo(due);
        assertThat(receipts.isEmpty()).as("no tick yet").isTrue();
        tasks.pipeInput("tick/0", watermark(0, 2, due));
        turn();
        assertThat(receipts.isEmpty()).as("one of two partitions has ticked").isTrue();
        tasks.pipeInput("tick/1", watermark(1, 2, START.plus(KEPT)));
        turn();
        assertThat(receipts.isEmpty())
                .as("a request may have come before the deadline")
                .isTrue();
        tasks.pipeInput("tick/1", watermark(1, 2, due));
        turn();
        assertThat(receipts.isEmpty()).isFalse();
    }

    @Test
    void forgettingWinsWhenTheGraceIsOver() {
        lookup(ALICE, BOB, START);
        Instant due = START.plus(KEPT).plus(BUCKET);
        advanceTo(due.plus(settings.expiryGrace()).minusMillis(1));
        assertThat(receipts.isEmpty()).isTrue();
        advanceTo(due.plus(settings.expiryGrace()).plusMillis(1));
        assertThat(receipts.isEmpty()).isFalse();

        Instant r = START.plus(KEPT).minusMillis(1);
        tasks.pipeInput("request", search(SelectorRole.REQUESTER, ALICE, START, START.plus(BUCKET), r, 0));
        assertThat(counter("lookback.searches.overtaken")).isZero();
        turn();
        assertThat(results.readValue().getOvertaken()).isTrue();
        assertThat(counter("lookback.searches.overtaken")).isEqualTo(1);
    }

    /** A copy is readable without any key: it has an end of its own. */
    @Test
    void copiesWhatIsEncryptedInPlain() {
        byte[] plain = piped(lookup(ALICE, BOB, START));
        custody = new MemoryCustody();
        restart(START);
        byte[] encrypted = piped(lookup(BOB, ALICE, START.plusSeconds(1)));
        assertThat(plain[0]).isZero();
        assertThat(encrypted[0]).isEqualTo(LookupCipher.SEALED);
        progress(2);
        for (SelectorRole role : List.of(SelectorRole.REQUESTER, SelectorRole.QUERIED, SelectorRole.EITHER)) {
            tasks.pipeInput(
                    "request", search(role, ALICE, START, START.plus(BUCKET), START.plusSeconds(2), 2, role.ordinal()));
            turn();
            assertThat(preserved.readRecordsToList())
                    .filteredOn(each -> !PreservedKey.isEnd(each.key()))
                    .hasSize(role == SelectorRole.EITHER ? 2 : 1)
                    .allSatisfy(each -> {
                        EnrichedLookup copy = topics.preservedLookups()
                                .value()
                                .deserializer()
                                .deserialize(topics.preservedLookups().name(), each.value());
                        assertThat(List.of(
                                        copy.getEvent().getRequester(),
                                        copy.getEvent().getQueried()))
                                .containsExactlyInAnyOrder(ALICE, BOB);
                    });
            assertThat(results.readValue().getOvertaken()).isFalse();
        }
    }

    @Test
    void saysThatItWasOvertakenWhenAKeyWasDestroyedBeforeItsTombstonesCame() {
        custody = new MemoryCustody();
        restart(START);
        byte[] gone = lookup(ALICE, BOB, START);
        lookup(ALICE, BOB, START.plus(BUCKET));
        progress(2);
        assertThat(custody.destroyBefore(CLASS.name(), LedgerKey.bucket(gone) + 1))
                .isEqualTo(1);
        Instant r = START.plus(BUCKET).plusSeconds(1);
        tasks.pipeInput("request", search(SelectorRole.REQUESTER, ALICE, START, r, r, 2));
        turn();
        SearchResult result = results.readValue();
        assertThat(result.getMatched()).isEqualTo(1);
        assertThat(result.getOvertaken()).isTrue();

        tasks.pipeInput("request", search(SelectorRole.REQUESTER, ALICE, START.plus(BUCKET), r, r, 2, 1));
        turn();
        assertThat(results.readValue().getOvertaken()).isFalse();
    }

    /** The value of the row under this key, as it went to the ledger. */
    private byte[] piped(byte[] key) {
        TestRecord<byte[], byte[]> last = piped.get(piped.size() - 1);
        assertThat(last.key()).isEqualTo(key);
        return last.value();
    }

    @Test
    void aRequestReachesWhatHadNotPassedItsDeadlineWhenItCame() {
        byte[] gone = lookup(ALICE, BOB, START);
        byte[] reachable = lookup(ALICE, BOB, START.plusMillis(1));
        progress(2);
        Instant r = START.plus(KEPT);
        Instant later = START.plus(KEPT).plus(BUCKET).plusSeconds(60);
        tasks.pipeInput("request", search(SelectorRole.REQUESTER, ALICE, START, START.plus(BUCKET), r, 99));
        tick(later);
        advanceTo(later);
        assertThat(receipts.isEmpty()).as("the search holds the bucket back").isTrue();
        assertThat(preserved.isEmpty()).as("it waits for its cut").isTrue();
        progress(99);
        turn();

        TestRecord<byte[], byte[]> copy = preserved.readRecord();
        assertThat(copy.key())
                .isEqualTo(PreservedKey.of(REQUEST, reachable))
                .isNotEqualTo(PreservedKey.of(REQUEST, gone));
        TestRecord<byte[], byte[]> end = preserved.readRecord();
        assertThat(PreservedKey.isEnd(end.key())).isTrue();
        assertThat(end.value()).isNull();
        assertThat(preserved.isEmpty()).isTrue();
        SearchResult result = results.readValue();
        assertThat(result.getMatched()).isEqualTo(1);
        assertThat(result.getHorizon()).isEqualTo(START);
        assertThat(result.getOvertaken()).isFalse();
        assertThat(result.getPositions()).containsExactly(99L);
        turn(); // its copies are acknowledged by now, so it comes off the record
        turn();
        assertThat(receipts.readValue().getRows())
                .as("and then both are forgotten")
                .isEqualTo(2);
    }

    @Test
    void findsAHandleInEachRoleAndInTheWindowOnly() {
        byte[] asked = lookup(ALICE, BOB, START.plusSeconds(10));
        byte[] wasAsked = lookup(BOB, ALICE, START.plus(BUCKET.multipliedBy(3)));
        lookup(ALICE, BOB, START.plusSeconds(9));
        lookup(ALICE, BOB, START.plus(BUCKET.multipliedBy(4)));
        Instant from = START.plusSeconds(10);
        Instant to = START.plus(BUCKET.multipliedBy(4));
        tasks.pipeInput("r", search(SelectorRole.REQUESTER, ALICE, from, to, from, 0));
        turn();
        assertThat(copies()).containsExactly(PreservedKey.of(REQUEST, asked));
        tasks.pipeInput("r", search(SelectorRole.QUERIED, ALICE, from, to, from, 0, 1));
        turn();
        assertThat(copies()).containsExactly(PreservedKey.of(REQUEST, wasAsked));
        tasks.pipeInput("r", search(SelectorRole.EITHER, ALICE, from, to, from, 0, 2));
        turn();
        assertThat(copies()).containsExactly(PreservedKey.of(REQUEST, asked), PreservedKey.of(REQUEST, wasAsked));
        tasks.pipeInput("r", search(SelectorRole.REQUESTER, "+15550100003", from, to, from, 0, 3));
        turn();
        assertThat(copies()).isEmpty();
    }

    @Test
    void aSearchGoesOnSliceBySliceAndAfterARestart() {
        driver.close();
        settings = settings(7);
        open(START);
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            byte[] key = lookup(i % 2 == 0 ? ALICE : BOB, "+1555010" + (1000 + i), START.plusSeconds(60L * i));
            if (i % 2 == 0) {
                expected.add(PreservedKey.of(REQUEST, key));
            }
        }
        tasks.pipeInput("r", search(SelectorRole.QUERIED, ALICE, START, START.plus(KEPT), START, 0));
        tasks.pipeInput("r", search(SelectorRole.REQUESTER, ALICE, START, START.plus(KEPT), START, 0, 1));
        turn();
        turn();
        assertThat(results.isEmpty()).as("not through in two slices").isTrue();
        List<byte[]> found = copies();
        restart(START);
        for (int i = 0; i < 20; i++) {
            turn();
        }
        List<byte[]> afterwards = copies();
        assertThat(afterwards).as("goes on where it was on record").hasSizeLessThan(expected.size());
        found.addAll(afterwards);
        Set<byte[]> different = new TreeSet<>(Arrays::compareUnsigned);
        different.addAll(found);
        assertThat(different).containsExactlyElementsOf(expected);
        assertThat(results.readValuesToList())
                .extracting(SearchResult::getMatched)
                .containsExactlyInAnyOrder(0L, 25L);
    }

    @Test
    void noTaskWritesToATopicThatItMirrors() {
        String described = new VaultTopology(
                        settings,
                        topics,
                        new RetentionClasses(List.of(CLASS)),
                        tokens,
                        new Officers(List.of()),
                        null,
                        resources,
                        new SimpleMeterRegistry(),
                        () -> 0,
                        time)
                .build()
                .describe()
                .toString();
        assertThat(described.lines().filter(line -> line.contains("Sink:")))
                .hasSize(5)
                .noneMatch(line -> line.contains("topic: lookups-enriched"));
    }

    // ---- in one readable line each

    private static final UUID REQUEST = UUID.fromString("00000000-0000-4000-8000-000000000001");
    private final List<TestRecord<byte[], byte[]>> piped = new ArrayList<>();
    private int events;

    private byte[] lookup(String requester, String queried, Instant occurredAt) {
        UUID id = new UUID(0x4000, 0x8000_0000_0000_0000L | ++events);
        EnrichedLookup lookup = EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(id.toString())
                        .setOccurredAt(occurredAt)
                        .setRequester(requester)
                        .setQueried(queried)
                        .setSourceIp("198.51.100.7")
                        .build())
                .setRequesterNormalised(Handle.parse(requester).normalised())
                .setQueriedNormalised(Handle.parse(queried).normalised())
                .setQueriedKind(HandleKind.PHONE)
                .setGeoStatus(GeoStatus.NO_DATABASE)
                .setReceivedAt(occurredAt)
                .setSourcePartition(0)
                .setSourceOffset(events - 1)
                .build();
        long instant = occurredAt.toEpochMilli();
        byte[] key = new LedgerKey(LedgerKey.bucketOf(instant, BUCKET), tokens.token(requester), instant, id).toBytes();
        Topic<byte[], EnrichedLookup> topic = topics.ledger("default");
        LedgerValue.shorten(lookup);
        byte[] value = topic.value().serializer().serialize(topic.name(), lookup);
        TestRecord<byte[], byte[]> row =
                new TestRecord<>(key, new LookupCipher(custody, CLASS.name()).seal(key, value));
        ledger.pipeInput(row);
        piped.add(row);
        return key;
    }

    /** A turn on every tick of the clock, so that the edges can be tested to the millisecond. */
    private static VaultSettings settings(int sliceRows) {
        VaultSettings defaults = VaultSettings.DEFAULTS;
        return new VaultSettings(
                Duration.ofMillis(1),
                defaults.workBudget(),
                sliceRows,
                defaults.orderKeys(),
                defaults.openBuckets(),
                defaults.orderRepeat(),
                defaults.expiryGrace(),
                defaults.waitAlert(),
                defaults.flushInterval());
    }

    /** The driver forgets all state when it closes: carries over what the changelogs and the ledger would bring back. */
    private void restart(Instant at) {
        List<KeyValue<String, OpenSearch>> searches = entries(VaultTopology.SEARCHES_STORE);
        List<KeyValue<String, ExpiryReceipt>> open = entries(VaultTopology.RECEIPTS_STORE);
        driver.close();
        open(at);
        driver.<String, OpenSearch>getKeyValueStore(VaultTopology.SEARCHES_STORE)
                .putAll(searches);
        driver.<String, ExpiryReceipt>getKeyValueStore(VaultTopology.RECEIPTS_STORE)
                .putAll(open);
        piped.forEach(each -> ledger.pipeInput(each));
    }

    private <V> List<KeyValue<String, V>> entries(String store) {
        List<KeyValue<String, V>> entries = new ArrayList<>();
        try (KeyValueIterator<String, V> all =
                driver.<String, V>getKeyValueStore(store).all()) {
            all.forEachRemaining(entries::add);
        }
        return entries;
    }

    private void progress(long position) {
        ledger.pipeInput(new TestRecord<>(LedgerKey.progress(0, position), null));
    }

    private void tick(Instant passedOnUntil) {
        tasks.pipeInput("tick/0", watermark(0, 1, passedOnUntil));
    }

    private static SearchTask watermark(int partition, int partitions, Instant passedOnUntil) {
        return new SearchTask(new WatermarkTick(partition, partitions, passedOnUntil));
    }

    private static SearchTask search(
            SelectorRole role, String handle, Instant from, Instant to, Instant receivedAt, long cut) {
        return search(role, handle, from, to, receivedAt, cut, 0);
    }

    private static SearchTask search(
            SelectorRole role, String handle, Instant from, Instant to, Instant receivedAt, long cut, int selector) {
        return new SearchTask(
                new Search(REQUEST.toString(), selector, role, handle, from, to, receivedAt, List.of(cut), 0, false));
    }

    /** Lets the vault work once, and read its own receipts back. */
    private void turn() {
        driver.advanceWallClockTime(settings.workInterval());
    }

    private void advanceTo(Instant instant) {
        driver.advanceWallClockTime(Duration.between(now, instant));
        now = instant;
    }

    private Instant now = START;

    private static List<byte[]> keysOf(ExpiryOrder order) {
        ByteBuffer bytes = order.getLedgerKeys();
        List<byte[]> keys = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] key = new byte[LedgerKey.LENGTH];
            bytes.get(key);
            keys.add(key);
        }
        return keys;
    }

    private List<byte[]> copies() {
        List<byte[]> keys = new ArrayList<>();
        preserved.readRecordsToList().stream()
                .filter(each -> !PreservedKey.isEnd(each.key()))
                .forEach(each -> keys.add(each.key()));
        return keys;
    }

    private <K, V> TestInputTopic<K, V> input(Topic<K, V> topic) {
        return driver.createInputTopic(
                topic.name(), topic.key().serializer(), topic.value().serializer());
    }

    private <K, V> TestOutputTopic<K, V> output(Topic<K, V> topic) {
        return driver.createOutputTopic(
                topic.name(), topic.key().deserializer(), topic.value().deserializer());
    }
}
