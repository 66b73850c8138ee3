package dev.lookback.config.bound;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Until when bytes can be in one place.
 *
 * @param place a topic or a directory, in words
 * @param holds what of a lookup can be there
 * @param since the instant from which the bound counts, in words
 * @param bySettings how long after that instant, as settings have it; null: for ever
 * @param work what is allowed on top for the work itself, under full load
 * @param sum how it is worked out, in the settings' names
 * @param settings the values that went in, by name
 */
public record DiskBound(
        String place,
        Holds holds,
        String since,
        @Nullable Duration bySettings,
        Duration work,
        String sum,
        Map<String, String> settings) {
    /** What of a lookup a place can hold. */
    public enum Holds {
        /** Handles, addresses: the lookup itself. The limit is about these. */
        LOOKUPS("lookups"),
        /** Keys with tokens in place of handles. */
        TOKENS("tokens"),
        /** What a legal request says: the handle that it asks about. */
        REQUESTS("requests");

        private final String label;

        Holds(String label) {
            this.label = label;
        }

        /** For people. */
        public String label() {
            return label;
        }
    }

    /** Copies the settings. */
    public DiskBound {
        settings = Map.copyOf(settings);
    }

    /** How long at most; empty: there is no end. */
    public Optional<Duration> bound() {
        return Optional.ofNullable(bySettings).map(work::plus);
    }

    /** How long, for people. */
    public String boundText() {
        return bound().map(DiskBound::text).orElse("for ever");
    }

    /** How it is worked out, with what is allowed for the work. */
    public String sumText() {
        return work.isZero() ? sum : sum + " + " + text(work) + " of work";
    }

    /** A duration as people say it, rounded up to minutes where it is longer: {@code 19 h 11 min}. */
    public static String text(Duration duration) {
        if (duration.compareTo(Duration.ofMinutes(2)) < 0) {
            return duration.plusMillis(999).toSeconds() + " s";
        }
        long minutes = duration.plusMillis(59_999).toMinutes();
        long days = minutes / (24 * 60);
        long hours = minutes / 60 % 24;
        long left = minutes % 60;
        if (days >= 2) {
            return days + " d" + (hours == 0 ? "" : " " + hours + " h");
        }
        hours += 24 * days;
        return (hours == 0 ? "" : hours + " h")
                + (hours > 0 && left > 0 ? " " : "")
                + (left == 0 && hours > 0 ? "" : left + " min");
    }

    /** Whether lookups can be there for longer than this. */
    public boolean exceeds(Duration limit) {
        return holds == Holds.LOOKUPS
                && bound().filter(each -> each.compareTo(limit) <= 0).isEmpty();
    }
}
