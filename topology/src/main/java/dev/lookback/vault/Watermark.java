package dev.lookback.vault;

import dev.lookback.v1.WatermarkTick;
import java.util.OptionalLong;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Up to when all requests are known: the least instant over all partitions of legal-requests before which casework has
 * passed every search on. The store behind it lives in memory and has no changelog: after a restart the watermark is
 * unknown until every partition has ticked.
 */
final class Watermark {
    private static final int PARTITIONS = -1;

    private final KeyValueStore<Integer, Long> passedOnUntil;

    Watermark(KeyValueStore<Integer, Long> passedOnUntil) {
        this.passedOnUntil = passedOnUntil;
    }

    void tick(WatermarkTick tick) {
        passedOnUntil.put(PARTITIONS, (long) tick.getPartitions());
        Long before = passedOnUntil.get(tick.getPartition());
        long now = tick.getPassedOnUntil().toEpochMilli();
        if (before == null || before < now) {
            passedOnUntil.put(tick.getPartition(), now);
        }
    }

    /** Milliseconds since the epoch; empty while unknown. */
    OptionalLong value() {
        Long partitions = passedOnUntil.get(PARTITIONS);
        if (partitions == null) {
            return OptionalLong.empty();
        }
        long least = Long.MAX_VALUE;
        for (int partition = 0; partition < partitions; partition++) {
            Long until = passedOnUntil.get(partition);
            if (until == null) {
                return OptionalLong.empty();
            }
            least = Math.min(least, until);
        }
        return OptionalLong.of(least);
    }
}
