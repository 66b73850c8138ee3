package dev.lookback.ingest;

import static dev.lookback.ingest.Ingest.DEFAULT;
import static dev.lookback.ingest.Ingest.NOW;
import static dev.lookback.ingest.Ingest.SHORT;
import static dev.lookback.ingest.Ingest.lookup;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.retention.RetentionClass;
import dev.lookback.serde.WireFormat;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What nobody should publish. {@code -Dtest.jvm.args="-Dhostile.lookups=1000000 -Dhostile.seed=S"} draws a million
 * records from seed S.
 */
class HostileLookupsTest {
    private static final int LOOKUPS = 20_000;
    private static final int WARM_UP = 2_000;
    private static final int PROGRESS_EVERY = 100_000;
    /** The most that may be allocated for a record, in all: so much, and so much for each byte that it has. */
    private static final long ALLOCATED = 4L * 1024 * 1024;

    private static final long ALLOCATED_PER_BYTE = 16;
    /** By how much the heap may have grown from a tenth of a run to its end. */
    private static final long FLAT = 16L * 1024 * 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final AtomicInteger REGISTRIES = new AtomicInteger();

    /** A registry of its own: a record that was damaged in its schema id must not find another's schema. */
    private final String registry = "hostile-" + REGISTRIES.incrementAndGet();

    private final Ingest ingest = new Ingest(
            Publisher.OURS,
            Map.of("schema.registry.url", InMemorySchemaRegistry.SCHEME + registry),
            address -> Ingest.PLACE,
            IngestSettings.DEFAULTS,
            pause -> {});
    private final int ownId = ByteBuffer.wrap(ingest.encode(lookup().build())).getInt(1);

    @AfterEach
    void close() {
        ingest.close();
    }

    /** What became of a record: one thing, and nothing else. */
    private record Became(
            @Nullable RejectReason reason,
            @Nullable String retentionClass,
            @Nullable EnrichedLookup lookup) {}

    private Became publish(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        ingest.events.pipeInput(new TestRecord<>(key, value, headers, NOW.minusSeconds(1)));
        List<RejectedLookup> rejected = ingest.rejected();
        Became became = rejected.isEmpty() ? null : new Became(rejected.get(0).getReason(), null, null);
        int ends = rejected.size();
        for (RetentionClass each : List.of(DEFAULT, SHORT)) {
            for (TestRecord<byte[], byte[]> written : ingest.written(each)) {
                ends++;
                became = new Became(null, each.name(), ingest.decode(each, written));
            }
        }
        assertThat(ends).as("records written for one that was read").isOne();
        return Objects.requireNonNull(became);
    }

    private Became publish(byte[] value) {
        return publish(null, value, new RecordHeaders());
    }

    @Test
    void everyRecordEndsWhereANaiveReaderSays() {
        everyRecordEndsAs(
                (naive, drawn) -> naive.of(drawn.key(), drawn.value()), Integer.getInteger("hostile.lookups", LOOKUPS));
    }

    /** The comparison itself: a reader that lets one thing more in, or refuses one for another reason, is noticed. */
    @Test
    void anotherReaderIsNoticed() {
        for (RejectReason each : List.of(
                RejectReason.INVALID_REQUESTER,
                RejectReason.INVALID_SOURCE_IP,
                RejectReason.UNREADABLE,
                RejectReason.LATE)) {
            assertThatThrownBy(() -> everyRecordEndsAs(
                            (naive, drawn) -> {
                                NaiveAdmission.End end = naive.of(drawn.key(), drawn.value());
                                return end.reason() == each ? new NaiveAdmission.End(null, "default", "") : end;
                            },
                            LOOKUPS))
                    .isInstanceOf(AssertionError.class);
        }
    }

