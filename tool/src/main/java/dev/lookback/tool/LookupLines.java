package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lookback.address.IpAddress;
import dev.lookback.handle.Handle;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads lookups from JSON lines: one object a line with the fields of LookupEvent; {@code occurredAt} as ISO-8601 text or
 * in milliseconds since 1970. What ingest would reject for its form is an error here.
 */
final class LookupLines {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern UUID_FORM = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final List<String> FIELDS =
            LookupEvent.SCHEMA$.getFields().stream().map(Schema.Field::name).toList();
    private static final int MAX_PORT = 65_535;
    private static final int MAX_OFFSET_MINUTES = 18 * 60;

    /** A line that is no lookup. The message names the field, never what is in it. */
    static final class LineException extends Exception {
        private static final long serialVersionUID = 1;

        LineException(String message) {
            super(message);
        }
    }

    private LookupLines() {}

    /** Reads one line. */
    static LookupEvent parse(String line) throws LineException {
        JsonNode json = json(line);
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!FIELDS.contains(name)) {
                throw new LineException("unknown field \"" + name + "\"; known are " + String.join(", ", FIELDS));
            }
        }
        LookupEvent event = new LookupEvent();
        event.setEventId(eventId(json));
        event.setOccurredAt(occurredAt(json));
        event.setUtcOffsetMinutes(optionalInteger(json, "utcOffsetMinutes", -MAX_OFFSET_MINUTES, MAX_OFFSET_MINUTES));
        event.setRequester(requester(json));
        event.setQueried(text(json, "queried"));
        event.setSourceIp(sourceIp(json));
        event.setSourcePort(optionalInteger(json, "sourcePort", 1, MAX_PORT));
        event.setService(symbol(json, "service", Service.values(), Service.OTHER));
        event.setOutcome(symbol(json, "outcome", Outcome.values(), Outcome.UNKNOWN));
        event.setTrigger(symbol(json, "trigger", Trigger.values(), Trigger.UNKNOWN));
        event.setDeviceId(optionalText(json, "deviceId"));
        String node = optionalText(json, "node");
        event.setNode(node == null ? "" : node);
        return event;
    }

    private static JsonNode json(String line) throws LineException {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            // Not the parser's own words: they quote the line.
            throw new LineException("not JSON, near column " + e.getLocation().getColumnNr());
        }
        if (json == null || !json.isObject()) {
            throw new LineException("not a JSON object");
        }
        return json;
    }

    private static String eventId(JsonNode json) throws LineException {
        String id = text(json, "eventId");
        if (!UUID_FORM.matcher(id).matches()) {
            throw wrong("eventId", "not a UUID of 36 characters");
        }
        return id;
    }

    private static Instant occurredAt(JsonNode json) throws LineException {
        JsonNode value = required(json, "occurredAt");
        try {
            if (value.isIntegralNumber() && value.canConvertToLong()) {
                return Instant.ofEpochMilli(value.longValue());
            } else if (value.isTextual()) {
                return Instant.parse(value.textValue());
            }
        } catch (DateTimeException e) {
            throw wrong("occurredAt", "not an instant; write 2026-01-31T23:59:59.999Z, or milliseconds since 1970");
        }
        throw wrong("occurredAt", "neither text nor a whole number");
    }

    private static String requester(JsonNode json) throws LineException {
        String requester = text(json, "requester");
        if (Handle.parse(requester).kind() == HandleKind.OTHER) {
            throw wrong("requester", "neither a phone number in E.164 (+ and 7 to 15 digits) nor an e-mail address");
        }
        return requester;
    }

    private static String sourceIp(JsonNode json) throws LineException {
        String address = text(json, "sourceIp");
        if (IpAddress.parse(address) == null) {
            throw wrong("sourceIp", "neither an IPv4 nor an IPv6 address");
        }
        return address;
    }

    private static <E extends Enum<E>> E symbol(JsonNode json, String field, E[] symbols, E otherwise)
            throws LineException {
        String text = optionalText(json, field);
        if (text == null) {
            return otherwise;
        }
        for (E symbol : symbols) {
            if (symbol.name().equals(text)) {
                return symbol;
            }
        }
        throw wrong(field, "not one of " + Arrays.toString(symbols));
    }

    private static @Nullable Integer optionalInteger(JsonNode json, String field, int least, int most)
            throws LineException {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
            throw wrong(field, "not a whole number from " + least + " to " + most);
        }
        return value.intValue();
    }

    private static String text(JsonNode json, String field) throws LineException {
        JsonNode value = required(json, field);
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw wrong(field, "not text, or empty");
        }
        return value.textValue();
    }

    private static @Nullable String optionalText(JsonNode json, String field) throws LineException {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw wrong(field, "not text");
        }
        return value.textValue();
    }

    private static JsonNode required(JsonNode json, String field) throws LineException {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            throw wrong(field, "missing");
        }
        return value;
    }

    private static LineException wrong(String field, String what) {
        return new LineException("field \"" + field + "\": " + what);
    }
}
