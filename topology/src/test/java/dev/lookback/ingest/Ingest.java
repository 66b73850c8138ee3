package dev.lookback.ingest;

import dev.lookback.clock.Timekeeper;
import dev.lookback.erasure.ErasureOfficer;
import dev.lookback.geo.GeoLookup;
import dev.lookback.geo.GeoResult;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.policy.PolicyDesk;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The ingest topology in a test driver, with two classes: {@code default} (30 days) and {@code short} (10 s, +46). */
final class Ingest implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    static final String EVENT_ID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
    static final String ADDRESS = "89.160.20.112";
    static final GeoResult PLACE =
            new GeoResult(GeoStatus.FOUND, Geo.newBuilder().setCountry("SE").build(), "Sample 2026-11-01T00:00:00Z");
    static final RetentionClass DEFAULT =
            new RetentionClass("default", Duration.ofHours(1), Duration.ofDays(30), Set.of(), Set.of());
    static final RetentionClass SHORT =
            new RetentionClass("short", Duration.ofSeconds(2), Duration.ofSeconds(10), Set.of("+46"), Set.of());

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Tokens tokens = new Tokens(new byte[Tokens.KEY_LENGTH]);
    final Map<Integer, Long> committed = new HashMap<>();
    final PolicyDesk desk = new PolicyDesk();
    final Topics topics;
    final IngestTopology topology;
    final TopologyTestDriver driver;
    final TestInputTopic<byte[], byte[]> events;
    final TestInputTopic<byte[], byte[]> orders;
    final TestInputTopic<byte[], byte[]> policies;
    private final Serializer<LookupEvent> publisher;
    private final TestOutputTopic<byte[], byte[]> rejected;

    Ingest() {
        this(Publisher.OURS);
    }

    Ingest(Publisher publisher) {
        this(publisher, Map.of(), address -> PLACE, IngestSettings.DEFAULTS, pause -> {});
    }

    Ingest(
            Publisher publisher,
            Map<String, ?> serdeSettings,
            GeoLookup geo,
            IngestSettings settings,
            RegistryWait.Pause pause) {
        Map<String, Object> all = new HashMap<>(serdeSettings);
        all.putIfAbsent("schema.registry.url", "mock://ingest");
        this.publisher = publisher.serializer(all);
        topics = new Topics("", all);
        topology = new IngestTopology(
                topics,
                new RetentionClasses(List.of(SHORT, DEFAULT)),
                tokens,
                PolicyDesk.OFFICERS,
                null,
                geo,
                partition -> committed.containsKey(partition)
                        ? OptionalLong.of(committed.get(partition))
                        : OptionalLong.empty(),
                settings,
                meters,
                Timekeeper.trusting(),
                pause);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "ingest");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        driver = new TopologyTestDriver(topology.get(), properties, NOW);
        events = input(topics.lookupEvents());
        orders = input(topics.expiryOrders());
        policies = input(topics.retentionPolicies());
        rejected = output(topics.lookupEventsRejected());
    }

    /** A good lookup that occurred a minute ago, to be changed into what a test needs. */
    static LookupEvent.Builder lookup() {
        return LookupEvent.newBuilder()
                .setEventId(EVENT_ID)
                .setOccurredAt(NOW.minusSeconds(60))
                .setRequester("+491701234567")
                .setQueried("+4915799999999")
                .setSourceIp(ADDRESS)
                .setSourcePort(40_000)
                .setService(Service.MESSAGING)
                .setOutcome(Outcome.REGISTERED)
                .setTrigger(Trigger.USER_ENTRY);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** As the publisher encodes it. */
    byte[] encode(LookupEvent event) {
        return publisher.serialize(topics.lookupEvents().name(), event);
    }

    byte[] encode(ExpiryOrder order) {
        return encode(topics.expiryOrders(), order);
    }

    private static <T extends SpecificRecord> byte[] encode(Topic<?, T> topic, T value) {
        return topic.value().serializer().serialize(topic.name(), value);
    }

    void publish(LookupEvent event) {
        publish(encode(event));
    }

    void publish(byte[] value) {
        publish(utf8("key"), value);
    }

    void publish(byte[] key, byte[] value) {
        Headers headers = new RecordHeaders().add("client", utf8("router-7"));
        events.pipeInput(new TestRecord<>(key, value, headers, NOW.minusSeconds(1)));
    }

    /** Signed as it has to be; the first comes from the application. */
    void setDuration(int version, String retentionClass, Duration duration, Instant from) {
        List<RetentionPolicy> records = version == 1
                ? List.of(desk.first(retentionClass, duration, from))
                : desk.set(retentionClass, duration, from);
        for (RetentionPolicy each : records) {
            policies.pipeInput(
                    utf8(retentionClass + "/" + version),
                    encode(topics.retentionPolicies(), each),
                    from.toEpochMilli());
        }
    }

    void erase(UUID id, String handle, SelectorRole role, Instant at) {
        append(ErasureOfficer.order(id, tokens.token(handle), role, at), at);
    }

    void forgeErasure(UUID id, String handle, SelectorRole role, Instant at) {
        append(ErasureOfficer.forged(id, tokens.token(handle), role, at), at);
    }

    private void append(Erasure erasure, Instant at) {
        input(topics.erasures())
                .pipeInput(new TestRecord<>(utf8(erasure.getId()), encode(topics.erasures(), erasure), at));
    }

    /** What was written to a ledger since this was asked last. */
    List<TestRecord<byte[], byte[]>> written(RetentionClass retentionClass) {
        return output(topics.ledger(retentionClass.name())).readRecordsToList();
    }

    EnrichedLookup decode(RetentionClass retentionClass, TestRecord<byte[], byte[]> written) {
        Topic<byte[], EnrichedLookup> topic = topics.ledger(retentionClass.name());
        return LedgerValue.complete(
                topic.value().deserializer().deserialize(topic.name(), written.value()),
                LedgerKey.eventId(written.key()));
    }

    List<TestRecord<byte[], byte[]>> rejectedRecords() {
        return rejected.readRecordsToList();
    }

    /** What was rejected since this was asked last. */
    List<RejectedLookup> rejected() {
        return rejectedRecords().stream()
                .map(record -> decodeRejected(record.value()))
                .toList();
    }

    RejectedLookup decodeRejected(byte[] value) {
        Topic<byte[], RejectedLookup> topic = topics.lookupEventsRejected();
        return topic.value().deserializer().deserialize(topic.name(), value);
    }

    private TestInputTopic<byte[], byte[]> input(Topic<?, ?> topic) {
        return driver.createInputTopic(topic.name(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private TestOutputTopic<byte[], byte[]> output(Topic<?, ?> topic) {
        return driver.createOutputTopic(topic.name(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public void close() {
        driver.close();
    }
}
