package dev.lookback.casework;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Selector;
import dev.lookback.v1.CaseState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;

/**
 * All that casework knows of one request, kept as JSON in the store of cases. Instants are milliseconds.
 *
 * <p>It holds handles, so the store's changelog is as protected as preserved copies. {@link #minimise} strips a case
 * whose copies have been released to its outline, which is deleted when {@code casework.case.retention} is over.
 *
 * <p>Mutable, and owned by the one processor that keeps it.
 */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.ANY,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE)
final class CaseFile {
    /** Commands remembered of one case; a case sees a handful. */
    private static final int MAX_COMMANDS = 1000;

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    UUID requestId = new UUID(0, 0);
    CaseState state = CaseState.UNKNOWN;
    long version; // of the last status record
    long receivedAt; // r
    long filedAt; // of the submit command that counts: later than r if the request was corrected or served
    SortedMap<String, Long> ticks =
            new TreeMap<>(); // of each ticker, its first after the request; until searches go out
    long endedAt;
    Set<UUID> commandIds = new LinkedHashSet<>(); // seen, so that none counts twice
    String submittedBy = "";
    String requestSha256 = "";
    boolean estimate;

    /** Null until a request in good form has come. */
    @Nullable
    InstrumentType instrument;

    List<Manifest.Approval> approvals = new ArrayList<>();
    int approvalsNeeded = 1;
    boolean overQuota;

    @Nullable
    String selectorsDigest;

    /** The time for the paper; null: none is owed. */
    @Nullable
    Long paperDueAt;

    boolean paperOverdue;

    /** Until when a preservation request keeps the copies; null: it is none. */
    @Nullable
    Long preservedUntil;

    boolean renewed;

    @Nullable
    Long nonDisclosureUntil;

    /** The request itself; null for an INVALID one, and once minimised. */
    @Nullable
    Request request;

    /** What outlives the request; null with {@link #instrument}. */
    @Nullable
    Outline outline;

    /** What a preservation request asked for, once another instrument has been served on it; null before. */
    @Nullable
    Preserved preserved;

    Search search = new Search();
    /** Present from the first part on. */
    @Nullable
    Sealing sealing;
    /** How the extract came out; present once sealed. */
    @Nullable
    Extracted extracted;
    /** The last copy whose release has been ordered; null: none yet. */
    byte @Nullable [] releasedUpTo;

    long copiesReleased;
    boolean released;

    /**
     * What was asked for, and on what terms.
     *
     * @param served the selectors as stated
     * @param selectors as searched for
     * @param servedFrom the window as stated …
     * @param from … and as searched for
     * @param caps the most lookups that are disclosed of each selector; null: all
     */
    record Request(
            Manifest.Instrument instrument,
            List<Manifest.Served> served,
            List<Selector> selectors,
            long servedFrom,
            long servedTo,
            long from,
            long to,
            List<Manifest.Narrowing> narrowings,
            Command.Priority priority,
            @Nullable Long dueBy,
            @Nullable UUID continues,
            Manifest.Disclosed disclosed,
            List<@Nullable Long> caps,
            Manifest.PolicyInForce policy) {
        boolean inWindow(long occurredAt) {
            return from <= occurredAt && occurredAt < to;
        }

        @Override
        public String toString() {
            return "Request[" + selectors.size() + " selectors]";
        }
    }

    /** What of a request names nobody. */
    record Outline(String authority, String jurisdiction, int selectors, long from, long to) {}

    /** A preservation request that another instrument has been served on, and how its searches ended. */
    record Preserved(
            Request request,
            Search search,
            String submittedBy,
            String requestSha256,
            InstrumentType instrument,
            Outline outline,
            long filedAt) {
        @Override
        public String toString() {
            return "Preserved";
        }
    }

    /**
     * How far the searches are. A search is one selector in one partition: {@code selector * n + partition}. A standing
     * order is searched for in rounds.
     */
    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
    static final class Search {
        int round;
        boolean waiting; // for the cut of this round, which has been opened
        long roundAt; // r of this round
        long previousRoundAt; // r of the one before
        long firstRoundAt; // r of the first
        List<Long> cut = List.of();
        List<Long> rejected = List.of();
        SortedSet<Integer> endsAwaited = new TreeSet<>();
        SortedSet<Integer> resultsAwaited = new TreeSet<>();
        SortedSet<Integer> overtaken = new TreeSet<>(); // selectors
        SortedMap<Integer, Long> horizons = new TreeMap<>(); // of each selector: the latest over the first round
        SortedMap<Integer, Long> matched = new TreeMap<>(); // of each selector, over its searches
        List<Long> read = List.of(); // least over all searches of this round
        long forgottenUntil = Long.MIN_VALUE; // the latest horizon of this round
        List<Manifest.Window> gaps = new ArrayList<>();

        boolean ended() {
            return !waiting && endsAwaited.isEmpty() && resultsAwaited.isEmpty();
        }

