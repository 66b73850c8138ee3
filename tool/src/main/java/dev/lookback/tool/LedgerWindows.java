package dev.lookback.tool;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import java.time.Duration;
import java.util.List;

/**
 * What of a ledger partition an audit has to read: the part in which the rows of the buckets in question were admitted,
 * which is its beginning, and the part in which they can have been forgotten, which is its end. Between them lie, in a
 * ledger of 30 days, the weeks of rows that are not due.
 *
 * <p>A row is admitted between {@code ingest.max.future} before and {@code ingest.max.late} after it occurred, and its
 * tombstone is written when its bucket is due or later. Clocks may differ by {@code ingest.max.future}.
 *
 * @param dueFrom only buckets due at or after this instant (milliseconds since the epoch) can be judged
 * @param admittedUntil rows admitted later are of no concern, milliseconds since the epoch
 * @param forgottenFrom tombstones written earlier are of no concern, milliseconds since the epoch
 * @param othersToo whether tombstones of rows admitted later are of concern, too
 */
record LedgerWindows(long dueFrom, long admittedUntil, long forgottenFrom, boolean othersToo) {
    /** What {@code ingest} admits, as far as it decides where in the ledger a row can be. */
    record Admission(Duration maxLate, Duration maxFuture) {}

    /** Some records: from an offset up to another (exclusive). */
    record Range(long from, long to) {}

    /**
     * For all buckets that have fallen due since an instant, and for every row that is due and still there.
     *
     * @param firstTimestamp of the ledger's first record: no bucket that fell due before its rows could has any
     */
    static LedgerWindows dueSince(
            long since,
            long firstTimestamp,
            RetentionClass retentionClass,
            Cutoff cutoff,
            long now,
            Admission admission) {
        long oldest = firstTimestamp - admission.maxLate.toMillis();
        long oldestDue = Scope.dueAt(LedgerKey.bucketOf(oldest, retentionClass.bucketWidth()), retentionClass, cutoff);
        long from = Math.min(since, oldestDue);
        return new LedgerWindows(
                from,
                cutoff.at(now) + admission.maxLate.toMillis() + admission.maxFuture.toMillis(),
                from - admission.maxFuture.toMillis(),
                true);
    }

    /** For some buckets. */
    static LedgerWindows of(Scope.Buckets buckets, RetentionClass retentionClass, Cutoff cutoff, Admission admission) {
        long end = LedgerKey.bucketStart(buckets.last() + 1, retentionClass.bucketWidth());
        long dueFrom = Scope.dueAt(buckets.first(), retentionClass, cutoff);
        return new LedgerWindows(
                dueFrom,
                end + admission.maxLate.toMillis() + admission.maxFuture.toMillis(),
                dueFrom - admission.maxFuture.toMillis(),
                false);
    }

    /**
     * The same as offsets.
     *
     * @param begin the ledger's first offset
     * @param admittedEnd the offset that answers to {@link #admittedUntil}
     * @param forgottenBegin the offset that answers to {@link #forgottenFrom}
     * @param end of the ledger
     */
    List<Range> ranges(long begin, long admittedEnd, long forgottenBegin, long end) {
        if (admittedEnd <= begin) {
            // What came has gone, and so has what there was to forget.
            return othersToo && forgottenBegin < end
                    ? List.of(new Range(Math.max(begin, forgottenBegin), end))
                    : List.of();
        }
        if (forgottenBegin <= admittedEnd) {
            return List.of(new Range(begin, end));
        }
        return forgottenBegin >= end
                ? List.of(new Range(begin, admittedEnd))
                : List.of(new Range(begin, admittedEnd), new Range(forgottenBegin, end));
    }
}
