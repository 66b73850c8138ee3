package dev.lookback.faults;

import dev.lookback.v1.LookupEvent;
import java.time.Duration;
import java.util.Set;

/**
 * The rules by which lookups are kept, as naively as they can be said: two classes, one kept for so short a time that a run
 * sees nearly all of it forgotten.
 *
 * @param kept how long lookups of the short class are
 * @param width of its buckets
 * @param callingCodes requesters whose numbers begin so belong to it
 */
record Rules(Duration kept, Duration width, Set<String> callingCodes) {
    static final String SHORT = "short";
    static final String DEFAULT = "default";
    private static final Duration DEFAULT_KEPT = Duration.ofDays(30);
    private static final Duration DEFAULT_WIDTH = Duration.ofHours(1);
    private static final Duration MAX_LATE = Duration.ofHours(12);
    private static final int UUID_LENGTH = 36;

    String retentionClass(String requester) {
        return callingCodes.stream().anyMatch(requester::startsWith) ? SHORT : DEFAULT;
    }

    private long kept(String retentionClass) {
        return (retentionClass.equals(SHORT) ? kept : DEFAULT_KEPT).toMillis();
    }

    private long width(String retentionClass) {
        return (retentionClass.equals(SHORT) ? width : DEFAULT_WIDTH).toMillis();
    }

    long deadline(String retentionClass, long occurredAt) {
        return occurredAt + kept(retentionClass);
    }

    int bucket(String retentionClass, long occurredAt) {
        return (int) Math.floorDiv(occurredAt, width(retentionClass));
    }

    /** When the last lookup that may be in a bucket passes its deadline. */
    long dueAt(String retentionClass, int bucket) {
        return (bucket + 1) * width(retentionClass) - 1 + kept(retentionClass);
    }

    /** Whether ingest must refuse what reached the broker at an instant. */
    boolean isTooLate(String retentionClass, long occurredAt, long appendedAt) {
        return appendedAt - occurredAt >= Math.min(MAX_LATE.toMillis(), kept(retentionClass));
    }

    /** As {@code SampleTraffic} makes them, a lookup is spoiled in one of these ways or not at all. */
    static boolean isValid(LookupEvent event) {
        boolean requester =
                event.getRequester().startsWith("+") || event.getRequester().contains("@");
        return requester
                && event.getEventId().length() == UUID_LENGTH
                && !event.getSourceIp().equals("300.1.2.3");
    }
}
