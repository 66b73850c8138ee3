package dev.lookback.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.v1.RejectReason;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small rules alone. */
class RulesTest {
    @Test
    void eventIdsReadLikeTheJdksUuids() {
        Random random = new Random(3);
        for (int i = 0; i < 1_000; i++) {
            UUID id = new UUID(random.nextLong(), random.nextLong());
            String text = random.nextBoolean() ? id.toString() : id.toString().toUpperCase(Locale.ROOT);
            assertThat(EventId.isValid(text)).as(text).isTrue();
            assertThat(new UUID(EventId.high(text), EventId.low(text))).isEqualTo(id);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1-2-3-4-5",
                "0b1c2d3e4f5061728394a5b6c7d8e9f0",
                "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f",
                "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f00",
                "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9fg",
                "0b1c2d3e-4f50-6172-83944a5b6c7d8e9f0",
                "-b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
                "٠b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
                "{b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
            })
    void otherThingsAreNoEventIds(String text) {
        assertThat(EventId.isValid(text)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "router-7, router-7",
        "Team_A.eu, Team_A.eu",
        "+491701234567, unknown",
        "491701234567, unknown",
        "someone@example.org, unknown",
        "192.0.2.1, unknown",
        "2001:db8::1, unknown",
        "'', unknown",
        "a b, unknown",
        "abcdefghijabcdefghijabcdefghijabcdefghij, abcdefghijabcdefghijabcdefghijabcdefghij",
        "abcdefghijabcdefghijabcdefghijabcdefghijk, unknown"
    })
    void onlyWhatCannotBeAHandleOrAnAddressIsAClientName(String header, String name) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("client", header.getBytes(StandardCharsets.UTF_8));
        assertThat(ClientName.of(headers)).isEqualTo(name);
    }

    @Test
    void withoutAHeaderAClientIsUnknown() {
        assertThat(ClientName.of(new RecordHeaders())).isEqualTo("unknown");
        assertThat(ClientName.of(new RecordHeaders().add("client", null))).isEqualTo("unknown");
    }

    @Test
    void atMostFiftyClientsHaveASeriesOfTheirOwn() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        IngestMetrics metrics = new IngestMetrics(meters, new RegistryWait(IngestSettings.DEFAULTS, pause -> {}));
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < IngestMetrics.MAX_CLIENTS + 10; i++) {
                metrics.rejected(RejectReason.LATE, "client-" + i);
            }
        }
        assertThat(meters.get("lookback.lookups.rejected").counters()).hasSize(IngestMetrics.MAX_CLIENTS + 1);
        assertThat(meters.get("lookback.lookups.rejected")
                        .tag("client", "other")
                        .counter()
                        .count())
                .isEqualTo(20);
        assertThat(meters.get("lookback.lookups.rejected")
                        .tag("client", "client-0")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void settingsThatMakeNoSenseAreNamed(long millis) {
        Duration bad = Duration.ofMillis(millis);
        Duration good = Duration.ofSeconds(1);
        assertThatThrownBy(() -> new IngestSettings(bad, good, 1, good, good, good, good))
                .hasMessageContaining("maxLate");
        assertThatThrownBy(() -> new IngestSettings(good, good.negated(), 1, good, good, good, good))
                .hasMessageContaining("maxFuture");
        assertThatThrownBy(() -> new IngestSettings(good, good, 0, good, good, good, good))
                .hasMessageContaining("maxRecordBytes");
        assertThatThrownBy(() -> new IngestSettings(good, good, 1, bad, good, good, good))
                .hasMessageContaining("registryWait");
        assertThatThrownBy(() -> new IngestSettings(good, good, 1, good, bad, good, good))
                .hasMessageContaining("registryBackoff");
        assertThatThrownBy(() -> new IngestSettings(good, good, 1, good, good, bad, good))
                .hasMessageContaining("progressInterval");
        assertThatThrownBy(() -> new IngestSettings(good, good, 1, good, good, good, bad))
                .hasMessageContaining("progressRepeat");
    }
}
