package dev.lookback.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.geo.GeoResult;
import dev.lookback.handle.Handle;
import dev.lookback.ingest.Verdict.Admitted;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.serde.WireFormat;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.junit.jupiter.api.Test;

/** Copying a publisher's bytes into the ledger comes to the same as reading them and writing them anew. */
class LedgerValuesTest {
    private static final String REGISTRY = "ledger-values";
    private static final long RECEIVED_AT = Ingest.NOW.toEpochMilli();

    private final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://" + REGISTRY));
    private final Topic<byte[], LookupEvent> events = topics.lookupEvents();
    private final Topic<byte[], EnrichedLookup> ledger = topics.ledger("default");
    private final LedgerValues copying = new LedgerValues(events, ledger);
    private final LedgerValues anew = new LedgerValues(notOurs(events), ledger);

    /** The same serde, not known to be ours. */
    private static Topic<byte[], LookupEvent> notOurs(Topic<byte[], LookupEvent> topic) {
        var deserializer = topic.value().deserializer();
        return new Topic<>(
                topic.name(),
                topic.key(),
                Serdes.serdeFrom(topic.value().serializer(), (name, data) -> deserializer.deserialize(name, data)));
    }

    @Test
    void both_ways_give_the_same_bytes() {
        Random random = new Random(17);
        for (int i = 0; i < 2_000; i++) {
            byte[] raw = write(event(random));
            GeoResult geo = geo(random);
            byte[] copied = encode(copying, raw, geo);
            assertThat(copied).isEqualTo(encode(anew, raw, geo));
            EnrichedLookup lookup = read(copied);
            assertThat(lookup.getEvent()).isEqualTo(withoutId(readEvent(raw)));
            assertThat(lookup.getGeo()).isEqualTo(geo.geo());
        }
    }

    private static LookupEvent withoutId(LookupEvent event) {
        event.setEventId("");
        return event;
    }

    /** Avro's decoder reads a length in more bytes than it needs: the id is then not where it is looked for. */
    @Test
    void an_event_whose_id_has_a_padded_length_is_written_anew() {
        LookupEvent event = event(new Random(1));
        byte[] plain = write(event);
        byte[] padded = ByteBuffer.allocate(plain.length + 1)
                .put(plain, 0, WireFormat.HEADER_LENGTH)
                .put((byte) (72 | 0x80))
                .put((byte) 0)
                .put(plain, WireFormat.HEADER_LENGTH + 1, plain.length - WireFormat.HEADER_LENGTH - 1)
                .array();
        assertThat(readEvent(padded)).isEqualTo(event);
        EnrichedLookup lookup = read(encode(copying, padded, GeoResult.NO_DATABASE));
        assertThat(lookup.getEvent()).isEqualTo(withoutId(event));
    }

    @Test
    void handles_are_left_out_where_the_event_has_them() {
        LookupEvent event = event(new Random(3));
        event.setRequester("Someone@Example.ORG");
        event.setQueried("+4915799999999");
        EnrichedLookup lookup = read(encode(copying, write(event), GeoResult.NO_DATABASE));
        assertThat(lookup.getRequesterNormalised()).isEqualTo("someone@example.org");
        assertThat(lookup.getQueriedNormalised()).isEmpty();
        UUID id = UUID.fromString(event.getEventId());
        assertThat(LedgerValue.complete(lookup, id).getQueriedNormalised()).isEqualTo("+4915799999999");
        assertThat(lookup.getRequesterNormalised()).isEqualTo("someone@example.org");
        assertThat(lookup.getEvent()).isEqualTo(event);
    }

    /** As they were before anything was left out. */
    @Test
    void a_value_that_says_it_all_stays_as_it_is() {
        LookupEvent event = event(new Random(4));
        EnrichedLookup lookup = read(encode(copying, write(event), GeoResult.NO_DATABASE));
        LedgerValue.complete(lookup, UUID.fromString(event.getEventId()));
        EnrichedLookup again =
                LedgerValue.complete(EnrichedLookup.newBuilder(lookup).build(), new UUID(0, 0));
        assertThat(again).isEqualTo(lookup);
    }

