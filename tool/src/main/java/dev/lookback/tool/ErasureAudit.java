package dev.lookback.tool;

import dev.lookback.erasure.Barrier;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks in one partition of one ledger that erasures were carried out: counts every receipt again from the ledger, looks
 * for rows that a closed one left behind, and explains the tombstones of erasures to the {@link PartitionAudit}. Fed with
 * the receipts that are there once the end of the ledger is fixed (orders go out behind their receipt, so none is
 * missing), then with the ledger's records in order, each after the partition's audit has taken it.
 *
 * <p>Holds the keys of rows that an erasure covers in memory, no others.
 */
final class ErasureAudit implements PartitionAudit.Erasures {
    private final String retentionClass;
    private final int partition;
    private final Duration bucketWidth;
    private final QueriedToken queriedToken;
    private final long now;
    private final long allowanceMillis;
    private final List<Case> cases = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private @Nullable List<ErasureReceipt> toRecount;
    private int next;
    private long recountableFrom = Long.MIN_VALUE;

    /** Looks into a row of the ledger. */
    interface QueriedToken {
        /** The token of the handle that was asked about; empty if the row cannot be read any more. */
        OptionalLong of(byte[] key, byte[] value);
    }

    /** One erasure, as this partition shows it. */
    private static final class Case {
        private final Barrier barrier;
        private final NavigableMap<byte[], Long> live = new TreeMap<>(Arrays::compareUnsigned); // key -> offset
        private final NavigableSet<byte[]> gone =
                new TreeSet<>(Arrays::compareUnsigned); // their tombstones may come again
        private final Map<Integer, ErasureReceipt> opened = new TreeMap<>();
        private final Map<Integer, ErasureReceipt> closed = new HashMap<>();
        /** Of the buckets before this one, some rows are encrypted under a key that has been destroyed. */
        private long readableFrom;
        /** Tombstones there that were taken for its own. */
        private final Set<ByteBuffer> believed = new HashSet<>();

        private Case(Barrier barrier) {
            this.barrier = barrier;
        }

        /** Whether nobody can tell any more, its bucket's key being destroyed; for as many rows as the receipts state. */
        private boolean mayHaveCovered(byte[] key) {
            if (LedgerKey.bucket(key) >= readableFrom || LedgerKey.occurredAt(key) > barrier.instant()) {
                return false;
            }
            long stated =
                    opened.values().stream().mapToLong(ErasureReceipt::getRows).sum();
            ByteBuffer row = ByteBuffer.wrap(key);
            return believed.contains(row) || (believed.size() + gone.size() < stated && believed.add(row));
        }
    }

    /**
     * An audit.
     *
     * @param barriers the sound erasures
     * @param queriedToken from a row, the token of the handle that was asked about
     * @param now milliseconds since the epoch
     * @param allowance how long an erasure may take
     */
    ErasureAudit(
            String retentionClass,
            int partition,
            Duration bucketWidth,
            List<Barrier> barriers,
            QueriedToken queriedToken,
            long now,
            Duration allowance) {
        this.retentionClass = retentionClass;
        this.partition = partition;
        this.bucketWidth = bucketWidth;
        this.queriedToken = queriedToken;
        this.now = now;
        this.allowanceMillis = allowance.toMillis();
        barriers.forEach(each -> cases.add(new Case(each)));
    }

    /** Takes a receipt, in the order of the topic. */
    void receipt(ErasureReceipt receipt) {
        if (!receipt.getRetentionClass().equals(retentionClass) || receipt.getPartition() != partition) {
            return;
        }
        for (Case each : cases) {
            if (each.barrier.id().equals(receipt.getErasureId())) {
                (receipt.getPhase() == ReceiptPhase.OPENED ? each.opened : each.closed)
                        .putIfAbsent(receipt.getSequence(), receipt);
                return;
            }
        }
        // Of an erasure that is no longer on record, or never was: it explains nothing.
    }

    @Override
    public boolean explain(byte[] key, long offset) {
        return cases.stream()
                .anyMatch(each -> (each.live.containsKey(key) || each.gone.contains(key) || each.mayHaveCovered(key))
                        && each.opened.values().stream().anyMatch(receipt -> receipt.getLedgerPosition() <= offset));
    }

    /** Takes a record of the ledger, in order. */
    void ledger(long offset, byte[] key, byte @Nullable [] value) {
        recountUpTo(offset);
        if (LedgerKey.isProgress(key)) {
            return;
        }
        for (Case each : cases) {
            if (value == null) {
                if (each.live.remove(key) != null) {
                    each.gone.add(key);
                }
            } else if (covers(each, key, value)) {
                each.live.put(key, offset);
            }
        }
    }

