package dev.lookback.faults;

import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectedLookup;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A record of a topic, as anybody reads it: committed ones alone, each partition in its order. Times in ms. */
sealed interface Observation {
    /** A lookup that upstream published. */
    record Published(int partition, long offset, long appendedAt, LookupEvent event) implements Observation {}

    /** What ingest refused. */
    record Rejected(RejectedLookup reject) implements Observation {}

    /**
     * A record of a ledger.
     *
     * @param event null: a tombstone
     * @param sourcePartition of {@code lookup-events}; -1 for a tombstone
     * @param receivedAt when the broker took the event in
     */
    record Ledger(
            String retentionClass,
            int partition,
            long offset,
            long writtenAt,
            LedgerKey key,
            @Nullable LookupEvent event,
            int sourcePartition,
            long receivedAt)
            implements Observation {}

    /** An order to forget, in the partition of its ledger. */
    record Ordered(int partition, ExpiryOrder order) implements Observation {}

    /** That a bucket was, or is being, forgotten. */
    record Receipted(ExpiryReceipt receipt) implements Observation {}

    /** What became of a request. */
    record Decided(UUID request, LegalRequestStatus status) implements Observation {}

    /** A piece of an extract. */
    record Disclosed(UUID request, ExtractRecord piece) implements Observation {}

    /** An entry of a chain; null: a record that is none. */
    record Audited(int partition, @Nullable AuditEntry entry) implements Observation {}
}
