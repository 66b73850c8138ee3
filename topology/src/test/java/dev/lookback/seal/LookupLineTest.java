package dev.lookback.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LookupLineTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void lineHasAFixedForm() {
        EnrichedLookup lookup = EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(new UUID(0, 1).toString())
                        .setOccurredAt(NOON)
                        .setUtcOffsetMinutes(60)
                        .setRequester("+49 151 12345678")
                        .setQueried("Bob\n@Example.org")
                        .setSourceIp("2001:db8::1")
                        .setSourcePort(4711)
                        .setService(Service.MESSAGING)
                        .setOutcome(Outcome.REGISTERED)
                        .setTrigger(Trigger.USER_ENTRY)
                        .setDeviceId("d1")
                        .build())
                .setRequesterNormalised("+4915112345678")
                .setQueriedNormalised("Bob\n@Example.org")
                .setQueriedKind(HandleKind.OTHER)
                .setGeoStatus(GeoStatus.FOUND)
                .setGeo(Geo.newBuilder()
                        .setCountry("DE")
                        .setLatitude(52.5)
                        .setLongitude(13.375)
                        .setAccuracyRadiusKm(20)
                        .setAsNumber(64496L)
                        .build())
                .setGeoDatabase("Sample 2026-01-01T00:00:00Z")
                .setReceivedAt(NOON.plusMillis(7))
                .setSourcePartition(2)
                .setSourceOffset(9)
                .build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LookupLine.append(lookup, Disclosure.WHOLE, out);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                        {"occurredAt":"2026-03-01T12:00:00.000Z","utcOffsetMinutes":60,\
                        "eventId":"00000000-0000-0000-0000-000000000001","requester":"+49 151 12345678",\
                        "requesterNormalised":"+4915112345678","queried":"Bob\\n@Example.org",\
                        "queriedNormalised":"Bob\\n@Example.org","queriedKind":"OTHER","outcome":"REGISTERED",\
                        "service":"MESSAGING","trigger":"USER_ENTRY","deviceId":"d1","sourceIp":"2001:db8::1",\
                        "sourcePort":4711,"geo":{"status":"FOUND","country":"DE","subdivision":null,"city":null,\
                        "latitude":52.5,"longitude":13.375,"accuracyRadiusKm":20,"asNumber":64496,\
                        "asOrganisation":null,"database":"Sample 2026-01-01T00:00:00Z"},\
                        "receivedAt":"2026-03-01T12:00:00.007Z","source":{"partition":2,"offset":9}}
                        """);
    }
}
