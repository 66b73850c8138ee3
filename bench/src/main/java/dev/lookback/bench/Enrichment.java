package dev.lookback.bench;

import dev.lookback.address.IpAddress;
import dev.lookback.config.LookbackConfig;
import dev.lookback.geo.GeoResult;
import dev.lookback.geo.MaxMindGeo;
import dev.lookback.handle.Handle;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.serde.AvroDeserializer;
import dev.lookback.serde.AvroSerializer;
import dev.lookback.serde.ByteOutput;
import dev.lookback.serde.WireFormat;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What jobs other than Lookback do with an event: the very decoding, GeoIP and encoding that the application has, and the
 * rules that it needs for making a row. For one thread.
 */
public final class Enrichment {
    private static final int MAX_PORT = 65_535;

    private static final int AFTER_EVENT_ID = WireFormat.HEADER_LENGTH + LedgerValue.EVENT_ID_LENGTH;

    private final MaxMindGeo geo;
    private final InstantSource clock;
    private final Tokens tokens;
    private final String events;
    private final AvroDeserializer<LookupEvent> reader;
    private final Duration bucketWidth;
    private final long maxLateMillis;
    private final byte[] header;
    private final ByteOutput buffer = new ByteOutput();
    private @Nullable BinaryEncoder encoder;

    /**
     * A row of the ledger.
     *
     * @param token by which it is partitioned
     */
    public record Row(long token, byte[] key, byte[] value) {}

    /** With serdes of its own. */
    public Enrichment(LookbackConfig config, MaxMindGeo geo, InstantSource clock) {
        Topics topics = config.topics();
        this.geo = geo;
        this.clock = clock;
        this.tokens = config.tokens();
        this.events = topics.lookupEvents().name();
        this.reader =
                (AvroDeserializer<LookupEvent>) topics.lookupEvents().value().deserializer();
        AvroSerializer<EnrichedLookup> writer = (AvroSerializer<EnrichedLookup>)
                topics.ledger(Topics.DEFAULT_CLASS).value().serializer();
        this.header = writer.header(topics.ledger(Topics.DEFAULT_CLASS).name(), EnrichedLookup.getClassSchema());
        this.bucketWidth = Objects.requireNonNull(config.retentionClasses().get(Topics.DEFAULT_CLASS))
                .bucketWidth();
        this.maxLateMillis = config.duration(LookbackConfig.INGEST_MAX_LATE).toMillis();
    }

    /** The databases that the application is set to use; may be shared by threads. */
    public static MaxMindGeo geo(LookbackConfig config) {
        return new MaxMindGeo(
                config.file(LookbackConfig.GEOIP_CITY_DATABASE).orElse(null),
                config.file(LookbackConfig.GEOIP_ASN_DATABASE).orElse(null),
                new SimpleMeterRegistry());
    }

    /**
     * The row for an event; null if it is not admitted.
     *
     * @param raw the event as it was read
     * @param receivedAt the broker's time of it, milliseconds since the epoch
     * @param partition where it was read
     * @param offset where it was read
     */
    public @Nullable Row enrich(byte[] raw, long receivedAt, int partition, long offset) throws IOException {
        LookupEvent event = reader.deserialize(events, new RecordHeaders(), raw);
        Handle requester = Handle.parse(event.getRequester());
        byte[] address = IpAddress.parse(event.getSourceIp());
        long occurredAt = event.getOccurredAt().toEpochMilli();
        boolean late = occurredAt <= clock.millis() - maxLateMillis;
        UUID id = uuid(event.getEventId());
        Integer port = event.getSourcePort();
        boolean odd = port != null && (port < 1 || port > MAX_PORT);
        if (requester.kind() == HandleKind.OTHER || address == null || id == null || odd || late) {
            return null;
        }
        long token = tokens.token(requester.normalised());
        byte[] key = LedgerKey.encode(
                LedgerKey.bucketOf(occurredAt, bucketWidth),
                token,
                occurredAt,
                id.getMostSignificantBits(),
                id.getLeastSignificantBits());
        GeoResult place = geo.locate(address);
        Handle queried = Handle.parse(event.getQueried());
        buffer.reset();
        buffer.write(header);
        BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(buffer, encoder);
        encoder = out;
        out.writeString(LedgerValue.LEFT_OUT);
        out.writeFixed(raw, AFTER_EVENT_ID, raw.length - AFTER_EVENT_ID);
        out.writeString(LedgerValue.handle(requester.normalised(), event.getRequester()));
        out.writeString(LedgerValue.handle(queried.normalised(), event.getQueried()));
        out.writeEnum(queried.kind().ordinal());
        place.writeTo(out);
        out.writeLong(receivedAt);
        out.writeInt(partition);
        out.writeLong(offset);
        out.flush();
        return new Row(token, key, buffer.toByteArray());
    }

    private static @Nullable UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
