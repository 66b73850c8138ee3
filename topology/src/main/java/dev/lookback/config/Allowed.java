package dev.lookback.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** What a setting may be. Each {@code toString} completes the sentence "allowed: …". */
final class Allowed {
    private Allowed() {}

    private record Rule(String allowed, Predicate<Object> test) implements Validator {
        @Override
        public void ensureValid(String name, @Nullable Object value) {
            if (value != null && !test.test(value)) {
                throw new ConfigException(name, value, allowed);
            }
        }

        @Override
        public String toString() {
            return allowed;
        }
    }

    static Validator durationBetween(String least, String most) {
        Duration from = Durations.parse(least);
        Duration to = Durations.parse(most);
        return new Rule("a duration from " + least + " to " + most + ", written as " + Durations.FORM, value -> {
            try {
                Duration duration = Durations.parse((String) value);
                return duration.compareTo(from) >= 0 && duration.compareTo(to) <= 0;
            } catch (IllegalArgumentException e) {
                return false;
            }
        });
    }

    static Validator wholeBetween(long least, long most) {
        return new Rule("a whole number from " + least + " to " + most, value -> {
            long number = ((Number) value).longValue();
            return number >= least && number <= most;
        });
    }

    static Validator matching(String description, String regex) {
        Pattern pattern = Pattern.compile(regex);
        return new Rule(description, value -> pattern.matcher((String) value).matches());
    }

    static Validator eachMatching(String description, String regex) {
        Pattern pattern = Pattern.compile(regex);
        return new Rule(
                description, value -> each(value, text -> pattern.matcher(text).matches()));
    }

    static <E extends Enum<E>> Validator eachOf(Class<E> type) {
        List<String> names = List.of(type.getEnumConstants()).stream()
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .toList();
        return new Rule(
                "a list of " + String.join(", ", names),
                value -> each(value, text -> names.contains(text.toLowerCase(Locale.ROOT))));
    }

    static Validator anything(String description) {
        return new Rule(description, value -> true);
    }

    private static boolean each(Object list, Predicate<String> test) {
        return ((List<?>) list).stream().allMatch(item -> test.test((String) item));
    }
}
