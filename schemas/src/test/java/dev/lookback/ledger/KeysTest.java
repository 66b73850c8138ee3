package dev.lookback.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KeysTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final UUID EVENT = UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e");
    private static final UUID REQUEST = UUID.fromString("7c9e6679-7425-40de-944b-e07fc1f90ae7");

    @Test
    void aLedgerKeyByteForByte() {
        LedgerKey key = new LedgerKey(1, 0x0102030405060708L, 3_600_001, EVENT);
        assertThat(HexFormat.of().formatHex(key.toBytes()))
                .isEqualTo("00000001" + "0102030405060708" + "000000000036ee81" + "0f8fad5bd9cb469fa16570867728950e");
    }

    @Test
    void ledgerKeysComeBack() {
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            LedgerKey key = random(random);
            byte[] bytes = key.toBytes();
            assertThat(bytes).hasSize(LedgerKey.LENGTH);
            assertThat(LedgerKey.fromBytes(bytes)).isEqualTo(key);
            assertThat(LedgerKey.bucket(bytes)).isEqualTo(key.bucket());
            assertThat(LedgerKey.token(bytes)).isEqualTo(key.token());
            assertThat(LedgerKey.occurredAt(bytes)).isEqualTo(key.occurredAt());
            assertThat(LedgerKey.eventId(bytes)).isEqualTo(key.eventId());
            assertThat(LedgerKey.isProgress(bytes)).isFalse();
        }
        assertThatThrownBy(() -> LedgerKey.fromBytes(new byte[35])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ledgerKeysSortByBucketThenRequesterThenTime() {
        Random random = new Random(2);
        List<LedgerKey> keys = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            keys.add(random(random));
        }
        List<LedgerKey> expected = new ArrayList<>(keys);
        expected.sort(Comparator.comparingLong((LedgerKey key) -> key.bucket())
                .thenComparing(LedgerKey::token, Long::compareUnsigned)
                .thenComparing(LedgerKey::occurredAt));
        keys.sort(Comparator.comparing(LedgerKey::toBytes, Arrays::compareUnsigned));

        assertThat(keys).isEqualTo(expected);
        for (LedgerKey key : keys) {
            byte[] bytes = key.toBytes();
            assertThat(bytes).startsWith(LedgerKey.bucketPrefix(key.bucket()));
            assertThat(bytes).startsWith(LedgerKey.requesterPrefix(key.bucket(), key.token()));
            assertThat(Arrays.compareUnsigned(bytes, LedgerKey.progress(0, 0))).isNegative();
        }
    }

    @Test
    void bucketsAreWholeSpans() {
        assertThat(LedgerKey.bucketOf(0, HOUR)).isZero();
        assertThat(LedgerKey.bucketOf(3_599_999, HOUR)).isZero();
        assertThat(LedgerKey.bucketOf(3_600_000, HOUR)).isEqualTo(1);
        assertThat(LedgerKey.bucketStart(1, HOUR)).isEqualTo(3_600_000);
    }

    @Test
    void progressKeysAreToldApart() {
        byte[] progress = LedgerKey.progress(7, 1L << 40);
        assertThat(LedgerKey.isProgress(progress)).isTrue();
        assertThat(LedgerKey.progressPartition(progress)).isEqualTo(7);
        assertThat(LedgerKey.progressPosition(progress)).isEqualTo(1L << 40);
        assertThat(LedgerKey.isProgress(new byte[] {-1, -1, -1, -1})).isFalse();
        assertThat(LedgerKey.isProgress(new LedgerKey(LedgerKey.PROGRESS_BUCKET - 1, -1, -1, EVENT).toBytes()))
                .isFalse();
    }

    @Test
    void everyTokenHasAPartition() {
        int[] rows = new int[6];
        Random random = new Random(3);
        for (int i = 0; i < 60_000; i++) {
            rows[LedgerKey.partition(random.nextLong(), rows.length)]++;
        }
        assertThat(Arrays.stream(rows).boxed()).allMatch(n -> n > 9_000 && n < 11_000);
        assertThat(LedgerKey.partition(-1, 4)).isEqualTo(3);
        assertThat(LedgerKey.partition(Long.MIN_VALUE, 1)).isZero();
    }

    @Test
    void preservedKeysKeepTheLookup() {
        LedgerKey ledgerKey = new LedgerKey(1, 0x0102030405060708L, 3_600_001, EVENT);
        byte[] key = PreservedKey.of(REQUEST, ledgerKey.toBytes());
        assertThat(HexFormat.of().formatHex(key))
                .isEqualTo("7c9e6679742540de944be07fc1f90ae7" + "000000000036ee81" + "0102030405060708"
                        + "0f8fad5bd9cb469fa16570867728950e");
        assertThat(key).hasSize(PreservedKey.LENGTH).startsWith(PreservedKey.prefix(REQUEST));
        assertThat(PreservedKey.requestId(key)).isEqualTo(REQUEST);
        assertThat(PreservedKey.isEnd(key)).isFalse();
    }

    @Test
    void anEndFollowsTheCopiesOfItsRequest() {
        byte[] end = PreservedKey.end(REQUEST, 3, 11, 5);
        assertThat(PreservedKey.isEnd(end)).isTrue();
        assertThat(PreservedKey.endSelector(end)).isEqualTo(3);
        assertThat(PreservedKey.endPartition(end)).isEqualTo(11);
        assertThat(PreservedKey.requestId(end)).isEqualTo(REQUEST);
        Random random = new Random(4);
        for (int i = 0; i < 1_000; i++) {
            byte[] copy = PreservedKey.of(REQUEST, random(random).toBytes());
            assertThat(Arrays.compareUnsigned(copy, end)).isNegative();
        }
    }

    @Test
    void copiesLieInOrderOfTime() {
        byte[] earlier = PreservedKey.of(REQUEST, new LedgerKey(1, -1, 5, EVENT).toBytes());
        byte[] later = PreservedKey.of(REQUEST, new LedgerKey(1, 1, 6, EVENT).toBytes());
        assertThat(Arrays.compareUnsigned(earlier, later)).isNegative();
    }

    private static LedgerKey random(Random random) {
        long occurredAt = Math.floorMod(random.nextLong(), 4_000_000_000_000L);
        return new LedgerKey(
                LedgerKey.bucketOf(occurredAt, HOUR),
                random.nextInt(4) == 0 ? 5 : random.nextLong(),
                occurredAt,
                new UUID(random.nextLong(), random.nextLong()));
    }
}
