package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Forgets the due buckets of one class in one partition: counts the rows, opens a receipt, orders their tombstones once
 * the receipt has been read back, and closes it once the last tombstone has. It never deletes a row itself.
 *
 * <p>Everything it must remember lies in the receipts, so a crash anywhere repeats an order or a receipt, which changes
 * nothing. Several buckets are under way at once; each turn is bounded and goes on where the last one stopped.
 */
final class Sweeper {
    /** Where the sweeper's receipts and orders go. */
    interface Out {
        void receipt(String key, ExpiryReceipt receipt);

        void order(String key, ExpiryOrder order);

        /** The orders of a bucket are about to be sent again: its tombstones have not come back. */
        void repeated();
    }

    /**
     * What is there to forget.
     *
     * @param oldestBucket the oldest bucket that holds a row, due or not; MAX_VALUE if none does
     * @param dueBuckets buckets under way, and the width of what has not been begun
     * @param dueRows rows in them; a bucket under way counts whole, what has not been begun is an estimate
     * @param storedRows an estimate of all rows
     * @param notOpened buckets under way that have not had an opened receipt for {@link #RECEIPT_PATIENCE} repeats
     * @param notClosed receipts that have been open for so long
     */
    record Backlog(long oldestBucket, long dueBuckets, long dueRows, long storedRows, int notOpened, int notClosed) {}

    /** Who may still need a bucket. */
    interface Guard {
        /** Whether a bucket from start (inclusive) to end (exclusive), due at dueAt, must wait; milliseconds. */
        boolean holdsBack(long start, long end, long dueAt);
    }

    private final RetentionClass retentionClass;
    private final Duration width;
    private final int partition;
    private final VaultStore mirror;
    private final KeyValueStore<String, ExpiryReceipt> receipts;
    private final VaultSettings settings;
    private final Out out;

    private final NavigableMap<Long, OpenBucket> open = new TreeMap<>();
    private boolean receiptsRead;
    private long scanFrom;
    private long waitingSince = Long.MAX_VALUE;
    private int ordersUnderWay;

    Sweeper(
            RetentionClass retentionClass,
            int partition,
            VaultStore mirror,
            KeyValueStore<String, ExpiryReceipt> receipts,
            VaultSettings settings,
            Out out) {
        this.retentionClass = retentionClass;
        this.width = retentionClass.bucketWidth();
        this.partition = partition;
        this.mirror = mirror;
        this.receipts = receipts;
        this.settings = settings;
        this.out = out;
    }

    /** The key under which the receipts store holds the latest receipt of a bucket. */
    static String storeKey(String retentionClass, long bucket) {
        return retentionClass + "/" + bucket;
    }

    /** One turn. */
    void sweep(long now, Cutoff cutoff, Guard guard, WorkBudget budget) {
        if (mirror.isReplaying()) {
            return;
        }
        if (!receiptsRead) {
            resumeOpenReceipts();
            receiptsRead = true;
        }
        admitDue(now, cutoff, guard, budget);
        for (OpenBucket bucket : new ArrayList<>(open.values())) {
            if (budget.spent()) {
                return;
            }
            if (bucket.step(now, cutoff, budget)) {
                open.remove(bucket.bucket);
                if (bucket.revisit) {
                    scanFrom = Math.min(scanFrom, bucket.bucket);
                }
            }
        }
    }

    /** Lets go of what a turn held on to, for it may be long until the next. What was counted is counted again. */
    void pause() {
        open.values().forEach(OpenBucket::stopCounting);
    }

    RetentionClass retentionClass() {
        return retentionClass;
    }

    /** Buckets that are due and not forgotten yet, as far as they are under way. */
    int openBuckets() {
        return open.size();
    }

    /** Since when (due time of the first such bucket) a bucket has waited for searches; MAX_VALUE if none does. */
    long waitingSince() {
        return waitingSince;
    }

