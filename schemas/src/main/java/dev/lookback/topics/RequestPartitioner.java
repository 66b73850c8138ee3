package dev.lookback.topics;

import java.util.UUID;

/** In which partition the records of a request lie, in every topic that is keyed by request. */
public final class RequestPartitioner {
    private RequestPartitioner() {}

    /** The partition, of so many, of a request. */
    public static int partition(UUID requestId, int partitions) {
        return Math.floorMod(
                Long.hashCode(requestId.getMostSignificantBits() ^ requestId.getLeastSignificantBits()), partitions);
    }
}
