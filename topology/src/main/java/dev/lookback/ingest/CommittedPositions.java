package dev.lookback.ingest;

import java.util.OptionalLong;

/** What the application's consumer group has committed in lookup-events. Safe for use by several threads. */
@FunctionalInterface
public interface CommittedPositions {
    /**
     * The position (exclusive) up to which the group has committed a partition of lookup-events, as last learned; empty
     * while there is none. Must return at once. Where the group has committed nothing yet, the partition's first offset
     * is as good an answer: nothing before it will ever be admitted.
     */
    OptionalLong committed(int partition);
}
