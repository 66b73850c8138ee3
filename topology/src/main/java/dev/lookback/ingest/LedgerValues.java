package dev.lookback.ingest;

import dev.lookback.geo.GeoResult;
import dev.lookback.ingest.Verdict.Admitted;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.serde.AvroDeserializer;
import dev.lookback.serde.AvroSerializer;
import dev.lookback.serde.ByteOutput;
import dev.lookback.serde.WireFormat;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.LookupEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Values for one ledger.
 *
 * <p>There are two ways to the same lookup. In general an {@link EnrichedLookup} is put together and serialized. Where
 * serializer and deserializer are ours and the publisher wrote the event under the schema that the ledger holds it
 * under, the event's bytes behind its id are copied as they are and the rest is written behind them. Not safe for use by
 * several threads: it reuses its buffer.
 */
final class LedgerValues {
    /** An event begins with the length of its id, by Avro's zigzag; in one byte, unless somebody pads it. */
    private static final int ID_LENGTH = 2 * EventId.LENGTH;

    private static final int AFTER_EVENT_ID = WireFormat.HEADER_LENGTH + LedgerValue.EVENT_ID_LENGTH;

    private final Topic<byte[], EnrichedLookup> ledger;
    private final @Nullable AvroDeserializer<LookupEvent> ownReader;
    private final @Nullable AvroSerializer<EnrichedLookup> ownWriter;
    private final ByteOutput buffer = new ByteOutput();
    private byte @Nullable [] header;
    private @Nullable BinaryEncoder encoder;

    /**
     * Values for a ledger.
     *
     * @param events the very topic with whose deserializer events are read
     */
    LedgerValues(Topic<byte[], LookupEvent> events, Topic<byte[], EnrichedLookup> ledger) {
        this.ledger = ledger;
        this.ownReader = events.value().deserializer() instanceof AvroDeserializer<LookupEvent> reader ? reader : null;
        this.ownWriter = ledger.value().serializer() instanceof AvroSerializer<EnrichedLookup> writer ? writer : null;
    }

    /**
     * The value for an admitted lookup.
     *
     * @param raw the event's bytes, from which {@code event} was read
     * @param event it may be changed
     * @param receivedAt milliseconds since the epoch
     */
    byte[] encode(
            byte[] raw, LookupEvent event, Admitted admitted, GeoResult geo, long receivedAt, RecordMetadata source) {
        if (ownReader != null
                && ownWriter != null
                && ownReader.isWrittenAsRead(raw)
                && raw[WireFormat.HEADER_LENGTH] == ID_LENGTH) {
            return spliced(ownWriter, raw, event, admitted, geo, receivedAt, source);
        }
        EnrichedLookup lookup = new EnrichedLookup(
                event,
                admitted.requester().normalised(),
                admitted.queried().normalised(),
                admitted.queried().kind(),
                geo.status(),
                geo.geo(),
                geo.database(),
                Instant.ofEpochMilli(receivedAt),
                source.partition(),
                source.offset());
        LedgerValue.shorten(lookup);
        return ledger.value().serializer().serialize(ledger.name(), lookup);
    }

    private byte[] spliced(
            AvroSerializer<EnrichedLookup> writer,
            byte[] raw,
            LookupEvent event,
            Admitted admitted,
            GeoResult geo,
            long receivedAt,
            RecordMetadata source) {
        byte[] head = header;
        if (head == null) {
            head = writer.header(ledger.name(), EnrichedLookup.getClassSchema());
            header = head;
        }
        buffer.reset();
        buffer.write(head);
        try {
            BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(buffer, encoder);
            encoder = out;
            out.writeString(LedgerValue.LEFT_OUT); // the event's id, which comes first, is in the key
            out.writeFixed(raw, AFTER_EVENT_ID, raw.length - AFTER_EVENT_ID);
            out.writeString(LedgerValue.handle(admitted.requester().normalised(), event.getRequester()));
            out.writeString(LedgerValue.handle(admitted.queried().normalised(), event.getQueried()));
            out.writeEnum(admitted.queried().kind().ordinal());
            geo.writeTo(out);
            out.writeLong(receivedAt);
            out.writeInt(source.partition());
            out.writeLong(source.offset());
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.toByteArray();
    }
}
