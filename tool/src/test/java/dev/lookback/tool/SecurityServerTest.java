package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.app.LookbackApp;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.config.acls.AclRole;
import dev.lookback.config.acls.AclsFile;
import dev.lookback.local.LocalStack;
import dev.lookback.tool.AccessMatrix.Access;
import dev.lookback.topics.Topic;
import dev.lookback.v1.ClockCheck;
import dev.lookback.v1.ClockDoubt;
import dev.lookback.v1.ClockRecord;
import dev.lookback.v1.DoubtCause;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/SECURITY.md and deploy/acls.yaml on a broker that authorizes: with exactly these ACLs everybody can do his work,
 * needs every one of them, and can do nothing else. In this order.
 */
@Tag("server")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SecurityServerTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String HANDLE = "+447700900123";
    private static final String OF_SHORT_CLASS = "+12015550123";

    @TempDir
    private static Path directory;

    private static SecuredStack secured;
    private static LookbackApp app;

    @BeforeAll
    static void start() throws Exception {
        Map<String, String> first =
                Map.of("retention.min", "1s", "topics.partitions.ledgers", "2", "topics.partitions.requests", "1");
        // A class more, and what changes partitions and settings of topics: for whoever administers them.
        Map<String, String> then = Map.of(
                "retention.classes", "short",
                "retention.class.short.duration", "10s",
                "retention.class.short.bucket", "1s",
                "retention.class.short.calling.codes", "+1",
                "topics.partitions.events", "5",
                "ingest.max.future", "6m",
                "commit.interval", "1s");
        secured = new SecuredStack(directory, first, then);
    }

    @AfterAll
    static void stop() {
        if (app != null) {
            app.close();
        }
        if (secured != null) {
            secured.close();
        }
    }

    private static Run tool(String role, String... args) {
        return secured.tool(role, List.of(args));
    }

    private static Run signed(String role, String officer, String... args) {
        return signedReading(role, officer, "", args);
    }

    private static Run signedReading(String role, String officer, String input, String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of(
                "--officer",
                officer,
                "--keystore",
                secured.stack().officerKeystore(officer).toString()));
        return secured.tool(role, input, all);
    }

    private static void succeeds(Run run) {
        assertThat(run.exitCode()).as("%s%s", run.out(), run.err()).isZero();
    }

    private static AclsFile file() throws IOException {
        return AclsFile.load(secured.application());
    }

    // ---- lookback acls

    @Test
    @Order(1)
    void plansAndAppliesAndChecks() throws Exception {
        assertThat(file().unassigned())
                .as("roles without a principal on the page")
                .isEmpty();
        Run refused = tool("admin", "acls", "plan");
        assertThat(refused.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(refused.err()).contains("may not see or change ACLs", "super.users");

        Run plan = secured.superTool(List.of("acls", "plan"));
        assertThat(plan.exitCode()).isZero();
        assertThat(plan.out().lines())
                .hasSize(file().wanted().size())
                .allMatch(line -> line.startsWith("+ "))
                .contains(
                        "+ User:routing may WRITE topic lookup-events",
                        "+ User:CN=lookback-casework may WRITE transactional id lookback-casework-…");
        assertThat(secured.superTool(List.of("acls", "check")).exitCode()).isEqualTo(ExitCodes.FAILED);

        Run unsure = secured.superTool(List.of("acls", "apply"));
        assertThat(unsure.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(unsure.err()).contains("Nothing was applied");
        assertThat(secured.superTool(List.of("acls", "plan")).out()).isEqualTo(plan.out());

        Run applied = secured.superTool(List.of("acls", "apply", "--yes", "--json"));
        succeeds(applied);
        assertThat(applied.out())
                .contains("\"change\" : \"create\"", "\"operation\" : \"WRITE\"", "\"resourceType\" : \"TOPIC\"");
        assertThat(actual()).isEqualTo(file().wanted());
        Run again = secured.superTool(List.of("acls", "apply", "--yes"));
        assertThat(again.out()).isEqualTo("All ACLs are as they should be.\n");
        succeeds(tool("auditor", "acls", "check"));
        assertThat(tool("auditor", "acls", "plan", "--json").out()).isEqualTo("[ ]\n");
    }

    private static Set<AclBinding> actual() throws Exception {
        try (Admin admin = secured.superUser()) {
            return Set.copyOf(admin.describeAcls(AclBindingFilter.ANY).values().get());
        }
    }

    // ---- everybody's work

    @Test
    @Order(2)
    void whoeverAdministersTopicsCan() {
        Run applied = tool("admin", "topics", "apply");
        succeeds(applied);
        assertThat(applied.out())
                .contains("+ lookups-enriched-short", "~ lookup-events: 4 partitions -> 5", "retention.ms");
        succeeds(tool("admin", "schemas", "apply"));
        succeeds(tool("operator", "topics", "check"));
    }

    @Test
    @Order(3)
    void theRegistryAnswersOnlyWhoShowsACertificate() {
        Run refused = secured.toolWithoutCertificate("admin", List.of("schemas", "check"));
        assertThat(refused.exitCode()).as(refused.err()).isNotZero();
        assertThat(refused.err()).contains("https://127.0.0.1:").doesNotContain("\tat ");
        succeeds(tool("admin", "schemas", "check"));
    }

    /** Before anything runs: a process that starts reads what there is. */
    @Test
    @Order(3)
    void clocksAreConfirmed() throws Exception {
        succeeds(tool("operator", "clock", "show"));
        Instant now = Instant.now();
        String instance = UUID.randomUUID().toString();
        ClockCheck inDoubt = ClockCheck.newBuilder()
                .setInstance(instance)
                .setWall(now)
                .setTime(now)
                .setDoubt(new ClockDoubt(UUID.randomUUID().toString(), DoubtCause.JUMPED, 7L, now))
                .build();
        Topic<String, ClockRecord> topic = secured.application().topics().clockChecks();
        try (KafkaProducer<String, ClockRecord> producer = new KafkaProducer<>(
                secured.client("process"),
                topic.key().serializer(),
                topic.value().serializer())) {
            producer.send(new ProducerRecord<>(topic.name(), instance, new ClockRecord(inDoubt)))
                    .get();
        }
        succeeds(signed("operator", LocalStack.RETENTION_OFFICER, "clock", "confirm", "--reason", "a test", "--yes"));
    }

    @Test
    @Order(4)
    void allRolesRunEachAsAPrincipalOfItsOwn() throws IOException {
        app = LookbackApp.start(secured.application());
        await().atMost(LIMIT).until(() -> app.notReady().isEmpty());
    }

    @Test
    @Order(5)
    void aRequestIsAnsweredAndItsExtractFetched() throws IOException {
        Instant now = Instant.now();
        String line = "{\"eventId\":\"%s\",\"occurredAt\":\"%s\",\"requester\":\"%s\",\"queried\":\"b@example.org\","
                + "\"sourceIp\":\"192.0.2.1\"}\n";
        String lines = line.formatted(UUID.randomUUID(), now.minusSeconds(60), HANDLE)
                + line.formatted(UUID.randomUUID(), now, HANDLE)
                + line.formatted(UUID.randomUUID(), now, OF_SHORT_CLASS)
                + line.formatted(UUID.randomUUID(), now.minus(Duration.ofDays(2)), HANDLE);
        succeeds(secured.tool("publisher", lines, List.of("publish", "-")));

        String id = UUID.randomUUID().toString();
        submit(id);
        succeeds(tool("compliance", "request", "show", id, "--wait"));
        succeeds(signed("compliance", LocalStack.APPROVING_OFFICER, "request", "approve", id, "--yes"));
        await().atMost(LIMIT)
                .until(() ->
                        tool("compliance", "request", "list", "--json").out().contains("\"SEALED\""));
        Path out = directory.resolve("extract");
        String key = secured.stack().sealingPublicKey().toString();
        Run fetched = signed(
                "compliance", LocalStack.APPROVING_OFFICER, "extract", "fetch", id, "--out", "" + out, "--key", key);
        succeeds(fetched);
        assertThat(fetched.out()).startsWith("Sound: 2 lookups for request " + id);
        succeeds(tool("compliance", "case", "export", id, "--out", "" + directory.resolve("case.json")));
        succeeds(signed("compliance", LocalStack.INTAKE_OFFICER, "request", "close", id));
    }

    private static void submit(String id) {
        Run submitted = signed(
                "compliance",
                LocalStack.INTAKE_OFFICER,
                "request",
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
                HANDLE,
                "--from",
                Instant.now().minusSeconds(3600).toString(),
                "--to",
                Instant.now().plusSeconds(1).toString());
        succeeds(submitted);
    }

    @Test
    @Order(6)
    void retentionIsChangedWithoutReadingLookups() {
        Run plan = tool("retention-officer", "retention", "plan", "short", "5s", "--estimate");
        succeeds(plan);
        Run counted = tool("retention-officer", "retention", "plan", "short", "5s");
        assertThat(counted.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(counted.err()).contains("lookups-enriched-short", "TopicAuthorizationException");
        Run set = signedReading(
                "retention-officer",
                LocalStack.RETENTION_OFFICER,
                "y\n",
                "retention",
                "set",
                "short",
                "15s",
                "--reason",
                "a test");
        succeeds(set);
        assertThat(set.err()).contains("at most ");
        succeeds(tool("retention-officer", "retention", "bound"));
        succeeds(tool("operator", "retention", "show"));
        succeeds(tool("admin", "topics", "check"));
        succeeds(tool("operator", "retention", "bound"));
    }

    @Test
    @Order(7)
    void anErasureIsOrderedAndEverybodyChecksWhatWasDone() throws IOException {
        Run erased = signedReading(
                "erasure-officer",
                LocalStack.ERASING_OFFICER,
                "y\n",
                "erase",
                HANDLE,
                "--as",
                "either",
                "--reason",
                "demand 1/26");
        succeeds(erased);
        assertThat(erased.out()).contains("closed in 4 of 4 partitions");
        Matcher inForce = Pattern.compile("Erasure (\\S+) is in force").matcher(erased.err());
        assertThat(inForce.find()).isTrue();
        String id = inForce.group(1);
        succeeds(tool("erasure-officer", "erase", "list"));
        succeeds(tool("auditor", "erase", "holds", id));
        succeeds(
                tool("auditor", "audit", "verify", "--key", "" + secured.stack().sealingPublicKey()));
        succeeds(tool("auditor", "report", "transparency", "--from", "2026-01-01", "--to", "2026-01-31"));
        succeeds(tool("compliance", "audit", "show"));
        await().atMost(LIMIT).untilAsserted(() -> succeeds(tool("retention-auditor", "retention", "audit")));
        Run certificate = tool(
                "retention-auditor",
                "retention",
                "certificate",
                "2020-01-01",
                "--out",
                "" + directory.resolve("certificate.json"));
        // It could read all that it needed to know this.
        assertThat(certificate.err()).contains("There is nothing to certify");
        assertThat(rejects()).isPositive();
    }

    /** No command reads what was rejected: it is for publishers' own consumers. */
    private static int rejects() throws IOException {
        String topic = secured.application().topics().lookupEventsRejected().name();
        Map<String, Object> settings = new HashMap<>(secured.client("reject-reader"));
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                    .map(each -> new TopicPartition(topic, each.partition()))
                    .toList());
            return consumer.poll(Duration.ofSeconds(10)).count();
        }
    }

    @Test
    @Order(8)
    void nothingIsAllowedThatNobodyNeeds() throws IOException {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(unused(file().roles())).isEmpty());
        ResourcePattern erasures = new ResourcePattern(ResourceType.TOPIC, "erasures", PatternType.LITERAL);
        AclRole.Grant needless = new AclRole.Grant("erasures", List.of(erasures), Set.of(AclOperation.READ), "");
        assertThat(unused(List.of(new AclRole("publisher", "", List.of(needless)))))
                .containsExactly("publisher READ erasures");
    }

    private static List<String> unused(List<AclRole> roles) throws IOException {
        return new UsedGrants(secured.brokerLog()).unused(roles, secured::principal);
    }

    // ---- everything else

    private static AccessMatrix matrix() throws Exception {
        LookbackConfig config = secured.application();
        Set<String> topics = new TreeSet<>();
        List<String> groups =
                Arrays.stream(Role.values()).map(config::applicationId).toList();
        config.topics().all(List.of("default", "short")).forEach(each -> topics.add(each.name()));
        try (Admin admin = secured.superUser()) {
            admin.listTopics().names().get().stream()
                    .filter(each -> groups.stream().anyMatch(group -> each.startsWith(group + "-")))
                    .forEach(topics::add);
        }
        return new AccessMatrix(topics, groups);
    }

    @Test
    @Order(9)
    void whatTheFileDoesNotAllowIsRefusedAndWhatItAllowsWorks() throws Exception {
        app.close();
        AccessMatrix matrix = matrix();
        Map<String, Object> anybodyMay = secured.superClient();
        matrix.seed(anybodyMay);
        assertThat(matrix.tried(anybodyMay)).as("one who may do anything").hasSize(matrix.size());
        Map<String, Set<Access>> found = new TreeMap<>();
        Map<String, Set<Access>> expected = new TreeMap<>();
        for (String role : secured.roles()) {
            found.put(role, matrix.tried(secured.client(role)));
            expected.put(role, matrix.allowedBy(file().wanted(), secured.principal(role)));
        }
        assertThat(found).isEqualTo(expected);
        long allowed = found.values().stream().mapToLong(Set::size).sum();
        System.out.printf(
                "%d accesses tried, %d allowed%n",
                matrix.size() * secured.roles().size(), allowed);
    }

    @Test
    @Order(10)
    void oneAclTooManyOrTooFewIsFoundOut() throws Exception {
        AccessMatrix matrix = matrix();
        AclBinding tooMany = acl("User:routing", AclOperation.READ, "lookups-enriched", PatternType.LITERAL);
        AclBinding tooFew = acl("User:routing", AclOperation.WRITE, "lookup-events", PatternType.LITERAL);
        AclBinding tooWide = acl("User:sre", AclOperation.READ, "lookups-", PatternType.PREFIXED);
        try (Admin admin = secured.superUser()) {
            admin.createAcls(List.of(tooMany, tooWide)).all().get();
            admin.deleteAcls(List.of(tooFew.toFilter())).all().get();
            await().atMost(LIMIT).until(() -> actual().contains(tooWide) && !actual().contains(tooFew));
        }
        Set<Access> publisher = matrix.allowedBy(file().wanted(), "User:routing");
        Set<Access> found = matrix.tried(secured.client("publisher"));
        assertThat(found).isNotEqualTo(publisher);
        assertThat(found)
                .extracting(Access::toString)
                .containsExactly("DESCRIBE TOPIC lookups-enriched", "READ TOPIC lookups-enriched");

        Run check = tool("auditor", "acls", "check");
        assertThat(check.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(check.out().lines())
                .containsExactly(
                        "+ User:routing may WRITE topic lookup-events",
                        "- User:routing may READ topic lookups-enriched",
                        "! User:sre may READ topic lookups-…: reaches what is Lookback's, too; narrow it");
        Run applied = secured.superTool(List.of("acls", "apply", "--yes"));
        assertThat(applied.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(applied.err()).contains("not Lookback's to delete");
        assertThat(tool("auditor", "acls", "check").out())
                .startsWith("! User:sre")
                .hasLineCount(1);
        try (Admin admin = secured.superUser()) {
            admin.deleteAcls(List.of(tooWide.toFilter())).all().get();
        }
        await().atMost(LIMIT).untilAsserted(() -> succeeds(tool("auditor", "acls", "check")));
        assertThat(matrix.tried(secured.client("publisher"))).isEqualTo(publisher);
    }

    private static AclBinding acl(String principal, AclOperation operation, String topic, PatternType pattern) {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, pattern),
                new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW));
    }
}
