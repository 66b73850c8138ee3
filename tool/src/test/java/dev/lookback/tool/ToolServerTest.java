package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.app.LookbackApp;
import dev.lookback.app.PolicyLog;
import dev.lookback.handle.Tokens;
import dev.lookback.local.LocalStack;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.v1.RetentionPolicy;
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
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
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

    private static final String FIRST = LocalStack.RETENTION_OFFICER;
    private static final String SECOND = LocalStack.SECOND_RETENTION_OFFICER;

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

    private static Run retention(String input, String officer, String... args) {
        List<String> all = new ArrayList<>(List.of("retention"));
        all.addAll(Arrays.asList(args));
        all.addAll(List.of("--officer", officer, "--keystore", "" + stack.officerKeystore(officer)));
        return toolReading(input, all.toArray(String[]::new));
    }

    private static Run order(String officer, String... args) {
        List<String> all = new ArrayList<>(List.of("request"));
        all.addAll(Arrays.asList(args));
        return signed(officer, all);
    }

    private static Run fetch(String id, Path out) {
        return signed(
                LocalStack.APPROVING_OFFICER,
                List.of("extract", "fetch", id, "--out", "" + out, "--key", "" + stack.sealingPublicKey()));
    }

    private static Run signed(String officer, List<String> args) {
        List<String> all = new ArrayList<>(args);
        all.addAll(List.of("--officer", officer, "--keystore", "" + stack.officerKeystore(officer)));
        return tool(all.toArray(String[]::new));
    }

    @Test
    @Order(1)
    void saysThatTheBrokersHaveNoAuthorizer() throws IOException {
        Path acls = Files.writeString(directory.resolve("acls.yaml"), "principals: {publisher: [User:routing]}");
        for (String each : List.of("plan", "apply", "check")) {
            Run run = Run.with(
                    Map.of("LOOKBACK_ACLS_FILE", acls.toString()),
                    "",
                    "acls",
                    each,
                    "--config",
                    stack.configFile().toString());
            assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
            assertThat(run.err()).contains("have no authorizer", "authorizer.class.name=", "super.users");
        }
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
            assertThat(Monitoring.missingFrom(scrape))
                    .filteredOn(
                            each -> !each.endsWith(" lookback_certificate_expiry_time_seconds")) // has no certificate
                    .isEmpty();
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
                "--document-sha256",
                "0".repeat(64),
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
                .contains("lookups made by " + HANDLE, "State           AWAITING_APPROVAL");

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
        Run fetched = fetch(id, out);
        assertThat(fetched.exitCode()).isZero();
        assertThat(fetched.out()).startsWith("Sound: 2 lookups for request " + id);

        assertThat(tool("audit", "show", "--request", id, "--action", "FETCHED").out())
                .contains(LocalStack.APPROVING_OFFICER);

        Run verified = Run.of("extract", "verify", out.toString());
        assertThat(verified.exitCode()).isZero();

        Path proof = directory.resolve("record-2.json");
        assertThat(Run.of("extract", "prove", out.toString(), "--line", "2", "--out", proof.toString())
                        .exitCode())
                .isZero();
        Run proven = Run.of(
                "extract", "verify-record", "" + proof, "--manifest", "" + out, "--key", "" + stack.sealingPublicKey());
        assertThat(proven.exitCode()).isZero();
        assertThat(proven.out())
                .isEqualToIgnoringNewLines(
                        Files.readAllLines(out.resolve("records.jsonl")).get(1));

        Path records = out.resolve("records.jsonl");
        Files.writeString(records, Files.readString(records).replace("192.0.2.1", "192.0.2.2"));
        Run altered = Run.of("extract", "verify", out.toString());
        assertThat(altered.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(altered.out()).startsWith("NOT SOUND: Part 1");

        assertThat(order(LocalStack.INTAKE_OFFICER, "close", id).exitCode()).isZero();
        assertThat(tool("request", "list", "--open", "--json").out()).isEqualTo("[ ]\n");
    }

    @Test
    @Order(8)
    void correctsARequestThatThePolicyRefusesAndDisclosesWhatTwoHaveApproved() throws IOException {
        String about = "bystander@example.org";
        Instant now = Instant.now();
        String line = "{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"%s\",\"queried\":\"" + about
                + "\",\"sourceIp\":\"192.0.2.1\"}\n";
        assertThat(toolReading(
                                line.formatted(UUID.randomUUID(), now.minusSeconds(30), HANDLE)
                                        + line.formatted(UUID.randomUUID(), now.minusSeconds(20), "+12015550199"),
                                "publish",
                                "-")
                        .exitCode())
                .isZero();
        String yaml = """
                instrument: {type: COURT_ORDER, reference: Test 8/26, authority: A court, jurisdiction: Nowhere}
                selectors:
                  - {role: QUERIED, handle: bystander@example.org}
                  - {role: REQUESTER, handle: (201) 555-0123, region: US}
                from: %s
                to: %s
                priority: URGENT
                dueBy: %s
                narrowings:
                  - {what: contents of messages, reason: NOT_HELD}
                """;
        Instant due = now.plus(Duration.ofDays(2));
        Instant tomorrow = now.plus(Duration.ofDays(1));
        Path tooLong = Files.writeString(
                directory.resolve("too-long.yaml"), yaml.formatted(now.minus(Duration.ofDays(60)), tomorrow, due));
        Path right = Files.writeString(
                directory.resolve("right.yaml"), yaml.formatted(now.minus(Duration.ofDays(10)), tomorrow, due));
        Path document = Files.writeString(directory.resolve("order.pdf"), "an order");
        String id = UUID.randomUUID().toString();

        Run invalid = order(
                LocalStack.INTAKE_OFFICER, "submit", "--file", "" + tooLong, "--document", "" + document, "--id", id);
        assertThat(invalid.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(invalid.err())
                .contains("Request " + id + " is INVALID:", "window: longer than the disclosure policy", "--id " + id);
        assertThat(tool("request", "show", id).out()).contains("INVALID (WINDOW_TOO_LONG)", "To correct it");

        Run dry = order(
                LocalStack.INTAKE_OFFICER, "submit", "--file", "" + right, "--document", "" + document, "--dry-run");
        assertThat(dry.err()).isEmpty();
        assertThat(dry.exitCode()).isZero();
        assertThat(dry.out())
                .contains("           2 match  lookups about " + about)
                .contains("3 match  lookups made by " + HANDLE)
                .contains("Narrowed  ", "Not filed       contents of messages (NOT_HELD)", "Approvals       2, unless")
                .contains("requesters pseudonymised");

        Run corrected = order(
                LocalStack.INTAKE_OFFICER, "submit", "--file", "" + right, "--document", "" + document, "--id", id);
        assertThat(corrected.err()).isEmpty();
        assertThat(corrected.exitCode()).isZero();
        assertThat(tool("request", "show", id, "--wait").out())
                .contains("State           AWAITING_APPROVAL", "Approvals       0 of 2", "it ends at the receipt");
        String[] queue = {"request", "list", "--awaiting-approval", "--officer"};
        assertThat(tool(with(queue, LocalStack.APPROVING_OFFICER)).out()).contains(id, "0/2", "urgent");
        assertThat(tool(with(queue, LocalStack.INTAKE_OFFICER)).out()).doesNotContain(id);

        Run first = order(LocalStack.APPROVING_OFFICER, "approve", id, "--yes");
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.err())
                .contains(
                        "lookups made by " + HANDLE + " (in the paper: (201) 555-0123, US)",
                        "requesters pseudonymised");
        assertThat(first.out()).contains("is AWAITING_APPROVAL", "1 of 2: " + LocalStack.APPROVING_OFFICER);
        Run again = order(LocalStack.APPROVING_OFFICER, "approve", id, "--yes");
        assertThat(again.err()).contains("Refused: APPROVED_TWICE");
        assertThat(tool(with(queue, LocalStack.APPROVING_OFFICER)).out()).doesNotContain(id);
        assertThat(tool(with(queue, LocalStack.SECOND_APPROVING_OFFICER)).out()).contains(id, "1/2");
        assertThat(tool("request", "list", "--due", "3d").out()).contains(id);
        assertThat(tool("request", "list", "--overdue").out()).doesNotContain(id);

        Run second = order(LocalStack.SECOND_APPROVING_OFFICER, "approve", id, "--yes");
        assertThat(second.exitCode()).as(second.err()).isZero();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> tool("request", "show", id).out().contains("State           SEALED"));
        assertThat(tool("request", "list", "--mine", "--officer", LocalStack.SECOND_APPROVING_OFFICER)
                        .out())
                .contains(id, "SEALED");
        assertThat(tool("request", "policy").out()).contains("packed in", "COURT_ORDER: 1 approval;");
        assertThat(order(LocalStack.INTAKE_OFFICER, "close", id).exitCode()).isZero();
    }

    @Test
    @Order(9)
    void preservesAndRenewsAndWaitsForThePaperOfAnEmergency() {
        String[] rest = {
            "--reference",
            "Test 9/26",
            "--authority",
            "A court",
            "--jurisdiction",
            "Nowhere",
            "--requester",
            HANDLE,
            "--from",
            Instant.now().minus(Duration.ofDays(1)).toString(),
            "--to",
            Instant.now().toString()
        };
        String kept = UUID.randomUUID().toString();
        assertThat(order(
                                LocalStack.INTAKE_OFFICER,
                                with(
                                        new String[] {"submit", "--id", kept, "--instrument", "preservation-request"},
                                        rest))
                        .exitCode())
                .isZero();
        assertThat(tool("request", "show", kept, "--wait").out()).contains("PRESERVED", "Preserved until");
        assertThat(order(LocalStack.APPROVING_OFFICER, "approve", kept, "--yes").err())
                .contains("Refused: NOTHING_TO_APPROVE");
        assertThat(order(LocalStack.INTAKE_OFFICER, "renew", kept).exitCode()).isZero();
        assertThat(order(LocalStack.INTAKE_OFFICER, "renew", kept).err()).contains("Refused: ALREADY_RENEWED");
        assertThat(order(LocalStack.INTAKE_OFFICER, "withdraw", kept).exitCode())
                .isZero();

        String urgent = UUID.randomUUID().toString();
        assertThat(order(
                                LocalStack.INTAKE_OFFICER,
                                with(
                                        new String[] {"submit", "--id", urgent, "--instrument", "emergency-request"},
                                        rest))
                        .exitCode())
                .isZero();
        assertThat(tool("request", "list", "--due").out()).contains(urgent, "0/2", "urgent");
        assertThat(tool("request", "show", urgent).out()).contains("Paper due ");
        Run paper = order(
                LocalStack.INTAKE_OFFICER,
                "paper",
                urgent,
                "--instrument",
                "COURT_ORDER",
                "--reference",
                "Test 10/26",
                "--authority",
                "A court",
                "--jurisdiction",
                "Nowhere",
                "--document-sha256",
                "0".repeat(64));
        assertThat(paper.exitCode()).as(paper.err()).isZero();
        assertThat(tool("request", "show", urgent).out()).doesNotContain("Paper due ");
        assertThat(order(LocalStack.APPROVING_OFFICER, "reject", urgent).exitCode())
                .isZero();
        assertThat(tool("request", "list", "--open", "--json").out()).isEqualTo("[ ]\n");
    }

    private static String[] with(String[] args, String... others) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(Arrays.asList(others));
        return all.toArray(String[]::new);
    }

    @Test
    @Order(3)
    void saysThatThereIsNoSuchRequest() {
        String id = UUID.randomUUID().toString();

        Run shown = tool("request", "show", id);
        assertThat(shown.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(shown.err()).isEqualTo("lookback: There is no request " + id + "\n");
        assertThat(fetch(id, directory.resolve("none")).exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    @Order(4)
    void saysBeforehandWhatAChangeWouldForgetOrKeep() {
        Instant twoHoursAgo = Instant.now().minus(Duration.ofHours(2));
        String line = "{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"+447700900123\",\"queried\":"
                + "\"b@example.org\",\"sourceIp\":\"192.0.2.1\"}\n";
        String twice = line.formatted(UUID.randomUUID(), twoHoursAgo);
        String another = line.formatted(UUID.randomUUID(), twoHoursAgo.plusSeconds(1));
        assertThat(toolReading(twice + another + twice, "publish", "-").exitCode())
                .isZero();
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(
                                tool("retention", "plan", "default", "1h").out())
                        .contains("Forgotten at once, and for good: 2 lookups (those that occurred after"));
        assertThat(tool("retention", "plan", "default", "3h").out()).contains("for good: 0 lookups");
        Run estimated = tool("retention", "plan", "default", "1h", "--estimate", "--json");
        assertThat(estimated.out()).contains("\"certainty\" : \"AT_MOST\"", "\"officersNeeded\" : 2");
        assertThat(tool("retention", "plan", "default", "30m").err()).contains("retention.min (1h)");
    }

    @Test
    @Order(5)
    void changesARetentionWithTwoOfficersAndKeepsItsPromise() {
        String[] set = {"set", "default", "20d", "--reason", "a test"};
        Run planned = tool("retention", "plan", "default", "20d");
        assertThat(planned.exitCode()).isZero();
        assertThat(planned.out()).contains("kept for 30d; from then on for 20d", "for good: 0 lookups", "retention.ms");

        Run unsure = retention("", FIRST, set);
        assertThat(unsure.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(unsure.err()).contains("kept for 30d; from then on for 20d", "for good", "Nothing was changed");

        Run proposed = retention("y\n", FIRST, set);
        assertThat(proposed.exitCode()).as(proposed.err()).isZero();
        assertThat(proposed.out()).contains("Proposed: default 20d", "lookback retention approve default");
        assertThat(tool("retention", "show").out())
                .contains("default: lookups are kept for 30d", "proposed: 20d, by " + FIRST);

        Run self = retention("", FIRST, "approve", "default", "--yes");
        assertThat(self.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(self.err()).contains("nothing was changed", "another officer");
        Run unfit = retention("", LocalStack.INTAKE_OFFICER, "approve", "default", "--yes");
        assertThat(unfit.err()).contains("has not the role RETENTION");
        assertThat(retention("", SECOND, "approve", "default", "7", "--yes").err())
                .contains("version 2 is");

        Run approved = retention("y\n", SECOND, "approve", "default");
        assertThat(approved.exitCode()).as(approved.err()).isZero();
        assertThat(approved.err()).contains(FIRST + " proposes: a test", "for good");
        assertThat(approved.out()).contains("In force from", "default 20d, policy version 2");
        Run shown = tool("retention", "show");
        assertThat(shown.out())
                .contains(
                        "default: lookups are kept for 20d",
                        "version 2: 20d",
                        "signed by " + FIRST + " and " + SECOND + ": a test")
                .doesNotContain("!");
        // The ledger's retention.ms went along, so there is nothing left to change.
        assertThat(tool("topics", "check").exitCode()).isZero();

        Run longer = retention("", FIRST, "set", "default", "25d", "--reason", "r", "--yes", "--json");
        assertThat(longer.out()).contains("\"state\" : \"IN_FORCE\"", "\"version\" : 3");
        assertThat(tool("topics", "check").exitCode()).isZero();
        retention("", FIRST, "set", "default", "21d", "--reason", "r", "--yes");
        Run withdrawn = retention("", SECOND, "withdraw", "default");
        assertThat(withdrawn.out()).contains("Withdrawn");
        assertThat(retention("", SECOND, "approve", "default", "--yes").err())
                .contains("No such change of class default is proposed");
    }

    @Test
    @Order(6)
    void saysWhyARetentionCannotBe() throws Exception {
        Run again = retention("", FIRST, "set", "default", "25d", "--reason", "r", "--yes");
        assertThat(again.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(again.err()).contains("kept for 25d already");
        Run tooLong = retention("", FIRST, "set", "default", "31d", "--reason", "r", "--yes");
        assertThat(tooLong.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooLong.err()).contains("retention.max (30d)");
        assertThat(tool("retention", "plan", "none", "20d").err()).contains("there are [default]");
        assertThat(retention("", FIRST, "set", "default", "22d", "--reason", " ", "--yes")
                        .err())
                .contains("A reason has");

        // What somebody writes without an officer's signature changes nothing, and is shown.
        PolicyLog log = Policies.log(stack.config());
        RetentionPolicy forged = RetentionPolicy.newBuilder(
                        log.read().history().of("default").get(2))
                .setVersion(4)
                .setDurationMillis(1)
                .setSignatures(List.of())
                .build();
        assertThat(log.write(forged)).isEqualTo(new PolicyHistory.Refused(PolicyHistory.Flaw.UNSIGNED));
        // The 25d are in force PolicyHistory.LEAD after they were signed.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(tool("retention", "show").out())
                        .contains("kept for 25d", "refused, UNSIGNED", "Refused records change nothing"));

        // Somebody has been at the ledger's settings.
        try (Admin admin = Kafka.admin(stack.config())) {
            ConfigResource ledger = new ConfigResource(
                    ConfigResource.Type.TOPIC,
                    stack.config().topics().ledger("default").name());
            admin.incrementalAlterConfigs(Map.of(
                            ledger,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("retention.ms", "1000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        assertThat(tool("retention", "show").out())
                .contains("! the brokers do not fit", "retention.ms 1000 -> ", "lookback topics apply repairs it");
        assertThat(tool("topics", "apply").exitCode()).isZero();
        assertThat(tool("retention", "show").out()).doesNotContain("do not fit");
    }

    @Test
    @Order(7)
    void auditFindsNothingOverdue() {
        Run audit = tool("retention", "audit");
        assertThat(audit.out()).contains("Nothing is overdue, and every receipt adds up.");
        assertThat(audit.exitCode()).isZero();
    }

    @Test
    @Order(20)
    void erasesAHandleAndShowsTheHoldToWhoMayReadTheAudit() {
        String handle = "+12015550177";
        Instant now = Instant.now();
        String line = "{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"%s\",\"queried\":\"%s\","
                + "\"sourceIp\":\"192.0.2.1\"}\n";
        String lines = line.formatted(UUID.randomUUID(), now.minusSeconds(5), handle, "b@example.org")
                + line.formatted(UUID.randomUUID(), now.minusSeconds(4), "a@example.org", handle)
                + line.formatted(UUID.randomUUID(), now.minusSeconds(3), "a@example.org", "b@example.org");
        assertThat(toolReading(lines, "publish", "-").exitCode()).isZero();
        String request = UUID.randomUUID().toString();
        String[] submit = {
            "submit",
            "--id",
            request,
            "--instrument",
            "COURT_ORDER",
            "--reference",
            "Test 2/26",
            "--authority",
            "A court",
            "--jurisdiction",
            "Nowhere",
            "--document-sha256",
            "0".repeat(64),
            "--either",
            handle,
            "--from",
            now.minusSeconds(3600).toString(),
            "--to",
            now.plusSeconds(1).toString()
        };
        assertThat(order(LocalStack.INTAKE_OFFICER, submit).exitCode()).isZero();
        assertThat(tool("request", "show", request, "--wait").exitCode()).isZero();

        String[] erase = {"erase", "(201) 555-0177", "--region", "US", "--as", "either", "--reason", "demand 1/26"};
        Run wrongOfficer = toolAs(LocalStack.INTAKE_OFFICER, "y\n", erase);
        assertThat(wrongOfficer.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(wrongOfficer.err()).contains("Nothing was erased: officer", "ROLE_MISSING");
        Run unsure = toolAs(LocalStack.ERASING_OFFICER, "n\n", erase);
        assertThat(unsure.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(unsure.err()).contains("Other people made the latter", "Nothing was erased");
        assertThat(tool("erase", "list").out()).isEmpty();

        Run erased = toolAs(LocalStack.ERASING_OFFICER, "y\n", erase);
        assertThat(erased.err()).contains("is in force");
        assertThat(erased.exitCode()).isZero();
        assertThat(erased.out())
                .contains("As          either", "Class       default: 2 lookups", "closed in 4 of 4 partitions")
                .doesNotContain("0177")
                .doesNotContain(request);
        String id = erased.out()
                .lines()
                .findFirst()
                .orElseThrow()
                .replace("Erasure", "")
                .strip();

        assertThat(tool("erase", "show", id).out()).isEqualTo(erased.out());
        assertThat(tool("erase", "show", id, "--json").out())
                .contains("\"state\" : \"DONE\"", "\"default\" : 2", "\"keysSha256\"")
                .doesNotContain("0177");
        assertThat(tool("erase", "list").out()).startsWith(id + "  ").contains("  either  DONE  {default=2}");
        assertThat(tool("erase", "show", UUID.randomUUID().toString()).err()).contains("There is no erasure");
        assertThat(tool("erase", "holds", id).out())
                .startsWith("Request " + request)
                .contains("holds its copies still");
        assertThat(order(LocalStack.INTAKE_OFFICER, "withdraw", request).exitCode())
                .isZero();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> tool("erase", "holds", id).out().contains("let its copies go"));

        // A retry of what was erased stays out; the audit knows why rows have gone.
        assertThat(toolReading(lines, "publish", "-").exitCode()).isZero();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> app.meters().find("lookback.lookups.rejected").tag("reason", "ERASED").counters().stream()
                                .mapToDouble(each -> each.count())
                                .sum()
                        == 2);
        Run audit = tool("retention", "audit");
        assertThat(audit.out()).contains("Nothing is overdue, and every receipt adds up.");
        assertThat(audit.exitCode()).isZero();
    }

    /** After lookups that were admitted and rejected, requests and an erasure. */
    @Test
    @Order(21)
    void noEndpointNamesAnybody() throws Exception {
        Instant now = Instant.now();
        String line = "{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"+12015550144\","
                + "\"queried\":\"planted.person@example.org\",\"sourceIp\":\"203.0.113.77\"}\n";
        String lines = line.formatted(UUID.randomUUID(), now)
                + line.formatted(UUID.randomUUID(), now.minus(Duration.ofDays(2)));
        assertThat(toolReading(lines, "publish", "-").exitCode()).isZero();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> counted("lookback.lookups.admitted") > 0 && counted("lookback.lookups.rejected") > 0);

        List<String> named = new ArrayList<>();
        for (String handle : List.of(HANDLE, "+12015550144", "+12015550177", "planted.person@example.org")) {
            named.add(handle.replace("+1", ""));
            named.add(Tokens.format(stack.config().tokens().token(handle)));
        }
        named.addAll(List.of("b@example.org", "203.0.113.77", "192.0.2.1"));
        for (String path : List.of(
                "/metrics",
                "/vault",
                "/health/live",
                "/health/ready",
                "/health/planted.person@example.org",
                "/vault?who=2015550144")) {
            HttpRequest request = HttpRequest.newBuilder(app.address().resolve(path))
                    .header("X-Forwarded-For", "203.0.113.77")
                    .build();
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path).isIn(200, 404);
            assertThat(answer.body() + answer.headers().map()).as(path).doesNotContain(named);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .allSatisfy(name -> assertThat(name).doesNotContain(named));
    }

    private static double counted(String meter) {
        return app.meters().find(meter).counters().stream()
                .mapToDouble(each -> each.count())
                .sum();
    }

    private static Run toolAs(String officer, String input, String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--officer", officer, "--keystore", "" + stack.officerKeystore(officer)));
        return toolReading(input, all.toArray(String[]::new));
    }
}