    private void everyRecordEndsAs(
            BiFunction<NaiveAdmission, HostileLookups.Drawn, NaiveAdmission.End> oracle, int records) {
        NaiveAdmission naive = new NaiveAdmission(ownId);
        long seed = Long.getLong("hostile.seed", 1);
        HostileLookups lookups = new HostileLookups(seed, ingest::encode);
        HostileLookups others = new HostileLookups(seed + 1, ingest::encode);
        for (int i = 0; i < WARM_UP; i++) { // classes are loaded, which allocates, too
            HostileLookups.Drawn drawn = others.next();
            publish(drawn.key(), drawn.value(), drawn.headers());
        }
        Map<RejectReason, Integer> rejected = new EnumMap<>(RejectReason.class);
        int admitted = 0;
        long heap = 0;
        for (int i = 0; i < records; i++) {
            HostileLookups.Drawn drawn = lookups.next();
            NaiveAdmission.End end = oracle.apply(naive, drawn);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            Became became = publish(drawn.key(), drawn.value(), drawn.headers());
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertThat(became.reason).as("record %d of seed %d", i, seed).isEqualTo(end.reason());
            assertThat(allocated)
                    .as("bytes allocated for record %d of seed %d", i, seed)
                    .isLessThan(ALLOCATED + ALLOCATED_PER_BYTE * (drawn.value() == null ? 0 : drawn.value().length));
            if (became.reason != null) {
                rejected.merge(became.reason, 1, Integer::sum);
            } else {
                admitted++;
                isWhatWasSent(became, end, drawn, "record " + i + " of seed " + seed);
            }
            if (i + 1 == records / 10) {
                heap = heapInUse();
            }
            if ((i + 1) % PROGRESS_EVERY == 0) {
                System.out.println("Hostile lookups: " + (i + 1) + " of " + records);
            }
        }
        System.out.println(
                "Hostile lookups: " + records + " of seed " + seed + ", " + admitted + " admitted, " + rejected);
        assertThat(heapInUse() - heap).as("growth of the heap in bytes").isLessThan(FLAT);
        assertThat(admitted).isBetween(records / 6, records / 2);
        assertThat(rejected.keySet())
                .isEqualTo(EnumSet.complementOf(
                        EnumSet.of(RejectReason.ERASED, RejectReason.INVALID_QUERIED, RejectReason.OTHER)));
    }

    private void isWhatWasSent(Became became, NaiveAdmission.End end, HostileLookups.Drawn drawn, String which) {
        assertThat(became.retentionClass).as(which).isEqualTo(end.retentionClass());
        EnrichedLookup lookup = Objects.requireNonNull(became.lookup);
        assertThat(lookup.getRequesterNormalised()).as(which).isEqualTo(end.requester());
        LookupEvent sent =
                ingest.topics.lookupEvents().value().deserializer().deserialize("lookup-events", drawn.value());
        sent.setEventId(sent.getEventId().toLowerCase(Locale.ROOT));
        assertThat(lookup.getEvent()).as(which).isEqualTo(sent);
    }

    private static long heapInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    // ---- schemas of others

    private static final String LOOKUP_EVENT = "LookupEvent";
    private static final String OURS = "dev.lookback.v1";
    private static final long WITHOUT_END = 1L << 50;

    private static SchemaBuilder.FieldAssembler<Schema> event() {
        return SchemaBuilder.record(LOOKUP_EVENT).namespace(OURS).fields();
    }

