package dev.lookback.tool;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.tool.BucketAudit.Standing;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One bucket of one partition, under audit: its rows as the ledger says, and its receipts. */
final class AuditedBucket {
    private static final class Receipt {
        private final ExpiryReceipt opened;
        private @Nullable ExpiryReceipt closed;
        private boolean recounted;
        private boolean wrong;

        private Receipt(ExpiryReceipt opened) {
            this.opened = opened;
        }
    }

    private final long number;
    private final long dueAt;
    private final Scope.Attention attention;
    private final Findings findings;
    private final @Nullable BucketRows rows;
    private final NavigableMap<Integer, Receipt> receipts = new TreeMap<>(); // by sequence
    private final LongTable unexplained = new LongTable(1); // offsets of tombstones without a receipt so far
    private long covered = Long.MAX_VALUE; // the least ledger position of its receipts
    private boolean missing;

    /** A bucket, due at an instant (milliseconds since the epoch). */
    AuditedBucket(long number, long dueAt, Scope.Attention attention, KeyFingerprint fingerprint, Findings findings) {
        this.number = number;
        this.dueAt = dueAt;
        this.attention = attention;
        this.findings = findings;
        this.rows = switch (attention) {
            case NONE, TOMBSTONES -> null;
            case COUNT -> new CountedRows(fingerprint);
            case KEEP -> new KeptRows(number, fingerprint);
        };
    }

    /** Its rows; null if they are not counted. */
    @Nullable
    BucketRows rows() {
        return rows;
    }

    /** Whether anything about it is judged. */
    boolean isJudged() {
        return attention != Scope.Attention.NONE;
    }

    /** Its first instant, milliseconds since the epoch. */
    long start(Duration width) {
        return LedgerKey.bucketStart(number, width);
    }

    /** When it is due, milliseconds since the epoch. */
    long dueAt() {
        return dueAt;
    }

    // ---- receipts

    /** Takes a receipt; of several of one phase and sequence the first counts. */
    void receipt(ExpiryReceipt receipt) {
        Receipt known = receipts.get(receipt.getSequence());
        if (receipt.getPhase() == ReceiptPhase.OPENED) {
            if (known == null) {
                Receipt opened = new Receipt(receipt);
                receipts.put(receipt.getSequence(), opened);
                explain(receipt);
                if (dueAt > receipt.getOpenedAt().toEpochMilli()) {
                    wrong(opened, "opened before the bucket was due");
                }
            }
        } else if (known == null) {
            findings.add(number, "receipt " + receipt.getSequence() + " closed, but never opened");
        } else if (known.closed == null) {
            known.closed = receipt;
            checkClosed(known, receipt);
        }
    }

    private void checkClosed(Receipt known, ExpiryReceipt closed) {
        if (closed.getRows() != known.opened.getRows()
                || !closed.getKeysSha256().equals(known.opened.getKeysSha256())) {
            wrong(known, "closed with other rows than it was opened with");
        }
        Instant closedAt = closed.getClosedAt();
        if (closedAt == null || !Objects.equals(closed.getLatenessMillis(), lateness(closed, closedAt))) {
            wrong(known, "states a lateness that its own times do not give");
        }
    }

    private static long lateness(ExpiryReceipt receipt, Instant closedAt) {
        Instant since = receipt.getDueAt();
        if (receipt.getSequence() > 0 && receipt.getOpenedAt().isAfter(since)) {
            since = receipt.getOpenedAt();
        }
        return closedAt.toEpochMilli() - since.toEpochMilli();
    }

    /** Lets a receipt explain tombstones, no more. */
    void explain(ExpiryReceipt receipt) {
        covered = Math.min(covered, receipt.getLedgerPosition());
    }

