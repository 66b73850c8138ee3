package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.seal.Extract;
import dev.lookback.seal.LineFields;
import dev.lookback.seal.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An extract as people read it. */
final class ExtractView {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_ROWS = 8;
    private static final int LINE_LENGTH = 96;
    private static final String ROW = "  %-23s  %-14s  %-24s  %s";

    /** What identifies a lookup in an extract. */
    record Row(String requester, Instant occurredAt, UUID eventId) {
        @Override
        public String toString() {
            return "Row[" + eventId + "]";
        }
    }

    private ExtractView() {}

    /** The first lookups, how each selector ended, and what all this does not prove. */
    static List<String> lines(Extract extract, Manifest manifest, Console console) {
        List<String> lines = new ArrayList<>();
        lines.add(
                console.bold(String.format(Locale.ROOT, ROW, "WHEN (UTC)", "WHO", "ABOUT WHOM", "WHERE FROM; ANSWER")));
        List<JsonNode> lookups = lookups(extract);
        lookups.stream().limit(MAX_ROWS).forEach(lookup -> lines.add(line(lookup)));
        if (lookups.size() > MAX_ROWS) {
            lines.add("  … and " + (lookups.size() - MAX_ROWS) + " more");
        }
        manifest.outcomes()
                .forEach(outcome -> lines.add("  Outcome: " + outcome.outcome() + ", " + outcome.lookups()
                        + " lookups; complete from " + outcome.coverage().from() + " to "
                        + outcome.coverage().to()));
        manifest.statement().forEach(sentence -> wrap(sentence, lines, console));
        return lines;
    }

    /** The last lookup. */
    static Row last(Extract extract) {
        List<JsonNode> lookups = lookups(extract);
        JsonNode last = lookups.get(lookups.size() - 1);
        return new Row(
                last.path("requesterNormalised").asText(),
                Instant.parse(last.path("occurredAt").asText()),
                UUID.fromString(last.path("eventId").asText()));
    }

    private static String line(JsonNode lookup) {
        JsonNode geo = lookup.path("geo");
        String place = Stream.of(geo.path("city"), geo.path("country"), geo.path("asOrganisation"))
                .map(JsonNode::textValue)
                .filter(Objects::nonNull)
                .collect(Collectors.joining(", "));
        JsonNode port = lookup.path("sourcePort");
        return String.format(
                Locale.ROOT,
                ROW,
                lookup.path("occurredAt").asText().replace('T', ' ').replace("Z", ""),
                lookup.path(lookup.has(LineFields.PSEUDONYM) ? LineFields.PSEUDONYM : "requester")
                        .asText(),
                lookup.path("queried").asText(),
                lookup.path("sourceIp").asText() + (port.isNull() ? "" : " port " + port.asInt())
                        + (place.isEmpty() ? "" : " (" + place + ")") + "; "
                        + lookup.path("outcome").asText() + ", "
                        + lookup.path("trigger").asText());
    }

    private static void wrap(String sentence, List<String> lines, Console console) {
        StringBuilder line = new StringBuilder("  -");
        for (String word : sentence.split(" ")) {
            if (line.length() + word.length() > LINE_LENGTH) {
                lines.add(console.dim(line.toString()));
                line = new StringBuilder("   ");
            }
            line.append(' ').append(word);
        }
        lines.add(console.dim(line.toString()));
    }

    private static List<JsonNode> lookups(Extract extract) {
        try {
            return extract.lines().stream().map(ExtractView::json).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A line of an extract is not JSON");
        }
    }
}
