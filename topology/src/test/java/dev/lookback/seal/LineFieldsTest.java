package dev.lookback.seal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** That the verifier expects the very fields that are written, under all terms. */
class LineFieldsTest {
    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void fieldsAreThoseThatAreWritten() throws IOException {
        for (int bits = 0; bits < 128; bits++) {
            Manifest.Disclosed terms =
                    new Manifest.Disclosed((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
            boolean asked = (bits & 16) != 0;
            boolean named = (bits & 32) != 0;
            boolean found = (bits & 64) != 0;
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            LookupLine.append(
                    lookup(found), new Disclosure(terms, named ? Set.of("a") : Set.of(), asked, name -> "p"), out);
            JsonNode line = new ObjectMapper().readTree(out.toByteArray());

            boolean hidden = terms.othersPseudonymised() && !named;
            assertThat(names(line)).isEqualTo(LineFields.of(terms, hidden, asked));
            assertThat(names(line.path("source"))).isEqualTo(LineFields.ofSource());
            if (LineFields.of(terms, hidden, asked).contains("geo")) {
                assertThat(names(line.path("geo"))).isEqualTo(LineFields.ofGeo(found));
            }
        }
    }

    private static EnrichedLookup lookup(boolean found) {
        return EnrichedLookup.newBuilder()
                .setEvent(LookupEvent.newBuilder()
                        .setEventId(new UUID(0, 1).toString())
                        .setOccurredAt(Instant.EPOCH)
                        .setRequester("a")
                        .setQueried("b")
                        .setSourceIp("192.0.2.7")
                        .build())
                .setRequesterNormalised("a")
                .setQueriedNormalised("b")
                .setQueriedKind(HandleKind.OTHER)
                .setGeoStatus(found ? GeoStatus.FOUND : GeoStatus.NO_DATABASE)
                .setGeo(found ? Geo.newBuilder().setCountry("DE").build() : null)
                .setReceivedAt(Instant.EPOCH)
                .setSourcePartition(1)
                .setSourceOffset(2)
                .build();
    }
}
