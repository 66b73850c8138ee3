package dev.lookback.casework;

import dev.lookback.v1.SelectorRole;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What an officer can order. Signed and read by {@link CommandCodec}. */
public sealed interface Command {
    /** The request it is about. */
    UUID requestId();

    /** Its own id: a command counts once. */
    UUID commandId();

    /** When the officer issued it, by the officer's clock. */
    Instant issuedAt();

    /**
     * Files a request.
     *
     * @param instrument the legal paper
     * @param selectors what it asks about, 1 to {@value CommandCodec#MAX_SELECTORS}
     * @param from first instant of the window of {@code occurredAt}
     * @param to first instant after it
     */
    record Submit(
            UUID requestId,
            UUID commandId,
            Instant issuedAt,
            Instrument instrument,
            List<Ask> selectors,
            Instant from,
            Instant to)
            implements Command {
        /** Copies the list. */
        public Submit {
            selectors = List.copyOf(selectors);
        }
    }

    /**
     * Approves a request, as an officer other than the one who submitted it.
     *
     * @param requestSha256 SHA-256 (hex) of the submit command's JWS that the officer has seen
     */
    record Approve(UUID requestId, UUID commandId, Instant issuedAt, String requestSha256) implements Command {}

    /** Refuses a request. */
    record Reject(UUID requestId, UUID commandId, Instant issuedAt) implements Command {}

    /** Takes a request back. */
    record Withdraw(UUID requestId, UUID commandId, Instant issuedAt) implements Command {}

    /** Closes a sealed case: the extract has been collected. */
    record Close(UUID requestId, UUID commandId, Instant issuedAt) implements Command {}

    /** The legal paper, as its issuer names it. Each text has 1 to {@value CommandCodec#MAX_TEXT} characters. */
    record Instrument(InstrumentType type, String reference, String authority, String jurisdiction) {
        /** References can name people. */
        @Override
        public String toString() {
            return "Instrument[" + type + "]";
        }
    }

    /** Kinds of legal paper. */
    enum InstrumentType {
        SUBPOENA,
        COURT_ORDER,
        SEARCH_WARRANT,
        EMERGENCY_REQUEST,
        /** Not served yet. */
        PRESERVATION_REQUEST,
        /** Not served yet. */
        STANDING_ORDER;

        boolean served() {
            return this != PRESERVATION_REQUEST && this != STANDING_ORDER;
        }
    }

    /**
     * A selector as stated.
     *
     * @param role the role in which the handle is looked for
     * @param handle 1 to {@value CommandCodec#MAX_HANDLE} characters, in international form; only a QUERIED one may be
     *     neither a number nor an address
     */
    record Ask(SelectorRole role, String handle) {
        /** Personal data stays out of logs. */
        @Override
        public String toString() {
            return "Ask[" + role + "]";
        }
    }
}
