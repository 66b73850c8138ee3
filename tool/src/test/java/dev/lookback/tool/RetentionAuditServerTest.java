package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.local.LocalStack;
import dev.lookback.seal.Sha256;
import dev.lookback.topics.Topic;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Audits and certificates over a month's ledger on a real broker, written by hand with the timestamps that admission and
 * forgetting would have given it. In this order; the last tests spoil it.
 */
@Tag("server")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RetentionAuditServerTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration KEPT = Duration.ofDays(30);
    private static final String LONGER_MS = "" + Duration.ofDays(40).toMillis();
    private static final int NOT_DUE = 2_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    private static LocalStack stack;
    private static KafkaProducer<byte[], byte[]> ledger;
    private static KafkaProducer<String, ExpiryReceipt> receipts;
    private static long now;
    private static long due; // a bucket that has been due for more than an hour
    private static LocalDate day; // all of which is due

    @BeforeAll
    static void writeAMonth() {
        stack = LocalStack.start(directory.resolve("stack"), Map.of(), Clock.systemUTC());
        LookbackConfig config = stack.config();
        keepOldSegments(config);
        ledger = new KafkaProducer<>(
                ClientSettings.producer(config), new ByteArraySerializer(), new ByteArraySerializer());
        receipts = Kafka.producer(config, config.topics().expiryReceipts());
        now = Clock.systemUTC().millis();
        due = LedgerKey.bucketOf(now - KEPT.toMillis(), HOUR) - 2;
        day = LocalDate.ofInstant(Instant.ofEpochMilli(now).minus(Duration.ofDays(33)), ZoneOffset.UTC);

        forgotten(0, due, key(due, 1), key(due, 2), key(due, 3));
        forgotten(2, noon(), key(noon(), 1), key(noon(), 2));
        ledger.flush();
    }

    /** Or the brokers would, quite rightly, remove some of it while the tests run. */
    private static void keepOldSegments(LookbackConfig config) {
        ConfigResource topic = new ConfigResource(
                ConfigResource.Type.TOPIC, config.topics().ledger("default").name());
        ConfigEntry longer = new ConfigEntry("retention.ms", LONGER_MS);
        try (Admin admin = Kafka.admin(config)) {
            Kafka.await(admin.incrementalAlterConfigs(
                            Map.of(topic, List.of(new AlterConfigOp(longer, AlterConfigOp.OpType.SET))))
                    .all());
        }
    }

    @AfterAll
    static void stop() {
        if (stack != null) {
            ledger.close();
            receipts.close();
            stack.close();
        }
    }

    private static long noon() {
        return day.atTime(12, 0).toInstant(ZoneOffset.UTC).toEpochMilli() / HOUR.toMillis();
    }

    private static byte[] key(long bucket, long id) {
        return new LedgerKey(bucket, 42, bucket * HOUR.toMillis() + id, new UUID(0, id)).toBytes();
    }

    /** A bucket's lookups, admitted and forgotten, with weeks of others between. */
    private static void forgotten(int partition, long bucket, byte[]... keys) {
        long dueAt = (bucket + 1) * HOUR.toMillis() - 1 + KEPT.toMillis();
        for (byte[] key : keys) {
            put(partition, LedgerKey.occurredAt(key) + 1_000, key, new byte[] {1});
        }
        long from = LedgerKey.occurredAt(keys[0]) + Duration.ofDays(2).toMillis();
        long to = dueAt - Duration.ofDays(2).toMillis();
        for (int i = 0; i < NOT_DUE; i++) {
            long at = Math.max(
                    from + (to - from) / NOT_DUE * i, now - Duration.ofDays(28).toMillis());
            put(partition, at, key(at / HOUR.toMillis(), 10_000L * partition + i), new byte[] {1});
        }
        long position = keys.length + NOT_DUE;
        receipt(partition, bucket, ReceiptPhase.OPENED, dueAt, position, keys);
        for (byte[] key : keys) {
            put(partition, dueAt + 2_000, key, null);
        }
        receipt(partition, bucket, ReceiptPhase.CLOSED, dueAt, position, keys);
    }

    private static void put(int partition, long timestamp, byte[] key, byte[] value) {
        String topic = stack.config().topics().ledger("default").name();
        ledger.send(new ProducerRecord<>(topic, partition, timestamp, key, value));
    }

    private static void receipt(
            int partition, long bucket, ReceiptPhase phase, long dueAt, long position, byte[]... keys) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(keys).sorted(Arrays::compareUnsigned).forEach(all::writeBytes);
        boolean closed = phase == ReceiptPhase.CLOSED;
        ExpiryReceipt receipt = ExpiryReceipt.newBuilder()
                .setPhase(phase)
                .setRetentionClass("default")
                .setPartition(partition)
                .setBucket(bucket)
                .setSequence(0)
                .setBucketStart(Instant.ofEpochMilli(bucket * HOUR.toMillis()))
                .setBucketEnd(Instant.ofEpochMilli((bucket + 1) * HOUR.toMillis()))
                .setDueAt(Instant.ofEpochMilli(dueAt))
                .setLedgerPosition(position)
                .setRows(keys.length)
                .setKeysSha256(new dev.lookback.v1.Sha256(Sha256.of(all.toByteArray())))
                .setOpenedAt(Instant.ofEpochMilli(dueAt + 1_000))
                .setClosedAt(closed ? Instant.ofEpochMilli(dueAt + 3_000) : null)
                .setLatenessMillis(closed ? 3_000L : null)
                .setPolicyVersion(0)
                .build();
        Topic<String, ExpiryReceipt> topic = stack.config().topics().expiryReceipts();
        Kafka.await(receipts.send(new ProducerRecord<>(
                topic.name(),
                partition,
                dueAt + (closed ? 3_000 : 1_000),
                "default/" + partition + "/" + bucket,
                receipt)));
    }

    private static Run tool(String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--config", stack.configFile().toString()));
        return Run.of(all.toArray(String[]::new));
    }

    @Test
    @Order(1)
    void countsAllThereIsAgain() throws IOException {
        Run run = tool("retention", "audit", "--json");

        JsonNode report = JSON.readTree(run.out());
        assertThat(run.exitCode()).as(run.out()).isZero();
        assertThat(report.path("sound").asBoolean()).isTrue();
        long live = 0;
        long forgotten = 0;
        long matching = 0;
        for (JsonNode each : report.path("days")) {
            live += each.path("live").asLong();
            forgotten += each.path("forgotten").asLong();
            matching += each.path("receipts").path("matching").asLong();
            if (each.path("forgotten").asLong() > 0) {
                assertThat(each.path("worstLatenessMillis").asLong()).isEqualTo(3_000);
            }
        }
        assertThat(live).isEqualTo(2 * NOT_DUE);
        assertThat(forgotten).isEqualTo(5);
        assertThat(matching).isEqualTo(2);
        assertThat(report.path("partitions")).hasSize(4);
    }

    @Test
    @Order(2)
    void readsTheBeginningAndTheEndOfALedgerWhenAskedForLess() throws IOException {
        Run run = tool("retention", "audit", "--since", "1h", "--json");

        JsonNode report = JSON.readTree(run.out());
        assertThat(run.exitCode()).as(run.out()).isZero();
        JsonNode first = report.path("partitions").get(0);
        assertThat(first.path("ledger")).as("%s", first).hasSize(2);
        assertThat(first.path("ledger").get(0).path("from").asLong()).isZero();
        assertThat(first.path("ledger").get(0).path("to").asLong()).isLessThan(NOT_DUE / 2);
        assertThat(first.path("ledger").get(1).path("from").asLong()).isGreaterThanOrEqualTo(3 + NOT_DUE);
        long forgotten = 0;
        long came = 0;
        for (JsonNode each : report.path("days")) {
            forgotten += each.path("forgotten").asLong();
            came += each.path("came").asLong();
        }
        assertThat(forgotten).isEqualTo(5);
        assertThat(came).as("rows that are not due are not counted").isEqualTo(5);

        assertThat(tool("retention", "audit", "--since", "1h").out())
                .contains("Not looked at: rows that are not due, receipts written before ", "Nothing is overdue");
        assertThat(tool("retention", "audit", "--since", "yesterday").exitCode())
                .isEqualTo(ExitCodes.USAGE);
    }

    @Test
    @Order(3)
    void certifiesADayThatAnyoneCanVerifyOffline() throws IOException {
        Path certificates = directory.resolve("certificates");
        Run made = tool("retention", "certificate", day.toString(), "--out", certificates + "/");
        assertThat(made.err()).isEmpty();
        assertThat(made.exitCode()).isZero();
        Path file = certificates.resolve("certificate-" + day + ".json");
        JsonNode certificate = JSON.readTree(Files.readString(file));
        assertThat(certificate.path("totals").path("came").asLong()).isEqualTo(2);
        assertThat(certificate.path("totals").path("forgotten").asLong()).isEqualTo(2);
        assertThat(certificate.path("totals").path("recounted").asLong()).isEqualTo(1);
        JsonNode ofClass = certificate.path("classes").get(0);
        assertThat(ofClass.path("settings").toString()).contains("\"" + LONGER_MS + "\"");
        assertThat(ofClass.path("bounds").toString()).contains("brokers: `lookups-enriched`", "rows-default");

        Run verified = Run.of("verify", file.toString(), "--key", "" + stack.sealingPublicKey());
        assertThat(verified.exitCode()).isZero();
        assertThat(verified.out())
                .startsWith("Sound: certificate of destruction for " + day
                        + ": 2 lookups forgotten under 1 receipts, of which 1 were counted again");
        assertThat(Run.of("verify", certificates.toString()).err()).contains("The key came with it");
        assertThat(Run.of("verify", file.toString(), "--json").out()).contains("\"verified\" : true");

        Run again = tool("retention", "certificate", day.toString(), "--out", certificates.toString());
        assertThat(again.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(again.err()).contains("never replaced");

        Files.writeString(file, Files.readString(file).replaceFirst("\"forgotten\" : 2", "\"forgotten\" : 3"));
        Run altered = Run.of("verify", certificates.toString());
        assertThat(altered.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(altered.out()).startsWith("NOT SOUND: The seal is not that of this certificate");
    }

    @Test
    @Order(4)
    void certifiesNothingThatIsNotSo() {
        String out = directory.resolve("none.json").toString();
        String today =
                LocalDate.ofInstant(Instant.ofEpochMilli(now), ZoneOffset.UTC).toString();

        Run early = tool("retention", "certificate", today, "--out", out);
        assertThat(early.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(early.err()).contains("are not all due before");
        Run empty = tool("retention", "certificate", "2020-01-01", "--out", out);
        assertThat(empty.err()).contains("There is nothing to certify");
        assertThat(tool("retention", "certificate", "2020-01-01", "--class", "no", "--out", out)
                        .exitCode())
                .isEqualTo(ExitCodes.USAGE);
        assertThat(Files.exists(Path.of(out))).isFalse();
    }

    @Test
    @Order(5)
    void saysThatAVaultDoesNotAnswer() {
        Run run = tool("retention", "audit", "--vault", "http://127.0.0.1:1");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
        assertThat(run.err()).contains("http://127.0.0.1:1/vault does not answer");
    }

    @Test
    @Order(6)
    void findsAnOverdueRowWithPartitionAndOffset() throws IOException {
        byte[] left = key(noon(), 77);
        put(2, LedgerKey.occurredAt(left) + 1_000, left, new byte[] {1});
        ledger.flush();
        long offset = 2 * 2 + NOT_DUE;

        for (String[] args : List.of(
                new String[] {"retention", "audit", "--json"},
                new String[] {"retention", "audit", "--since", "1h", "--json"})) {
            Run run = tool(args);
            assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
            JsonNode finding = JSON.readTree(run.out()).path("findings").get(0);
            assertThat(finding.path("partition").asInt()).isEqualTo(2);
            assertThat(finding.path("offset").asLong()).isEqualTo(offset);
            assertThat(finding.path("what").asText()).startsWith("overdue by ");
        }
        Run text = tool("retention", "audit");
        assertThat(text.out())
                .contains("1 OVERDUE", "! default/2, offset " + offset, "The promise is broken in 1 places");

        Run refused = tool("retention", "certificate", day.toString(), "--out", "" + directory.resolve("no.json"));
        assertThat(refused.exitCode()).isEqualTo(ExitCodes.FAILED);
        assertThat(refused.err()).contains("Not certified: default/2, offset " + offset);
    }
}
