package dev.lookback.casework;

import dev.lookback.v1.SearchResult;
import java.util.List;
import java.util.UUID;

/** What a case can hear of: the records of casework's three sources, read. */
sealed interface CaseInput {
    /** A signed command; not verified yet. The record's key says which request it is about. */
    record Signed(String jws) implements CaseInput {
        @Override
        public String toString() {
            return "Signed";
        }
    }

    /** A record of legal-requests that cannot be read. */
    record Unreadable() implements CaseInput {}

    /**
     * A tick of a ticker: end positions of lookup-events and of its rejects.
     *
     * @param readAfter they were read after the same ticker's tick of this number had been appended
     */
    record Ticked(List<Long> positions, List<Long> rejected, String ticker, long number, long readAfter)
            implements CaseInput {}

    /** A copy has come in. */
    record Copied(UUID requestId, byte[] key) implements CaseInput {
        @Override
        public String toString() {
            return "Copied";
        }
    }

    /** A ledger partition has been searched for a selector, and all copies are before this. */
    record Ended(UUID requestId, int selector, int partition, int round) implements CaseInput {}

    /**
     * Something that was ordered elsewhere, for the audit: an erasure, a change of retention.
     *
     * @param officer who signed it; empty if that is not proven
     * @param detail {@link AuditDetail}
     */
    record Noted(String action, String officer, String detail) implements CaseInput {}

    /** What a search says of itself. */
    record Reported(SearchResult result) implements CaseInput {}
}
