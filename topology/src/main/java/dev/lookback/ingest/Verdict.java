package dev.lookback.ingest;

import dev.lookback.handle.Handle;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.RejectReason;
import org.jspecify.annotations.Nullable;

/** What the rules say of a lookup. */
sealed interface Verdict {
    /**
     * It goes to its class's ledger.
     *
     * @param retentionClass the class
     * @param ledgerKey the key, 36 bytes
     * @param requester who asked
     * @param queried who was asked about
     * @param address where from, 4 or 16 bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Admitted(RetentionClass retentionClass, byte[] ledgerKey, Handle requester, Handle queried, byte[] address)
            implements Verdict {}

    /**
     * It goes to lookup-events-rejected.
     *
     * @param reason why
     * @param field the field at fault, where there is one
     * @param detail one sentence for the publisher, free of personal data
     */
    record Refused(RejectReason reason, @Nullable String field, String detail) implements Verdict {
        /** Whether what was sent may be kept for its publisher to look at. */
        boolean mayKeepRaw() {
            return reason != RejectReason.EXPIRED_ON_ARRIVAL && reason != RejectReason.ERASED;
        }
    }
}
