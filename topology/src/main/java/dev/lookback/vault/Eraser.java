package dev.lookback.vault;

import dev.lookback.erasure.Barrier;
import dev.lookback.erasure.Barriers;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Carries erasures out in one class of one partition, one after the other: counts the rows, opens a receipt, orders
 * their tombstones once the receipt has been read back, and closes it once the last tombstone has. It never deletes a
 * row itself.
 *
 * <p>Like the {@link Sweeper}'s, all it must remember lies in the receipts (and the marks of {@link LateRows}), so a
 * crash anywhere repeats an order or a receipt, which changes nothing. Where the sweeper's rows are whole buckets, these
 * lie scattered: a walk finds them, by a seek in each bucket or, where the handle was asked about, by a look into every
 * row. Rows that arrive behind the walk are noticed by {@link MirrorProcessor} and get a receipt of their own.
 */
final class Eraser {
    /** Where the eraser's receipts and orders go. */
    interface Out {
        void receipt(String key, ErasureReceipt receipt);

        void order(String key, ExpiryOrder order);
    }

    /** Who may still need what an erasure covers. */
    interface Guard {
        boolean holdsBack(Barrier barrier);
    }

    /** Rows of one receipt that are on their way out at the same time, at most: 36 bytes each in memory. */
    static final int WAVE_ROWS = 10_000;

    /** How many rows may pass between two looks at the clock. */
    private static final int CHECK_EVERY = 64;

    private final RetentionClass retentionClass;
    private final Duration width;
    private final int partition;
    private final VaultStore mirror;
    private final LedgerReader reader;
    private final Tokens tokens;
    private final KeyValueStore<String, ErasureReceipt> receipts;
    private final LateRows late;
    private final VaultSettings settings;
    private final Out out;

    private final Set<String> seen = new HashSet<>();
    private Barriers looked = Barriers.NONE;
    private @Nullable Walk walk;
    private int pending;
    private long waitingSince = Long.MAX_VALUE;

    /**
     * An eraser.
     *
     * @param known the erasures that {@link MirrorProcessor} has known since this task began
     */
    Eraser(
            RetentionClass retentionClass,
            int partition,
            VaultStore mirror,
            LedgerReader reader,
            Tokens tokens,
            KeyValueStore<String, ErasureReceipt> receipts,
            LateRows late,
            VaultSettings settings,
            Barriers known,
            Out out) {
        this.retentionClass = retentionClass;
        this.width = retentionClass.bucketWidth();
        this.partition = partition;
        this.mirror = mirror;
        this.reader = reader;
        this.tokens = tokens;
        this.receipts = receipts;
        this.late = late;
        this.settings = settings;
        this.out = out;
        known.all().forEach(each -> seen.add(each.id()));
    }

    /** The key under which the receipts store holds the latest receipt of an erasure. */
    static String storeKey(String retentionClass, String erasureId) {
        return retentionClass + "/" + erasureId;
    }

    RetentionClass retentionClass() {
        return retentionClass;
    }

    /** Erasures that are not carried out yet. */
    int pending() {
        return pending;
    }

    /** Since when (its instant) an erasure has waited for searches; MAX_VALUE if none does. */
    long waitingSince() {
        return waitingSince;
    }

    /** One turn. */
    void erase(long now, Cutoff cutoff, Barriers barriers, Guard guard, WorkBudget budget) {
        if (mirror.isReplaying()) {
            return;
        }
        if (walk == null && (looked != barriers || pending > 0 || !late.isEmpty())) {
            looked = barriers;
            walk = next(now, cutoff, barriers, guard);
        }
        if (walk != null && walk.step(now, budget)) {
            walk = null;
        }
    }

    void close() {
        if (walk != null) {
            walk.stopCounting();
        }
    }

    /** Something to do; null if there is nothing, or all of it must wait. */
    private @Nullable Walk next(long now, Cutoff cutoff, Barriers barriers, Guard guard) {
        pending = 0;
        waitingSince = Long.MAX_VALUE;
        Walk found = null;
        long firstReadable = LedgerKey.bucketOf(Math.max(0, cutoff.at(now) + 1), width);
        for (Barrier barrier : barriers.all()) {
            ErasureReceipt latest = latest(barrier);
            if (seen.add(barrier.id()) && latest != null) {
                // This task learned of it after another that it took over from: what has arrived between went
                // unnoticed.
                late.add(retentionClass.name(), barrier.id(), 0, mirror.position() - 1);
            }
            LateRows.Mark mark = late.get(retentionClass.name(), barrier.id());
            boolean closed = latest != null && latest.getPhase() == ReceiptPhase.CLOSED;
            if (closed && mark == null) {
                continue;
            }
            pending++;
            if (found != null) {
                continue;
            }
            if (latest != null && !closed) {
                found = new Walk(barrier, latest);
            } else if (guard.holdsBack(barrier)) {
                waitingSince = Math.min(waitingSince, barrier.instant());
            } else {
                long from = latest == null || mark == null ? firstReadable : Math.max(firstReadable, mark.bucket());
                found = new Walk(barrier, latest == null ? 0 : latest.getSequence() + 1, from);
            }
        }
        return found;
    }