    /**
     * Looks at what is there to forget: one seek, to where the last turn stopped, so it never walks what was deleted;
     * counts no row. For figures, about once a second.
     */
    Backlog backlog(long now, Cutoff cutoff) {
        long patience = RECEIPT_PATIENCE * settings.orderRepeat().toMillis();
        long oldest = Long.MAX_VALUE;
        long dueBuckets = 0;
        long dueRows = 0;
        try (RowIterator rows = mirror.rows(LedgerKey.bucketPrefix(scanFrom), LedgerKey.PROGRESS_BUCKET)) {
            if (rows.valid()) {
                oldest = LedgerKey.bucket(rows.key());
            }
        }
        long end = firstNotDue(now, cutoff);
        if (oldest < end) {
            dueBuckets = end - oldest;
            dueRows = mirror.estimatedRows(oldest, end);
        }
        int notOpened = 0;
        int notClosed = 0;
        for (OpenBucket each : open.headMap(oldest).values()) {
            dueBuckets++;
            dueRows += each.rows;
        }
        for (OpenBucket each : open.values()) {
            if (each.since != NEVER && now - each.since > patience) {
                if (each.isOpened()) {
                    notClosed++;
                } else {
                    notOpened++;
                }
            }
        }
        oldest = open.isEmpty() ? oldest : Math.min(oldest, open.firstKey());
        return new Backlog(oldest, dueBuckets, dueRows, mirror.estimatedRows(), notOpened, notClosed);
    }

    void close() {
        open.values().forEach(OpenBucket::stopCounting);
        open.clear();
        ordersUnderWay = 0;
    }

    private void resumeOpenReceipts() {
        try (KeyValueIterator<String, ExpiryReceipt> all = receipts.all()) {
            while (all.hasNext()) {
                KeyValue<String, ExpiryReceipt> each = all.next();
                if (each.value.getPhase() == ReceiptPhase.OPENED
                        && each.value.getRetentionClass().equals(retentionClass.name())) {
                    long bucket = each.value.getBucket();
                    open.put(bucket, new OpenBucket(bucket));
                }
            }
        }
    }

    private void admitDue(long now, Cutoff cutoff, Guard guard, WorkBudget budget) {
        scanFrom = Math.min(scanFrom, mirror.takeLowestPut());
        waitingSince = Long.MAX_VALUE;
        long end = firstNotDue(now, cutoff);
        while (scanFrom < end && open.size() < settings.openBuckets() && !budget.spent()) {
            long bucket;
            try (RowIterator rows = mirror.rows(LedgerKey.bucketPrefix(scanFrom), end)) {
                if (!rows.valid()) {
                    scanFrom = end;
                    return;
                }
                bucket = LedgerKey.bucket(rows.key());
            }
            scanFrom = bucket;
            OpenBucket underWay = open.get(bucket);
            if (underWay != null) {
                underWay.revisit = true; // what brought us here may have come after its count
            } else {
                long bucketEnd = LedgerKey.bucketStart(bucket + 1, width);
                long dueAt = cutoff.reaches(bucketEnd - 1);
                if (guard.holdsBack(LedgerKey.bucketStart(bucket, width), bucketEnd, dueAt)) {
                    waitingSince = dueAt;
                    return;
                }
                open.put(bucket, new OpenBucket(bucket));
            }
            scanFrom = bucket + 1;
        }
    }

    private long firstNotDue(long now, Cutoff cutoff) {
        long bucket = LedgerKey.bucketOf(cutoff.at(now) + 1, width);
        return Math.max(0, Math.min(bucket, LedgerKey.PROGRESS_BUCKET));
    }

    private enum Phase {
        /** Finding out what is there to forget. */
        COUNTING,
        /** The opened receipt is on its way. */
        OPENING,
        /** Orders are going out. */
        ORDERING,
        /** Tombstones are coming back. */
        WAITING,
        /** The closed receipt is on its way. */
        CLOSING
    }

    /** A bucket on its way out. */
    private final class OpenBucket {
        private final long bucket;
        private Phase phase = Phase.COUNTING;
        private int sequence;
        private long ledgerPosition;
        private @Nullable RowIterator counting;
        private MessageDigest digest = BucketCounts.sha256();
        private long rows;
        /** Up to where orders have gone out. */
        private byte[] ordered;
        /** Before it nothing is left that was ordered away: it never moves back, so no seek walks all that was deleted. */
        private byte[] returned;
        /** The last key of each order whose tombstones have not all come back. */
        private final Deque<byte[]> underWay = new ArrayDeque<>();

        private long lastProgress;
        private boolean revisit;
        /** When the bucket's turn came, or, once that has been read back, when its receipt was opened. */
        private long since = NEVER;

        OpenBucket(long bucket) {
            this.bucket = bucket;
            this.ordered = LedgerKey.bucketPrefix(bucket);
            this.returned = ordered;
            ExpiryReceipt latest = latest();
            if (latest != null && latest.getPhase() == ReceiptPhase.OPENED) {
                resume(latest);
            } else {
                sequence = latest == null ? 0 : latest.getSequence() + 1;
            }
        }

