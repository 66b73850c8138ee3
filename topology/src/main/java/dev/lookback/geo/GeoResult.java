package dev.lookback.geo;

import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/** What came of a GeoIP look-up. Immutable; one result is shared by the many lookups of a network. */
public final class GeoResult {
    /** There is no database to look into. */
    public static final GeoResult NO_DATABASE = new GeoResult(GeoStatus.NO_DATABASE, null, null);

    private final GeoStatus status;
    private final @Nullable Geo geo;
    private final @Nullable String database;
    private final byte[] avro;

    /**
     * A result.
     *
     * @param status what came of it
     * @param geo the place; present exactly when the status is FOUND. Not to be changed any more
     * @param database where the claim comes from, {@code GeoLite2-City 2026-11-01T00:00:00Z}, several joined with
     *     {@code "; "}; null exactly when the status is NO_DATABASE
     */
    public GeoResult(GeoStatus status, @Nullable Geo geo, @Nullable String database) {
        this.status = status;
        this.geo = geo;
        this.database = database;
        this.avro = encode();
    }

    /** What came of it. */
    public GeoStatus status() {
        return status;
    }

    /** The place; present exactly when the status is FOUND. Shared: not to be changed. */
    public @Nullable Geo geo() {
        return geo;
    }

    /** Where the claim comes from; null exactly when the status is NO_DATABASE. */
    public @Nullable String database() {
        return database;
    }

    /** The fields geoStatus, geo and geoDatabase of an EnrichedLookup in Avro binary. Shared: not to be changed. */
    public byte[] avro() {
        return avro;
    }

    private byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            write("geoStatus", status, encoder);
            write("geo", geo, encoder);
            write("geoDatabase", database, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(String field, @Nullable Object value, BinaryEncoder encoder) throws IOException {
        Schema schema = EnrichedLookup.getClassSchema().getField(field).schema();
        DatumWriter<Object> writer = new SpecificDatumWriter<>(schema);
        writer.write(value, encoder);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GeoResult result
                && status == result.status
                && Objects.equals(geo, result.geo)
                && Objects.equals(database, result.database);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, geo, database);
    }

    /** Where somebody was stays out of logs: the status alone. */
    @Override
    public String toString() {
        return "GeoResult[" + status + "]";
    }
}
