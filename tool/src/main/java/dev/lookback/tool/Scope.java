package dev.lookback.tool;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import java.time.Duration;

/** Which buckets an audit judges. */
sealed interface Scope {
    /** All that the topics show. */
    record Everything() implements Scope {}

    /**
     * Buckets that have fallen due since an instant. Of those that are not due, only that nothing has left them.
     *
     * @param instant milliseconds since the epoch
     */
    record DueSince(long instant) implements Scope {}

    /** These buckets alone, from the first to the last. */
    record Buckets(long first, long last) implements Scope {
        /** Those that overlap an interval, milliseconds since the epoch, end excluded. */
        static Buckets overlapping(long from, long to, Duration width) {
            return new Buckets(LedgerKey.bucketOf(from, width), LedgerKey.bucketOf(to - 1, width));
        }
    }

    /** What is to be done about a bucket. */
    enum Attention {
        /** It is not judged. */
        NONE,
        /** Nothing may have left it. */
        TOMBSTONES,
        /** The same, and its rows are counted. */
        COUNT,
        /** Its rows are kept, to be counted again and held against the deadline. */
        KEEP
    }

    /**
     * What is to be done about a bucket.
     *
     * @param dueAt when it is due, milliseconds since the epoch
     * @param due whether it is, or has a receipt
     */
    default Attention to(long bucket, long dueAt, boolean due) {
        if (this instanceof Buckets some) {
            return bucket >= some.first && bucket <= some.last ? Attention.KEEP : Attention.NONE;
        }
        if (this instanceof DueSince since) {
            if (!due) {
                return Attention.TOMBSTONES;
            }
            return dueAt >= since.instant ? Attention.KEEP : Attention.NONE;
        }
        return due ? Attention.KEEP : Attention.COUNT;
    }

    /** When a bucket is due, milliseconds since the epoch. */
    static long dueAt(long bucket, RetentionClass retentionClass, Cutoff cutoff) {
        return cutoff.reaches(LedgerKey.bucketStart(bucket + 1, retentionClass.bucketWidth()) - 1);
    }
}
