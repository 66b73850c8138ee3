package dev.lookback.disclosure;

import dev.lookback.config.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one place in a policy. What is wrong with one goes to a list, with its path and what is allowed; the
 * answer is then the least that is allowed, so that reading goes on to the next mistake. A field that nobody asked for
 * is a mistake, too.
 */
final class Fields {
    private static final String ALL = "all";

    /** Characters of a value or a name that a message shows. */
    private static final int SHOWN = 40;

    private static final Pattern WHOLE = Pattern.compile("0|[1-9][0-9]{0,17}");
    private static final Pattern CONTROL = Pattern.compile("\\p{C}");

    private final String path;
    private final Map<?, ?> values;
    private final List<String> problems;
    private final Set<String> known = new TreeSet<>();

    private Fields(String path, Map<?, ?> values, List<String> problems) {
        this.path = path;
        this.values = values;
        this.problems = problems;
    }

    /** The fields of the whole file. */
    static Fields of(Object root, List<String> problems) {
        if (root instanceof Map<?, ?> values) {
            return new Fields("", values, problems);
        }
        problems.add("the file: wrong; allowed: name, quota and instruments, and what they hold");
        return nothing("");
    }

    /** No fields, and what is missing from them is no mistake of its own. */
    private static Fields nothing(String path) {
        return new Fields(path, Map.of(), new ArrayList<>());
    }

    /** Where it is in the file: {@code instruments.COURT_ORDER}. */
    String path() {
        return path;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** The fields below one that must be there. */
    Fields required(String name, String allowed) {
        Fields below = optional(name);
        if (below != null) {
            return below;
        }
        problems.add(at(name) + ": missing; allowed: " + allowed);
        return nothing(at(name));
    }

    /** The fields below one that may be left out; null: it is. */
    @Nullable
    Fields optional(String name) {
        known.add(name);
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Map<?, ?> below) {
            return new Fields(at(name), below, problems);
        }
        wrong(name, "fields of its own");
        return nothing(at(name));
    }

    /** A text of one line. */
    String text(String name, int longest) {
        String text = value(name, "a text of one line, up to " + longest + " characters");
        if (text == null) {
            return "";
        }
        if (text.isBlank() || text.length() > longest || CONTROL.matcher(text).find()) {
            wrong(name, "a text of one line, up to " + longest + " characters");
        }
        return text;
    }

    /** A whole number. */
    long whole(String name, long least, long most) {
        return whole(name, least, most, between(least, most));
    }

    /** A whole number; null: all. */
    @Nullable
    Long wholeOrAll(String name, long least, long most) {
        return ALL.equals(values.get(name)) && known.add(name)
                ? null
                : (Long) whole(name, least, most, between(least, most) + ", or " + ALL);
    }

    private long whole(String name, long least, long most, String allowed) {
        String text = value(name, allowed);
        if (text == null) {
            return least;
        }
        long number = WHOLE.matcher(text).matches() ? Long.parseLong(text) : -1;
        if (number < least || number > most) {
            wrong(name, allowed);
            return least;
        }
        return number;
    }

    private static String between(long least, long most) {
        return least == most ? Long.toString(least) : "a whole number from " + least + " to " + most;
    }

    /** Yes or no. */
    boolean flag(String name) {
        return choice(name, "true", "false");
    }

    /** One of two words; whether it is the first. */
    boolean choice(String name, String first, String second) {
        String allowed = first + " or " + second;
        String text = value(name, allowed);
        if (text != null && !text.equals(first) && !text.equals(second)) {
            wrong(name, allowed);
        }
        return first.equals(text);
    }

    /** A length of time. */
    Duration duration(String name, Duration least, Duration most) {
        String allowed = "a duration from " + Durations.format(least) + " to " + Durations.format(most)
                + ", written as 30d, 12h or 5m";
        String text = value(name, allowed);
        if (text == null) {
            return least;
        }
        try {
            Duration duration = Durations.parse(text);
            if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                return duration;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        wrong(name, allowed);
        return least;
    }

    /** Objects to a field that belongs elsewhere. */
    void refuse(String name, String allowed) {
        if (has(name)) {
            known.add(name);
            wrong(name, allowed);
        }
    }

    /** Objects to all fields that nobody has asked for. */
    void noOthers() {
        for (Object name : values.keySet()) {
            if (!(name instanceof String text) || !known.contains(text)) {
                problems.add(at(shown(name)) + ": no such field; allowed: " + String.join(", ", known));
            }
        }
    }

    /** The text of a field; null if it is missing or something else, which has been said then. */
    private @Nullable String value(String name, String allowed) {
        known.add(name);
        Object value = values.get(name);
        if (value instanceof String text) {
            return text;
        }
        if (value == null) {
            problems.add(at(name) + ": missing; allowed: " + allowed);
        } else {
            wrong(name, allowed);
        }
        return null;
    }

    private void wrong(String name, String allowed) {
        Object value = values.get(name);
        problems.add(at(name) + (value instanceof String ? "=" + shown(value) : "") + ": wrong; allowed: " + allowed);
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String shown(@Nullable Object value) {
        String text =
                CONTROL.matcher(value instanceof String given ? given : "?").replaceAll("?");
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
