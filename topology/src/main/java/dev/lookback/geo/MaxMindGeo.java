package dev.lookback.geo;

import com.maxmind.db.DatabaseRecord;
import dev.lookback.geo.DatabaseFile.Database;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
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

        final NetworkCache cache = new NetworkCache();

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
        }
    }

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
        // Not left to the databases, and not to the cache: a network of theirs may hold addresses that are nowhere.
        if (ReservedNetworks.contain(address)) {
            return generation.reserved;
        }
        GeoResult cached = generation.cache.get(address);
        return cached == null ? find(generation, address) : cached;
    }

    private GeoResult find(Generation generation, byte[] address) {
        Found<CityRecord> city = find(generation.city, address);
        Found<AsnRecord> asn = find(generation.asn, address);
        Geo geo = geo(city.record, asn.record);
        GeoResult result = geo == null ? generation.notFound : new GeoResult(GeoStatus.FOUND, geo, generation.label);
        generation.cache.put(address, Math.max(city.networkPrefix, asn.networkPrefix), result);
        return result;
    }

    /** A record of one database, and how many leading bits an address must share to get the same. */
    private record Found<T>(@Nullable T record, int networkPrefix) {}

    private <T> Found<T> find(@Nullable Database<T> database, byte[] address) {
        if (database == null) {
            return new Found<>(null, 0);
        }
        try {
            DatabaseRecord<T> found = database.find(InetAddress.getByAddress(address));
            return new Found<>(found.data(), found.network().prefixLength());
        } catch (IOException | RuntimeException e) {
            // A damaged place in a database that loaded, of unknown extent; the address stays out of the log.
            failures.increment();
            return new Found<>(null, address.length * Byte.SIZE);
        }
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