        /** One turn; true when the bucket is done with. */
        boolean step(long now, Cutoff cutoff, WorkBudget budget) {
            if (since == NEVER) {
                since = now;
            }
            switch (phase) {
                case COUNTING -> {
                    return count(now, cutoff, budget);
                }
                case OPENING -> {
                    ExpiryReceipt latest = latest();
                    if (latest != null && latest.getSequence() == sequence) {
                        resume(latest);
                        order(now, budget);
                    } else if (now - lastProgress > settings.orderRepeat().toMillis()) {
                        phase = Phase.COUNTING;
                    }
                }
                case ORDERING -> {
                    order(now, budget);
                    follow(now, budget); // little by little: in the end it would be one seek over millions of deletes
                }
                case WAITING -> await(now, cutoff, budget);
                case CLOSING -> {
                    ExpiryReceipt latest = latest();
                    if (latest != null && latest.getPhase() == ReceiptPhase.CLOSED) {
                        return true;
                    }
                    if (now - lastProgress > settings.orderRepeat().toMillis()) {
                        phase = Phase.WAITING;
                    }
                }
            }
            return false;
        }

        boolean isOpened() {
            return switch (phase) {
                case COUNTING, OPENING -> false;
                case ORDERING, WAITING, CLOSING -> true;
            };
        }

        private @Nullable ExpiryReceipt latest() {
            return receipts.get(storeKey(retentionClass.name(), bucket));
        }

        private void resume(ExpiryReceipt opened) {
            sequence = opened.getSequence();
            ledgerPosition = opened.getLedgerPosition();
            rows = opened.getRows();
            since = opened.getOpenedAt().toEpochMilli();
            ordered = LedgerKey.bucketPrefix(bucket);
            returned = ordered;
            phase = Phase.ORDERING;
        }

        private boolean count(long now, Cutoff cutoff, WorkBudget budget) {
            RowIterator iterator = counting;
            if (iterator == null) {
                ledgerPosition = mirror.position();
                digest = BucketCounts.sha256();
                rows = 0;
                // Stays open over several turns: it sees the mirror as it was at this position, whatever comes in.
                iterator = mirror.rows(LedgerKey.bucketPrefix(bucket), bucket + 1);
                counting = iterator;
            }
            for (int i = 0; iterator.valid(); i++) {
                if (i == settings.sliceRows() || (i % CHECK_EVERY == CHECK_EVERY - 1 && budget.spent())) {
                    return false;
                }
                digest.update(iterator.key());
                rows++;
                iterator.next();
            }
            stopCounting();
            if (rows == 0) {
                return true;
            }
            out.receipt(topicKey(), receipt(ReceiptPhase.OPENED, now, cutoff));
            phase = Phase.OPENING;
            lastProgress = now;
            return false;
        }

        private void stopCounting() {
            RowIterator iterator = counting;
            if (iterator != null) {
                iterator.close();
                counting = null;
            }
        }

        /** Whether, after a restart, rows that the receipt counts have not been read again yet. */
        private boolean isBehind() {
            return mirror.position() < ledgerPosition;
        }

        private void order(long now, WorkBudget budget) {
            if (isBehind()) {
                return;
            }
            List<byte[]> keys = new ArrayList<>(settings.orderKeys());
            try (RowIterator iterator = mirror.rows(ordered, bucket + 1)) {
                for (int i = 0; iterator.valid() && i < settings.sliceRows(); i++) {
                    if (keys.isEmpty() && (ordersUnderWay >= ORDERS_UNDER_WAY || budget.spent())) {
                        return;
                    }
                    byte[] key = iterator.key();
                    if (iterator.ledgerOffset() < ledgerPosition) {
                        keys.add(key);
                    }
                    iterator.next();
                    ordered = successor(key);
                    if (keys.size() == settings.orderKeys()) {
                        send(keys, now);
                    }
                }
                send(keys, now);
                if (iterator.valid()) {
                    return;
                }
            }
            phase = Phase.WAITING;
            lastProgress = now;
        }

        private void send(List<byte[]> keys, long now) {
            if (keys.isEmpty()) {
                return;
            }
            ByteBuffer bytes = ByteBuffer.allocate(keys.size() * LedgerKey.LENGTH);
            keys.forEach(bytes::put);
            underWay.add(keys.get(keys.size() - 1));
            ordersUnderWay++;
            lastProgress = now;
            keys.clear();
            out.order(
                    topicKey(),
                    ExpiryOrder.newBuilder()
                            .setRetentionClass(retentionClass.name())
                            .setBucket(bucket)
                            .setSequence(sequence)
                            .setLedgerKeys(bytes.flip())
                            .setOrderedAt(Instant.ofEpochMilli(now))
                            .build());
        }