        /** The horizon of a selector whose searches have ended. */
        long horizon(int selector) {
            return Objects.requireNonNull(horizons.get(selector), "no search of this selector has ended");
        }

        /** Opens a round: it reaches what is retained at this instant. */
        void open(int number, long receivedAt) {
            round = number;
            previousRoundAt = roundAt;
            roundAt = receivedAt;
            waiting = true;
            read = List.of();
            forgottenUntil = Long.MIN_VALUE;
            if (number == 0) {
                firstRoundAt = receivedAt;
            }
        }

        /** Takes what a search says of itself. */
        void add(int selector, long found, long horizon, boolean wasOvertaken, List<Long> positions) {
            if (round == 0) {
                horizons.merge(selector, horizon, Math::max);
            }
            forgottenUntil = Math.max(forgottenUntil, horizon);
            matched.merge(selector, found, Long::sum);
            if (wasOvertaken) {
                overtaken.add(selector);
            }
            if (read.isEmpty()) {
                read = List.copyOf(positions);
                return;
            }
            List<Long> least = new ArrayList<>();
            for (int i = 0; i < Math.min(read.size(), positions.size()); i++) {
                least.add(Math.min(read.get(i), positions.get(i)));
            }
            read = least;
        }
    }

    /** How far sealing is. Always between two parts. */
    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
    static final class Sealing {
        long sealedAt; // when it began: one instant, however many slices it takes
        byte @Nullable [] upTo; // the last copy that has been looked at
        List<Manifest.PartDigest> parts = new ArrayList<>();
        long treeSize;
        List<byte[]> tree = new ArrayList<>(); // complete subtrees of the Merkle tree over all lines
        long[] matched = {}; // by selector
        long[] capped = {}; // by selector
        long cappedTotal;
        long excluded;
        long unreadable;
        SortedSet<String> geoDatabases = new TreeSet<>();
    }

    /** The sealed extract. */
    record Extracted(long sealedAt, long lookups, int parts, String manifestSha256) {}

    boolean approved() {
        return instrument != null && approvalsNeeded > 0 && approvals.size() >= approvalsNeeded;
    }

    boolean ended() {
        return CaseRules.ended(state);
    }

    CaseRules.Kind kind() {
        if (estimate) {
            return CaseRules.Kind.ESTIMATE;
        } else if (instrument == InstrumentType.PRESERVATION_REQUEST) {
            return CaseRules.Kind.PRESERVATION;
        }
        return instrument == InstrumentType.STANDING_ORDER ? CaseRules.Kind.STANDING : CaseRules.Kind.RECORDS;
    }

    /**
     * Where it stands.
     *
     * @param approving whether one more officer is about to approve
     */
    CaseRules.Situation situation(boolean approving, long now) {
        boolean enough =
                instrument != null && approvalsNeeded > 0 && approvals.size() + (approving ? 1 : 0) >= approvalsNeeded;
        return new CaseRules.Situation(
                state,
                kind(),
                enough,
                approved(),
                preservedUntil != null && now < preservedUntil,
                renewed,
                paperDueAt != null,
                extracted != null);
    }

    /** What the instrument that was served leaves behind: the preservation request as it was. */
    void unserve() {
        Preserved before = Objects.requireNonNull(preserved);
        request = before.request;
        search = before.search;
        submittedBy = before.submittedBy;
        requestSha256 = before.requestSha256;
        instrument = before.instrument;
        outline = before.outline;
        filedAt = before.filedAt;
        approvals.clear();
        approvalsNeeded = 0;
        overQuota = false;
        noPaper();
        preserved = null;
    }

    /** No paper is owed any more. */
    void noPaper() {
        paperDueAt = null;
        paperOverdue = false;
    }

    void remember(UUID commandId) {
        if (commandIds.size() < MAX_COMMANDS) {
            commandIds.add(commandId);
        }
    }

    /** Leaves the outline: id, state, digest, officers. No handle, no reference, no cursor (which is a lookup's key). */
    void minimise() {
        request = null;
        preserved = null;
        ticks = new TreeMap<>();
        search = new Search();
        sealing = null;
        releasedUpTo = null;
    }

    /** Its serde. Messages of its errors quote nothing. */
    static Serde<CaseFile> serde() {
        return Serdes.serdeFrom(
                (topic, file) -> {
                    try {
                        return file == null ? null : JSON.writeValueAsBytes(file);
                    } catch (JsonProcessingException e) {
                        throw new SerializationException("Cannot write a case file: " + e.getClass());
                    }
                },
                (topic, bytes) -> {
                    try {
                        return bytes == null ? null : JSON.readValue(bytes, CaseFile.class);
                    } catch (IOException e) {
                        throw new SerializationException("Cannot read a case file: " + e.getClass());
                    }
                });
    }

    @Override
    public String toString() {
        return "CaseFile[" + requestId + ", " + state + "]";
    }
}
