package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.app.LookbackApp;
import dev.lookback.local.LocalStack;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What its users do with the tool, on a real broker and registry, in this order. */
@Tag("server")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ToolServerTest {
    private static final String HANDLE = "+12015550123";

    @TempDir
    private static Path directory;

    private static LocalStack stack;
    private static LookbackApp app;
    private static String password;

    @BeforeAll
    static void start() throws IOException {
        stack = LocalStack.start(directory.resolve("stack"), Map.of(), Clock.systemUTC());
        app = LookbackApp.start(stack.config());
        password = Files.readString(stack.passwordFile()).strip();
        await().atMost(Duration.ofMinutes(2)).until(() -> app.notReady().isEmpty());
    }

    @AfterAll
    static void stop() {
        if (app != null) {
            app.close();
        }
        if (stack != null) {
            stack.close();
        }
    }

    private static Run tool(String... args) {
        return toolReading("", args);
    }

    private static Run toolReading(String input, String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--config", stack.configFile().toString()));
        return Run.with(Map.of(KeystorePassword.VARIABLE, password), input, all.toArray(String[]::new));
    }

    private static Run order(String officer, String... args) {
        List<String> all = new ArrayList<>(List.of("request"));
        all.addAll(Arrays.asList(args));
        all.addAll(List.of("--officer", officer, "--keystore", "" + stack.officerKeystore(officer)));
        return tool(all.toArray(String[]::new));
    }

    /** Before anything has happened: an alert on a first time needs the series to be there before. */
    @Test
    @Order(0)
    void hasEveryMetricThatDashboardAlertsAndRunbookName() {
        HttpRequest metrics =
                HttpRequest.newBuilder(app.address().resolve("/metrics")).build();
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            String scrape = HttpClient.newHttpClient()
                    .send(metrics, HttpResponse.BodyHandlers.ofString())
                    .body();
            assertThat(Monitoring.missingFrom(scrape)).isEmpty();
        });
    }

    @Test
    @Order(1)
    void findsTopicsAndSchemasAsTheyShouldBe() {
        assertThat(tool("topics", "check")).isEqualTo(new Run(0, "All topics are as they should be.\n", ""));
        assertThat(tool("topics", "plan", "--json").out()).isEqualTo("[ ]\n");
        assertThat(tool("schemas", "check")).isEqualTo(new Run(0, "All schemas are as they should be.\n", ""));
    }

    @Test
    @Order(2)
    void answersARequestFromPublishedLookupsToAVerifiedExtract() throws IOException {
        Instant now = Instant.now();
        String line = "{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"%s\",\"queried\":\"b@example.org\","
                + "\"sourceIp\":\"192.0.2.1\"}\n";
        String lines = line.formatted(UUID.randomUUID(), now, HANDLE)
                + line.formatted(UUID.randomUUID(), now.minusSeconds(60), HANDLE)
                + line.formatted(UUID.randomUUID(), now, "+12015550199");
        Run published = toolReading(lines, "publish", "-", "--json");
        assertThat(published.exitCode()).isZero();
        assertThat(published.out()).contains("\"published\" : 3");

        String id = UUID.randomUUID().toString();
        Run submitted = order(
                LocalStack.INTAKE_OFFICER,
                "submit",
                "--id",
                id,
                "--instrument",
                "COURT_ORDER",
                "--reference",
                "Test 1/26",
                "--authority",
                "A court",
                "--jurisdiction",
                "Nowhere",
                "--requester",
                "(201) 555-0123",
                "--region",
                "US",
                "--from",
                now.minusSeconds(3600).toString(),
                "--to",
                now.plusSeconds(1).toString());
        assertThat(submitted.err()).isEmpty();
        assertThat(submitted.exitCode()).isZero();
        assertThat(tool("request", "show", id, "--wait").out())
                .contains("lookups made by " + HANDLE, "State       AWAITING_APPROVAL");

        Run self = order(LocalStack.INTAKE_OFFICER, "approve", id, "--yes");
        assertThat(self.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(self.err()).contains("Refused: ");

        Run unsure = order(LocalStack.APPROVING_OFFICER, "approve", id);
        assertThat(unsure.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(unsure.err()).contains("lookups made by " + HANDLE, "Nothing was approved");

        Run approved = order(LocalStack.APPROVING_OFFICER, "approve", id, "--yes");
        assertThat(approved.exitCode()).isZero();
        assertThat(tool("request", "show", id, "--wait").out()).contains("State       ");
        await().atMost(Duration.ofMinutes(1))
                .until(() -> tool("request", "list", "--json").out().contains("\"SEALED\""));

        Path out = directory.resolve("extract");
        Run fetched = tool("extract", "fetch", id, "--out", out.toString(), "--key", "" + stack.sealingPublicKey());
        assertThat(fetched.exitCode()).isZero();
        assertThat(fetched.out()).startsWith("Sound: 2 lookups for request " + id);

        Run verified = Run.of("extract", "verify", out.toString());
        assertThat(verified.exitCode()).isZero();

        Path part = out.resolve("part-000001.jsonl");
        Files.writeString(part, Files.readString(part).replace("192.0.2.1", "192.0.2.2"));
        Run altered = Run.of("extract", "verify", out.toString());
        assertThat(altered.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(altered.out()).startsWith("NOT SOUND: Part 1");

        assertThat(order(LocalStack.INTAKE_OFFICER, "close", id).exitCode()).isZero();
        assertThat(tool("request", "list", "--open", "--json").out()).isEqualTo("[ ]\n");
    }

    @Test
    @Order(3)
    void saysThatThereIsNoSuchRequest() {
        String id = UUID.randomUUID().toString();

        Run shown = tool("request", "show", id);
        assertThat(shown.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(shown.err()).isEqualTo("lookback: There is no request " + id + "\n");
        assertThat(tool("extract", "fetch", id, "--out", "" + directory.resolve("none"))
                        .exitCode())
                .isEqualTo(ExitCodes.FAILED);
    }

    @Test
    @Order(4)
    void changesARetentionInOneStepAndKeepsItsPromise() {
        String[] set = {"retention", "set", "default", "20d", "--reason", "a test", "--by", "tester"};
        Run unsure = tool(set);
        assertThat(unsure.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(unsure.err()).contains("kept for 30d; from now on for 20d", "for good", "Nothing was changed");

        assertThat(toolReading("y\n", set).exitCode()).isZero();
        assertThat(tool("retention", "show").out())
                .contains("default: lookups are kept for 20d", "version 2: 20d", "by tester: a test");
        // The ledger's retention.ms went along, so there is nothing left to change.
        assertThat(tool("topics", "check").exitCode()).isZero();

        Run again = tool(set);
        assertThat(again.exitCode()).isEqualTo(ExitCodes.USAGE);
        Run tooLong = tool("retention", "set", "default", "31d", "--reason", "r", "--by", "b", "--yes");
        assertThat(tooLong.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooLong.err()).contains("retention.max (30d)");

        Run audit = tool("retention", "audit");
        assertThat(audit.out()).contains("Nothing is overdue, and every receipt adds up.");
        assertThat(audit.exitCode()).isZero();
    }
}
