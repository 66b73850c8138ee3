package dev.lookback.tool;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import dev.lookback.tool.BucketAudit.Standing;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * What the lookups of one class and one day come to, over all partitions.
 *
 * @param day the UTC day in which a bucket begins, {@code 2026-01-31}
 * @param came rows that have come
 * @param cameAsStated how many of them only receipts tell of, because the ledger's part has gone
 * @param forgotten rows under closed receipts
 * @param live rows in the ledger without a tombstone
 * @param overdue how many of them should be gone
 * @param worstLatenessMillis the greatest lateness of a closed receipt; null if there is none
 * @param findings how many things break the promise
 */
record DayTally(
        String retentionClass,
        String day,
        long came,
        long cameAsStated,
        long forgotten,
        long live,
        long overdue,
        @Nullable Long worstLatenessMillis,
        Receipts receipts,
        long findings) {
    /**
     * Receipts by how they stand.
     *
     * @param matching closed, and counted again with the same result
     * @param missing buckets of which something went, or should have gone, without one
     * @param doubtful closed, but no longer to be counted again; or not closed in time
     * @param open not closed yet, within the allowance
     * @param wrong contradicted by the ledger, the policies or themselves
     */
    record Receipts(int matching, int missing, int doubtful, int open, int wrong) {
        private Receipts plus(BucketAudit bucket) {
            return new Receipts(
                    matching + bucket.count(Standing.MATCHES),
                    missing + (bucket.missing() ? 1 : 0),
                    doubtful + bucket.count(Standing.STATED) + bucket.count(Standing.UNCLOSED),
                    open + bucket.count(Standing.OPEN),
                    wrong + bucket.count(Standing.WRONG));
        }
    }

    /** A day of which nothing has been counted yet. */
    static DayTally none(String retentionClass, LocalDate day) {
        return new DayTally(retentionClass, day.toString(), 0, 0, 0, 0, 0, null, new Receipts(0, 0, 0, 0, 0), 0);
    }

    /** The UTC day in which a bucket begins. */
    static LocalDate day(long bucket, RetentionClass retentionClass) {
        return LocalDate.ofInstant(
                Instant.ofEpochMilli(LedgerKey.bucketStart(bucket, retentionClass.bucketWidth())), ZoneOffset.UTC);
    }

    /** The same with a bucket of that day. */
    DayTally plus(BucketAudit bucket) {
        return new DayTally(
                retentionClass,
                day,
                came + bucket.came(),
                cameAsStated + (bucket.cameAsStated() ? bucket.came() : 0),
                forgotten + bucket.forgotten(),
                live + bucket.live(),
                overdue + bucket.overdue(),
                worse(worstLatenessMillis, bucket.worstLatenessMillis()),
                receipts.plus(bucket),
                findings + bucket.findings());
    }

    private static @Nullable Long worse(@Nullable Long one, @Nullable Long other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Math.max(one, other);
    }
}
