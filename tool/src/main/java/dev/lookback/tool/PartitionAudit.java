package dev.lookback.tool;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Checks the promise to forget in one partition of one ledger, from what its topics say alone: every receipt is counted
 * again from the ledger, and every row that is still there is held against its deadline. Fed with the partition's
 * receipts first, then with the ledger's records in order, then with the receipts that have come since, then asked to
 * {@link #finish}.
 *
 * <p>Holds the keys of all live rows in memory: about 150 bytes each.
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

    /** Something that breaks the promise. Names no handle: keys hold tokens. */
    record Finding(String retentionClass, int partition, long offset, long bucket, String what) {
        /** Of a finding that no record of the ledger stands for. */
        static final long NO_OFFSET = -1;

        @Override
        public String toString() {
            return retentionClass + "/" + partition + (offset == NO_OFFSET ? "" : ", offset " + offset) + ", bucket "
                    + bucket + ": " + what;
        }
    }

    /**
     * What a partition comes to.
     *
     * @param live rows in the ledger without a tombstone
     * @param forgotten rows in the receipts that are closed
     * @param receipts receipts, each bucket and sequence once
     * @param recounted how many of them were counted again
     * @param pending receipts open for no longer than allowed
     */
    record Result(
            String retentionClass,
            int partition,
            long live,
            long forgotten,
            int receipts,
            int recounted,
            int pending,
            List<Finding> findings) {
        /** The same with more findings. */
        Result with(List<Finding> more) {
            List<Finding> all = new ArrayList<>(findings);
            all.addAll(more);
            return new Result(retentionClass, partition, live, forgotten, receipts, recounted, pending, all);
        }
    }

    private record ReceiptId(long bucket, int sequence) {}

    private static final class Receipt {
        private final ExpiryReceipt opened;
        private boolean closed;

        private Receipt(ExpiryReceipt opened) {
            this.opened = opened;
        }
    }

    private final RetentionClass retentionClass;
    private final int partition;
    private final Cutoff cutoff;
    private final Erasures erasures;
    private final long now;
    private final long allowanceMillis;

    private final Map<ReceiptId, Receipt> receipts = new HashMap<>();
    private final Map<Long, Long> covered = new HashMap<>(); // bucket -> least ledger position of its receipts
    private final NavigableMap<Long, NavigableMap<byte[], Long>> live = new TreeMap<>(); // bucket -> key -> offset
    private final List<Finding> findings = new ArrayList<>();
    private final List<Finding> unexplained = new ArrayList<>(); // tombstones without a receipt so far
    private List<Receipt> toRecount = List.of();
    private int next;
    private int recounted;
    private long recountableFrom = Long.MIN_VALUE;
    private boolean begun;

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
            Erasures erasures,
            long now,
            Duration allowance) {
        this.retentionClass = retentionClass;
        this.partition = partition;
        this.cutoff = cutoff;
        this.erasures = erasures;
        this.now = now;
        this.allowanceMillis = allowance.toMillis();
    }

    /** Takes a receipt, in the order of the topic. */
    void receipt(ExpiryReceipt receipt) {
        ReceiptId id = new ReceiptId(receipt.getBucket(), receipt.getSequence());
        Receipt known = receipts.get(id);
        if (receipt.getPhase() == ReceiptPhase.OPENED) {
            if (known == null) { // of several the first counts
                receipts.put(id, new Receipt(receipt));
                covered.merge(receipt.getBucket(), receipt.getLedgerPosition(), Math::min);
                if (cutoff.reaches(receipt.getBucketEnd().toEpochMilli() - 1)
                        > receipt.getOpenedAt().toEpochMilli()) {
                    find(receipt, "opened before the bucket was due");
                }
            }
        } else if (known == null) {
            find(receipt, "closed, but never opened");
        } else {
            known.closed = true;
            if (receipt.getRows() != known.opened.getRows()
                    || !receipt.getKeysSha256().equals(known.opened.getKeysSha256())) {
                find(receipt, "closed with other rows than it was opened with");
            }
        }
    }

    /**
     * Says that the ledger no longer holds its beginning: what was admitted before an instant is not there to be counted.
     *
     * @param firstTimestamp of the first record that is there, milliseconds since the epoch
     * @param maxFuture how far ahead of its admission a lookup may be dated
     */
    void ledgerBegins(long firstTimestamp, Duration maxFuture) {
        recountableFrom = firstTimestamp + maxFuture.toMillis();
    }

    /** Takes a record of the ledger, in order. */
    void ledger(long offset, byte[] key, boolean tombstone) {
        begin();
        recountUpTo(offset);
        if (LedgerKey.isProgress(key)) {
            return;
        }
        long bucket = LedgerKey.bucket(key);
        if (!tombstone) {
            live.computeIfAbsent(bucket, each -> new TreeMap<>(Arrays::compareUnsigned))
                    .put(key, offset);
            return;
        }
        NavigableMap<byte[], Long> rows = live.get(bucket);
        boolean wasLive = rows != null && rows.remove(key) != null;
        if (wasLive && covered.getOrDefault(bucket, Long.MAX_VALUE) > offset && !erasures.explain(key, offset)) {
            unexplained.add(new Finding(
                    retentionClass.name(), partition, offset, bucket, "forgotten without a receipt opened before"));
        }
        if (rows != null && rows.isEmpty()) {
            live.remove(bucket);
        }
    }

    /** Takes a receipt that came after the ledger was read: it can explain tombstones, no more. */
    void laterReceipt(ExpiryReceipt receipt) {
        covered.merge(receipt.getBucket(), receipt.getLedgerPosition(), Math::min);
    }

    /** Says what came of it. */
    Result finish() {
        begin();
        recountUpTo(Long.MAX_VALUE);
        int pending = 0;
        long forgotten = 0;
        for (Receipt receipt : receipts.values()) {
            if (receipt.closed) {
                forgotten += receipt.opened.getRows();
                checkGone(receipt.opened);
            } else if (receipt.opened.getOpenedAt().toEpochMilli() + allowanceMillis < now) {
                find(receipt.opened, "opened, but not closed in time");
            } else {
                pending++;
            }
        }
        checkDeadlines();
        unexplained.stream()
                .filter(each -> covered.getOrDefault(each.bucket(), Long.MAX_VALUE) > each.offset())
                .forEach(findings::add);
        long rows = live.values().stream().mapToLong(Map::size).sum();
        findings.sort(Comparator.comparingLong(Finding::bucket).thenComparingLong(Finding::offset));
        return new Result(
                retentionClass.name(),
                partition,
                rows,
                forgotten,
                receipts.size(),
                recounted,
                pending,
                List.copyOf(findings));
    }

    private void begin() {
        if (!begun) {
            begun = true;
            toRecount = receipts.values().stream()
                    .filter(receipt -> receipt.opened.getBucketStart().toEpochMilli() >= recountableFrom)
                    .sorted(Comparator.comparingLong(receipt -> receipt.opened.getLedgerPosition()))
                    .toList();
        }
    }

    /** Counts the receipts that cover the ledger up to an offset (exclusive) or less. */
    private void recountUpTo(long offset) {
        while (next < toRecount.size() && toRecount.get(next).opened.getLedgerPosition() <= offset) {
            ExpiryReceipt receipt = toRecount.get(next++).opened;
            recounted++;
            Set<byte[]> keys = live.containsKey(receipt.getBucket())
                    ? live.get(receipt.getBucket()).keySet()
                    : new HashSet<>();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            keys.forEach(all::writeBytes);
            if (keys.size() != receipt.getRows()) {
                find(receipt, "states " + receipt.getRows() + " rows; the ledger had " + keys.size());
            } else if (!Arrays.equals(
                    Sha256.of(all.toByteArray()), receipt.getKeysSha256().bytes())) {
                find(receipt, "its digest is not that of the ledger's rows");
            }
        }
    }

    private void checkGone(ExpiryReceipt closed) {
        NavigableMap<byte[], Long> rows = live.get(closed.getBucket());
        if (rows == null) {
            return;
        }
        rows.values().stream()
                .filter(offset -> offset < closed.getLedgerPosition())
                .forEach(offset -> findings.add(new Finding(
                        retentionClass.name(),
                        partition,
                        offset,
                        closed.getBucket(),
                        "still there although its receipt is closed")));
    }

    private void checkDeadlines() {
        live.forEach((bucket, rows) -> {
            long end = LedgerKey.bucketStart(bucket + 1, retentionClass.bucketWidth());
            long overdue = now - cutoff.reaches(end - 1) - allowanceMillis;
            if (overdue > 0) {
                rows.values()
                        .forEach(offset -> findings.add(new Finding(
                                retentionClass.name(),
                                partition,
                                offset,
                                bucket,
                                "overdue by " + Duration.ofMillis(overdue) + " beyond the allowance")));
            }
        });
    }

    private void find(ExpiryReceipt receipt, String what) {
        findings.add(new Finding(
                retentionClass.name(),
                partition,
                Finding.NO_OFFSET,
                receipt.getBucket(),
                "receipt " + receipt.getSequence() + " " + what));
    }
}
