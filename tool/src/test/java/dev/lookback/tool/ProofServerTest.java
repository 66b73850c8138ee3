package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.app.LookbackApp;
import dev.lookback.config.LookbackConfig;
import dev.lookback.local.LocalStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lookups of yesterday's last second, really admitted, forgotten, audited with the vault's own word, certified and
 * verified. Their class keeps them for as long as today is old and a little more, so that they, and with them the whole
 * of yesterday, fall due while the test watches.
 */
@Tag("server")
class ProofServerTest {
    private static final int LOOKUPS = 20;

    /** For the application to start and admit what is published, before it is due. */
    private static final Duration UNTIL_DUE = Duration.ofSeconds(120);

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void provesWhatItHasForgotten() throws IOException {
        Map<String, String> settings = Map.of(
                "retention.min", "1s",
                "retention.classes", "short",
                "retention.class.short.duration", "2d",
                "retention.class.short.bucket", "2s",
                "retention.class.short.calling.codes", "+1",
                "ingest.max.late", "2d",
                "commit.interval", "1s",
                "vault.flush.interval", "2s");
        try (LocalStack stack = LocalStack.start(directory.resolve("stack"), settings, Clock.systemUTC())) {
            Instant now = Instant.now();
            LocalDate yesterday = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(1);
            Instant midnight =
                    yesterday.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
            Duration kept = Duration.between(midnight, now).plus(UNTIL_DUE);
            Files.writeString(
                    stack.configFile(),
                    "\nretention.class.short.duration=" + kept.toMillis() + "ms\n",
                    StandardOpenOption.APPEND);
            LookbackConfig config = LookbackConfig.load(stack.configFile(), Map.of(), Map.of());
            try (LookbackApp app = LookbackApp.start(config)) {
                await().atMost(UNTIL_DUE).until(() -> app.notReady().isEmpty());
                prove(stack, app, yesterday, midnight);
            }
        }
    }

    private void prove(LocalStack stack, LookbackApp app, LocalDate yesterday, Instant midnight) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < LOOKUPS; i++) {
            lines.append(("{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"+1201555%04d\","
                            + "\"queried\":\"b@example.org\",\"sourceIp\":\"192.0.2.1\"}\n")
                    .formatted(UUID.randomUUID(), midnight.minusMillis(1 + 40L * i), 100 + i));
        }
        assertThat(tool(stack, lines.toString(), "publish", "-").exitCode()).isZero();
        String[] audit = {
            "retention", "audit", "--json", "--vault", app.address().toString()
        };

        await().atMost(LIMIT).until(() -> sum(stack, "live", audit) == LOOKUPS);
        Run early = tool(stack, "", certificate(yesterday, "early"));
        assertThat(early.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(early.err()).containsAnyOf("are not all due before", "is still forgetting");

        await().atMost(LIMIT).until(() -> sum(stack, "forgotten", audit) == LOOKUPS);
        JsonNode report = JSON.readTree(tool(stack, "", audit).out());
        assertThat(report.path("sound").asBoolean()).isTrue();
        assertThat(report.path("vaultNotReported")).isEmpty();
        assertThat(report.path("days").toString()).contains("\"day\":\"" + yesterday + "\"");

        Run made = tool(stack, "", certificate(yesterday, "made"));
        assertThat(made.err()).isEmpty();
        Path file = directory.resolve("made").resolve("certificate-" + yesterday + "-short.json");
        JsonNode totals = JSON.readTree(Files.readString(file)).path("totals");
        assertThat(totals.path("came").asInt()).isEqualTo(LOOKUPS);
        assertThat(totals.path("forgotten").asInt()).isEqualTo(LOOKUPS);
        assertThat(totals.path("recounted").asInt())
                .isEqualTo(totals.path("receipts").asInt());
        Run verified = Run.of("verify", file.toString(), "--key", "" + stack.sealingPublicKey());
        assertThat(verified.exitCode()).isZero();
        assertThat(verified.out()).startsWith("Sound: certificate of destruction for " + yesterday);
    }

    private String[] certificate(LocalDate day, String out) {
        return new String[] {
            "retention", "certificate", day.toString(), "--class", "short", "--out", "" + directory.resolve(out)
        };
    }

    /** A sum over the days of an audit that must find nothing, whenever it is asked. */
    private static long sum(LocalStack stack, String field, String... audit) throws IOException {
        Run run = tool(stack, "", audit);
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        long sum = 0;
        for (JsonNode day : JSON.readTree(run.out()).path("days")) {
            sum += day.path(field).asLong();
        }
        return sum;
    }

    private static Run tool(LocalStack stack, String input, String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--config", stack.configFile().toString()));
        return Run.with(Map.of(), input, all.toArray(String[]::new));
    }
}
