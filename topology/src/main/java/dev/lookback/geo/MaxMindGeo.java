package dev.lookback.geo;

import dev.lookback.geo.DatabaseFile.Database;
import dev.lookback.geo.MmdbValues.DamagedException;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    private static final byte[] COUNTRY = MmdbFile.key("country");
    private static final byte[] SUBDIVISIONS = MmdbFile.key("subdivisions");
    private static final byte[] ISO_CODE = MmdbFile.key("iso_code");
    private static final byte[] CITY = MmdbFile.key("city");
    private static final byte[] NAMES = MmdbFile.key("names");
    private static final byte[] ENGLISH = MmdbFile.key("en");
    private static final byte[] LOCATION = MmdbFile.key("location");
    private static final byte[] LATITUDE = MmdbFile.key("latitude");
    private static final byte[] LONGITUDE = MmdbFile.key("longitude");
    private static final byte[] ACCURACY_RADIUS = MmdbFile.key("accuracy_radius");
    private static final byte[] AS_NUMBER = MmdbFile.key("autonomous_system_number");
    private static final byte[] AS_ORGANISATION = MmdbFile.key("autonomous_system_organization");

    private final @Nullable DatabaseFile cityFile;
    private final @Nullable DatabaseFile asnFile;
    private final Counter failures;
    private volatile @Nullable Generation current; // null while there is no database

    /** One pair of databases, and what was looked up in it. */
    private static final class Generation {
        final @Nullable Database city;
        final @Nullable Database asn;
        final GeoResult.Source source;
        final GeoResult reserved;
        final GeoResult notFound;

        volatile NetworkCache cache;

        Generation(@Nullable Database city, @Nullable Database asn) {
            this.city = city;
            this.asn = asn;
            String label = Stream.of(Optional.ofNullable(city), Optional.ofNullable(asn))
                    .flatMap(Optional::stream)
                    .map(Database::label)
                    .collect(Collectors.joining("; "));
            source = new GeoResult.Source(label);
            reserved = new GeoResult(GeoStatus.RESERVED_ADDRESS, null, source);
            notFound = new GeoResult(GeoStatus.NOT_FOUND, null, source);
            cache = new NetworkCache(source);
        }
    }

    /**
     * Opens what is there; what is not is reported and taken up by a later {@link #refresh}.
     *
     * @param cityDatabase a City or Country database, or null
     * @param asnDatabase an ASN database, or null
     */
    public MaxMindGeo(@Nullable Path cityDatabase, @Nullable Path asnDatabase, MeterRegistry meters) {
        this.cityFile = cityDatabase == null ? null : new DatabaseFile(cityDatabase, MaxMindGeo::readPlace);
        this.asnFile = asnDatabase == null ? null : new DatabaseFile(asnDatabase, MaxMindGeo::readOperator);
        this.failures = meters.counter("lookback.geoip.failures");
        refresh();
        Gauge.builder("lookback.geoip.good", this, geo -> geo.good() ? 1 : 0).register(meters);
        Gauge.builder("lookback.geoip.build.time", this, geo -> geo.builtAt(generation -> generation.city))
                .tag("database", "city")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder("lookback.geoip.build.time", this, geo -> geo.builtAt(generation -> generation.asn))
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
        if (generation == null) {
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
        Geo geo = new Geo();
        int networkPrefix = Math.max(find(generation.city, address, geo), find(generation.asn, address, geo));
        boolean empty = geo.getCountry() == null
                && geo.getCity() == null
                && geo.getSubdivision() == null
                && geo.getLatitude() == null
                && geo.getAsNumber() == null;
        GeoResult result = empty ? generation.notFound : new GeoResult(GeoStatus.FOUND, geo, generation.source);
        if (!generation.cache.put(address, networkPrefix, result)) {
            generation.cache = new NetworkCache(generation.source);
        }
        return result;
    }

    /** Adds what a database says; how many leading bits an address must share to get the same. */
    private int find(@Nullable Database database, byte[] address, Geo into) {
        try {
            return database == null ? 0 : database.find(address, into);
        } catch (DamagedException e) {
            // A damaged place in a database that loaded, of unknown extent; the address stays out of the log.
            failures.increment();
            return address.length * Byte.SIZE;
        }
    }

    private static void readPlace(MmdbValues values, int record, Geo into) {
        String country = values.text(values.find(record, COUNTRY, ISO_CODE));
        int subdivision = values.first(values.find(record, SUBDIVISIONS)); // the largest comes first
        String subdivisionCode = values.text(values.find(subdivision, ISO_CODE));
        String city = values.text(values.find(record, CITY, NAMES, ENGLISH));
        int location = values.find(record, LOCATION);
        Double latitude = values.real(values.find(location, LATITUDE));
        Double longitude = values.real(values.find(location, LONGITUDE));
        Integer radius = values.small(values.find(location, ACCURACY_RADIUS));
        into.setCountry(country);
        into.setSubdivision(subdivisionCode);
        into.setCity(city);
        into.setLatitude(latitude);
        into.setLongitude(longitude);
        into.setAccuracyRadiusKm(radius);
    }

    private static void readOperator(MmdbValues values, int record, Geo into) {
        Long number = values.whole(values.find(record, AS_NUMBER));
        String organisation = values.text(values.find(record, AS_ORGANISATION));
        into.setAsNumber(number);
        into.setAsOrganisation(organisation);
    }

    private double builtAt(Function<Generation, @Nullable Database> which) {
        Generation generation = current;
        Database database = generation == null ? null : which.apply(generation);
        return database == null ? Double.NaN : database.file().builtAt().getEpochSecond();
    }
}
