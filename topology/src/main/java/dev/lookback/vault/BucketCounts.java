package dev.lookback.vault;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.streams.query.Query;

/**
 * Asks a mirror what it holds, bucket by bucket, without a look at what is in the rows. Reads every key: for audits and
 * tests, not for dashboards.
 */
public final class BucketCounts implements Query<BucketCounts.Counts> {
    /**
     * What a mirror holds.
     *
     * @param position the rows are those of the ledger read up to this offset (exclusive); {@link #NO_POSITION} if they
     *     are those of no single one
     * @param rowsByBucket rows for each bucket that has any
     * @param fingerprints for each of these buckets the sum of its keys' {@link KeyFingerprint}s
     * @param keysSha256 SHA-256 (hex) over all ledger keys in ascending order
     */
    public record Counts(long position, Map<Long, Long> rowsByBucket, Map<Long, Long> fingerprints, String keysSha256) {
        /** While the mirror reads again what it had read before a crash. */
        public static final long NO_POSITION = -1;

        /** All rows. */
        public long rows() {
            return rowsByBucket.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    Counts count(long position, RowIterator rows) {
        Map<Long, Long> counts = new TreeMap<>();
        Map<Long, Long> fingerprints = new TreeMap<>();
        KeyFingerprint fingerprint = new KeyFingerprint();
        MessageDigest digest = sha256();
        for (; rows.valid(); rows.next()) {
            byte[] key = rows.key();
            digest.update(key);
            long bucket = LedgerKey.bucket(key);
            counts.merge(bucket, 1L, Long::sum);
            fingerprints.merge(bucket, fingerprint.of(key), Long::sum);
        }
        return new Counts(position, counts, fingerprints, HexFormat.of().formatHex(digest.digest()));
    }

    /** A fresh SHA-256, which every Java platform has. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
