package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.seal.Sha256;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both kinds against a sorted map, fed the same random records and asked now and then. */
class BucketRowsTest {
    private static final int BUCKET = 7;
    private static final int KEYS = 6_000;
    private static final int RECORDS = 60_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void showWhatTheRecordsSay(long seed) {
        Random random = new Random(seed);
        NavigableMap<byte[], Long> model = new TreeMap<>(Arrays::compareUnsigned);
        KeptRows kept = new KeptRows(BUCKET, new KeyFingerprint());
        CountedRows counted = new CountedRows(new KeyFingerprint());
        long comings = 0;
        for (int offset = 0; offset < RECORDS; offset++) {
            // Puts early, tombstones late, as in life; both of any key at any time.
            boolean tombstone = random.nextInt(RECORDS) < offset;
            byte[] key = key(random.nextInt(KEYS));
            if (tombstone) {
                kept.tombstone(key, offset);
                counted.tombstone(key, offset);
                model.remove(key);
            } else {
                kept.put(key, offset);
                counted.put(key, offset);
                comings += model.put(key, (long) offset) == null ? 1 : 0;
            }
            if (offset % 7_919 == 0 || offset == RECORDS - 1) {
                check(model, kept, counted);
                assertThat(kept.came()).isEqualTo(comings);
            }
        }
        assertThat(model).as("a test of something").isNotEmpty().hasSizeLessThan(KEYS);
    }

    private static void check(NavigableMap<byte[], Long> model, KeptRows kept, CountedRows counted) {
        ByteArrayOutputStream keys = new ByteArrayOutputStream();
        KeyFingerprint fingerprint = new KeyFingerprint();
        long sum = 0;
        for (Map.Entry<byte[], Long> each : model.entrySet()) {
            keys.writeBytes(each.getKey());
            sum += fingerprint.of(each.getKey());
        }
        assertThat(kept.live()).isEqualTo(model.size());
        assertThat(counted.live()).isEqualTo(model.size());
        assertThat(kept.fingerprint()).isEqualTo(sum);
        assertThat(counted.fingerprint()).isEqualTo(sum);
        assertThat(kept.keysSha256()).isEqualTo(Sha256.of(keys.toByteArray()));
        java.util.List<Long> offsets = new java.util.ArrayList<>();
        kept.offsets(offsets::add);
        assertThat(offsets).containsExactlyElementsOf(model.values());
    }

    private static byte[] key(int number) {
        Random random = new Random(number);
        return new LedgerKey(BUCKET, random.nextLong(), random.nextLong(), new UUID(random.nextLong(), number))
                .toBytes();
    }
}
