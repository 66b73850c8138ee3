package dev.lookback.vault;

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
     * @param rowsByBucket rows for each bucket that has any
     * @param keysSha256 SHA-256 (hex) over all ledger keys in ascending order
     */
    public record Counts(Map<Long, Long> rowsByBucket, String keysSha256) {
        /** All rows. */
        public long rows() {
            return rowsByBucket.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    Counts count(RowIterator rows) {
        Map<Long, Long> counts = new TreeMap<>();
        MessageDigest digest = sha256();
        for (; rows.valid(); rows.next()) {
            byte[] key = rows.key();
            digest.update(key);
            counts.merge(LedgerKey.bucket(key), 1L, Long::sum);
        }
        return new Counts(counts, HexFormat.of().formatHex(digest.digest()));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
