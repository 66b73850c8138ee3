package dev.lookback.geo;

import dev.lookback.geo.DatabaseFile.Database;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * GeoIP from MaxMind databases in files: one of City or Country, one of ASN, either or both. {@link #refresh} takes up a
 * file that was replaced, at once for all look-ups; while a file is missing, corrupt or half written, the last good copy
 * stays in use.
 *
 * <p>Meters: {@code lookback.geoip.build.time} (seconds since the epoch, by file), {@code lookback.geoip.good} (1 while
 * each file is the copy in use), {@code lookback.geoip.failures} (records that could not be decoded).
 */
public final class MaxMindGeo implements GeoLookup {
    private static final int CACHE_SLOTS = 1 << 16;

    private final @Nullable DatabaseFile<CityRecord> cityFile;
    private final @Nullable DatabaseFile<AsnRecord> asnFile;
    private final Counter failures;
    private volatile Generation current = new Generation(null, null);

    /** One pair of databases, and what was looked up in it. */
    private static final class Generation {
        final @Nullable Database<CityRecord> city;
        final @Nullable Database<AsnRecord> asn;
        final @Nullable String label;
        final GeoResult reserved;
        final GeoResult notFound;

        /** A slot for each hash, taken over by the latest. Threads race for slots; entries are immutable. */
        final @Nullable Entry[] cache;

        Generation(@Nullable Database<CityRecord> city, @Nullable Database<AsnRecord> asn) {
            this.city = city;
            this.asn = asn;
            if (city != null && asn != null) {
                label = city.label() + "; " + asn.label();
            } else if (city != null) {
                label = city.label();
            } else {
                label = asn == null ? null : asn.label();
            }
            reserved = new GeoResult(GeoStatus.RESERVED_ADDRESS, null, label);
            notFound = new GeoResult(GeoStatus.NOT_FOUND, null, label);
            cache = new Entry[label == null ? 0 : CACHE_SLOTS];
        }
    }

    private record Entry(long high, long low, GeoResult result) {}

    /**
     * Opens what is there; what is not is reported and taken up by a later {@link #refresh}.
     *
     * @param cityDatabase a City or Country database, or null
     * @param asnDatabase an ASN database, or null
     */
    public MaxMindGeo(@Nullable Path cityDatabase, @Nullable Path asnDatabase, MeterRegistry meters) {
        this.cityFile = cityDatabase == null ? null : new DatabaseFile<>(cityDatabase, CityRecord.class);
        this.asnFile = asnDatabase == null ? null : new DatabaseFile<>(asnDatabase, AsnRecord.class);
        this.failures = meters.counter("lookback.geoip.failures");
        refresh();
        Gauge.builder("lookback.geoip.good", this, geo -> geo.good() ? 1 : 0).register(meters);
        Gauge.builder("lookback.geoip.build.time", this, geo -> builtAt(geo.current.city))
                .tag("database", "city")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder("lookback.geoip.build.time", this, geo -> builtAt(geo.current.asn))
                .tag("database", "asn")
                .baseUnit("seconds")
                .register(meters);
    }

    /** Takes up files that were replaced since. To be called now and then, from one thread in the background. */
    public synchronized void refresh() {
        boolean newCity = cityFile != null && cityFile.refresh();
        boolean newAsn = asnFile != null && asnFile.refresh();
        if (newCity || newAsn) {
            current = new Generation(
                    cityFile == null ? null : cityFile.database(), asnFile == null ? null : asnFile.database());
        }
    }

    /** Whether every file that is configured could be read when it was last looked at. */
    public synchronized boolean good() {
        return (cityFile == null || cityFile.good()) && (asnFile == null || asnFile.good());
    }

    @Override
    public GeoResult locate(byte[] address) {
        Generation generation = current;
        if (generation.label == null) {
            return GeoResult.NO_DATABASE;
        }
        ByteBuffer bytes = ByteBuffer.wrap(address);
        boolean v4 = address.length == IpAddress.V4_LENGTH;
        long high = v4 ? 0 : bytes.getLong();
        long low = v4 ? 0xffff_0000_0000L | Integer.toUnsignedLong(bytes.getInt()) : bytes.getLong();
        int slot = slot(high, low);
        Entry cached = generation.cache[slot];
        if (cached != null && cached.high == high && cached.low == low) {
            return cached.result;
        }
        GeoResult result = find(generation, address);
        generation.cache[slot] = new Entry(high, low, result);
        return result;
    }

    private static int slot(long high, long low) {
        // Fibonacci hashing: the top bits of the product depend on all bits of the address.
        long hash = (high * 31 + low) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> (Long.SIZE - Integer.numberOfTrailingZeros(CACHE_SLOTS)));
    }

    private GeoResult find(Generation generation, byte[] address) {
        if (ReservedNetworks.contain(address)) {
            return generation.reserved;
        }
        CityRecord city = null;
        AsnRecord asn = null;
        try {
            InetAddress inet = InetAddress.getByAddress(address);
            city = generation.city == null ? null : generation.city.get(inet);
            asn = generation.asn == null ? null : generation.asn.get(inet);
        } catch (IOException | RuntimeException e) {
            // A damaged place in a database that loaded; the address stays out of the log.
            failures.increment();
        }
        Geo geo = geo(city, asn);
        return geo == null ? generation.notFound : new GeoResult(GeoStatus.FOUND, geo, generation.label);
    }

    private static @Nullable Geo geo(@Nullable CityRecord city, @Nullable AsnRecord asn) {
        Geo geo = new Geo();
        if (city != null) {
            if (city.country() != null) {
                geo.setCountry(city.country().isoCode());
            }
            List<CityRecord.Subdivision> subdivisions = city.subdivisions();
            if (subdivisions != null && !subdivisions.isEmpty()) {
                geo.setSubdivision(subdivisions.get(0).isoCode());
            }
            if (city.city() != null && city.city().names() != null) {
                geo.setCity(city.city().names().english());
            }
            if (city.location() != null) {
                geo.setLatitude(city.location().latitude());
                geo.setLongitude(city.location().longitude());
                geo.setAccuracyRadiusKm(city.location().accuracyRadiusKm());
            }
        }
        if (asn != null) {
            geo.setAsNumber(asn.number());
            geo.setAsOrganisation(asn.organisation());
        }
        boolean empty = geo.getCountry() == null
                && geo.getCity() == null
                && geo.getSubdivision() == null
                && geo.getLatitude() == null
                && geo.getAsNumber() == null;
        return empty ? null : geo;
    }

    private static double builtAt(@Nullable Database<?> database) {
        return database == null ? Double.NaN : database.builtAtSeconds();
    }
}
