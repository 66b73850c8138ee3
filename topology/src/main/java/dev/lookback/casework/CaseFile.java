package dev.lookback.casework;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lookback.handle.Handle;
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
    SortedMap<String, Long> ticks =
            new TreeMap<>(); // of each ticker, its first after the request; until searches go out
    long endedAt;
    Set<UUID> commandIds = new LinkedHashSet<>(); // seen, so that none counts twice
    String submittedBy = "";
    String requestSha256 = "";

    @Nullable
    String approvedBy;

    long approvedAt;
    /** The request itself; null for an INVALID one, and once minimised. */
    @Nullable
    Request request;

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

    /** What was asked for. */
    record Request(
            Command.Instrument instrument, List<Command.Ask> asks, List<Selector> selectors, long from, long to) {
        static Request of(Command.Submit submit) {
            return new Request(
                    submit.instrument(),
                    submit.selectors(),
                    submit.selectors().stream()
                            .map(ask -> new Selector(
                                    ask.role(), Handle.parse(ask.handle()).normalised()))
                            .toList(),
                    submit.from().toEpochMilli(),
                    submit.to().toEpochMilli());
        }

        boolean inWindow(long occurredAt) {
            return from <= occurredAt && occurredAt < to;
        }

        @Override
        public String toString() {
            return "Request[" + selectors.size() + " selectors]";
        }
    }

    /** How far the searches are. A search is one selector in one partition: {@code selector * n + partition}. */
    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
    static final class Search {
        List<Long> cut = List.of();
        List<Long> rejected = List.of();
        SortedSet<Integer> endsAwaited = new TreeSet<>();
        SortedSet<Integer> resultsAwaited = new TreeSet<>();
        SortedSet<Integer> overtaken = new TreeSet<>(); // selectors
        SortedMap<Integer, Long> horizons = new TreeMap<>(); // of each selector: the latest over its searches
        List<Long> read = List.of(); // least over all searches

        boolean ended() {
            return endsAwaited.isEmpty() && resultsAwaited.isEmpty();
        }

        /** The horizon of a selector whose searches have ended. */
        long horizon(int selector) {
            return Objects.requireNonNull(horizons.get(selector), "no search of this selector has ended");
        }

        /** Takes what a search says of itself. */
        void add(int selector, long horizon, boolean wasOvertaken, List<Long> positions) {
            horizons.merge(selector, horizon, Math::max);
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
        long[] matched = {}; // by selector
        long excluded;
        long unreadable;
        SortedSet<String> geoDatabases = new TreeSet<>();
    }

    /** The sealed extract. */
    record Extracted(long sealedAt, long lookups, int parts, String manifestSha256) {}

    boolean approved() {
        return approvedBy != null;
    }

    boolean ended() {
        return CaseRules.ended(state);
    }

    void remember(UUID commandId) {
        if (commandIds.size() < MAX_COMMANDS) {
            commandIds.add(commandId);
        }
    }

    /** Leaves the outline: id, state, digest, officers. No handle, no reference, no cursor (which is a lookup's key). */
    void minimise() {
        request = null;
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
