package dev.lookback.serde;

import dev.lookback.registry.RegistryUnavailableException;
import dev.lookback.registry.SchemaRegistry;
import dev.lookback.v1.LookupEvent;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads generated Avro records from the Confluent wire format; whatever (compatible) schema they were written with is
 * resolved to the one this class was made for. A value must be exactly one record: bytes behind it are an error. Not
 * safe for use by several threads: it reuses its decoder.
 */
public final class AvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {
    /** Reads one record; what it throws says nothing of the data to anybody but this class. */
    @FunctionalInterface
    private interface RecordReader<T> {
        T read(Decoder from) throws IOException;
    }

    /** For what was written under one schema id. */
    private record Reader<T>(int id, RecordReader<T> records, boolean writtenAsRead) {}

    /** For records that come by the hundred thousand, when they were written as they are read. */
    private static final Map<Class<?>, RecordReader<?>> FAST =
            Map.of(LookupEvent.class, (RecordReader<LookupEvent>) LookupEventReader::read);

    private final @Nullable RecordReader<T> fast;
    private final Schema readerSchema;
    private final SpecificData model;
    private final String readerForm;
    private final Map<Integer, Reader<T>> readers = new HashMap<>();
    private @Nullable Reader<T> latest;
    private @Nullable BinaryDecoder decoder;
    private @Nullable SchemaRegistry registry;

    /** A deserializer to one record type. */
    @SuppressWarnings("unchecked") // by the keys of FAST
    public AvroDeserializer(Class<T> type) {
        this.fast = (RecordReader<T>) FAST.get(type);
        this.model = SpecificData.getForClass(type);
        this.readerSchema = model.getSchema(type);
        this.readerForm = SchemaNormalization.toParsingForm(readerSchema);
    }

    @Override
    public void configure(Map<String, ?> settings, boolean isKey) {
        this.registry = SerdeSettings.of(settings).registry();
    }

    /**
     * Reads one value.
     *
     * @throws SerializationException if the bytes are not a framed record; the message holds none of them
     * @throws RegistryUnavailableException if the registry does not answer
     */
    @Override
    public @Nullable T deserialize(String topic, byte @Nullable [] data) {
        if (data == null) {
            return null;
        }
        if (data.length < WireFormat.HEADER_LENGTH) {
            throw new SerializationException("Value of " + data.length + " bytes is too short for the wire format");
        }
        if (data[0] != WireFormat.MAGIC) {
            throw new SerializationException("First byte is " + data[0] + ", not the wire format's 0");
        }
        int id = WireFormat.schemaId(data);
        RecordReader<T> reader = reader(id).records;
        T record;
        try {
            decoder = DecoderFactory.get()
                    .binaryDecoder(data, WireFormat.HEADER_LENGTH, data.length - WireFormat.HEADER_LENGTH, decoder);
            record = reader.read(decoder);
            if (!decoder.isEnd()) {
                throw new SerializationException("Bytes follow the " + readerSchema.getName() + " record");
            }
        } catch (SerializationException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // A schema of someone else's may nest without end. And Avro's own messages quote field values; the kind of
            // failure is all that may leave here.
            throw new SerializationException("Not a " + readerSchema.getName() + " under schema id " + id + ": "
                    + e.getClass().getSimpleName());
        }
        return record;
    }

    /**
     * Whether a value that has been read here was written with a schema of the same form as the one it was read with, so
     * that its Avro binary can stand for the record wherever that schema is meant. (Avro's parsing canonical form: what
     * decides how a record is laid out, without docs, defaults and properties.)
     */
    public boolean isWrittenAsRead(byte[] data) {
        return reader(WireFormat.schemaId(data)).writtenAsRead;
    }

    private Reader<T> reader(int id) {
        Reader<T> reader = latest;
        if (reader == null || reader.id != id) { // nearly all values of a topic are written under one schema
            reader = readers.computeIfAbsent(id, this::newReader);
            latest = reader;
        }
        return reader;
    }

    private Reader<T> newReader(int id) {
        SchemaRegistry client = registry;
        if (client == null) {
            throw new IllegalStateException("configure() has not been called");
        }
        Schema writerSchema = client.byId(id);
        boolean writtenAsRead = SchemaNormalization.toParsingForm(writerSchema).equals(readerForm);
        if (writtenAsRead && fast != null) {
            return new Reader<>(id, fast, true);
        }
        SpecificDatumReader<T> resolving = new SpecificDatumReader<>(writerSchema, readerSchema, model);
        return new Reader<>(id, from -> resolving.read(null, from), writtenAsRead);
    }
}