    private boolean covers(Case of, byte[] key, byte[] value) {
        Barrier barrier = of.barrier;
        if (LedgerKey.occurredAt(key) > barrier.instant()) {
            return false;
        }
        if (barrier.coversRequesters() && LedgerKey.token(key) == barrier.token()) {
            return true;
        }
        if (!barrier.coversQueried()) {
            return false;
        }
        OptionalLong queried = queriedToken.of(key, value);
        if (queried.isEmpty()) {
            of.readableFrom = Math.max(of.readableFrom, LedgerKey.bucket(key) + 1);
        }
        return queried.isPresent() && queried.getAsLong() == barrier.token();
    }

    /** As for the {@link PartitionAudit}: receipts that reach further back are not counted again. */
    void ledgerBegins(long firstTimestamp, Duration maxFuture) {
        recountableFrom = Math.max(recountableFrom, firstTimestamp + maxFuture.toMillis());
    }

    /** Says that only a part of the ledger is read: then no receipt can be counted again. */
    void seesOnlyAPart() {
        recountableFrom = Long.MAX_VALUE;
    }

    /** Says what is wrong. */
    List<Finding> finish() {
        recountUpTo(Long.MAX_VALUE);
        for (Case each : cases) {
            boolean late = each.barrier.instant() + allowanceMillis < now;
            if (late && each.opened.isEmpty() && !each.live.isEmpty()) {
                findings.add(finding(
                        each.live.firstEntry().getValue(),
                        LedgerKey.bucket(each.live.firstKey()),
                        "erasure " + each.barrier.id() + " has no receipt, and " + each.live.size()
                                + " rows are still there"));
            }
            each.closed.forEach((sequence, closed) -> checkClosed(each, closed));
            each.opened.forEach((sequence, opened) -> {
                if (!each.closed.containsKey(sequence) && opened.getOpenedAt().toEpochMilli() + allowanceMillis < now) {
                    find(Finding.NO_OFFSET, 0, opened, "opened, but not closed in time");
                }
            });
        }
        return List.copyOf(findings);
    }

    private void checkClosed(Case of, ErasureReceipt closed) {
        ErasureReceipt opened = of.opened.get(closed.getSequence());
        if (opened == null) {
            find(Finding.NO_OFFSET, 0, closed, "closed, but never opened");
            return;
        }
        if (opened.getRows() != closed.getRows() || !opened.getKeysSha256().equals(closed.getKeysSha256())) {
            find(Finding.NO_OFFSET, 0, closed, "closed with other rows than it was opened with");
        }
        of.live.forEach((key, offset) -> {
            if (offset < opened.getLedgerPosition() && LedgerKey.bucket(key) >= opened.getFromBucket()) {
                find(offset, LedgerKey.bucket(key), opened, "closed, but this row is still there");
            }
        });
    }

    private void recountUpTo(long offset) {
        List<ErasureReceipt> all = toRecount;
        if (all == null) {
            all = cases.stream()
                    .flatMap(each -> each.opened.values().stream())
                    .sorted(Comparator.comparingLong(ErasureReceipt::getLedgerPosition))
                    .toList();
            toRecount = all;
        }
        while (next < all.size() && all.get(next).getLedgerPosition() <= offset) {
            ErasureReceipt opened = all.get(next++);
            cases.stream()
                    .filter(each -> each.barrier.id().equals(opened.getErasureId()))
                    .forEach(each -> recount(each, opened));
        }
    }

    private void recount(Case of, ErasureReceipt opened) {
        if (opened.getFromBucket() < of.readableFrom
                || LedgerKey.bucketStart(opened.getFromBucket(), bucketWidth) < recountableFrom) {
            return;
        }
        MessageDigest digest = sha256();
        long rows = 0;
        for (byte[] key : of.live.keySet()) {
            if (LedgerKey.bucket(key) >= opened.getFromBucket()) {
                digest.update(key);
                rows++;
            }
        }
        if (rows != opened.getRows()) {
            find(
                    Finding.NO_OFFSET,
                    opened.getFromBucket(),
                    opened,
                    "states " + opened.getRows() + " rows; the ledger had " + rows);
        } else if (!Arrays.equals(digest.digest(), opened.getKeysSha256().bytes())) {
            find(
                    Finding.NO_OFFSET,
                    opened.getFromBucket(),
                    opened,
                    "has a digest that is not that of the ledger's rows");
        }
    }

    private void find(long offset, long bucket, ErasureReceipt receipt, String what) {
        findings.add(finding(
                offset,
                bucket,
                "receipt " + receipt.getSequence() + " of erasure " + receipt.getErasureId() + " " + what));
    }

    private Finding finding(long offset, long bucket, String what) {
        return new Finding(retentionClass, partition, offset, bucket, what);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
