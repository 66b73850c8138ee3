package dev.lookback.tool;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.SelectorRole;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Erasures on demand in one partition of one ledger: which tombstones they explain. A tombstone is explained by the
 * latest receipt that was opened before it and can cover its row; what a receipt explains may not be more than it states,
 * and if it is as much, it must be the very rows. Less is possible: expiry may have taken some, or the ledger's part may
 * have gone.
 *
 * <p>Of an erasure of what a handle was asked about, a tombstone does not show whether the row was its: there the number
 * and the digest alone hold it to its receipt. Keeps the keys that were erased.
 */
final class PartitionErasures {
    private record Id(String erasure, int sequence) {}

    private static final class Receipt {
        private final ErasureReceipt opened;
        private final NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);

        private Receipt(ErasureReceipt opened) {
            this.opened = opened;
        }
    }

    private final Map<String, Long> tokens; // by erasure, of orders that an officer signed
    private final Map<Id, Receipt> receipts = new LinkedHashMap<>();
    private final List<String> unordered = new ArrayList<>();
    private List<Receipt> latestFirst = List.of();
    private boolean sorted = true;
    private long laterFrom = Long.MAX_VALUE;

    /**
     * Erasures of one partition.
     *
     * @param tokens the token of each erasure that counts, by its id
     */
    PartitionErasures(Map<String, Long> tokens) {
        this.tokens = tokens;
    }

    /** Takes a receipt, in the order of the topic. */
    void receipt(ErasureReceipt receipt) {
        if (!tokens.containsKey(receipt.getErasureId())) {
            if (receipt.getPhase() == ReceiptPhase.OPENED) {
                unordered.add("a receipt of erasure " + receipt.getErasureId() + ", which no officer has ordered");
            }
        } else if (receipt.getPhase() == ReceiptPhase.OPENED) {
            receipts.putIfAbsent(new Id(receipt.getErasureId(), receipt.getSequence()), new Receipt(receipt));
            sorted = false;
        }
    }

    /** Takes a receipt that came after the ledger was read: tombstones after it are under way, and not to be judged. */
    void laterReceipt(ErasureReceipt receipt) {
        if (tokens.containsKey(receipt.getErasureId())) {
            laterFrom = Math.min(laterFrom, receipt.getLedgerPosition());
        }
    }

    /** Whether an erasure explains the tombstone of a key at an offset. */
    boolean explain(byte[] key, long offset) {
        if (receipts.isEmpty()) {
            return false;
        }
        if (!sorted) {
            latestFirst = receipts.values().stream()
                    .sorted(Comparator.comparingLong((Receipt each) -> each.opened.getLedgerPosition())
                            .reversed())
                    .toList();
            sorted = true;
        }
        for (Receipt each : latestFirst) {
            if (each.opened.getLedgerPosition() <= offset && canCover(each.opened, key)) {
                each.keys.add(key);
                return true;
            }
        }
        return false;
    }

    private boolean canCover(ErasureReceipt opened, byte[] key) {
        if (LedgerKey.bucket(key) < opened.getFromBucket()
                || LedgerKey.occurredAt(key) > opened.getErasedAt().toEpochMilli()) {
            return false;
        }
        Long token = tokens.get(opened.getErasureId());
        return opened.getRole() != SelectorRole.REQUESTER || (token != null && token == LedgerKey.token(key));
    }

    /** Whether a tombstone at this offset may be that of an erasure that began while the ledger was read. */
    boolean mayExplainLater(long offset) {
        return offset >= laterFrom;
    }

    /** What contradicts the receipts. */
    List<String> contradictions() {
        List<String> found = new ArrayList<>(unordered);
        for (Receipt each : receipts.values()) {
            ErasureReceipt opened = each.opened;
            String name = "receipt " + opened.getSequence() + " of erasure " + opened.getErasureId();
            if (each.keys.size() > opened.getRows()) {
                found.add(name + " states " + opened.getRows() + " rows; tombstones went to " + each.keys.size());
            } else if (each.keys.size() == opened.getRows() && !isDigestOf(each)) {
                found.add(name + ": its digest is not that of the rows that went");
            }
        }
        return found;
    }

    private static boolean isDigestOf(Receipt receipt) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        receipt.keys.forEach(all::writeBytes);
        return Arrays.equals(
                Sha256.of(all.toByteArray()), receipt.opened.getKeysSha256().bytes());
    }
}
