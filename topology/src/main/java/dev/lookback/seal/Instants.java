package dev.lookback.seal;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Instants as extracts spell them: UTC, always with milliseconds, so that equal instants are equal text. */
public final class Instants {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Instants() {}

    /** {@code 2026-01-31T23:59:59.999Z}. */
    public static String format(Instant instant) {
        return FORMAT.format(instant);
    }

    /** The same of milliseconds since the epoch. */
    public static String format(long epochMillis) {
        return format(Instant.ofEpochMilli(epochMillis));
    }
}
