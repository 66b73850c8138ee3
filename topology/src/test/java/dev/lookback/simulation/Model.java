package dev.lookback.simulation;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Lookback promises, as naively as it can be said: a list of lookups, a cutoff for each class, and a filter. Knows
 * nothing of the product but its records. All times in milliseconds.
 */
final class Model {
    static final long HOUR = 3_600_000;
    private static final long MAX_LATE = 12 * HOUR;
    private static final long MAX_FUTURE = 5 * 60_000;

    /** A lookup that was admitted. */
    record Row(String retentionClass, String eventId, long occurredAt, String requester, String queried, String ip) {}

    /** A selector; of a handle in lower case, or of a network of the addresses that there are. */
    record Ask(String role, String handle) {}

    /** A request; the cutoffs are those at the instant it was received. */
    record Request(List<Ask> asks, long from, long to, long receivedAt, long cut, Map<String, Long> cutoffs) {}

    /** An erasure; of a handle in lower case. */
    record Erasure(String role, String handle, long at) {}

    final Map<String, Long> durations = new HashMap<>(Map.of("default", 30 * 24 * HOUR, "short", 5 * 24 * HOUR));
    final Map<String, Long> bucketWidths = Map.of("default", HOUR, "short", 6 * HOUR);
    final Map<RejectReason, Integer> rejected = new HashMap<>();
    /** Rejections that depend on whether ingest knew an erasure yet, and trusted its clock. */
    final Map<RejectReason, Integer> perhapsRejected = new HashMap<>();

    final List<Erasure> erasures = new ArrayList<>();
    private final Map<String, Long> cutoffs = new HashMap<>();
    private final Map<Row, Long> admittedAtPosition = new HashMap<>();

    /** Time passes: the cutoff follows, and never moves back. */
    void now(long now) {
        durations.forEach((name, duration) -> cutoffs.merge(name, now - duration, Math::max));
    }

    /** When a lookup is forgotten if nothing changes. */
    long deadline(LookupEvent event) {
        return event.getOccurredAt().toEpochMilli() + durations.get(classOf(event.getRequester()));
    }

    Map<String, Long> cutoffs() {
        return Map.copyOf(cutoffs);
    }

    /**
     * Ingest reads an event (null: unreadable bytes) from a position of lookup-events.
     *
     * @param expiryLags its clock does not know which of two times is right, and takes nothing for expired that may not be
     */
    void ingest(@Nullable LookupEvent event, long position, long publishedAt, long now, boolean expiryLags) {
        RejectReason reason = event == null ? RejectReason.UNREADABLE : reject(event, now);
        if (reason == RejectReason.EXPIRED_ON_ARRIVAL && expiryLags) {
            // Then it is late or erased.
            perhapsRejected.merge(reason, 1, Integer::sum);
            perhapsRejected.merge(RejectReason.LATE, 1, Integer::sum);
            perhapsRejected.merge(RejectReason.ERASED, 1, Integer::sum);
            return;
        }
        if (event != null && reason != RejectReason.EXPIRED_ON_ARRIVAL && isErased(row(event), publishedAt - 1)) {
            perhapsRejected.merge(RejectReason.ERASED, 1, Integer::sum);
            if (reason != null) {
                perhapsRejected.merge(reason, 1, Integer::sum);
                return;
            }
        }
        if (reason != null) {
            rejected.merge(reason, 1, Integer::sum);
            return;
        }
        admittedAtPosition.merge(row(event), position, Math::min);
    }

    private static Row row(LookupEvent event) {
        return new Row(
                classOf(event.getRequester()),
                event.getEventId(),
                event.getOccurredAt().toEpochMilli(),
                event.getRequester(),
                event.getQueried(),
                event.getSourceIp());
    }

    /** Whether one of the erasures up to an instant covers a lookup. */
    private boolean isErased(Row row, long until) {
        return erasures.stream()
                .anyMatch(
                        each -> each.at <= until && row.occurredAt <= each.at && isInRole(row, each.role, each.handle));
    }

    private @Nullable RejectReason reject(LookupEvent event, long now) {
        long occurredAt = event.getOccurredAt().toEpochMilli();
        if (occurredAt <= cutoffs.get(classOf(event.getRequester()))) {
            return RejectReason.EXPIRED_ON_ARRIVAL;
        }
        if (occurredAt <= now - MAX_LATE) {
            return RejectReason.LATE;
        }
        return occurredAt > now + MAX_FUTURE ? RejectReason.FUTURE : null;
    }

    static String classOf(String requester) {
        return requester.startsWith("+1") ? "short" : "default";
    }

    /** What the vault holds once everything has come to rest: whole buckets, until their last instant is past. */
    Set<Row> stored() {
        Set<Row> rows = new HashSet<>(admittedAtPosition.keySet());
        rows.removeIf(row -> isErased(row, Long.MAX_VALUE));
        rows.removeIf(row -> {
            long width = bucketWidths.get(row.retentionClass);
            long lastInstant = Math.floorDiv(row.occurredAt, width) * width + width - 1;
            return lastInstant <= cutoffs.get(row.retentionClass);
        });
        return rows;
    }

    /** What an extract must hold: in scope, retained when the request was received, published before the cut. */
    List<Row> mustDisclose(Request request) {
        List<Row> rows = mayDisclose(request);
        rows.removeIf(row -> admittedAtPosition.get(row) >= request.cut);
        return rows;
    }

    /** What it may hold: the same, and what was published between the cut and the search. Nothing else. */
    List<Row> mayDisclose(Request request) {
        List<Row> rows = new ArrayList<>(admittedAtPosition.keySet());
        rows.removeIf(row -> !inScope(row, request) || row.occurredAt <= request.cutoffs.get(row.retentionClass));
        rows.removeIf(row -> isErased(row, request.receivedAt)); // after it was received, the hold came first
        rows.sort(Comparator.comparingLong(Row::occurredAt).thenComparing(Row::eventId));
        return rows;
    }

    private static boolean inScope(Row row, Request request) {
        return request.asks.stream().anyMatch(ask -> isInRole(row, ask.role, ask.handle))
                && row.occurredAt >= request.from
                && row.occurredAt < request.to;
    }

    /** The form in which handles are compared. */
    static String canonical(String handle) {
        return handle.toLowerCase(java.util.Locale.ROOT);
    }

    private static boolean isInNetwork(Row row, String network) {
        String[] parts = network.split("[./]");
        int bits = 32 - Integer.parseInt(parts[4]);
        int number = Integer.parseInt(row.ip.split("\\.")[3]);
        return number >> bits == Integer.parseInt(parts[3]) >> bits;
    }

    private static boolean isInRole(Row row, String role, String handle) {
        if (role.equals("SOURCE")) {
            return isInNetwork(row, handle);
        }
        boolean asked = canonical(row.requester).equals(handle);
        boolean wasAsked = canonical(row.queried).equals(handle);
        return role.equals("REQUESTER") ? asked : role.equals("QUERIED") ? wasAsked : asked || wasAsked;
    }
}
