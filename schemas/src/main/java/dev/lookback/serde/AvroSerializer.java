package dev.lookback.serde;

import dev.lookback.registry.PortableSchema;
import dev.lookback.registry.SchemaRegistry;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes generated Avro records in the Confluent wire format: byte 0, the schema's id (4 bytes, big endian), Avro
 * binary. Subjects are named after the topic ({@code <topic>-value}, {@code <topic>-key}). Not safe for use by several
 * threads: it reuses its buffer.
 */
public final class AvroSerializer<T extends SpecificRecord> implements Serializer<T> {
    private final ByteOutput buffer = new ByteOutput();
    private final Map<Schema, Writer> writers = new HashMap<>();
    private final Map<SubjectSchema, Integer> ids = new HashMap<>();
    private @Nullable BinaryEncoder encoder;
    private @Nullable SchemaRegistry registry;
    private boolean autoRegister = true;
    private boolean isKey;

    @Override
    public void configure(Map<String, ?> settings, boolean isKey) {
        SerdeSettings parsed = SerdeSettings.of(settings);
        this.registry = parsed.registry();
        this.autoRegister = parsed.autoRegister();
        this.isKey = isKey;
    }

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable T record) {
        if (record == null) {
            return null;
        }
        Schema schema = record.getSchema();
        buffer.reset();
        buffer.write(header(topic, schema));
        try {
            encoder = EncoderFactory.get().directBinaryEncoder(buffer, encoder);
            writers.computeIfAbsent(schema, Writer::new).write(record, encoder);
            encoder.flush();
        } catch (IOException | RuntimeException e) {
            // Avro's own messages quote field values; the name of the schema is all that may leave here.
            throw new SerializationException("Cannot write a " + schema.getName() + " for topic " + topic + ": "
                    + e.getClass().getSimpleName());
        }
        return buffer.toByteArray();
    }

    /**
     * What precedes the Avro binary of a record: for who writes the rest without having the record. It stays the same for
     * as long as this lives.
     *
     * @param schema of the record
     */
    public byte[] header(String topic, Schema schema) {
        SubjectSchema wanted = new SubjectSchema(WireFormat.subject(topic, isKey), schema);
        int id = ids.computeIfAbsent(wanted, key -> {
            SchemaRegistry client = registry;
            if (client == null) {
                throw new IllegalStateException("configure() has not been called");
            }
            Schema portable = PortableSchema.of(key.schema);
            return autoRegister ? client.register(key.subject, portable) : client.idOf(key.subject, portable);
        });
        return WireFormat.header(id);
    }

    private record SubjectSchema(String subject, Schema schema) {}

    private static final class Writer extends SpecificDatumWriter<SpecificRecord> {
        Writer(Schema schema) {
            super(schema, SpecificData.getForSchema(schema));
        }
    }
}
