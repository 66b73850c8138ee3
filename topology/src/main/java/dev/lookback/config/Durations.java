package dev.lookback.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 30d}, {@code 12h}, {@code 5m}, {@code 10s}, {@code 500ms}, or ISO-8601. */
public final class Durations {
    /** How they are written, for messages. */
    static final String FORM = "30d, 12h, 5m, 10s, 500ms or ISO-8601 (PT12H)";

    private static final Pattern SHORT = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h|d)");
    private static final Map<String, Duration> UNITS = new LinkedHashMap<>();

    static {
        UNITS.put("d", Duration.ofDays(1));
        UNITS.put("h", Duration.ofHours(1));
        UNITS.put("m", Duration.ofMinutes(1));
        UNITS.put("s", Duration.ofSeconds(1));
        UNITS.put("ms", Duration.ofMillis(1));
    }

    private Durations() {}

    /**
     * Reads a duration.
     *
     * @throws IllegalArgumentException if it is not written in one of these forms
     */
    public static Duration parse(String text) {
        String trimmed = text.trim();
        Matcher matcher = SHORT.matcher(trimmed.toLowerCase(Locale.ROOT));
        try {
            if (matcher.matches()) {
                Duration unit = UNITS.getOrDefault(matcher.group(2), Duration.ZERO);
                return unit.multipliedBy(Long.parseLong(matcher.group(1)));
            }
            return Duration.parse(trimmed);
        } catch (DateTimeParseException | ArithmeticException e) {
            throw new IllegalArgumentException("not a duration; written as " + FORM, e);
        }
    }

    /** Writes about how long a duration is, for people: in the largest unit of which there are two at least. */
    public static String about(Duration duration) {
        for (Map.Entry<String, Duration> unit : UNITS.entrySet()) {
            long size = unit.getValue().toMillis();
            long rounded = Math.round(duration.toMillis() / (double) size);
            if (rounded >= 2) {
                return rounded + unit.getKey();
            }
        }
        return duration.toMillis() + "ms";
    }

    /** Writes a duration in the largest unit that divides it. */
    public static String format(Duration duration) {
        for (Map.Entry<String, Duration> unit : UNITS.entrySet()) {
            long size = unit.getValue().toMillis();
            if (duration.toMillis() != 0 && duration.toMillis() % size == 0) {
                return duration.toMillis() / size + unit.getKey();
            }
        }
        return duration.toMillis() + "ms";
    }
}
