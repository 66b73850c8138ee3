package dev.lookback.tool;

import dev.lookback.v1.ExpiryReceipt;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one bucket of one partition comes to.
 *
 * @param came rows that have come
 * @param cameAsStated whether that is what the receipts state, because the ledger's part has gone
 * @param live rows in the ledger without a tombstone
 * @param overdue how many of them should be gone
 * @param missing whether something went, or should have gone, without a receipt
 * @param findings how many there are about this bucket
 */
record BucketAudit(
        long bucket,
        long came,
        boolean cameAsStated,
        long live,
        long overdue,
        boolean missing,
        int findings,
        List<Receipt> receipts) {
    /** How a receipt stands. */
    enum Standing {
        /** Closed, and counted again from the ledger with the same result. */
        MATCHES,
        /** Closed, but the ledger no longer holds what it covers: nobody can count it again. */
        STATED,
        /** Opened, and not closed yet, for no longer than allowed. */
        OPEN,
        /** Opened, and not closed in time. */
        UNCLOSED,
        /** Contradicted by the ledger, the policies or itself. */
        WRONG
    }

    /** A receipt and how it stands; null while it is not closed. */
    record Receipt(ExpiryReceipt opened, @Nullable ExpiryReceipt closed, Standing standing) {}

    BucketAudit {
        receipts = List.copyOf(receipts);
    }

    /** Whether there is nothing to be said of it. */
    boolean isEmpty() {
        return came == 0 && live == 0 && findings == 0 && !missing && receipts.isEmpty();
    }

    /** Rows under closed receipts. */
    long forgotten() {
        return receipts.stream()
                .filter(each -> each.closed() != null)
                .mapToLong(each -> each.opened().getRows())
                .sum();
    }

    /** The greatest lateness of a closed receipt; null if there is none. */
    @Nullable
    Long worstLatenessMillis() {
        Long worst = null;
        for (Receipt each : receipts) {
            Long lateness = each.closed() == null ? null : each.closed().getLatenessMillis();
            if (lateness != null && (worst == null || lateness > worst)) {
                worst = lateness;
            }
        }
        return worst;
    }

    /** How many receipts stand so. */
    int count(Standing standing) {
        return (int)
                receipts.stream().filter(each -> each.standing() == standing).count();
    }
}
