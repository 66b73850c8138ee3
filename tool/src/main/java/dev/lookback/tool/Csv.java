package dev.lookback.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Comma-separated values as RFC 4180 has them. */
final class Csv {
    private static final String LINE_END = "\r\n";
    private static final ObjectMapper JSON = new ObjectMapper();

    private Csv() {}

    /** A line, with its end. */
    static String line(List<?> values) {
        return values.stream().map(value -> field(String.valueOf(value))).collect(Collectors.joining(",")) + LINE_END;
    }

    /**
     * Records of one kind: a line of names, then a line for each. A component of a record within a record is named
     * {@code outer.inner}; what is null is empty.
     */
    static String records(List<? extends Record> records) {
        StringBuilder lines = new StringBuilder();
        for (Record each : records) {
            Map<String, String> fields = new LinkedHashMap<>();
            flatten("", JSON.valueToTree(each), fields);
            if (lines.isEmpty()) {
                lines.append(line(List.copyOf(fields.keySet())));
            }
            lines.append(line(List.copyOf(fields.values())));
        }
        return lines.toString();
    }

    private static void flatten(String name, JsonNode value, Map<String, String> into) {
        if (value.isObject()) {
            value.fields()
                    .forEachRemaining(field -> flatten(
                            name.isEmpty() ? field.getKey() : name + "." + field.getKey(), field.getValue(), into));
        } else {
            into.put(name, value.isNull() ? "" : value.asText());
        }
    }

    private static String field(String value) {
        boolean quoted = value.chars().anyMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n');
        return quoted ? '"' + value.replace("\"", "\"\"") + '"' : value;
    }
}
