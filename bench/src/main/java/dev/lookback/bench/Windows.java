package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Windows of time, one after the other: each of some buckets, with one empty bucket behind it, so that a retention can be
 * set that forgets one window wholly and the next not at all.
 */
final class Windows {
    /** How far behind its window's end the cutoff comes to lie. */
    private static final Duration BEYOND = Duration.ofMillis(500);

    /** Filling takes time, too. */
    private static final Duration ROOM = Duration.ofHours(2);

    private static final Duration MOST_LATE = Duration.ofDays(30);

    private final int buckets;
    private final Duration bucket;
    private final long firstBucket;

    /**
     * The youngest ends so that even the shortest retention allowed can reach it.
     *
     * @param count how many
     * @param buckets of each
     * @param now milliseconds since the epoch
     */
    Windows(int count, int buckets, LookbackConfig config, long now) {
        RetentionClass retained =
                Objects.requireNonNull(config.retentionClasses().get(Topics.DEFAULT_CLASS));
        this.buckets = buckets;
        this.bucket = retained.bucketWidth();
        long youngestEnd = LedgerKey.bucketOf(
                now - config.duration(LookbackConfig.RETENTION_MIN).toMillis(), bucket);
        this.firstBucket = youngestEnd - (buckets + 1L) * count + 1;
    }

    /**
     * Settings under which lookups of all of them are admitted.
     *
     * @throws IllegalArgumentException if they reach back further than any setting allows
     */
    static Map<String, String> settings(int count, int buckets, Duration bucket) {
        Duration reach = bucket.multipliedBy((buckets + 1L) * count + 1).plus(ROOM);
        if (reach.compareTo(MOST_LATE) > 0) {
            throw new IllegalArgumentException(
                    "so many runs of so many buckets reach back further than the 30 days that ingest.max.late allows");
        }
        Map<String, String> settings = new HashMap<>();
        settings.put(LookbackConfig.INGEST_MAX_LATE, reach.toMinutes() + "m");
        settings.put(LookbackConfig.CLASS_PREFIX + Topics.DEFAULT_CLASS + ".bucket", bucket.toMillis() + "ms");
        return settings;
    }

    /** The first bucket of a window, from 0. */
    long begin(int window) {
        return firstBucket + (buckets + 1L) * window;
    }

    /** The first bucket that does not belong to it any more. */
    long end(int window) {
        return begin(window) + buckets;
    }

    /** The first instant of a bucket. */
    Instant start(long number) {
        return Instant.ofEpochMilli(LedgerKey.bucketStart(number, bucket));
    }

    /** The retention that forgets a window, if it is set at an instant. */
    Duration forgetting(int window, Instant now) {
        return Duration.between(start(end(window)).plus(BEYOND), now);
    }

    /** Whether a retention that was set before has reached a window by itself. */
    boolean isDue(int window, Duration kept, Instant now) {
        return start(begin(window) + 1).plus(BEYOND).isBefore(now.minus(kept));
    }
}
