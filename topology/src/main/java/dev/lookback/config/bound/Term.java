package dev.lookback.config.bound;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A length of time worked out from settings.
 *
 * @param sum how, in the settings' names
 * @param value how long; null: for ever
 * @param settings the values that went in, by name
 */
record Term(String sum, @Nullable Duration value, Map<String, String> settings) {
    Term {
        settings = new TreeMap<>(settings);
    }

    static Term of(String name, Duration value, String shown) {
        return new Term("`" + name + "`", value, Map.of(name, shown));
    }

    /** Milliseconds as Kafka writes them, where -1 and the largest number mean for ever. */
    static Term ofKafka(String name, String millis) {
        long value = Long.parseLong(millis);
        boolean ever = value < 0 || value == Long.MAX_VALUE;
        return new Term("`" + name + "`", ever ? null : Duration.ofMillis(value), Map.of(name, millis));
    }

    Term times(int factor) {
        return new Term(
                factor == 1 ? sum : factor + " × " + sum, value == null ? null : value.multipliedBy(factor), settings);
    }

    static Term sum(Term... terms) {
        Duration total = Arrays.stream(terms).anyMatch(each -> each.value == null)
                ? null
                : Arrays.stream(terms).map(Term::known).reduce(Duration.ZERO, Duration::plus);
        return new Term(joined(List.of(terms), " + "), total, all(terms));
    }

    static Term longest(Term... terms) {
        Duration longest = Arrays.stream(terms).anyMatch(each -> each.value == null)
                ? null
                : Arrays.stream(terms)
                        .map(Term::known)
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
        return new Term("the longer of (" + joined(List.of(terms), ", ") + ")", longest, all(terms));
    }

    static Term shortest(Term... terms) {
        Duration shortest = Arrays.stream(terms)
                .filter(each -> each.value != null)
                .map(Term::known)
                .min(Comparator.naturalOrder())
                .orElse(null);
        return new Term("the shorter of (" + joined(List.of(terms), ", ") + ")", shortest, all(terms));
    }

    private Duration known() {
        if (value == null) {
            throw new IllegalStateException(sum + " has no end");
        }
        return value;
    }

    private static String joined(List<Term> terms, String by) {
        return terms.stream().map(each -> each.sum).collect(Collectors.joining(by));
    }

    private static Map<String, String> all(Term... terms) {
        Map<String, String> all = new TreeMap<>();
        Arrays.stream(terms).forEach(each -> all.putAll(each.settings));
        return all;
    }
}