    /** The fields that must be there, and one of a type that our schema does not know. */
    private static Schema with(String name, Schema type) {
        return event().requiredString("eventId")
                .name("occurredAt")
                .type(LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG)))
                .noDefault()
                .requiredString("requester")
                .requiredString("queried")
                .requiredString("sourceIp")
                .name(name)
                .type(type)
                .noDefault()
                .endRecord();
    }

    private interface Encoding {
        void to(BinaryEncoder out) throws IOException;
    }

    private byte[] under(Schema schema, Encoding encoding) {
        int id = InMemorySchemaRegistry.of(registry).register("somebody-elses", schema);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(WireFormat.HEADER_LENGTH)
                .put((byte) 0)
                .putInt(id)
                .array());
        BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            encoding.to(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void required(BinaryEncoder out) throws IOException {
        out.writeString(Ingest.EVENT_ID);
        out.writeLong(NOW.minusSeconds(60).toEpochMilli());
        out.writeString("+491701234567");
        out.writeString("+4915799999999");
        out.writeString(Ingest.ADDRESS);
    }

    private static Arguments given(String what, Schema schema, Encoding rest) {
        return Arguments.of(what, schema, rest);
    }

    private static Schema nested(int depth) {
        Schema type = Schema.create(Schema.Type.INT);
        for (int i = 0; i < depth; i++) {
            type = Schema.createArray(type);
        }
        return type;
    }

    private static Schema recursive() {
        return new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"Nest\",\"namespace\":\"elsewhere\",\"fields\":["
                        + "{\"name\":\"inner\",\"type\":[\"null\",\"Nest\"]}]}");
    }

    static Stream<Arguments> hostileSchemas() {
        Schema nothing = Schema.create(Schema.Type.NULL);
        Schema empty =
                SchemaBuilder.record("Empty").namespace("elsewhere").fields().endRecord();
        Encoding endless = out -> {
            out.writeLong(WITHOUT_END);
            out.writeLong(0);
        };
        Encoding endlessInBlocks = out -> {
            for (int i = 0; i < 5_000; i++) {
                out.writeLong(Integer.MAX_VALUE - 100);
            }
            out.writeLong(0);
        };
        return Stream.of(
                given("an array of nothing that does not end", with("extra", Schema.createArray(nothing)), endless),
                given("the same in blocks", with("extra", Schema.createArray(nothing)), endlessInBlocks),
                given("an array of empty records that does not end", with("extra", Schema.createArray(empty)), endless),
                given("an array with a block of negative length", with("extra", Schema.createArray(nothing)), out -> {
                    out.writeLong(-WITHOUT_END);
                    out.writeLong(-8);
                    out.writeLong(0);
                }),
                given(
                        "an array of fixed of no bytes",
                        with("extra", Schema.createArray(Schema.createFixed("F", null, "elsewhere", 0))),
                        endless),
                given("a map that does not end", with("extra", Schema.createMap(nothing)), endless),
                given(
                        "bytes without end",
                        with("extra", Schema.create(Schema.Type.BYTES)),
                        out -> out.writeLong(WITHOUT_END)),
                given(
                        "a string without end",
                        with("extra", Schema.create(Schema.Type.STRING)),
                        out -> out.writeLong(WITHOUT_END)),
                given(
                        "a fixed of a gigabyte",
                        with("extra", Schema.createFixed("F", null, "elsewhere", 1 << 30)),
                        out -> {}),
                given(
                        "our field as a gigabyte of fixed",
                        with("node", Schema.createFixed("F", null, "elsewhere", 1 << 30)),
                        out -> {}),
                given("our field as an array that does not end", with("node", Schema.createArray(nothing)), endless),
                given("records in records without end", with("extra", recursive()), out -> {
                    for (int i = 0; i < 60_000; i++) {
                        out.writeIndex(1);
                    }
                }),
                given("arrays in arrays", with("extra", nested(900)), out -> {
                    for (int i = 0; i < 900; i++) {
                        out.writeLong(1);
                    }
                }),
                given(
                        "a type of its own for ours",
                        with("node", Schema.create(Schema.Type.DOUBLE)),
                        out -> out.writeDouble(1)),
                given(
                        "an enum where we have a text",
                        with("node", Schema.createEnum("E", null, "elsewhere", List.of("A"))),
                        out -> out.writeEnum(5)));
    }

    /** Whoever can register a schema anywhere in the registry can have ingest read with it. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileSchemas")
    @Timeout(60) // of minutes that it would take, or years
    void noSchemaStopsTheStream(String what, Schema schema, Encoding rest) {
        byte[] value = under(schema, out -> {
            required(out);
            rest.to(out);
        });
        long before = THREADS.getCurrentThreadAllocatedBytes();
        assertThat(publish(value).reason).isEqualTo(RejectReason.UNREADABLE);
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(32L * 1024 * 1024);
        assertThat(publish(ingest.encode(lookup().build())).reason).isNull();
    }

    @Test
    void aSchemaOfSomebodyElsesThatCanBeReadAsOursIsRead() {
        Schema schema = with("extra", Schema.createArray(Schema.create(Schema.Type.INT)));
        byte[] value = under(schema, out -> {
            required(out);
            out.writeArrayStart();
            out.setItemCount(3);
            for (int i = 0; i < 3; i++) {
                out.startItem();
                out.writeInt(i);
            }
            out.writeArrayEnd();
        });
        assertThat(publish(value).reason).isNull();
    }

    /** Avro passes over nothing then: neither back, which might not end, nor on. */
    @Test
    void aNegativeLengthOfWhatWeDoNotReadIsPassedOver() {
        Schema schema = with("extra", Schema.create(Schema.Type.STRING));
        assertThat(publish(under(schema, out -> {
                            required(out);
                            out.writeLong(-5);
                        }))
                        .reason)
                .isNull();
    }

    @Test
    void aSchemaThatIsNotALookupIsUnreadable() {
        Schema other = SchemaBuilder.record("Other")
                .namespace("elsewhere")
                .fields()
                .requiredString("text")
                .endRecord();
        byte[] value = under(other, out -> {
            GenericData.Record record = new GenericData.Record(other);
            record.put("text", "x");
            new GenericDatumWriter<>(other).write(record, out);
        });
        assertThat(publish(value).reason).isEqualTo(RejectReason.UNREADABLE);
        Schema missing = event().requiredString("eventId").endRecord();
        assertThat(publish(under(missing, out -> out.writeString("x"))).reason).isEqualTo(RejectReason.UNREADABLE);
    }
}
