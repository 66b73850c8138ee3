package dev.lookback.casework;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object, read one by one: what is wrong with any goes to a list, under its path, and reading goes
 * on. {@link #end} reports those that nobody has read.
 */
final class Fields {
    // So that later arithmetic on instants cannot overflow, and every one has a four-digit year.
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private final JsonNode json;
    private final String path;
    private final List<Problem> problems;
    private final Set<String> read = new HashSet<>();

    Fields(JsonNode json, String path, List<Problem> problems) {
        this.json = json;
        this.path = path;
        this.problems = problems;
    }

    void report(String field, Problem.Code code) {
        problems.add(new Problem(path + field, code));
    }

    /** An object in a field; an empty one if there is none, which is reported. */
    Fields object(String field) {
        JsonNode value = value(field);
        if (!value.isObject()) {
            report(field, value.isMissingNode() ? Problem.Code.MISSING : Problem.Code.NOT_READABLE);
        }
        return new Fields(value, path + field + ".", problems);
    }

    /** What is in a field, whatever it is. */
    JsonNode value(String field) {
        read.add(field);
        return json.path(field);
    }

    /** A text that has to be there; empty if it is not, which is reported. */
    String text(String field, int longest) {
        String text = optionalText(field, longest);
        if (text == null && !reported(field)) {
            report(field, Problem.Code.MISSING);
        }
        return text == null ? "" : text;
    }

    /** Whether something is wrong with a field. */
    boolean reported(String field) {
        return problems.stream().anyMatch(problem -> problem.field().equals(path + field));
    }

    @Nullable
    String optionalText(String field, int longest) {
        JsonNode value = value(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            report(field, Problem.Code.NOT_READABLE);
        } else if (value.textValue().isBlank()) {
            report(field, Problem.Code.MISSING);
        } else if (value.textValue().length() > longest) {
            report(field, Problem.Code.TOO_LONG);
        } else {
            return value.textValue();
        }
        return null;
    }

    private interface Reading<T> {
        T of(String text);
    }

    private <T> @Nullable T optional(String field, Reading<T> reading) {
        String text = optionalText(field, CommandCodec.MAX_TEXT);
        try {
            return text == null ? null : reading.of(text);
        } catch (DateTimeException | IllegalArgumentException e) {
            report(field, Problem.Code.NOT_READABLE);
            return null;
        }
    }

    private <T> @Nullable T needed(String field, @Nullable T value) {
        if (value == null && !reported(field)) {
            report(field, Problem.Code.MISSING);
        }
        return value;
    }

    @Nullable
    Instant optionalInstant(String field) {
        return optional(field, Fields::parseInstant);
    }

    @Nullable
    Instant instant(String field) {
        return needed(field, optionalInstant(field));
    }

    private static Instant parseInstant(String text) {
        Instant instant = Instant.parse(text);
        if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw new DateTimeException("Not an instant that Lookback knows");
        }
        return instant;
    }

    @Nullable
    LocalDate optionalDate(String field) {
        return optional(field, LocalDate::parse);
    }

    <E extends Enum<E>> @Nullable E symbol(String field, Class<E> type) {
        return needed(field, optionalSymbol(field, type));
    }

    <E extends Enum<E>> @Nullable E optionalSymbol(String field, Class<E> type) {
        return optional(field, text -> Enum.valueOf(type, text));
    }

    @Nullable
    UUID optionalUuid(String field) {
        return optional(field, text -> {
            UUID uuid = UUID.fromString(text);
            if (!uuid.toString().equals(text)) { // UUID.fromString is lenient
                throw new IllegalArgumentException("Not in canonical form");
            }
            return uuid;
        });
    }

    @Nullable
    UUID uuid(String field) {
        return needed(field, optionalUuid(field));
    }

    /** SHA-256 in lower-case hexadecimal. */
    @Nullable
    String optionalDigest(String field) {
        return optional(field, text -> {
            if (!text.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("Not a digest");
            }
            return text;
        });
    }

    /** Reports the fields that nobody has read. */
    void end() {
        json.fieldNames().forEachRemaining(field -> {
            if (!read.contains(field)) {
                report(field, Problem.Code.UNKNOWN_FIELD);
            }
        });
    }
}
