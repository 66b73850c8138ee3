package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.QueryConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultStoreTest {
    private static final TopicPartition LEDGER = new TopicPartition("lookups-enriched", 0);
    private static final Duration FLUSH = Duration.ofSeconds(10);
    private static final int SEED = 4711;

    private static final long MEMORY_BYTES = 16 << 20;

    @TempDir
    Path directory;

    private final List<RecordBatchingStateRestoreCallback> registered = new ArrayList<>();
    private long ledgerStart;
    private long nanos;
    private final VaultResources resources = new VaultResources(MEMORY_BYTES, (topic, partition) -> ledgerStart);
    private VaultStore store;

    @BeforeEach
    void openFirst() {
        store = open();
    }

    @AfterEach
    void close() {
        store.close();
        resources.close();
    }

    /** Random puts and deletes of any size, against a sorted map: the batch layout is right, and the order. */
    @Test
    void holdsWhatTheLedgerSays() {
        Random random = new Random(SEED);
        TreeMap<ByteBuffer, ByteBuffer> model =
                new TreeMap<>((a, b) -> java.util.Arrays.compareUnsigned(a.array(), b.array()));
        List<byte[]> keys = new ArrayList<>();
        for (int offset = 0; offset < 20_000; offset++) {
            boolean known = !keys.isEmpty() && random.nextInt(4) == 0;
            byte[] key = known ? keys.get(random.nextInt(keys.size())) : key(random.nextInt(50), random);
            keys.add(key);
            if (random.nextInt(3) == 0) {
                store.apply(key, null, offset);
                model.remove(ByteBuffer.wrap(key));
            } else {
                byte[] value = bytes(random, random.nextInt(100) == 0 ? random.nextInt(40_000) : random.nextInt(300));
                store.apply(key, value, offset);
                model.put(
                        ByteBuffer.wrap(key),
                        ByteBuffer.allocate(8 + value.length)
                                .putLong(offset)
                                .put(value)
                                .flip());
            }
        }
        List<ByteBuffer> found = new ArrayList<>();
        try (RowIterator rows = store.rows(LedgerKey.bucketPrefix(0), LedgerKey.PROGRESS_BUCKET)) {
            for (; rows.valid(); rows.next()) {
                byte[] value = rows.value();
                found.add(ByteBuffer.wrap(rows.key()));
                found.add(ByteBuffer.allocate(8 + value.length)
                        .putLong(rows.ledgerOffset())
                        .put(value)
                        .flip());
            }
        }
        List<ByteBuffer> expected = new ArrayList<>();
        model.forEach((key, value) -> {
            expected.add(key);
            expected.add(value);
        });
        assertThat(found).as("seed %d", SEED).isEqualTo(expected);
        assertThat(counts().rows()).isEqualTo(model.size());
        assertThat(store.position()).isEqualTo(20_000);
    }

    @Test
    void keepsProgressApartFromRows() {
        store.apply(LedgerKey.progress(3, 100), null, 0);
        store.apply(LedgerKey.progress(3, 90), null, 1);
        assertThat(store.progress(3)).as("never moves back").isEqualTo(100);
        assertThat(store.progress(4)).isZero();
        assertThat(counts().rows()).isZero();
        store.commit(Map.of(LEDGER, 1L));
        reopen();
        assertThat(store.progress(3)).isEqualTo(100);
    }

    @Test
    void offsetsSurviveAsStreamsWantsThem() {
        assertThat(store.committedOffset(LEDGER)).isNull();
        store.commit(Map.of(LEDGER, 41L));
        assertThat(store.committedOffset(LEDGER)).isEqualTo(41);
        reopen();
        assertThat(store.committedOffset(LEDGER)).isEqualTo(41);
        assertThat(store.position()).isEqualTo(42);
        store.commit(Map.of(LEDGER, -4L));
        assertThat(store.committedOffset(LEDGER)).as("sentinels as given").isEqualTo(-4);
        store.commit(Collections.singletonMap(LEDGER, null));
        assertThat(store.committedOffset(LEDGER)).isNull();
        store.commit(Map.of(LEDGER, 7L));
        store.commit(Map.of());
        assertThat(store.committedOffset(LEDGER))
                .as("an empty map forgets them")
                .isNull();
    }

    @Test
    void restoresRowsWithTheirOffsets() {
        byte[] key = key(5, new Random(SEED));
        registered
                .get(0)
                .restoreBatch(List.of(
                        new ConsumerRecord<>(LEDGER.topic(), 0, 70, key, bytes(new Random(1), 10)),
                        new ConsumerRecord<>(LEDGER.topic(), 0, 71, LedgerKey.progress(0, 9), null),
                        new ConsumerRecord<>(LEDGER.topic(), 0, 72, key(6, new Random(2)), bytes(new Random(1), 10)),
                        new ConsumerRecord<>(LEDGER.topic(), 0, 73, key(6, new Random(2)), null)));
        assertThat(counts().rowsByBucket()).isEqualTo(Map.of(5L, 1L));
        try (RowIterator rows = store.rows(LedgerKey.bucketPrefix(0), 100)) {
            assertThat(rows.ledgerOffset()).isEqualTo(70);
        }
        assertThat(store.position()).isEqualTo(74);
        assertThat(store.progress(0)).isEqualTo(9);
    }

    @Test
    void compactsOnceItIsRestored() {
        StateRestoreListener restores = resources.restores();
        restores.onRestoreStart(LEDGER, store.name(), 0, 40);
        restores.onRestoreStart(LEDGER, "another", 0, 40);
        restores.onRestoreEnd(LEDGER, "another", 40);
        restores.onRestoreEnd(new TopicPartition(LEDGER.topic(), 1), store.name(), 40);
        restoreInFiles(20);
        assertThat(TableFiles.below(directory)).hasSizeGreaterThan(20);
        restores.onRestoreEnd(LEDGER, store.name(), 0);
        await().untilAsserted(() -> assertThat(TableFiles.below(directory)).hasSizeLessThan(10));
        assertThat(counts().rows()).isEqualTo(40);
    }

    @Test
    void compactsAsAlwaysOnceRestoringIsSuspended() {
        resources.restores().onRestoreStart(LEDGER, store.name(), 0, 40);
        resources.restores().onRestoreSuspended(LEDGER, store.name(), 0);
        restoreInFiles(20);
        await().untilAsserted(() -> assertThat(TableFiles.below(directory)).hasSizeLessThan(18));
    }

    /** As in a standby, and where nothing is missing. */
    @Test
    void compactsAsAlwaysUnlessTold() {
        resources.restores().onRestoreStart(LEDGER, store.name(), 40, 40);
        restoreInFiles(20);
        await().untilAsserted(() -> assertThat(TableFiles.below(directory)).hasSizeLessThan(18));
    }

    /** Each holds a row of the first bucket and one of the last; those of the other column family are compacted by fours. */
    private void restoreInFiles(int files) {
        Random random = new Random(SEED);
        for (int i = 0; i < files; i++) {
            registered
                    .get(registered.size() - 1)
                    .restoreBatch(List.of(
                            new ConsumerRecord<>(LEDGER.topic(), 0, 2 * i, key(1, random), bytes(random, 10)),
                            new ConsumerRecord<>(LEDGER.topic(), 0, 2 * i + 1, key(9, random), bytes(random, 10))));
            store.writeBatch();
            long before = newest();
            flush(2 * i + 1);
            await().pollInterval(Duration.ofMillis(5)).until(() -> newest() > before);
        }
    }

    /** The number of the file that was made last. */
    private long newest() {
        return TableFiles.below(directory).stream()
                .map(each -> each.getFileName().toString())
                .mapToLong(each -> Long.parseLong(each.substring(0, each.indexOf('.'))))
                .max()
                .orElse(0);
    }

    /** As when a thread fails: its stores are closed without a commit, rows already written stay. */
    @Test
    void saysSoWhileItsRowsAreAheadOfItsPosition() {
        store.apply(key(5, new Random(1)), new byte[10], 0);
        store.commit(Map.of(LEDGER, 0L));
        byte[] later = key(5, new Random(2));
        store.apply(later, new byte[10], 1);
        store.apply(later, null, 2);
        assertThat(store.isReplaying()).isFalse();
        reopen();
        assertThat(store.position()).isEqualTo(1);
        assertThat(store.isReplaying()).as("the tombstone at 2 is here").isTrue();
        store.apply(later, new byte[10], 1);
        assertThat(counts().rows()).as("live at no position after 2").isEqualTo(2);
        assertThat(store.isReplaying()).isTrue();
        store.apply(later, null, 2);
        assertThat(store.isReplaying()).isFalse();
        assertThat(counts().rows()).isEqualTo(1);
        reopen();
        assertThat(store.isReplaying()).as("again, since nothing was committed").isTrue();
    }

    @Test
    void aStoreOlderThanItsLedgerIsDropped() {
        store.apply(key(5, new Random(SEED)), new byte[10], 0);
        store.commit(Map.of(LEDGER, 0L));
        ledgerStart = 1;
        reopen();
        assertThat(counts().rows()).as("the next record to read is still there").isEqualTo(1);
        ledgerStart = 2;
        reopen();
        assertThat(counts().rows()).isZero();
        assertThat(store.committedOffset(LEDGER)).isNull();
    }

    @Test
    void theLowestPutIsToldOnce() {
        store.apply(key(9, new Random(1)), new byte[1], 0);
        store.apply(key(4, new Random(1)), new byte[1], 1);
        assertThat(store.takeLowestPut()).isEqualTo(4);
        assertThat(store.takeLowestPut()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aClosedStoreSaysSo() {
        store.close();
        store.close();
        assertThat(store.isOpen()).isFalse();
        assertThatThrownBy(() -> counts()).isInstanceOf(ProcessorStateException.class);
    }

    /** The bytes of deleted rows leave the disk, those of the others stay. Random bytes, so that LZ4 keeps them plain. */
    @Test
    void forgottenBytesLeaveTheDisk() {
        byte[] forgotten = bytes(new Random(1), 48);
        byte[] kept = bytes(new Random(2), 48);
        Random random = new Random(SEED);
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            keys.add(key(i % 2 == 0 ? 10 : 20, random));
            store.apply(keys.get(i), i % 2 == 0 ? forgotten : kept, i);
        }
        flush(4_999);
        await().untilAsserted(() ->
                assertThat(onDisk(forgotten)).as("positive control").isTrue());

        for (int i = 0; i < 5_000; i += 2) {
            store.apply(keys.get(i), null, 5_000 + i);
        }
        flush(9_999);
        assertThat(onDisk(forgotten))
                .as("deleted, flushed, and still there: what this store is about")
                .isTrue();
        await().untilAsserted(() -> {
            flush(9_999);
            assertThat(onDisk(forgotten)).isFalse();
        });
        assertThat(onDisk(kept)).isTrue();
        assertThat(counts().rowsByBucket()).isEqualTo(Map.of(20L, 2_500L));
    }

    /** What was left to reclaim when a store was closed is reclaimed after it is opened again. */
    @Test
    void reclaimingSurvivesARestart() {
        byte[] forgotten = bytes(new Random(1), 48);
        Random random = new Random(SEED);
        byte[] key = key(10, random);
        store.apply(key, forgotten, 0);
        store.apply(key(11, random), new byte[10], 1);
        flush(1);
        store.apply(key, null, 2);
        store.commit(Map.of(LEDGER, 2L));
        reopen();
        assertThat(onDisk(forgotten)).isTrue();
        await().untilAsserted(() -> {
            flush(2);
            assertThat(onDisk(forgotten)).isFalse();
        });
    }

    /** Deleted rows count until their bytes have left the disk; and a store that is closed is not asked. */
    @Test
    void saysHowOldWhatLiesOnTheDiskIs() {
        Duration hour = Duration.ofHours(1);
        RetentionClass kept = new RetentionClass("default", hour, Duration.ofHours(100), Set.of(), Set.of());
        Cutoff cutoff = new Cutoff(kept, List.of());
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        VaultDisk disk = new VaultDisk(resources, new RetentionClasses(List.of(kept)), meters);
        long now = Duration.ofHours(1_111).toMillis(); // cutoff: where bucket 1,011 begins
        Random random = new Random(SEED);
        List<byte[]> past = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            long[] buckets = {1_010, 1_012, 1_050, 1_400};
            byte[] key = key(buckets[i % 4], random);
            if (i % 4 == 0) {
                past.add(key);
            }
            store.apply(key, bytes(random, 200), i);
        }
        store.writeBatch();
        assertThat(store.estimatedRows(1_010, 1_011)).as("an estimate").isBetween(500L, 2_000L);
        flush(3_999);
        await().untilAsserted(() -> {
            disk.measure(now, any -> cutoff);
            for (String due : List.of("past", "1d", "7d", "later")) {
                assertThat(bytesDue(meters, due)).as(due).isBetween(150_000.0, 300_000.0);
            }
        });
        double dueAt = Duration.ofHours(1_111).toSeconds() - 0.001;
        assertThat(gauge(meters, "lookback.vault.disk.oldest.due.timestamp")).isEqualTo(dueAt);
        assertThat(gauge(meters, "lookback.vault.disk.unreclaimed")).isZero();

        for (int i = 0; i < past.size(); i++) {
            store.apply(past.get(i), null, 4_000 + i);
        }
        flush(4_999);
        disk.measure(now, any -> cutoff);
        assertThat(bytesDue(meters, "past")).as("deleted, and still there").isGreaterThan(150_000);
        assertThat(gauge(meters, "lookback.vault.disk.oldest.due.timestamp")).isEqualTo(dueAt);
        assertThat(gauge(meters, "lookback.vault.disk.unreclaimed")).isGreaterThan(150_000);
        await().untilAsserted(() -> {
            flush(4_999);
            disk.measure(now, any -> cutoff);
            assertThat(bytesDue(meters, "past")).isZero();
            assertThat(gauge(meters, "lookback.vault.disk.unreclaimed")).isZero();
            assertThat(gauge(meters, "lookback.vault.disk.oldest.due.timestamp"))
                    .isEqualTo(dueAt + hour.toSeconds() * 2);
        });
        assertThat(bytesDue(meters, "1d")).isGreaterThan(150_000);

        disk.measure(now, any -> null);
        assertThat(meters.find("lookback.vault.disk").gauges())
                .as("no cutoff yet")
                .isEmpty();
        store.close();
        disk.measure(now, any -> cutoff);
        assertThat(meters.find("lookback.vault.disk").gauges()).isEmpty();
    }

    private static double bytesDue(SimpleMeterRegistry meters, String due) {
        return meters.get("lookback.vault.disk").tag("due", due).gauge().value();
    }

    private static double gauge(SimpleMeterRegistry meters, String name) {
        return meters.get(name).gauge().value();
    }

    /** 60 MB go through a store whose memtables and blocks may take 16 MiB. */
    @Test
    void memoryStaysWithinItsLimit() {
        Random random = new Random(SEED);
        long most = 0;
        for (int offset = 0; offset < 6_000; offset++) {
            store.apply(key(random.nextInt(50), random), bytes(random, 10_000), offset);
            most = Math.max(most, resources.cache().getUsage());
        }
        assertThat(most).isBetween(1L << 20, MEMORY_BYTES);
    }

    private void flush(long offset) {
        nanos += FLUSH.toNanos();
        store.commit(Map.of(LEDGER, offset));
    }

    private boolean onDisk(byte[] marker) {
        String needle = new String(marker, StandardCharsets.ISO_8859_1);
        return TableFiles.below(directory).stream().anyMatch(file -> contains(file, needle));
    }

    private static boolean contains(Path file, String needle) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(needle);
        } catch (NoSuchFileException e) {
            return false; // compacted away between listing and reading
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void countsSayAtWhichPositionOfTheLedger() {
        Random random = new Random(SEED);
        byte[] first = key(7, random);
        byte[] second = key(7, random);
        assertThat(counts().position()).isZero();
        store.apply(first, bytes(random, 10), 3);
        store.apply(second, bytes(random, 10), 5);
        store.apply(LedgerKey.progress(0, 1), null, 6);

        BucketCounts.Counts both = counts();
        assertThat(both.position()).as("progress changes no row").isBetween(6L, 7L);
        KeyFingerprint fingerprint = new KeyFingerprint();
        assertThat(both.fingerprints()).containsExactly(Map.entry(7L, fingerprint.of(first) + fingerprint.of(second)));

        store.apply(first, null, 7);
        assertThat(counts().position()).isEqualTo(8);
        assertThat(counts().fingerprints()).containsExactly(Map.entry(7L, fingerprint.of(second)));
    }

    /** Closed without a commit twice: the rows of the first time are still ahead at the third start. */
    @Test
    void countsNameNoPositionWhileRowsAreAheadOfIt() {
        Random random = new Random(SEED);
        List<byte[]> keys = List.of(key(7, random), key(7, random), key(7, random));
        for (int offset = 0; offset < 3; offset++) {
            store.apply(keys.get(offset), bytes(random, 10), offset);
        }
        reopen();
        assertThat(counts().position()).isEqualTo(BucketCounts.Counts.NO_POSITION);
        store.apply(keys.get(0), bytes(random, 10), 0);
        assertThat(counts().position()).isEqualTo(BucketCounts.Counts.NO_POSITION);
        reopen();
        store.apply(keys.get(0), bytes(random, 10), 0);
        assertThat(store.isReplaying()).isTrue();
        assertThat(counts().position()).isEqualTo(BucketCounts.Counts.NO_POSITION);
        for (int offset = 1; offset < 3; offset++) {
            store.apply(keys.get(offset), bytes(random, 10), offset);
        }
        assertThat(counts().position()).isEqualTo(3);
    }

    private BucketCounts.Counts counts() {
        if (store.isOpen()) {
            store.writeBatch();
        }
        return store.query(new BucketCounts(), PositionBound.unbounded(), new QueryConfig(false))
                .getResult();
    }

    private void reopen() {
        store.close();
        store = open();
    }

    private VaultStore open() {
        VaultStore opened = new VaultStore("rows-default", LEDGER.topic(), resources, FLUSH, () -> nanos);
        StateStoreContext context = (StateStoreContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StateStoreContext.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "taskId":
                            return new TaskId(0, 0);
                        case "stateDir":
                            return stateDirectory();
                        case "register":
                            registered.add((RecordBatchingStateRestoreCallback) arguments[1]);
                            return null;
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
        opened.init(context, opened);
        return opened;
    }

    private File stateDirectory() {
        return directory.toFile();
    }

    private static byte[] key(long bucket, Random random) {
        return new LedgerKey(
                        bucket, random.nextLong(), random.nextLong(), new UUID(random.nextLong(), random.nextLong()))
                .toBytes();
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
