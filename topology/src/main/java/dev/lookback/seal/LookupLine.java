package dev.lookback.seal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.LookupEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A lookup as a line of an extract: one JSON object with a fixed order of fields, UTF-8, ended by a line feed. */
public final class LookupLine {
    private static final JsonFactory JSON = new JsonFactory();

    private LookupLine() {}

    /** Appends the line of a lookup. The same lookup, disclosed in the same way, always gives the same bytes. */
    public static void append(EnrichedLookup lookup, Disclosure disclosure, ByteArrayOutputStream out) {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            write(lookup, disclosure, json);
        } catch (IOException e) {
            throw new AssertionError("Writing to memory does not fail", e);
        }
        out.write('\n');
    }

    private static void write(EnrichedLookup lookup, Disclosure disclosure, JsonGenerator json) throws IOException {
        LookupEvent event = lookup.getEvent();
        String requester = lookup.getRequesterNormalised();
        boolean hidden = disclosure.hides(requester);
        Manifest.Disclosed terms = disclosure.terms();
        json.writeStartObject();
        json.writeStringField("occurredAt", Instants.format(event.getOccurredAt()));
        number(json, "utcOffsetMinutes", event.getUtcOffsetMinutes());
        json.writeStringField("eventId", event.getEventId());
        if (hidden) {
            json.writeStringField("requesterPseudonym", disclosure.pseudonym().apply(requester));
        } else {
            json.writeStringField("requester", event.getRequester());
            json.writeStringField("requesterNormalised", requester);
        }
        json.writeStringField("queried", event.getQueried());
        json.writeStringField("queriedNormalised", lookup.getQueriedNormalised());
        json.writeStringField("queriedKind", lookup.getQueriedKind().name());
        json.writeStringField("outcome", event.getOutcome().name());
        json.writeStringField("service", event.getService().name());
        json.writeStringField("trigger", event.getTrigger().name());
        if (terms.device() && !hidden) {
            json.writeStringField("deviceId", event.getDeviceId());
        }
        boolean placeShown = !hidden || disclosure.addressesAsked(); // where somebody is can tell who it is
        if (terms.sourceAddress() && placeShown) {
            json.writeStringField("sourceIp", event.getSourceIp());
            number(json, "sourcePort", event.getSourcePort());
        }
        if (terms.location() && placeShown) {
            geo(lookup, json);
        }
        json.writeStringField("receivedAt", Instants.format(lookup.getReceivedAt()));
        json.writeObjectFieldStart("source");
        json.writeNumberField("partition", lookup.getSourcePartition());
        json.writeNumberField("offset", lookup.getSourceOffset());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void geo(EnrichedLookup lookup, JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("geo");
        json.writeStringField("status", lookup.getGeoStatus().name());
        Geo geo = lookup.getGeo();
        if (geo != null) {
            json.writeStringField("country", geo.getCountry());
            json.writeStringField("subdivision", geo.getSubdivision());
            json.writeStringField("city", geo.getCity());
            number(json, "latitude", geo.getLatitude());
            number(json, "longitude", geo.getLongitude());
            number(json, "accuracyRadiusKm", geo.getAccuracyRadiusKm());
            number(json, "asNumber", geo.getAsNumber());
            json.writeStringField("asOrganisation", geo.getAsOrganisation());
        }
        json.writeStringField("database", lookup.getGeoDatabase());
        json.writeEndObject();
    }

    private static void number(JsonGenerator json, String field, @Nullable Number value) throws IOException {
        json.writeFieldName(field);
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Double decimal) {
            json.writeNumber(decimal);
        } else {
            json.writeNumber(value.longValue());
        }
    }
}
