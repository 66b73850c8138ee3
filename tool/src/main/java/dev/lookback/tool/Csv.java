package dev.lookback.tool;

import java.util.List;
import java.util.stream.Collectors;

/** Comma-separated values as RFC 4180 has them. */
final class Csv {
    private static final String LINE_END = "\r\n";

    private Csv() {}

    /** A line, with its end. */
    static String line(List<?> values) {
        return values.stream().map(value -> field(String.valueOf(value))).collect(Collectors.joining(",")) + LINE_END;
    }

    private static String field(String value) {
        boolean quoted = value.chars().anyMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n');
        return quoted ? '"' + value.replace("\"", "\"\"") + '"' : value;
    }
}
