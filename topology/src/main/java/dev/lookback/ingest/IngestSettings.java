package dev.lookback.ingest;

import java.time.Duration;

/**
 * What can be tuned about ingest.
 *
 * @param maxLate a lookup that occurred this long ago or longer is rejected LATE; 12 h unless set. Raising it raises the
 *     bound within which brokers forget
 * @param maxFuture a lookup dated further ahead than this is rejected FUTURE; 5 min unless set
 * @param maxRecordBytes a record whose key and value together are longer is rejected TOO_LARGE, and kept cut to this
 *     length; 65,536 bytes unless set
 * @param registryWait how long a record waits for a registry that does not answer before its thread gives up and is
 *     replaced; 60 s unless set. Well below the consumer's {@code max.poll.interval.ms}
 * @param registryBackoff pause between two questions to such a registry; 1 s unless set
 * @param progressInterval how often progress is written, and policies are read; 1 s unless set
 * @param progressRepeat after how long progress is written again though nothing has changed; 30 s unless set
 */
public record IngestSettings(
        Duration maxLate,
        Duration maxFuture,
        int maxRecordBytes,
        Duration registryWait,
        Duration registryBackoff,
        Duration progressInterval,
        Duration progressRepeat) {
    /** Everything as it is unless set. */
    public static final IngestSettings DEFAULTS = new IngestSettings(
            Duration.ofHours(12),
            Duration.ofMinutes(5),
            64 * 1024,
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30));

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the one that makes no sense
     */
    public IngestSettings {
        requirePositive("maxLate", maxLate);
        requirePositive("registryWait", registryWait);
        requirePositive("registryBackoff", registryBackoff);
        requirePositive("progressInterval", progressInterval);
        requirePositive("progressRepeat", progressRepeat);
        if (maxFuture.isNegative()) {
            throw new IllegalArgumentException("maxFuture is negative");
        }
        if (maxRecordBytes < 1) {
            throw new IllegalArgumentException("maxRecordBytes is not positive");
        }
    }

    private static void requirePositive(String name, Duration duration) {
        if (duration.toMillis() < 1) {
            throw new IllegalArgumentException(name + " is not positive");
        }
    }
}