    /** A newer publisher's schema has a field more in the middle: its bytes must not be copied. */
    @Test
    void an_event_of_another_schema_is_written_anew() throws IOException {
        Schema newer = newer();
        LookupEvent event = event(new Random(2));
        GenericRecord record = new GenericData.Record(newer);
        for (Schema.Field field : LookupEvent.getClassSchema().getFields()) {
            Object value = event.get(field.pos());
            if (value instanceof Instant instant) {
                value = instant.toEpochMilli();
            } else if (value instanceof Enum<?>) {
                value = new GenericData.EnumSymbol(newer.getField(field.name()).schema(), value.toString());
            }
            record.put(field.name(), value);
        }
        record.put("region", "north");
        int id = InMemorySchemaRegistry.of(REGISTRY).register(events.name() + "-value", newer);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(newer).write(record, encoder);
        encoder.flush();
        EnrichedLookup lookup = read(encode(copying, bytes.toByteArray(), GeoResult.NO_DATABASE));
        assertThat(lookup.getEvent()).isEqualTo(withoutId(event));
    }

    private static Schema newer() throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode schema =
                (ObjectNode) json.readTree(LookupEvent.getClassSchema().toString());
        ObjectNode field = json.createObjectNode();
        field.put("name", "region").put("type", "string").put("default", "");
        schema.withArray("fields").insert(2, field);
        return new Schema.Parser().parse(schema.toString());
    }

    private byte[] write(LookupEvent event) {
        return events.value().serializer().serialize(events.name(), event);
    }

    private LookupEvent readEvent(byte[] raw) {
        return events.value().deserializer().deserialize(events.name(), raw);
    }

    private byte[] encode(LedgerValues values, byte[] raw, GeoResult geo) {
        LookupEvent event = readEvent(raw);
        Admitted admitted = new Admitted(
                Ingest.DEFAULT,
                new byte[0],
                Handle.parse(event.getRequester()),
                Handle.parse(event.getQueried()),
                new byte[4]);
        return values.encode(raw, event, admitted, geo, RECEIVED_AT, new Source(3, 1L << 40));
    }

    private EnrichedLookup read(byte[] value) {
        EnrichedLookup lookup = ledger.value().deserializer().deserialize(ledger.name(), value);
        assertThat(lookup.getReceivedAt().toEpochMilli()).isEqualTo(RECEIVED_AT);
        assertThat(lookup.getSourcePartition()).isEqualTo(3);
        assertThat(lookup.getSourceOffset()).isEqualTo(1L << 40);
        return lookup;
    }

    private record Source(int partition, long offset) implements RecordMetadata {
        @Override
        public String topic() {
            return "lookup-events";
        }
    }

    private static LookupEvent event(Random random) {
        return LookupEvent.newBuilder()
                .setEventId(new UUID(random.nextLong(), random.nextLong()).toString())
                .setOccurredAt(Instant.ofEpochMilli(random.nextLong() >> 20))
                .setUtcOffsetMinutes(random.nextBoolean() ? random.nextInt() : null)
                .setRequester("+49" + (1_000_000 + random.nextInt(9_000_000)))
                .setQueried(random.nextBoolean() ? "Grüße" : "Someone@Example.ORG")
                .setSourceIp("192.0.2." + random.nextInt(256))
                .setSourcePort(random.nextBoolean() ? random.nextInt() : null)
                .setService(Service.values()[random.nextInt(Service.values().length)])
                .setOutcome(Outcome.values()[random.nextInt(Outcome.values().length)])
                .setTrigger(Trigger.values()[random.nextInt(Trigger.values().length)])
                .setDeviceId(random.nextBoolean() ? "device-" + random.nextInt() : null)
                .setNode(random.nextBoolean() ? "node-1" : "")
                .build();
    }

    private static GeoResult geo(Random random) {
        if (random.nextInt(4) == 0) {
            return random.nextBoolean()
                    ? GeoResult.NO_DATABASE
                    : new GeoResult(GeoStatus.RESERVED_ADDRESS, null, "Sample");
        }
        Geo geo = Geo.newBuilder()
                .setCountry(random.nextBoolean() ? "SE" : null)
                .setSubdivision(random.nextBoolean() ? "AB" : null)
                .setCity(random.nextBoolean() ? "Åmål" : null)
                .setLatitude(random.nextBoolean() ? random.nextDouble() : null)
                .setLongitude(random.nextBoolean() ? random.nextDouble() : null)
                .setAccuracyRadiusKm(random.nextBoolean() ? random.nextInt() : null)
                .setAsNumber(random.nextBoolean() ? random.nextLong() : null)
                .setAsOrganisation(random.nextBoolean() ? "Sample Networks" : null)
                .build();
        return new GeoResult(GeoStatus.FOUND, geo, "Sample-City 2026-11-01T00:00:00Z");
    }
}
