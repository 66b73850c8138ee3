package dev.lookback.casework;

import dev.lookback.disclosure.InstrumentType;
import dev.lookback.v1.SelectorRole;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What an officer can order. Signed and read by {@link CommandCodec}. */
public sealed interface Command {
    /** The request it is about. */
    UUID requestId();

    /** Its own id: a command counts once. */
    UUID commandId();

    /** When the officer issued it, by the officer's clock. */
    Instant issuedAt();

    /**
     * Files a request; or corrects one that is INVALID; or serves an instrument on what a preservation request keeps.
     *
     * @param estimate whether it is none, but asks what one would find
     * @param instrument the legal paper
     * @param selectors what it asks about, 1 to {@value CommandCodec#MAX_SELECTORS}
     * @param from first instant of the window of {@code occurredAt}
     * @param to first instant after it
     * @param particulars what else there is to say
     */
    record Submit(
            UUID requestId,
            UUID commandId,
            Instant issuedAt,
            boolean estimate,
            Instrument instrument,
            List<Ask> selectors,
            Instant from,
            Instant to,
            Particulars particulars)
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

    /** Keeps what a preservation request keeps once more as long. */
    record Renew(UUID requestId, UUID commandId, Instant issuedAt) implements Command {}

    /** The paper of an emergency request has come. */
    record Paper(UUID requestId, UUID commandId, Instant issuedAt, Instrument instrument) implements Command {}

    /**
     * An officer has collected the extract.
     *
     * @param manifestSha256 SHA-256 (hex) of its manifest
     */
    record Fetch(UUID requestId, UUID commandId, Instant issuedAt, String manifestSha256) implements Command {}

    /**
     * The legal paper, as its issuer names it. Each text has 1 to {@value CommandCodec#MAX_TEXT} characters.
     *
     * @param issuedOn the date on it
     * @param servedOn when it reached the provider
     * @param documentSha256 SHA-256 (hex) of its scan
     */
    record Instrument(
            InstrumentType type,
            String reference,
            String authority,
            String jurisdiction,
            @Nullable LocalDate issuedOn,
            @Nullable LocalDate servedOn,
            @Nullable String documentSha256) {
        /** References can name people. */
        @Override
        public String toString() {
            return "Instrument[" + type + "]";
        }
    }

    /**
     * A selector as stated.
     *
     * @param role the role in which the handle is looked for
     * @param handle 1 to {@value CommandCodec#MAX_HANDLE} characters: a number or an address; in role QUERIED it may be
     *     neither; in role SOURCE it is an IP address or a network ({@code 192.0.2.0/24})
     * @param region ISO 3166 code of the country in whose national form a number may be written; null: with plus sign
     */
    record Ask(SelectorRole role, String handle, @Nullable String region) {
        /** Personal data stays out of logs. */
        @Override
        public String toString() {
            return "Ask[" + role + "]";
        }
    }

    /**
     * What else a request says.
     *
     * @param dueBy when the authority expects an answer
     * @param nonDisclosureUntil until when those concerned may not be told
     * @param narrowings what the paper asks for and the officer does not file, and why
     * @param continues of a standing order: the request before it in the chain
     */
    record Particulars(
            Priority priority,
            @Nullable Instant dueBy,
            @Nullable Instant nonDisclosureUntil,
            List<Narrowing> narrowings,
            @Nullable UUID continues) {
        /** Nothing. */
        public static final Particulars NONE = new Particulars(Priority.ROUTINE, null, null, List.of(), null);

        /** Copies the list. */
        public Particulars {
            narrowings = List.copyOf(narrowings);
        }
    }

    /** How soon. */
    enum Priority {
        ROUTINE,
        URGENT
    }

    /**
     * What the paper asks for and the officer does not file.
     *
     * @param what 1 to {@value CommandCodec#MAX_TEXT} characters
     */
    record Narrowing(String what, NarrowedBecause reason) {
        /** Texts can name people. */
        @Override
        public String toString() {
            return "Narrowing[" + reason + "]";
        }
    }

    /** Why an officer does not file all that a paper asks for. */
    enum NarrowedBecause {
        /** It is in an attachment or a letter, not in the instrument's body. */
        NOT_IN_BODY,
        /** The log knows nothing of the kind: names, contents, contacts. */
        NOT_HELD,
        /** The law or the disclosure policy does not allow it under this instrument. */
        NOT_PERMITTED,
        /** It cannot be made out what is meant. */
        UNCLEAR,
        /** The authority has agreed to ask for less. */
        AGREED
    }
}