    private @Nullable ErasureReceipt latest(Barrier barrier) {
        return receipts.get(storeKey(retentionClass.name(), barrier.id()));
    }

    private enum Phase {
        /** Finding out what is there to erase. */
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

    /** An erasure on its way. */
    private final class Walk {
        private final Barrier barrier;
        private final Candidates candidates;
        private final int sequence;
        private final long endBucket;
        private long fromBucket;
        private Phase phase = Phase.COUNTING;
        private long ledgerPosition;
        private @Nullable RowIterator counting;
        private MessageDigest digest = BucketCounts.sha256();
        private long rows;

        private byte[] cursor = new byte[0];
        private boolean through;
        private final List<byte[]> wave = new ArrayList<>(); // ordered, not all back yet
        private int back; // how many of the wave are
        private long lastProgress;

        /** A new one. */
        Walk(Barrier barrier, int sequence, long fromBucket) {
            this.barrier = barrier;
            this.sequence = sequence;
            this.candidates = new Candidates(barrier.coversQueried() ? null : Long.valueOf(barrier.token()));
            this.fromBucket = fromBucket;
            this.endBucket = Math.min(LedgerKey.PROGRESS_BUCKET, LedgerKey.bucketOf(barrier.instant(), width) + 1);
        }

        /** One whose receipt is open. */
        Walk(Barrier barrier, ErasureReceipt opened) {
            this(barrier, opened.getSequence(), opened.getFromBucket());
            resume(opened);
        }

        /** One turn; true when it is done with. */
        boolean step(long now, WorkBudget budget) {
            switch (phase) {
                case COUNTING -> {
                    return count(now, budget);
                }
                case OPENING -> {
                    ErasureReceipt latest = latest(barrier);
                    if (latest != null && latest.getSequence() == sequence) {
                        resume(latest);
                        order(now, budget);
                    }
                    // Lost: to be counted anew, from where rows have arrived by then.
                    return phase == Phase.OPENING
                            && now - lastProgress > settings.orderRepeat().toMillis();
                }
                case ORDERING -> order(now, budget);
                case WAITING -> await(now, budget);
                case CLOSING -> {
                    ErasureReceipt latest = latest(barrier);
                    if (latest != null && latest.getPhase() == ReceiptPhase.CLOSED) {
                        settled();
                        return true;
                    }
                    if (now - lastProgress > settings.orderRepeat().toMillis()) {
                        closeReceipt(now);
                    }
                }
            }
            return false;
        }

        private void resume(ErasureReceipt opened) {
            fromBucket = opened.getFromBucket();
            ledgerPosition = opened.getLedgerPosition();
            cursor = candidates.firstOf(fromBucket);
            through = opened.getRows() == 0 || fromBucket >= endBucket;
            wave.clear();
            back = 0;
            phase = Phase.ORDERING;
        }

        private boolean count(long now, WorkBudget budget) {
            RowIterator iterator = counting;
            if (iterator == null) {
                ledgerPosition = mirror.position();
                digest = BucketCounts.sha256();
                rows = 0;
                // Stays open over several turns: it sees the mirror as it was at this position, whatever comes in.
                iterator = mirror.rows(candidates.firstOf(Math.min(fromBucket, endBucket)), endBucket);
                counting = iterator;
            }
            for (int looks = 0; iterator.valid(); looks++) {
                if (isTurnOver(looks, budget)) {
                    return false;
                }
                byte[] key = iterator.key();
                byte[] jump = candidates.jumpFrom(key);
                if (jump != null) {
                    iterator.seek(jump);
                    continue;
                }
                if (covers(key, iterator)) {
                    digest.update(key);
                    rows++;
                }
                iterator.next();
            }
            stopCounting();
            if (rows == 0 && sequence > 0) {
                settled();
                return true;
            }
            // The first receipt goes out even over nothing: it says that this partition has been looked at.
            out.receipt(topicKey(), opened(now));
            phase = Phase.OPENING;
            lastProgress = now;
            return false;
        }

        private boolean isTurnOver(int looks, WorkBudget budget) {
            return looks == settings.sliceRows() || (looks % CHECK_EVERY == CHECK_EVERY - 1 && budget.spent());
        }

        private void stopCounting() {
            RowIterator iterator = counting;
            if (iterator != null) {
                iterator.close();
                counting = null;
            }
        }

        private void settled() {
            late.settled(retentionClass.name(), barrier.id(), ledgerPosition);
        }

