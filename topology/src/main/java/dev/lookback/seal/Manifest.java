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
 * @param scope what was asked, and what was searched for
 * @param outcomes one for each selector, in order
 * @param parts the pieces of the extract, in order
 * @param totals sums over the parts, and what was left out
 * @param positions how far the sources had been read
 * @param geoDatabases the GeoIP databases that the lookups' locations come from, sorted
 * @param triggers what each value of a lookup's trigger means
 * @param chronology who did what and when
 * @param software name and version of what made the extract
 * @param keyId the sealing key: {@link KeyFiles#keyId}
 * @param statement what the records show, and what they do not
 */
public record Manifest(
        int version,
        String requestId,
        Instrument instrument,
        Scope scope,
        List<SelectorOutcome> outcomes,
        List<PartDigest> parts,
        Totals totals,
        Positions positions,
        List<String> geoDatabases,
        Map<String, String> triggers,
        Chronology chronology,
        String software,
        String keyId,
        List<String> statement) {
    /** The version of the format that this class reads and writes. */
    public static final int VERSION = 1;

    /** The legal paper: its type, and the issuing authority's own reference, name and jurisdiction. */
    public record Instrument(String type, String reference, String authority, String jurisdiction) {}

    /**
     * Both sides of the scope.
     *
     * @param served the selectors as the command stated them
     * @param applied the same, normalised, as searched for
     * @param from first instant of {@code occurredAt}
     * @param to first instant after it
     */
    public record Scope(List<Served> served, List<Applied> applied, String from, String to) {
        @Override
        public String toString() {
            return "Scope[" + applied.size() + " selectors]";
        }
    }

    /** A selector as stated. */
    public record Served(SelectorRole role, String handle) {
        @Override
        public String toString() {
            return "Served[" + role + "]";
        }
    }

    /** A selector as searched for. */
    public record Applied(SelectorRole role, String handle, HandleKind kind) {
        Selector selector() {
            return new Selector(role, handle);
        }

        @Override
        public String toString() {
            return "Applied[" + role + "]";
        }
    }

    /** How a selector ended. */
    public enum Outcome {
        /** Lookups are there, and none can have been forgotten. */
        FOUND,
        /** The window was retained as a whole, and there is no lookup. */
        NO_RECORDS,
        /** The whole window had been forgotten when the request was received. */
        EXPIRED_BEFORE_RECEIPT,
        /** A part of the window had been forgotten; the rest has {@code lookups} of them, maybe none. */
        PARTLY_EXPIRED
    }

    /**
     * The outcome of one selector.
     *
     * @param selector its index, from 0
     * @param outcome how it ended
     * @param lookups lookups in the extract that match it; one may match several selectors
     * @param overtaken whether forgetting did not wait for a search of this selector
     * @param coverage for which time it is complete
     */
    public record SelectorOutcome(int selector, Outcome outcome, long lookups, boolean overtaken, Coverage coverage) {
        /**
         * The outcome of a selector, given what matched it and what had been forgotten. All instants in milliseconds.
         *
         * @param from first instant of the window
         * @param to first instant after it
         * @param horizon lookups that occurred at or before it had been forgotten
         * @param receivedAt when the request was received
         */
        public static SelectorOutcome of(
                int selector, long lookups, boolean overtaken, long from, long to, long horizon, long receivedAt) {
            Outcome outcome;
            if (lookups == 0 && to - 1 <= horizon) {
                outcome = Outcome.EXPIRED_BEFORE_RECEIPT;
            } else if (from <= horizon || overtaken) {
                outcome = Outcome.PARTLY_EXPIRED;
            } else {
                outcome = lookups == 0 ? Outcome.NO_RECORDS : Outcome.FOUND;
            }
            return new SelectorOutcome(
                    selector, outcome, lookups, overtaken, Coverage.of(from, to, horizon, receivedAt));
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
     * @param unreadable preserved copies that could not be read
     */
    public record Totals(long lookups, int parts, long bytes, long excluded, long unreadable) {}

    /**
     * Positions by partition, from 0.
     *
     * @param cut end of lookup-events at the first tick after receipt: everything before was searched
     * @param read how far lookup-events had been read when the searches ran; not less than the cut
     * @param rejected end of lookup-events-rejected at that tick
     */
    public record Positions(List<Long> cut, List<Long> read, List<Long> rejected) {}

    /** Who and when; officers by their ids. */
    public record Chronology(
            String submittedBy, String receivedAt, String approvedBy, String approvedAt, String sealedAt) {}

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
