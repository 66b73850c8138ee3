package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.LedgerKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** What RocksDB makes of a batch is what a map makes of the same puts and deletes. */
class RowBatchTest {
    static {
        RocksDB.loadLibrary();
    }

    private static final int KEYS = 300;

    @TempDir
    Path directory;

    @Test
    void rocksdb_reads_what_was_put_and_deleted() throws RocksDBException {
        Random random = new Random(5);
        List<byte[]> keys = keys(random);
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        RowBatch batch = new RowBatch();
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB rocks = RocksDB.open(options, directory.toString())) {
            for (int round = 0; round < 5; round++) {
                // More records than keys: many keys are put and deleted, in both orders, within one batch.
                for (int i = 0; i < 2_000; i++) {
                    byte[] key = keys.get(random.nextInt(KEYS));
                    if (random.nextInt(3) == 0) {
                        batch.delete(key);
                        model.remove(key);
                    } else {
                        byte[] value = new byte[random.nextInt(400)];
                        random.nextBytes(value);
                        long offset = random.nextLong();
                        batch.put(key, offset, value);
                        model.put(
                                key,
                                ByteBuffer.allocate(Long.BYTES + value.length)
                                        .putLong(offset)
                                        .put(value)
                                        .array());
                    }
                }
                write(rocks, batch);
                batch.clear();
                assertThat(batch.count()).isZero();
                assertHolds(rocks, model);
            }
        }
    }

    @Test
    void is_full_by_rows_or_by_bytes() {
        byte[] key = keys(new Random(5)).get(0);
        RowBatch small = new RowBatch();
        for (int rows : new int[] {256, 512, 1_024, 2_048, 4_096, 8_192, 8_192}) {
            for (int i = 0; i < rows; i++) {
                assertThat(small.isFull()).isFalse();
                small.delete(key);
            }
            assertThat(small.isFull()).isTrue();
            small.clear();
        }

        RowBatch large = new RowBatch();
        large.put(key, 0, new byte[4 * 1024 * 1024]);
        assertThat(large.isFull()).isTrue();
    }

    /** Of a few neighbouring buckets and any token; some tokens differ in their last bits alone. */
    private static List<byte[]> keys(Random random) {
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            keys.add(LedgerKey.encode(
                    500_000 + random.nextInt(4),
                    random.nextInt(3) == 0 ? random.nextInt(9) : random.nextLong(),
                    random.nextLong(),
                    random.nextLong(),
                    random.nextLong()));
        }
        return keys;
    }

    private static void write(RocksDB rocks, RowBatch batch) throws RocksDBException {
        try (WriteBatch nativeBatch = new WriteBatch(batch.toBytes());
                WriteOptions options = new WriteOptions()) {
            assertThat(nativeBatch.count()).isEqualTo(batch.count());
            rocks.write(options, nativeBatch);
        }
    }

    private static void assertHolds(RocksDB rocks, Map<byte[], byte[]> model) {
        List<List<byte[]>> rows = new ArrayList<>();
        try (RocksIterator iterator = rocks.newIterator()) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                rows.add(List.of(iterator.key(), iterator.value()));
            }
        }
        assertThat(rows).hasSameSizeAs(model.entrySet());
        int i = 0;
        for (Map.Entry<byte[], byte[]> each : model.entrySet()) {
            assertThat(rows.get(i).get(0)).isEqualTo(each.getKey());
            assertThat(rows.get(i++).get(1)).isEqualTo(each.getValue());
        }
    }
}