        private boolean covers(byte[] key, RowIterator row) {
            if (LedgerKey.occurredAt(key) > barrier.instant()) {
                return false;
            }
            if (barrier.coversRequesters() && LedgerKey.token(key) == barrier.token()) {
                return true;
            }
            return barrier.coversQueried() && reader.queriedToken(key, row.value(), tokens) == barrier.token();
        }

        /** Whether, after a restart, rows that the receipt counts have not been read again yet. */
        private boolean isBehind() {
            return mirror.position() < ledgerPosition;
        }

        /** Orders the next wave. */
        private void order(long now, WorkBudget budget) {
            if (isBehind()) {
                return;
            }
            List<byte[]> keys = new ArrayList<>(settings.orderKeys());
            if (!through) {
                try (RowIterator iterator = mirror.rows(cursor, endBucket)) {
                    for (int looks = 0; iterator.valid(); looks++) {
                        byte[] key = iterator.key();
                        if (wave.size() + keys.size() == WAVE_ROWS || isTurnOver(looks, budget)) {
                            cursor = key;
                            break;
                        }
                        byte[] jump = candidates.jumpFrom(key);
                        if (jump != null) {
                            iterator.seek(jump);
                            continue;
                        }
                        if (iterator.ledgerOffset() < ledgerPosition && covers(key, iterator)) {
                            keys.add(key);
                            if (keys.size() == settings.orderKeys()) {
                                wave.addAll(keys);
                                send(keys, now);
                                keys.clear();
                            }
                        }
                        iterator.next();
                    }
                    through = !iterator.valid();
                }
                wave.addAll(keys);
                send(keys, now);
            }
            if (through || wave.size() == WAVE_ROWS) {
                phase = Phase.WAITING;
                lastProgress = now;
            }
        }

        private void send(List<byte[]> keys, long now) {
            if (keys.isEmpty()) {
                return;
            }
            ByteBuffer bytes = ByteBuffer.allocate(keys.size() * LedgerKey.LENGTH);
            keys.forEach(bytes::put);
            out.order(
                    topicKey(),
                    ExpiryOrder.newBuilder()
                            .setRetentionClass(retentionClass.name())
                            .setBucket(NO_BUCKET)
                            .setSequence(sequence)
                            .setLedgerKeys(bytes.flip())
                            .setOrderedAt(Instant.ofEpochMilli(now))
                            .setErasureId(barrier.id())
                            .build());
        }

        /** Tombstones come back in the order of the keys. */
        private void await(long now, WorkBudget budget) {
            for (int looks = 0; back < wave.size(); looks++) {
                long offset = mirror.ledgerOffset(wave.get(back));
                if (offset != VaultStore.NO_ROW && offset < ledgerPosition) {
                    repeatIfLost(now);
                    return;
                }
                back++;
                lastProgress = now;
                if (isTurnOver(looks, budget)) {
                    return;
                }
            }
            wave.clear();
            back = 0;
            if (through) {
                closeReceipt(now);
            } else {
                phase = Phase.ORDERING;
            }
        }

        private void repeatIfLost(long now) {
            if (now - lastProgress <= settings.orderRepeat().toMillis()) {
                return;
            }
            lastProgress = now;
            for (int from = back; from < wave.size(); from += settings.orderKeys()) {
                send(wave.subList(from, Math.min(wave.size(), from + settings.orderKeys())), now);
            }
        }

        private void closeReceipt(long now) {
            ErasureReceipt opened = latest(barrier);
            if (opened == null || opened.getSequence() != sequence) {
                throw new IllegalStateException("An open receipt has gone from the store");
            }
            out.receipt(
                    topicKey(),
                    ErasureReceipt.newBuilder(opened)
                            .setPhase(ReceiptPhase.CLOSED)
                            .setClosedAt(Instant.ofEpochMilli(now))
                            .build());
            phase = Phase.CLOSING;
            lastProgress = now;
        }

        private ErasureReceipt opened(long now) {
            return ErasureReceipt.newBuilder()
                    .setPhase(ReceiptPhase.OPENED)
                    .setErasureId(barrier.id())
                    .setRole(barrier.role())
                    .setErasedAt(Instant.ofEpochMilli(barrier.instant()))
                    .setRetentionClass(retentionClass.name())
                    .setPartition(partition)
                    .setSequence(sequence)
                    .setFromBucket(fromBucket)
                    .setLedgerPosition(ledgerPosition)
                    .setRows(rows)
                    .setKeysSha256(new Sha256(digest.digest()))
                    .setOpenedAt(Instant.ofEpochMilli(now))
                    .build();
        }

        private String topicKey() {
            return retentionClass.name() + "/" + partition + "/" + barrier.id();
        }
    }

    /** The bucket of an order whose keys may lie in any. */
    private static final long NO_BUCKET = -1;
}
