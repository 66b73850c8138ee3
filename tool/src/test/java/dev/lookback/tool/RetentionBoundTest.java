package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.bound.DiskBound;
import dev.lookback.config.bound.DiskBounds;
import dev.lookback.config.bound.InForce;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetentionBoundTest {
    private static final LookbackConfig CONFIG = LookbackConfig.of(
            Map.of("kafka.bootstrap.servers", "localhost:9092", "schema.registry.url", "mock://bound"));

    private final StringWriter out = new StringWriter();
    private final Console console =
            new Console(new PrintWriter(out), new PrintWriter(new StringWriter()), false, false, false);

    private int show(InForce inForce, Duration limit, boolean json) {
        List<DiskBound> bounds = DiskBounds.of(inForce);
        return RetentionBound.show(console, bounds, limit, json);
    }

    @Test
    void asDeliveredAllIsWell() {
        assertThat(show(InForce.asDelivered(CONFIG), Duration.ofHours(24), false))
                .isZero();
        assertThat(out.toString())
                .contains("brokers: `lookups-enriched`: 20 h 11 min after deadline")
                .contains("Lookups are gone from every place within 24 h.")
                .doesNotContain("!");
    }

    @Test
    void saysWhichPlaceKeepsThemLongerAndWhatAddsUpToIt() {
        assertThat(show(InForce.asDelivered(CONFIG), Duration.ofHours(21), false))
                .isEqualTo(1);
        assertThat(out.toString())
                .contains("! brokers: `lookup-events`: 23 h 6 min", "retention.ms = 72000000")
                .contains("  brokers: `lookups-enriched`: 20 h 11 min")
                .contains("In 2 places lookups can stay for longer than 21 h");
    }

    @Test
    void saysItToMachines() throws Exception {
        InForce forEver =
                new InForce(CONFIG, Map.of(), Map.of("lookups-enriched", Map.of("retention.ms", "-1")), Map.of());
        assertThat(show(forEver, Duration.ofHours(24), true)).isEqualTo(1);
        JsonNode all = new ObjectMapper().readTree(out.toString());
        JsonNode ledger = null;
        for (JsonNode each : all) {
            if (each.get("place").asText().equals("brokers: `lookups-enriched`")) {
                ledger = each;
            }
        }
        assertThat(ledger).isNotNull();
        assertThat(ledger.get("seconds").isNull()).isTrue();
        assertThat(ledger.get("exceedsLimit").asBoolean()).isTrue();
        assertThat(ledger.get("holds").asText()).isEqualTo("lookups");
        assertThat(ledger.get("settings").get("retention.ms").asText()).isEqualTo("-1");
    }
}