    /** Counts a receipt again from the rows that are live now, when the ledger has been read up to its position. */
    void recount(ExpiryReceipt opened) {
        Receipt receipt = receipts.get(opened.getSequence());
        if (receipt == null || !(rows instanceof KeptRows kept)) {
            throw new IllegalStateException("a receipt that is not under audit");
        }
        receipt.recounted = true;
        if (kept.live() != opened.getRows()) {
            wrong(receipt, "states " + opened.getRows() + " rows; the ledger had " + kept.live());
        } else if (!Arrays.equals(kept.keysSha256(), opened.getKeysSha256().bytes())) {
            wrong(receipt, "its digest is not that of the ledger's rows");
        }
    }

    /** The receipts, in order, opened. */
    List<ExpiryReceipt> opened() {
        return receipts.values().stream().map(each -> each.opened).toList();
    }

    private void wrong(Receipt receipt, String what) {
        receipt.wrong = true;
        findings.add(number, "receipt " + receipt.opened.getSequence() + " " + what);
    }

    // ---- the ledger

    void put(byte[] key, long offset) {
        if (rows != null) {
            rows.put(key, offset);
        }
    }

    /** Takes a tombstone; one that an erasure explains needs no receipt here. */
    void tombstone(byte[] key, long offset, PartitionAudit.Erasures erasures) {
        if (attention == Scope.Attention.NONE) {
            return;
        }
        if (covered > offset && !erasures.explain(key, offset)) {
            unexplained.set(unexplained.append(), 0, offset);
        }
        if (rows != null) {
            rows.tombstone(key, offset);
        }
    }

    // ---- what comes of it

    /**
     * Says so, once everything has been taken.
     *
     * @param now milliseconds since the epoch
     * @param recountable whether the ledger still holds all that came
     */
    BucketAudit finish(long now, long allowanceMillis, boolean recountable) {
        checkTombstones();
        List<BucketAudit.Receipt> judged = new ArrayList<>();
        for (Receipt each : receipts.values()) {
            judged.add(new BucketAudit.Receipt(each.opened, each.closed, standing(each, now, allowanceMillis)));
            if (each.closed != null) {
                checkGone(each.opened);
            }
        }
        long live = rows == null ? 0 : rows.live();
        long overdue = checkDeadline(live, now - dueAt - allowanceMillis);
        missing |= overdue > 0 && receipts.isEmpty();
        long stated = receipts.values().stream()
                .mapToLong(each -> each.opened.getRows())
                .sum();
        long came = rows == null ? 0 : rows.came();
        return new BucketAudit(
                number,
                recountable ? came : Math.max(came, stated),
                !recountable,
                live,
                overdue,
                missing,
                findings.about(number),
                judged);
    }

    private Standing standing(Receipt receipt, long now, long allowanceMillis) {
        boolean late = receipt.closed == null && receipt.opened.getOpenedAt().toEpochMilli() + allowanceMillis < now;
        if (late) {
            findings.add(number, "receipt " + receipt.opened.getSequence() + " opened, but not closed in time");
        }
        if (receipt.wrong) {
            return Standing.WRONG;
        }
        if (receipt.closed == null) {
            return late ? Standing.UNCLOSED : Standing.OPEN;
        }
        return receipt.recounted ? Standing.MATCHES : Standing.STATED;
    }

    private void checkTombstones() {
        for (int i = 0; i < unexplained.rows(); i++) {
            long offset = unexplained.get(i, 0);
            if (covered > offset) {
                missing = true;
                findings.add(number, offset, "forgotten without a receipt opened before");
            }
        }
    }

    private void checkGone(ExpiryReceipt closed) {
        if (rows instanceof KeptRows kept) {
            kept.offsets(offset -> {
                if (offset < closed.getLedgerPosition()) {
                    findings.add(number, offset, "still there although its receipt is closed");
                }
            });
        }
    }

    private long checkDeadline(long live, long overdueMillis) {
        if (overdueMillis <= 0 || !(rows instanceof KeptRows kept)) {
            return 0;
        }
        kept.offsets(offset -> findings.add(
                number, offset, "overdue by " + Duration.ofMillis(overdueMillis) + " beyond the allowance"));
        return live;
    }
}
