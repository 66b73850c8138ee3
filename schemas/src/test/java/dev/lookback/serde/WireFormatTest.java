package dev.lookback.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.registry.UnknownSchemaException;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireFormatTest {
    private static final String SCOPE = "mock://wire-format";
    private static final Map<String, Object> SETTINGS = Map.of("schema.registry.url", SCOPE);
    private static final InMemorySchemaRegistry REGISTRY = Release.registry("wire-format");
    private static final String TOPIC = "lookup-events";

    private static final String REQUESTER = "+4915100000077";
    private static final String QUERIED = "planted.person@example.org";
    private static final String SOURCE_IP = "203.0.113.77";
    private static final LookupEvent EVENT = LookupEvent.newBuilder()
            .setEventId("0f8fad5b-d9cb-469f-a165-70867728950e")
            .setOccurredAt(Instant.ofEpochMilli(1))
            .setRequester(REQUESTER)
            .setQueried(QUERIED)
            .setSourceIp(SOURCE_IP)
            .setSourcePort(443)
            .setService(Service.VIDEO_CALL)
            .setOutcome(Outcome.REGISTERED)
            .setTrigger(Trigger.USER_ENTRY)
            .setNode("n1")
            .build();

    private final AvroDeserializer<LookupEvent> events = deserializer(LookupEvent.class);

    static List<Release.Frame> releasedFrames() {
        return Release.frames();
    }

    @ParameterizedTest
    @MethodSource("releasedFrames")
    void readsWhatTheLastReleaseWrote(Release.Frame frame) {
        SpecificRecord record = deserializer(Release.type(frame.type())).deserialize(TOPIC, frame.bytes());
        assertThatJson(Release.json(record)).contains(frame.record());
    }

    @ParameterizedTest
    @MethodSource("releasedFrames")
    void writesWhatTheLastReleaseWrote(Release.Frame frame) {
        SpecificRecord record = deserializer(Release.type(frame.type())).deserialize(TOPIC, frame.bytes());
        try (AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>()) {
            serializer.configure(SETTINGS, false);
            byte[] written = serializer.serialize(frame.type(), record);
            if (Arrays.equals(written, 0, 5, frame.bytes(), 0, 5)) { // the schema has not changed since
                assertThat(HexFormat.of().formatHex(written))
                        .isEqualTo(HexFormat.of().formatHex(frame.bytes()));
            } else {
                assertThat(Release.schemas().get(frame.type())).isNotEqualTo(record.getSchema());
            }
        }
    }

    @Test
    void everyTypeHasFrames() {
        assertThat(Release.frames())
                .extracting(Release.Frame::type)
                .containsAll(Release.schemas().keySet());
    }

    @Test
    void aFrameByteForByte() {
        byte[] frame = serialize(EVENT);
        int id = REGISTRY.idOf(
                TOPIC + "-value", REGISTRY.byId(ByteBuffer.wrap(frame).getInt(1)));
        String expected = "00" + "%08x".formatted(id) // magic byte, schema id
                + "48" + hex("0f8fad5b-d9cb-469f-a165-70867728950e") // 36 bytes, zigzag
                + "02" // 1 ms
                + "00" // no offset
                + "1c" + hex(REQUESTER)
                + "34" + hex(QUERIED)
                + "18" + hex(SOURCE_IP)
                + "02" + "f606" // a port: 443
                + "02" // VIDEO_CALL
                + "00" // REGISTERED
                + "00" // USER_ENTRY
                + "00" // no device
                + "04" + hex("n1");
        assertThat(HexFormat.of().formatHex(frame)).isEqualTo(expected);
        assertThat(events.deserialize(TOPIC, frame)).isEqualTo(EVENT);
    }

    @Test
    void nullIsNull() {
        assertThat(events.deserialize(TOPIC, null)).isNull();
        assertThat(serialize(null)).isNull();
    }

    static Stream<Arguments> malformed() {
        byte[] good = serialize(EVENT);
        byte[] unknownId = good.clone();
        ByteBuffer.wrap(unknownId).putInt(1, 1_000_000);
        byte[] otherMagic = good.clone();
        otherMagic[0] = 1;
        byte[] otherSchema = good.clone();
        ByteBuffer.wrap(otherSchema).putInt(1, REGISTRY.register("policies-value", RetentionPolicy.getClassSchema()));
        return Stream.of(
                Arguments.of("empty", new byte[0]),
                Arguments.of("short", new byte[4]),
                Arguments.of("header alone", Arrays.copyOf(good, 5)),
                Arguments.of("wrong magic byte", otherMagic),
                Arguments.of("unknown id", unknownId),
                Arguments.of("another schema", otherSchema),
                Arguments.of("text", (REQUESTER + "," + QUERIED).getBytes(StandardCharsets.UTF_8)),
                Arguments.of("trailing byte", Arrays.copyOf(good, good.length + 1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void saysThatAFrameIsMalformedAndNotWhatIsInIt(String what, byte[] frame) {
        assertThatThrownBy(() -> events.deserialize(TOPIC, frame))
                .isInstanceOf(SerializationException.class)
                .satisfies(WireFormatTest::namesNobody);
        assertThat(events.deserialize(TOPIC, serialize(EVENT))).isEqualTo(EVENT);
    }

    @Test
    void anUnknownIdIsToldApart() {
        byte[] frame = serialize(EVENT);
        ByteBuffer.wrap(frame).putInt(1, 1_000_000);
        assertThatThrownBy(() -> events.deserialize(TOPIC, frame)).isInstanceOf(UnknownSchemaException.class);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] frame = serialize(EVENT);
        for (int length = 0; length < frame.length; length++) {
            byte[] truncated = Arrays.copyOf(frame, length);
            assertThatThrownBy(() -> events.deserialize(TOPIC, truncated))
                    .as("%d bytes", length)
                    .isInstanceOf(SerializationException.class)
                    .satisfies(WireFormatTest::namesNobody);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void damagedFramesAreReadOrRefused(long seed) {
        Random random = new Random(seed);
        byte[] good = serialize(EVENT);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = Arrays.copyOf(good, good.length + (random.nextInt(4) == 0 ? random.nextInt(20) : 0));
            for (int hit = random.nextInt(3); hit >= 0; hit--) {
                damaged[5 + random.nextInt(damaged.length - 5)] = (byte) random.nextInt(256);
            }
            try {
                events.deserialize(TOPIC, damaged);
            } catch (SerializationException e) {
                namesNobody(e);
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isGreaterThan(1_000);
        assertThat(events.deserialize(TOPIC, good)).isEqualTo(EVENT);
    }

    static Stream<Arguments> lengthsThatLie() {
        return Stream.of(
                        (long) Integer.MAX_VALUE - 8,
                        (long) Integer.MAX_VALUE,
                        1L << 40,
                        Long.MAX_VALUE,
                        1_000_000_000L,
                        21L,
                        -1L,
                        Long.MIN_VALUE)
                .flatMap(length -> Stream.of(
                        Arguments.of("string", LookupEvent.class, frame(LookupEvent.class, varint(length))),
                        Arguments.of(
                                "bytes", ExpiryOrder.class, frame(ExpiryOrder.class, "00", "00", "00", varint(length))),
                        Arguments.of(
                                "array",
                                SearchResult.class,
                                frame(SearchResult.class, "00", "00", "00", "00", "00", "00", varint(length)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lengthsThatLie")
    @Timeout(10)
    <T extends SpecificRecord> void allocatesNothingForALengthThatLies(String what, Class<T> type, byte[] frame) {
        assertThat(frame.length).isLessThan(25);
        AvroDeserializer<T> deserializer = deserializer(type);
        assertThatThrownBy(() -> deserializer.deserialize(TOPIC, frame)).isInstanceOf(SerializationException.class);
    }

    /** A publisher may register a schema with fields of any kind beside ours; they are skipped. */
    @Test
    @Timeout(20)
    void skipsNoEndlessArray() throws Exception {
        for (long items : new long[] {1L << 62, Integer.MAX_VALUE - 8L}) {
            ByteArrayOutputStream extra = new ByteArrayOutputStream();
            extra.writeBytes(HexFormat.of().parseHex(varint(items)));
            byte[] frame = withExtraField("{\"type\":\"array\",\"items\":\"null\"}", extra.toByteArray());
            assertThatThrownBy(() -> events.deserialize(TOPIC, frame)).isInstanceOf(SerializationException.class);
        }
    }

    @Test
    @Timeout(20)
    void skipsNothingNestedWithoutEnd() throws Exception {
        byte[] deep = new byte[2_000_000];
        Arrays.fill(deep, (byte) 2); // each byte: there is another one inside
        byte[] frame = withExtraField(
                "[\"null\",{\"type\":\"record\",\"name\":\"Deep\",\"fields\":["
                        + "{\"name\":\"inner\",\"type\":[\"null\",\"Deep\"]}]}]",
                deep);
        assertThatThrownBy(() -> events.deserialize(TOPIC, frame)).isInstanceOf(SerializationException.class);
        assertThat(events.deserialize(TOPIC, serialize(EVENT))).isEqualTo(EVENT);
    }

    @Test
    void readsANewerPublisher() throws Exception {
        String json = REGISTRY.byId(idOf(serialize(EVENT))).toString();
        Schema newer = new Schema.Parser()
                .parse(json.replace("\"MESSAGING\",", "\"MESSAGING\",\"HOLOGRAM\",")
                        .replaceFirst(
                                "\"fields\":\\[",
                                "\"fields\":[{\"name\":\"added\",\"type\":\"string\",\"default\":\"\"},"));
        GenericData.Record record = new GenericData.Record(newer);
        for (Schema.Field field : newer.getFields()) {
            Object value = field.name().equals("added") ? "something" : EVENT.get(field.name());
            record.put(
                    field.pos(),
                    field.schema().getType() == Schema.Type.ENUM
                            ? new GenericData.EnumSymbol(field.schema(), value.toString())
                            : value instanceof Instant instant ? (Object) instant.toEpochMilli() : value);
        }
        record.put(
                "service", new GenericData.EnumSymbol(newer.getField("service").schema(), "HOLOGRAM"));

        LookupEvent read = events.deserialize(TOPIC, frame(newer, record));

        assertThat(read)
                .isEqualTo(
                        LookupEvent.newBuilder(EVENT).setService(Service.OTHER).build());
    }

    @Test
    void writesThePortableSchema() {
        assertThat(REGISTRY.byId(idOf(serialize(EVENT))).toString()).doesNotContain("avro.java.string");
    }

    @Test
    void registersNothingUnlessTold() {
        try (AvroSerializer<LookupEvent> serializer = new AvroSerializer<>()) {
            serializer.configure(
                    Map.of("schema.registry.url", "mock://registers-nothing", "auto.register.schemas", "false"), false);
            assertThatThrownBy(() -> serializer.serialize(TOPIC, EVENT))
                    .isInstanceOf(SerializationException.class)
                    .satisfies(WireFormatTest::namesNobody);
        }
        assertThat(InMemorySchemaRegistry.of("registers-nothing").subjects()).isEmpty();
    }

    @Test
    void aRecordThatCannotBeWrittenNamesNobody() {
        LookupEvent incomplete = new LookupEvent();
        incomplete.setRequester(REQUESTER);
        incomplete.setQueried(QUERIED);
        assertThatThrownBy(() -> serialize(incomplete))
                .isInstanceOf(SerializationException.class)
                .satisfies(WireFormatTest::namesNobody);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto.register.schemas", "use.latest.version"})
    void flagsAreTrueOrFalse(String setting) {
        assertThatThrownBy(() -> SerdeSettings.of(Map.of("schema.registry.url", SCOPE, setting, "perhaps")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(setting);
    }

    @Test
    void refusesASettingThatItDoesNotHonour() {
        assertThatThrownBy(() -> SerdeSettings.of(Map.of("schema.registry.url", SCOPE, "use.latest.version", true)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("use.latest.version");
    }

    private static void namesNobody(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            assertThat(String.valueOf(t.getMessage()))
                    .doesNotContain(REQUESTER)
                    .doesNotContain("00000077")
                    .doesNotContain("planted")
                    .doesNotContain("203.0.113");
        }
    }

    private static byte[] serialize(LookupEvent event) {
        try (AvroSerializer<LookupEvent> serializer = new AvroSerializer<>()) {
            serializer.configure(SETTINGS, false);
            return serializer.serialize(TOPIC, event);
        }
    }

    private static int idOf(byte[] frame) {
        return ByteBuffer.wrap(frame).getInt(1);
    }

    private static <T extends SpecificRecord> AvroDeserializer<T> deserializer(Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(SETTINGS, false);
        return deserializer;
    }

    /** The event, written by a publisher whose schema has one more field at its end. */
    private static byte[] withExtraField(String type, byte[] value) throws Exception {
        byte[] good = serialize(EVENT);
        String json = REGISTRY.byId(idOf(good)).toString();
        int end = json.lastIndexOf(']');
        Schema schema = new Schema.Parser()
                .parse(json.substring(0, end) + ",{\"name\":\"extra\",\"type\":" + type + "}" + json.substring(end));
        ByteBuffer frame =
                ByteBuffer.allocate(good.length + value.length).put(good).put(value);
        frame.putInt(1, REGISTRY.register("extra-value", schema));
        return frame.array();
    }

    private static byte[] frame(Schema schema, Object record) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        out.writeBytes(ByteBuffer.allocate(4)
                .putInt(REGISTRY.register("newer-value", schema))
                .array());
        new GenericDatumWriter<>(schema).write(record, EncoderFactory.get().directBinaryEncoder(out, null));
        return out.toByteArray();
    }

    private static byte[] frame(Class<? extends SpecificRecord> type, String... hex) {
        int id = REGISTRY.register("lies-value", Release.schemas().get(type.getSimpleName()));
        return HexFormat.of().parseHex("00" + "%08x".formatted(id) + String.join("", hex));
    }

    private static String varint(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        StringBuilder hex = new StringBuilder();
        while ((zigzag & ~0x7fL) != 0) {
            hex.append("%02x".formatted((zigzag & 0x7f) | 0x80));
            zigzag >>>= 7;
        }
        return hex.append("%02x".formatted(zigzag)).toString();
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonContains assertThatJson(JsonNode actual) {
        return new JsonContains(actual);
    }

    /** Fields that were added since do not matter. */
    private record JsonContains(JsonNode actual) {
        void contains(JsonNode expected) {
            if (expected.isObject()) {
                expected.properties().forEach(field -> {
                    assertThat(actual.has(field.getKey())).as(field.getKey()).isTrue();
                    new JsonContains(actual.get(field.getKey())).contains(field.getValue());
                });
            } else {
                assertThat(actual).isEqualTo(expected);
            }
        }
    }
}
