package dev.lookback.vault;

import dev.lookback.clock.Timekeeper;
import dev.lookback.custody.KeyCustody;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Destroys the keys of buckets that are past their deadline and past the grace as well: until then a search that was
 * received in time may still read them. Every instance does it, for all partitions; whoever comes second finds nothing
 * left to do. While the clock is in doubt no key is destroyed.
 */
final class KeyExpiry {
    private static final Logger LOG = LoggerFactory.getLogger(KeyExpiry.class);

    private static final double MILLIS = 1000.0;

    private final @Nullable KeyCustody custody;
    private final RetentionClasses classes;
    private final Duration grace;
    private final Timekeeper time;
    private volatile double lastTurn = Double.NaN;

    /** Does nothing if there is no custody. */
    KeyExpiry(
            @Nullable KeyCustody custody,
            RetentionClasses classes,
            Duration grace,
            Timekeeper time,
            MeterRegistry meters) {
        this.custody = custody;
        this.classes = classes;
        this.grace = grace;
        this.time = time;
        for (RetentionClass each : classes.all()) {
            Gauge.builder("lookback.custody.keys", () -> custody == null ? 0 : custody.count(each.name()))
                    .description("Keys of buckets whose lookups can be decrypted; 0 where nothing is encrypted.")
                    .tag("class", each.name())
                    .register(meters);
        }
        Gauge.builder("lookback.custody.turn.timestamp", () -> lastTurn)
                .description("When every key had last been destroyed that had to be. Not a number where nothing is"
                        + " encrypted.")
                .baseUnit("seconds")
                .register(meters);
    }

    /**
     * Destroys what is to be destroyed by now.
     *
     * @param wall milliseconds since the epoch
     * @param cutoffs the cutoff of each class; a class without one is left alone
     */
    void destroyKeys(long wall, Function<RetentionClass, @Nullable Cutoff> cutoffs) {
        if (custody == null || !time.maySweep()) {
            return;
        }
        long now = time.forgettingNow(wall);
        for (RetentionClass each : classes.all()) {
            Cutoff cutoff = cutoffs.apply(each);
            if (cutoff != null) {
                long firstKept = LedgerKey.bucketOf(cutoff.at(now - grace.toMillis()) + 1, each.bucketWidth());
                int destroyed = custody.destroyBefore(each.name(), firstKept);
                if (destroyed > 0) {
                    LOG.info("Destroyed the keys of {} buckets of class {}", destroyed, each.name());
                }
            }
        }
        lastTurn = now / MILLIS;
    }
}