        private void await(long now, Cutoff cutoff, WorkBudget budget) {
            if (!follow(now, budget)) {
                return;
            }
            ExpiryReceipt opened = latest();
            if (opened == null || opened.getSequence() != sequence) {
                throw new IllegalStateException("An open receipt has gone from the store");
            }
            out.receipt(topicKey(), closed(opened, now));
            phase = Phase.CLOSING;
            lastProgress = now;
        }

        /** Sees how far the tombstones have come back, and has what does not come ordered again; true if all have. */
        private boolean follow(long now, WorkBudget budget) {
            if (isBehind()) {
                return false;
            }
            byte[] before = returned;
            boolean all = allReturned(budget);
            while (!underWay.isEmpty() && (all || Arrays.compareUnsigned(underWay.element(), returned) < 0)) {
                underWay.remove();
                ordersUnderWay--;
            }
            if (!Arrays.equals(before, returned)) {
                lastProgress = now;
            } else if (!underWay.isEmpty()
                    && now - lastProgress > settings.orderRepeat().toMillis()) {
                phase = Phase.ORDERING;
                ordered = returned;
                ordersUnderWay -= underWay.size();
                underWay.clear();
                out.repeated();
            }
            return all;
        }

        /** Whether every tombstone has come back. They come in the order of the keys, so the look goes on where it was. */
        private boolean allReturned(WorkBudget budget) {
            try (RowIterator iterator = mirror.rows(returned, bucket + 1)) {
                for (int i = 0; iterator.valid(); i++) {
                    byte[] key = iterator.key();
                    boolean left = iterator.ledgerOffset() < ledgerPosition;
                    revisit |= !left; // it came after the count
                    if (left || i == settings.sliceRows() || (i % CHECK_EVERY == CHECK_EVERY - 1 && budget.spent())) {
                        returned = key;
                        return false;
                    }
                    iterator.next();
                }
            }
            return true;
        }

        private ExpiryReceipt receipt(ReceiptPhase receiptPhase, long now, Cutoff cutoff) {
            long bucketEnd = LedgerKey.bucketStart(bucket + 1, width);
            return ExpiryReceipt.newBuilder()
                    .setPhase(receiptPhase)
                    .setRetentionClass(retentionClass.name())
                    .setPartition(partition)
                    .setBucket(bucket)
                    .setSequence(sequence)
                    .setBucketStart(Instant.ofEpochMilli(LedgerKey.bucketStart(bucket, width)))
                    .setBucketEnd(Instant.ofEpochMilli(bucketEnd))
                    .setDueAt(Instant.ofEpochMilli(cutoff.reaches(bucketEnd - 1)))
                    .setLedgerPosition(ledgerPosition)
                    .setRows(rows)
                    .setKeysSha256(new Sha256(digest.digest()))
                    .setOpenedAt(Instant.ofEpochMilli(now))
                    .setPolicyVersion(cutoff.policyVersion(now))
                    .build();
        }

        private ExpiryReceipt closed(ExpiryReceipt opened, long now) {
            long since = sequence == 0
                    ? opened.getDueAt().toEpochMilli()
                    : Math.max(
                            opened.getDueAt().toEpochMilli(),
                            opened.getOpenedAt().toEpochMilli());
            return ExpiryReceipt.newBuilder(opened)
                    .setPhase(ReceiptPhase.CLOSED)
                    .setClosedAt(Instant.ofEpochMilli(now))
                    .setLatenessMillis(now - since)
                    .build();
        }

        private String topicKey() {
            return retentionClass.name() + "/" + partition + "/" + bucket;
        }
    }

    /** How many rows may pass between two looks at the clock. */
    private static final int CHECK_EVERY = 256;

    /**
     * The most orders of a class and partition that are out at the same time. Lookups that arrive stand behind all
     * tombstones that are in the ledger already, and so does every search, which waits for them. So many orders are
     * enough for 100,000 rows/s and partition if tombstones take a quarter of a second to come back.
     */
    private static final int ORDERS_UNDER_WAY = 50;

    /** After so many times {@code vault.order.repeat} a receipt that has not come is missing. */
    private static final int RECEIPT_PATIENCE = 10;

    private static final long NEVER = Long.MAX_VALUE;

    /** The least key after this one. */
    private static byte[] successor(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }
}
