package dev.lookback.seal;

import dev.lookback.v1.HandleKind;
import dev.lookback.v1.SelectorRole;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an extract says of itself. The JSON has these fields in this order; the seal is an Ed25519 signature over its
 * bytes. Instants are UTC with milliseconds ({@link Instants}); intervals include their start and exclude their end.
 *
 * @param version version of this format: {@value #VERSION}
 * @param requestId UUID of the request
 * @param instrument the legal paper
 * @param scope what was asked, what was searched for, and why the two differ
 * @param disclosed what a lookup's line may show
 * @param outcomes one for each selector, in order
 * @param parts the pieces of the extract, in order
 * @param totals sums over the parts, and what was left out
 * @param merkleRoot hash (hex) of the Merkle tree over all lines, each without its line feed: {@link MerkleTree}
 * @param positions how far the sources had been read
 * @param standing of a standing order: how it was collected, and what it continues; null for any other
 * @param geoDatabases the GeoIP databases that the lookups' locations come from, sorted
 * @param triggers what each value of a lookup's trigger means
 * @param chronology who did what and when
 * @param policy the disclosure policy that was in force: name, and SHA-256 (hex) of its file
 * @param software name and version of what made the extract
 * @param keyId the sealing key: {@link KeyFiles#keyId}
 * @param statement what the records show, and what they do not
 */
public record Manifest(
        int version,
        String requestId,
        Instrument instrument,
        Scope scope,
        Disclosed disclosed,
        List<SelectorOutcome> outcomes,
        List<PartDigest> parts,
        Totals totals,
        String merkleRoot,
        Positions positions,
        @Nullable Standing standing,
        List<String> geoDatabases,
        Map<String, String> triggers,
        Chronology chronology,
        PolicyInForce policy,
        String software,
        String keyId,
        List<String> statement) {
    /** The version of the format that this class reads and writes. */
    public static final int VERSION = 2;

    /**
     * The legal paper: its type, and the issuing authority's own reference, name and jurisdiction.
     *
     * @param issuedOn ISO date on the paper; null if not stated
     * @param servedOn ISO date on which it reached the provider; null if not stated
     * @param documentSha256 SHA-256 (hex) of the scanned paper; null where there is none yet
     */
    public record Instrument(
            String type,
            String reference,
            String authority,
            String jurisdiction,
            @Nullable String issuedOn,
            @Nullable String servedOn,
            @Nullable String documentSha256) {}

    /**
     * Both sides of the scope.
     *
     * @param served the selectors as the command stated them
     * @param applied the same, normalised, as searched for
     * @param servedWindow the window of {@code occurredAt} as stated
     * @param window the window as searched for
     * @param narrowings what the paper asks for and was not searched, or only in part, and why
     */
    public record Scope(
            List<Served> served,
            List<Applied> applied,
            Window servedWindow,
            Window window,
            List<Narrowing> narrowings) {
        @Override
        public String toString() {
            return "Scope[" + applied.size() + " selectors]";
        }
    }

    /** From its first instant to the first one after it. */
    public record Window(String from, String to) {}

    /**
     * A selector as stated.
     *
     * @param region ISO 3166 code of the country in whose national form a number is written; null: international form
     */
    public record Served(
            SelectorRole role, String handle, @Nullable String region) {
        @Override
        public String toString() {
            return "Served[" + role + "]";
        }
    }

    /** A selector as searched for; in role SOURCE the handle is a network, and there is no kind. */
    public record Applied(
            SelectorRole role, String handle, @Nullable HandleKind kind) {
        Selector selector() {
            return new Selector(role, handle);
        }

        @Override
        public String toString() {
            return "Applied[" + role + "]";
        }
    }

    /**
     * A difference between what the paper asks for and what was searched.
     *
     * @param what in the officer's words, or which of Lookback's own rules
     * @param reason a code
     */
    public record Narrowing(String what, String reason) {
        /** The officer's words can name people. */
        @Override
        public String toString() {
            return "Narrowing[" + reason + "]";
        }
    }

    /**
     * What a line may show. What is withheld is missing in every line, and never found by asking again.
     *
     * @param location whether the field {@code geo} is there
     * @param device whether {@code deviceId} is
     * @param sourceAddress whether {@code sourceIp} and {@code sourcePort} are
     * @param othersPseudonymised whether requesters whom no selector names as requester are shown by pseudonyms: the same
     *     for a person within this extract, another in any other; then their device, address and location are missing,
     *     too, the last two unless addresses were asked for
     */
    public record Disclosed(boolean location, boolean device, boolean sourceAddress, boolean othersPseudonymised) {}

    /** How a selector ended. */
    public enum Outcome {
        /** Lookups are there, and none can have been forgotten. */
        FOUND,
        /** The window was retained as a whole, and there is no lookup. */
        NO_RECORDS,
        /** The whole window had been forgotten when the request was received. */
        EXPIRED_BEFORE_RECEIPT,
        /** A part of the window had been forgotten; the rest has {@code lookups} of them, maybe none. */
        PARTLY_EXPIRED,
        /** There are more than the disclosure policy allows for such a selector: the first ones are in the extract. */
        CAPPED
    }

    /**
     * The outcome of one selector.
     *
     * @param selector its index, from 0
     * @param outcome how it ended
     * @param lookups lookups in the extract that match it; one may match several selectors
     * @param capped lookups that match it and were left out, being more than the policy allows
     * @param overtaken whether forgetting did not wait for a search of this selector
     * @param coverage for which time it is complete
     */
    public record SelectorOutcome(
            int selector, Outcome outcome, long lookups, long capped, boolean overtaken, Coverage coverage) {
        /**
         * The outcome of a selector, given what matched it and what had been forgotten. All instants in milliseconds.
         *
         * @param from first instant of the window
         * @param to first instant after it
         * @param horizon lookups that occurred at or before it had been forgotten
         * @param receivedAt when the request was received
         */
        public static SelectorOutcome of(
                int selector,
                long lookups,
                long capped,
                boolean overtaken,
                long from,
                long to,
                long horizon,
                long receivedAt) {
            Outcome outcome;
            if (capped > 0) {
                outcome = Outcome.CAPPED;
            } else if (lookups == 0 && to - 1 <= horizon) {
                outcome = Outcome.EXPIRED_BEFORE_RECEIPT;
            } else if (from <= horizon || overtaken) {
                outcome = Outcome.PARTLY_EXPIRED;
            } else {
                outcome = lookups == 0 ? Outcome.NO_RECORDS : Outcome.FOUND;
            }
            return new SelectorOutcome(
                    selector, outcome, lookups, capped, overtaken, Coverage.of(from, to, horizon, receivedAt));
        }
    }

    /**
     * For which time the extract is complete for a selector, unless that was overtaken.
     *
     * @param horizon lookups that occurred at or before it had been forgotten when the request was received
     * @param from first instant of the window that had not been forgotten; null if all of it had
     * @param to the end of the window, or when the request was received, if that is earlier; null with {@code from}
     */
    public record Coverage(
            String horizon, @Nullable String from, @Nullable String to) {
        private static Coverage of(long from, long to, long horizon, long receivedAt) {
            long first = Math.max(from, horizon + 1);
            long end = Math.min(to, receivedAt);
            return first < end
                    ? new Coverage(Instants.format(horizon), Instants.format(first), Instants.format(end))
                    : new Coverage(Instants.format(horizon), null, null);
        }
    }

    /** A part: its number from 1, its lines, its bytes and their SHA-256 (hex). */
    public record PartDigest(int part, int lookups, long bytes, String sha256) {}

    /**
     * Sums.
     *
     * @param lookups in all parts
     * @param parts how many
     * @param bytes in all parts
     * @param excluded preserved copies that were not in scope when checked again, and left out
     * @param capped lookups left out because the policy allows no more
     * @param unreadable preserved copies that could not be read
     */
    public record Totals(long lookups, int parts, long bytes, long excluded, long capped, long unreadable) {}

    /**
     * Positions by partition, from 0.
     *
     * @param cut end of lookup-events at the first tick after receipt: everything before was searched
     * @param read how far lookup-events had been read when the searches ran; not less than the cut
     * @param rejected end of lookup-events-rejected at that tick
     */
    public record Positions(List<Long> cut, List<Long> read, List<Long> rejected) {}

    /**
     * How a standing order was collected.
     *
     * @param rounds how many times each selector was searched for
     * @param firstAt when the first round's requests were received
     * @param lastAt the last round's
     * @param gaps times within the window that may lack lookups, because they were forgotten between two rounds
     * @param previous what it continues; null: nothing
     */
    public record Standing(
            int rounds,
            String firstAt,
            String lastAt,
            List<Window> gaps,
            @Nullable Previous previous) {}

    /**
     * The extract before this one in a chain of standing orders about the same selectors.
     *
     * @param manifestSha256 SHA-256 (hex) of its manifest; null if that was not sealed before this one
     * @param window its window
     * @param relation how this one's window lies to it
     */
    public record Previous(String requestId, @Nullable String manifestSha256, Window window, Relation relation) {}

    /** How a window lies to the one before it. */
    public enum Relation {
        /** It begins where that one ends. */
        CONTINUOUS,
        /** Time between the two is in neither. */
        GAP,
        /** Time is in both; lookups of it may be in both extracts. */
        OVERLAP
    }

    /**
     * Who and when; officers by their ids.
     *
     * @param correctedAt when the request took its final form, if later than it was received; else null
     */
    public record Chronology(
            String submittedBy,
            String receivedAt,
            @Nullable String correctedAt,
            List<Approval> approvals,
            String sealedAt) {}

    /** Who approved, and when. */
    public record Approval(String officer, String at) {}

    /** A disclosure policy: its name, and the SHA-256 (hex) of its file. */
    public record PolicyInForce(String name, String sha256) {}

    /** The bytes to sign: the same manifest always gives the same. */
    public byte[] toBytes() {
        return CanonicalJson.write(this);
    }

    /**
     * Reads a manifest.
     *
     * @throws IllegalArgumentException if the bytes are none; the message holds nothing of them
     */
    public static Manifest fromBytes(byte[] bytes) {
        return CanonicalJson.read(bytes, Manifest.class);
    }

    /** Handles stay out of logs. */
    @Override
    public String toString() {
        return "Manifest[" + requestId + "]";
    }
}
