package dev.lookback.geo;

import dev.lookback.serde.ByteOutput;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
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
 * What came of a GeoIP look-up. Immutable; one result is shared by the many lookups of a network, and hundreds of thousands
 * of results are kept, so the place is kept only as the bytes that go into a ledger. Extended by what keeps them, only.
 */
public class GeoResult {
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
    private final byte[] place;

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
        this.status = status;
        this.source = source;
        this.place = encode(PLACE_WRITER, geo);
    }

    /** The same result. */
    GeoResult(GeoResult other) {
        this.status = other.status;
        this.source = other.source;
        this.place = other.place;
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
    public final GeoStatus status() {
        return status;
    }

    /** The place, made anew; present exactly when the status is FOUND. */
    public final @Nullable Geo geo() {
        try {
            return PLACE_READER.read(null, DecoderFactory.get().binaryDecoder(place, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the claim comes from; null exactly when the status is NO_DATABASE. */
    public final @Nullable String database() {
        return source.database;
    }

    /** Writes the fields geoStatus, geo and geoDatabase of an EnrichedLookup. */
    public final void writeTo(BinaryEncoder out) throws IOException {
        out.writeEnum(status.ordinal());
        out.writeFixed(place);
        out.writeFixed(source.avro);
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof GeoResult result
                && status == result.status
                && Arrays.equals(place, result.place)
                && Objects.equals(source.database, result.source.database);
    }

    @Override
    public final int hashCode() {
        return Objects.hash(status, Arrays.hashCode(place), source.database);
    }

    /** Where somebody was stays out of logs: the status alone. */
    @Override
    public final String toString() {
        return "GeoResult[" + status + "]";
    }
}
