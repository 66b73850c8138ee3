package dev.lookback.vault;

import dev.lookback.retention.Cutoff;
import dev.lookback.v1.Search;

/**
 * What a request can still reach. It admits a lookup exactly if its deadline lies after the instant at which the request
 * was received, and it occurred in the request's window. The one place where the race between forgetting and disclosing
 * is decided; nothing here knows the present time. All instants are milliseconds since the epoch.
 *
 * @param from first instant in reach
 * @param to first instant out of reach again
 */
record Reach(long from, long to) {
    /** The reach of a search over a class. */
    static Reach of(Search search, Cutoff cutoff) {
        long from = search.getFrom().toEpochMilli();
        long readable = cutoff.at(search.getReceivedAt().toEpochMilli()) + 1;
        return new Reach(Math.max(from, readable), search.getTo().toEpochMilli());
    }

    /** The reach of a request that is received at or after an instant and is not known yet: whatever its window. */
    static Reach unknown(long receivedAtOrAfter, Cutoff cutoff) {
        return new Reach(cutoff.at(receivedAtOrAfter) + 1, Long.MAX_VALUE);
    }

    /** Whether a lookup that occurred then is in reach. */
    boolean admits(long occurredAt) {
        return occurredAt >= from && occurredAt < to;
    }

    /** Whether any instant from start (inclusive) to end (exclusive) is in reach. */
    boolean touches(long start, long end) {
        return Math.max(from, start) < Math.min(to, end);
    }

    boolean isEmpty() {
        return from >= to;
    }
}
