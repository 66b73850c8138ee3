package dev.lookback.bench;

import java.util.Locale;
import java.util.Map;

/** What all reports say in the same way, whatever language the machine speaks. */
final class Texts {
    static final double MIB = 1024 * 1024;

    private Texts() {}

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    static String progress(String what, long done, long all) {
        return format("%s: %,d of %,d", what, done, all);
    }

    static String bar(boolean reached, String what) {
        return (reached ? "reached: " : "missed:  ") + what;
    }

    static String settings(Map<String, String> changed) {
        return changed.isEmpty() ? "default settings" : "settings " + changed;
    }
}
