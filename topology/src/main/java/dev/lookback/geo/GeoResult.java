package dev.lookback.geo;

import dev.lookback.serde.ByteOutput;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * What came of a GeoIP look-up. Immutable. Of the place it has no more than the bytes that go into a ledger: one is
 * looked up once, and written for many lookups.
 */
public final class GeoResult {
    private static final Schema PLACE =
            EnrichedLookup.getClassSchema().getField("geo").schema();
    private static final Schema DATABASE =
            EnrichedLookup.getClassSchema().getField("geoDatabase").schema();
    private static final DatumWriter<@Nullable Geo> PLACE_WRITER = new SpecificDatumWriter<>(PLACE);
    private static final DatumReader<@Nullable Geo> PLACE_READER = new SpecificDatumReader<>(PLACE);
    private static final DatumWriter<@Nullable String> DATABASE_WRITER = new SpecificDatumWriter<>(DATABASE);

    /** There is no database to look into. */
    public static final GeoResult NO_DATABASE = new GeoResult(GeoStatus.NO_DATABASE, null, new Source(null));

    private final GeoStatus status;
    private final Source source;
    private final byte[] bytes;
    private final int placeAt;
    private final int placeLength;

    /** Where claims come from; the same for all results from a pair of databases. */
    static final class Source {
        private final @Nullable String database;
        private final byte[] avro;

        Source(@Nullable String database) {
            this.database = database;
            this.avro = encode(DATABASE_WRITER, database);
        }
    }

    /**
     * A result.
     *
     * @param status what came of it
     * @param geo the place; present exactly when the status is FOUND
     * @param database where the claim comes from, {@code GeoLite2-City 2026-11-01T00:00:00Z}, several joined with
     *     {@code "; "}; null exactly when the status is NO_DATABASE
     */
    public GeoResult(GeoStatus status, @Nullable Geo geo, @Nullable String database) {
        this(status, geo, new Source(database));
    }

    GeoResult(GeoStatus status, @Nullable Geo geo, Source source) {
        this(status, source, encode(PLACE_WRITER, geo));
    }

    private GeoResult(GeoStatus status, Source source, byte[] place) {
        this(status, source, place, 0, place.length);
    }

    /** One whose place stands among other bytes, which nobody changes any more. */
    GeoResult(GeoStatus status, Source source, byte[] bytes, int placeAt, int placeLength) {
        this.status = status;
        this.source = source;
        this.bytes = bytes;
        this.placeAt = placeAt;
        this.placeLength = placeLength;
    }

    private static <T> byte[] encode(DatumWriter<@Nullable T> writer, @Nullable T value) {
        ByteOutput bytes = new ByteOutput();
        BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            writer.write(value, out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** What came of it. */
    public GeoStatus status() {
        return status;
    }

    /** The place, made anew; present exactly when the status is FOUND. */
    public @Nullable Geo geo() {
        try {
            return PLACE_READER.read(null, DecoderFactory.get().binaryDecoder(bytes, placeAt, placeLength, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the claim comes from; null exactly when the status is NO_DATABASE. */
    public @Nullable String database() {
        return source.database;
    }

    int placeLength() {
        return placeLength;
    }

    void copyPlace(byte[] to, int at) {
        System.arraycopy(bytes, placeAt, to, at, placeLength);
    }

    private ByteBuffer place() {
        return ByteBuffer.wrap(bytes, placeAt, placeLength);
    }

    /** Writes the fields geoStatus, geo and geoDatabase of an EnrichedLookup. */
    public void writeTo(BinaryEncoder out) throws IOException {
        out.writeEnum(status.ordinal());
        out.writeFixed(bytes, placeAt, placeLength);
        out.writeFixed(source.avro);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GeoResult result
                && status == result.status
                && place().equals(result.place())
                && Objects.equals(source.database, result.source.database);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, place(), source.database);
    }

    /** Where somebody was stays out of logs: the status alone. */
    @Override
    public String toString() {
        return "GeoResult[" + status + "]";
    }
}
