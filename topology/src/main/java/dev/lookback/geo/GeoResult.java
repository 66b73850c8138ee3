package dev.lookback.geo;

import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * What came of a GeoIP look-up. Immutable; one result is shared by the many lookups of a network, and hundreds of thousands
 * of results are kept, so the place is kept only as the bytes that go into a ledger.
 */
public final class GeoResult {
    private static final Schema PLACE =
            EnrichedLookup.getClassSchema().getField("geo").schema();
    private static final DatumWriter<@Nullable Geo> PLACE_WRITER = new SpecificDatumWriter<>(PLACE);
    private static final DatumReader<@Nullable Geo> PLACE_READER = new SpecificDatumReader<>(PLACE);

    /** There is no database to look into. */
    public static final GeoResult NO_DATABASE = new GeoResult(GeoStatus.NO_DATABASE, null, null);

    private final GeoStatus status;
    private final @Nullable String database;
    private final byte[] avro;

    /**
     * A result.
     *
     * @param status what came of it
     * @param geo the place; present exactly when the status is FOUND
     * @param database where the claim comes from, {@code GeoLite2-City 2026-11-01T00:00:00Z}, several joined with
     *     {@code "; "}; null exactly when the status is NO_DATABASE
     */
    public GeoResult(GeoStatus status, @Nullable Geo geo, @Nullable String database) {
        this.status = status;
        this.database = database;
        this.avro = encode(status, geo, database);
    }

    /** What came of it. */
    public GeoStatus status() {
        return status;
    }

    /** The place, made anew; present exactly when the status is FOUND. */
    public @Nullable Geo geo() {
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(avro, null);
        try {
            decoder.readEnum();
            return PLACE_READER.read(null, decoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the claim comes from; null exactly when the status is NO_DATABASE. */
    public @Nullable String database() {
        return database;
    }

    /** The fields geoStatus, geo and geoDatabase of an EnrichedLookup in Avro binary. Shared: not to be changed. */
    public byte[] avro() {
        return avro;
    }

    private static byte[] encode(GeoStatus status, @Nullable Geo geo, @Nullable String database) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            encoder.writeEnum(status.ordinal());
            PLACE_WRITER.write(geo, encoder);
            encoder.writeIndex(database == null ? 0 : 1);
            if (database != null) {
                encoder.writeString(database);
            }
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GeoResult result && Arrays.equals(avro, result.avro);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(avro);
    }

    /** Where somebody was stays out of logs: the status alone. */
    @Override
    public String toString() {
        return "GeoResult[" + status + "]";
    }
}
