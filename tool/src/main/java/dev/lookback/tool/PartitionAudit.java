package dev.lookback.tool;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.v1.ExpiryReceipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks the promise to forget in one partition of one ledger, from what its topics say: every receipt is counted again
 * from the ledger, every row that is still there is held against its deadline, and what instances of the vault say they
 * hold is held against the ledger at the very position they name. Fed with the partition's receipts first and the
 * vault's statements, then with the ledger's records in order, then with the receipts that have come since, then asked
 * to {@link #finish}.
 *
 * <p>Memory: 40 bytes for each live row of a bucket that is due or has a receipt, and half as much again while
 * tombstones come in; 8 bytes for each row of any other bucket, none unless the scope is {@link Scope.Everything}.
 */
final class PartitionAudit {
    /** What an erasure on demand explains. */
    @FunctionalInterface
    interface Erasures {
        /** There are none. */
        Erasures NONE = (key, offset) -> false;

        /** Whether a tombstone under a ledger key, at an offset of this partition, is that of an erasure. */
        boolean explain(byte[] key, long offset);
    }

    /**
     * What a partition comes to.
     *
     * @param buckets those judged that have rows or receipts, in order
     * @param findings in the order of bucket and offset; at most {@value Findings#MOST}
     * @param unlisted how many more there are
     * @param doubts what could not be seen
     * @param compared buckets of the vault that were held against the ledger
     */
    record Result(
            String retentionClass,
            int partition,
            List<BucketAudit> buckets,
            List<Finding> findings,
            long unlisted,
            List<String> doubts,
            int compared) {
        /** The same with more findings. */
        Result with(List<Finding> more) {
            List<Finding> all = new ArrayList<>(findings);
            all.addAll(more);
            return new Result(retentionClass, partition, buckets, all, unlisted, doubts, compared);
        }

        /** Whether nothing breaks the promise. */
        boolean isSound() {
            return findings.isEmpty();
        }
    }

    /** Something to be counted when the ledger has been read up to a position (exclusive). */
    private record Point(long position, Runnable count) {}

    private final RetentionClass retentionClass;
    private final int partition;
    private final Cutoff cutoff;
    private final Scope scope;
    private final Erasures erasures;
    private final long now;
    private final long allowanceMillis;

    private final KeyFingerprint fingerprint = new KeyFingerprint();
    private final Findings findings;
    private final List<String> doubts = new ArrayList<>();
    private final Map<Long, AuditedBucket> buckets = new HashMap<>();
    private final List<VaultHolding> holdings = new ArrayList<>();
    private @Nullable List<Point> points;
    private int nextPoint;
    private long recountableFrom = Long.MIN_VALUE;
    private int compared;

    /**
     * An audit.
     *
     * @param now milliseconds since the epoch
     * @param allowance how long after a bucket is due its rows may still be there, and a receipt may be open
     */
    PartitionAudit(
            RetentionClass retentionClass,
            int partition,
            Cutoff cutoff,
            Scope scope,
            Erasures erasures,
            long now,
            Duration allowance) {
        this.retentionClass = retentionClass;
        this.partition = partition;
        this.cutoff = cutoff;
        this.scope = scope;
        this.erasures = erasures;
        this.now = now;
        this.allowanceMillis = allowance.toMillis();
        this.findings = new Findings(retentionClass.name(), partition);
    }

    // ---- taking

    /** Takes a receipt, in the order of the topic. */
    void receipt(ExpiryReceipt receipt) {
        AuditedBucket bucket = bucket(receipt.getBucket(), true);
        if (bucket.isJudged()) {
            bucket.receipt(receipt);
        }
    }

    /** Takes what an instance of the vault says. */
    void vault(VaultHolding holding) {
        holdings.add(holding);
    }

    /**
     * Says that the ledger no longer holds its beginning: what was admitted before an instant is not there to be counted.
     *
     * @param firstTimestamp of the first record that is there, milliseconds since the epoch
     * @param maxFuture how far ahead of its admission a lookup may be dated
     */
    void ledgerBegins(long firstTimestamp, Duration maxFuture) {
        recountableFrom = firstTimestamp + maxFuture.toMillis();
        if (recountableFrom > cutoff.at(now)) {
            doubts.add(
                    "The ledger begins with what was admitted at " + Instants.format(firstTimestamp)
                            + ", but what was looked up since " + Instants.format(cutoff.at(now))
                            + " is not due yet: if anything was admitted between, the brokers have lost it (lookback topics check)");
        }
    }

    /** Takes a record of the ledger, in order. */
    void ledger(long offset, byte[] key, boolean tombstone) {
        countUpTo(offset);
        if (LedgerKey.isProgress(key)) {
            return;
        }
        AuditedBucket bucket = bucket(LedgerKey.bucket(key), false);
        if (tombstone) {
            bucket.tombstone(key, offset, erasures);
        } else {
            bucket.put(key, offset);
        }
    }

    /** Takes a receipt that came after the ledger was read: it can explain tombstones, no more. */
    void laterReceipt(ExpiryReceipt receipt) {
        bucket(receipt.getBucket(), false).explain(receipt);
    }

    private AuditedBucket bucket(long number, boolean hasReceipt) {
        AuditedBucket known = buckets.get(number);
        if (known != null) {
            return known;
        }
        long dueAt = Scope.dueAt(number, retentionClass, cutoff);
        Scope.Attention attention = scope.to(number, dueAt, hasReceipt || dueAt <= now);
        AuditedBucket made = new AuditedBucket(number, dueAt, attention, fingerprint, findings);
        buckets.put(number, made);
        return made;
    }

    // ---- counting on the way

    private void countUpTo(long offset) {
        List<Point> all = points;
        if (all == null) {
            all = points();
            points = all;
        }
        while (nextPoint < all.size() && all.get(nextPoint).position <= offset) {
            all.get(nextPoint++).count.run();
        }
    }

    private List<Point> points() {
        List<Point> all = new ArrayList<>();
        for (AuditedBucket bucket : buckets.values()) {
            if (isRecountable(bucket)) {
                bucket.opened()
                        .forEach(
                                opened -> all.add(new Point(opened.getLedgerPosition(), () -> bucket.recount(opened))));
            }
        }
        for (VaultHolding holding : holdings) {
            if (holding.position() < 0) {
                doubts.add(
                        "The vault reads again what it had read before a crash, so it was not held against the ledger;"
                                + " ask it again later");
            } else {
                all.add(new Point(holding.position(), () -> compare(holding)));
            }
        }
        all.sort(Comparator.comparingLong(Point::position));
        return all;
    }

    private boolean isRecountable(AuditedBucket bucket) {
        return bucket.start(retentionClass.bucketWidth()) >= recountableFrom;
    }

    /** Holds what the vault had at this position against what the ledger shows there. */
    private void compare(VaultHolding holding) {
        TreeSet<Long> numbers = new TreeSet<>(holding.buckets().keySet());
        numbers.addAll(buckets.keySet());
        for (long number : numbers) {
            AuditedBucket bucket = bucket(number, false);
            BucketRows rows = bucket.rows();
            if (rows == null) {
                continue;
            }
            long held = holding.buckets().getOrDefault(number, 0L);
            if (!isRecountable(bucket)) {
                if (held > rows.live() && now - bucket.dueAt() > allowanceMillis) {
                    findings.add(number, "the vault still held " + held + " rows, which are overdue");
                }
                continue;
            }
            compared++;
            if (held != rows.live()) {
                findings.add(
                        number,
                        "at ledger position " + holding.position() + " the vault held " + held
                                + " rows; the ledger had " + rows.live());
            } else if (holding.fingerprints().getOrDefault(number, 0L) != rows.fingerprint()) {
                findings.add(
                        number,
                        "at ledger position " + holding.position() + " the vault did not hold the ledger's rows");
            }
        }
    }

    // ---- the end

    /** Says what came of it. */
    Result finish() {
        countUpTo(Long.MAX_VALUE);
        List<BucketAudit> judged = buckets.values().stream()
                .map(bucket -> bucket.finish(now, allowanceMillis, isRecountable(bucket)))
                .filter(audit -> !audit.isEmpty())
                .sorted(Comparator.comparingLong(BucketAudit::bucket))
                .toList();
        return new Result(
                retentionClass.name(),
                partition,
                judged,
                findings.listed(),
                findings.unlisted(),
                List.copyOf(doubts),
                compared);
    }
}
