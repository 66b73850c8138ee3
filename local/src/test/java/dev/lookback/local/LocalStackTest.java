package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.registry.RegistryAdmin;
import dev.lookback.topics.Topic;
import dev.lookback.v1.LookupEvent;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Lookback's serdes, topics and schemas do on a real broker and a real registry. */
@Tag("server")
class LocalStackTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-20T10:00:00Z"));
    private static final Map<String, String> SETTINGS = Map.of(
            "retention.classes", "short",
            "retention.min", "1s",
            "retention.class.short.duration", "20s",
            "retention.class.short.bucket", "5s",
            "retention.class.short.services", "VIDEO_CALL");

    @TempDir
    static Path directory;

    private static LocalStack stack;

    @BeforeAll
    static void start() {
        stack = LocalStack.start(directory, SETTINGS, CLOCK);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void topicsAndSchemasAreInOrderAndStaySo() {
        try (Admin admin = Admin.create(ClientSettings.admin(stack.config()))) {
            TopicAdmin topics = new TopicAdmin(admin, stack.config());
            assertThat(topics.problems()).isEmpty();
            assertThat(topics.plan(Map.of()).changes()).isEmpty();
        }
        RegistryAdmin registry = RegistryAdmin.of(stack.config().serdeSettings());
        assertThat(stack.schemas().plan(registry).changes()).isEmpty();
        assertThat(stack.schemas().apply(registry).changes()).isEmpty();
        assertThat(registry.subjects())
                .containsAll(stack.schemas().subjects().keySet())
                .contains("lookups-enriched-short-value");
    }

    @Test
    void theConfigurationIsReadyForAnApplicationOfItsOwnProcess() throws Exception {
        LookbackConfig config = LookbackConfig.load(stack.configFile(), Map.of(), Map.of());
        assertThat(config.tokens()).isNotNull();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(stack.configFile())))
                .isEqualTo("rw-------");
        Officers officers = Officers.load(config.requiredFile(LookbackConfig.OFFICERS_FILE));
        Officer approver = officers.find(LocalStack.APPROVING_OFFICER).get(0);
        assertThat(approver.key())
                .isEqualTo(stack.officerKeys(LocalStack.APPROVING_OFFICER).getPublic());
        assertThat(approver.key())
                .isNotEqualTo(stack.officerKeys(LocalStack.INTAKE_OFFICER).getPublic());
        assertThat(stack.sealingPublicKey()).isNotEmptyFile();
        assertThat(config.requiredFile(LookbackConfig.GEOIP_CITY_DATABASE)).isNotEmptyFile();
    }

    @Test
    void publishedLookupsComeOutAsTheyWentInWithTheirClientsName() {
        Topic<byte[], LookupEvent> topic = events();
        SampleTraffic traffic = traffic();
        List<LookupEvent> sent = new ArrayList<>();
        Map<TopicPartition, Long> from = ends(topic);
        try (TrafficPublisher publisher = publisher(topic)) {
            publisher.publish(
                    () -> {
                        sent.add(traffic.next());
                        return sent.get(sent.size() - 1);
                    },
                    5_000);
            assertThat(publisher.acknowledged()).isEqualTo(5_000);
        }
        List<ConsumerRecord<byte[], LookupEvent>> read = read(topic, from, 5_000);
        assertThat(read.stream().map(ConsumerRecord::value)).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(read).allSatisfy(record -> {
            assertThat(new String(record.key(), StandardCharsets.UTF_8))
                    .isEqualTo(record.value().getRequester());
            assertThat(new String(record.headers().lastHeader("client").value(), StandardCharsets.UTF_8))
                    .isEqualTo("test");
        });
    }

    @Test
    void aSteadyRateIsKept() {
        // The clock moves 10 ms whenever it is asked, so 100 lookups a second are one each time.
        AtomicInteger asked = new AtomicInteger();
        InstantSource clock = () -> Instant.ofEpochMilli(10L * asked.getAndIncrement());
        SampleTraffic traffic = traffic();
        AtomicInteger rounds = new AtomicInteger();
        try (TrafficPublisher publisher = new TrafficPublisher(
                events(), Map.of("bootstrap.servers", stack.broker().bootstrapServers()), "test", clock)) {
            publisher.publish(traffic::next, 100, () -> rounds.getAndIncrement() == 200);
            assertThat(publisher.acknowledged()).isEqualTo(200);
        }
    }

    @Test
    void aFailedPublicationIsReported() {
        Topic<byte[], LookupEvent> real = events();
        Topic<byte[], LookupEvent> missing = new Topic<>("no-such-topic", real.key(), real.value());
        SampleTraffic traffic = traffic();
        try (TrafficPublisher publisher = new TrafficPublisher(
                missing,
                Map.of("bootstrap.servers", stack.broker().bootstrapServers(), "max.block.ms", 1_000),
                "test",
                CLOCK)) {
            assertThatThrownBy(() -> publisher.publish(traffic::next, 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no-such-topic");
        }
    }

    /**
     * With the schema that is registered already; registering its own whole; and as it is by default, where it registers
     * each enum under a subject of its own, and a schema that refers to them.
     */
    @ParameterizedTest
    @CsvSource({
        "apicurio.registry.find-latest, false",
        "apicurio.registry.dereference-schema, true",
        "apicurio.registry.find-latest.not, true"
    })
    void whatApicuriosSerializerWroteIsRead(String setting, boolean autoRegister) {
        Topic<byte[], LookupEvent> topic = events();
        SampleTraffic traffic = traffic();
        try (AvroKafkaSerializer<LookupEvent> foreign = new AvroKafkaSerializer<>()) {
            foreign.configure(
                    Map.of(
                            "apicurio.registry.url",
                            stack.registry().url().replace("/ccompat/v7", "/registry/v3"),
                            "apicurio.registry.auto-register",
                            autoRegister,
                            setting,
                            true),
                    false);
            for (int i = 0; i < 200; i++) {
                LookupEvent event = traffic.next();
                byte[] bytes = foreign.serialize(topic.name(), event);
                assertThat(bytes[0]).isZero();
                assertThat(topic.value().deserializer().deserialize(topic.name(), bytes))
                        .isEqualTo(event);
            }
        }
    }

    @Test
    void anIdThatTheRegistryDoesNotHaveIsUnreadableNotWaitedFor() {
        byte[] unknown = {0, 0, 0x7F, 0, 0, 1, 2, 3};
        assertThatThrownBy(() -> events().value().deserializer().deserialize(events().name(), unknown))
                .isInstanceOf(SerializationException.class);
    }

    @Test
    void startsAgainInTheSameDirectory(@TempDir Path other) {
        SampleTraffic traffic = traffic();
        List<LookupEvent> sent = new ArrayList<>();
        String sealing;
        try (LocalStack first = LocalStack.start(other, Map.of(), CLOCK);
                TrafficPublisher publisher = new TrafficPublisher(
                        first.config().topics().lookupEvents(),
                        ClientSettings.producer(first.config()),
                        "test",
                        CLOCK)) {
            publisher.publish(
                    () -> {
                        sent.add(traffic.next());
                        return sent.get(sent.size() - 1);
                    },
                    100);
            sealing = first.config()
                    .password(LookbackConfig.SEALING_KEYSTORE_PASSWORD)
                    .value();
        }
        try (LocalStack second = LocalStack.start(other, Map.of(), CLOCK)) {
            assertThat(second.config()
                            .password(LookbackConfig.SEALING_KEYSTORE_PASSWORD)
                            .value())
                    .isEqualTo(sealing);
            Topic<byte[], LookupEvent> topic = second.config().topics().lookupEvents();
            Map<TopicPartition, Long> zero = new HashMap<>();
            for (int i = 0; i < 4; i++) {
                zero.put(new TopicPartition(topic.name(), i), 0L);
            }
            assertThat(read(second, topic, zero, 100).stream().map(ConsumerRecord::value))
                    .containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    private static Topic<byte[], LookupEvent> events() {
        return stack.config().topics().lookupEvents();
    }

    private static SampleTraffic traffic() {
        return new SampleTraffic(1, 1_000, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), CLOCK);
    }

    private static TrafficPublisher publisher(Topic<byte[], LookupEvent> topic) {
        return new TrafficPublisher(topic, ClientSettings.producer(stack.config()), "test", CLOCK);
    }

    private static Map<TopicPartition, Long> ends(Topic<byte[], LookupEvent> topic) {
        try (KafkaConsumer<byte[], LookupEvent> consumer = consumer(stack, topic)) {
            return new HashMap<>(consumer.endOffsets(consumer.partitionsFor(topic.name()).stream()
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList()));
        }
    }

    private static List<ConsumerRecord<byte[], LookupEvent>> read(
            Topic<byte[], LookupEvent> topic, Map<TopicPartition, Long> from, int count) {
        return read(stack, topic, from, count);
    }

    private static List<ConsumerRecord<byte[], LookupEvent>> read(
            LocalStack where, Topic<byte[], LookupEvent> topic, Map<TopicPartition, Long> from, int count) {
        List<ConsumerRecord<byte[], LookupEvent>> read = new ArrayList<>();
        try (KafkaConsumer<byte[], LookupEvent> consumer = consumer(where, topic)) {
            consumer.assign(from.keySet());
            from.forEach(consumer::seek);
            for (int i = 0; i < 100 && read.size() < count; i++) {
                consumer.poll(Duration.ofMillis(200)).forEach(read::add);
            }
        }
        return read;
    }

    private static KafkaConsumer<byte[], LookupEvent> consumer(LocalStack where, Topic<byte[], LookupEvent> topic) {
        return new KafkaConsumer<>(
                ClientSettings.consumer(where.config()),
                new ByteArrayDeserializer(),
                topic.value().deserializer());
    }
}
