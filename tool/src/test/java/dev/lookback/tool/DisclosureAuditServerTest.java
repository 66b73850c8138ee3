package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.local.LocalBroker;
import dev.lookback.seal.KeyFiles;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SignedCommand;
import dev.lookback.v1.Tick;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What auditors and counsel do with the tool, on a real broker with topics that were written by hand. */
@Tag("server")
class DisclosureAuditServerTest {
    private static final UUID ID = UUID.fromString("6f1f3a52-7f5e-4c43-9d0e-3f0d6c1b2a10");
    private static final String SUBMITTED = "2026-03-01T00:00:10Z";
    private static final String SEALED = "2026-03-02T00:00:00Z";
    private static final int PARTITIONS = 2;
    private static final int PARTITION = RequestPartitioner.partition(ID, PARTITIONS);
    private static final Map<String, String> REGISTRY = Map.of("schema.registry.url", "mock://disclosure-audit");
    private static final Topics TOPICS = new Topics("", REGISTRY);

    @TempDir
    private static Path directory;

    private static LocalBroker broker;
    private static Path key;

    @BeforeAll
    static void start() throws IOException, GeneralSecurityException {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        key = Files.writeString(directory.resolve("sealing.pem"), KeyFiles.toPem(pair.getPublic()));
        broker = LocalBroker.start();
        List<String> names = Stream.of(
                        TOPICS.disclosureAudit(),
                        TOPICS.legalRequests(),
                        TOPICS.legalRequestStatus(),
                        TOPICS.legalRequestExtracts())
                .map(Topic::name)
                .toList();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            Kafka.await(admin.createTopics(names.stream()
                            .map(name ->
                                    new NewTopic(name, PARTITIONS, (short) 1).configs(Map.of("retention.ms", "-1")))
                            .toList())
                    .all());
        }
        writeCase(pair);
    }

    private static void writeCase(KeyPair pair) {
        Audited chain = new Audited(PARTITION)
                .entry(
                        SUBMITTED,
                        ID.toString(),
                        "SUBMITTED",
                        "instrument=COURT_ORDER jurisdiction=\"England and Wales\" selectors=1")
                .entry(SEALED, ID.toString(), "SEALED", "lookups=7 parts=1")
                .checkpoint(SEALED, pair);
        for (AuditEntry each : chain.entries()) {
            send(TOPICS.disclosureAudit(), "chain/" + PARTITION, each.getAt(), each);
        }
        for (int second = 0; second < 30; second++) {
            Instant at = Instant.parse("2026-03-01T00:00:00Z").plusSeconds(second);
            send(
                    TOPICS.legalRequests(),
                    "tick",
                    at,
                    new LegalRequestCommand(
                            Tick.newBuilder().setPositions(List.of()).build()));
            if (at.equals(Instant.parse(SUBMITTED))) {
                send(
                        TOPICS.legalRequests(),
                        ID.toString(),
                        at,
                        new LegalRequestCommand(new SignedCommand("e30.e30.x")));
            }
        }
        send(
                TOPICS.legalRequestStatus(),
                ID.toString(),
                Instant.parse(SEALED),
                LegalRequestStatus.newBuilder()
                        .setRequestId(ID.toString())
                        .setVersion(2)
                        .setState(CaseState.SEALED)
                        .setReason("SEALED")
                        .setAt(Instant.parse(SEALED))
                        .build());
        send(
                TOPICS.legalRequestExtracts(),
                ID.toString(),
                Instant.parse(SEALED),
                new ExtractRecord(new ExtractManifest(
                        ID.toString(),
                        ByteBuffer.wrap("{}".getBytes(StandardCharsets.UTF_8)),
                        ByteBuffer.wrap(new byte[1]),
                        "key")));
    }

    private static <V> void send(Topic<String, V> topic, String name, Instant at, V value) {
        try (KafkaProducer<String, V> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                topic.key().serializer(),
                topic.value().serializer())) {
            Kafka.await(producer.send(new ProducerRecord<>(topic.name(), PARTITION, at.toEpochMilli(), name, value)));
        }
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    private static Run tool(String... args) {
        return Run.with(
                Map.of(
                        "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS",
                        broker.bootstrapServers(),
                        "LOOKBACK_SCHEMA_REGISTRY_URL",
                        "mock://disclosure-audit"),
                "",
                args);
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    @Test
    void verifiesAndKeepsHeads() throws IOException {
        Path heads = directory.resolve("heads.json");
        Run exported = tool("audit", "heads", "--out", heads.toString());
        assertThat(exported).isEqualTo(new Run(0, heads + ": the heads of 1 chains\n", ""));

        Run verified = tool("audit", "verify", "--key", key.toString(), "--heads", heads.toString());
        assertThat(verified.err()).isEmpty();
        assertThat(verified.out())
                .contains("entries 1 to 3, proven up to 3 by the checkpoint of 2026-03-02T00:00:00.000Z")
                .contains("holds entry 2, its head of 2026-03-02T00:00:00.000Z")
                .endsWith("Sound: 3 entries in 2 chains.\n");
        assertThat(verified.exitCode()).isZero();

        JsonNode kept = json(Files.readString(heads));
        Path ahead = Files.writeString(
                directory.resolve("ahead.json"),
                Files.readString(heads).replace("\"sequence\" : 2", "\"sequence\" : 4"));
        assertThat(kept.at("/heads/0/sequence").asInt()).isEqualTo(2);
        Run cut = tool("audit", "verify", "--heads", ahead.toString(), "--json");
        assertThat(cut.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(json(cut.out()).at("/sound").asBoolean(true)).isFalse();
        assertThat(json(cut.out()).findValue("what").asText()).endsWith("the chain has been cut short");
    }

    @Test
    void showsEntriesThatMatch() throws IOException {
        assertThat(json(tool("audit", "show", "--request", ID.toString(), "--json")
                        .out()))
                .hasSize(2);
        assertThat(json(tool("audit", "show", "--action", "sealed", "--json").out())
                        .at("/0/pairs/lookups")
                        .asInt())
                .isEqualTo(7);
        assertThat(json(tool("audit", "show", "--officer", "lookback", "--json").out()))
                .hasSize(1);
        assertThat(json(tool("audit", "show", "--since", SEALED, "--json").out()))
                .hasSize(2);
        assertThat(tool("audit", "show").out().lines()).hasSize(4);
        assertThat(tool("audit", "show", "--action", "NOTHING").out()).isEqualTo("There is no such entry.\n");
    }

    @Test
    void reports() {
        Run report = tool("report", "transparency", "--from", "2026-03-01", "--to", "2026-03-01", "--csv");

        assertThat(report.exitCode()).isZero();
        assertThat(report.out()).endsWith("COURT_ORDER,England and Wales,1,1,1,7,0,0,0,0,0,0,0\r\n");
    }

    @Test
    void exportsACase() throws IOException {
        Path file = directory.resolve("case.json");
        Run exported = tool("case", "export", ID.toString(), "--out", file.toString());

        assertThat(exported.err()).isEmpty();
        assertThat(exported.exitCode()).isZero();
        assertThat(json(Files.readString(file)).at("/events").findValuesAsText("source"))
                .containsExactly("command", "audit", "status", "audit");
        assertThat(json(Files.readString(file)).at("/manifest/content").isObject())
                .isTrue();
        UUID unknown = new UUID(0, 0);
        Run missing = tool("case", "export", unknown.toString(), "--out", file + ".2");
        assertThat(missing.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(missing.err()).contains("nothing on record");
    }
}
