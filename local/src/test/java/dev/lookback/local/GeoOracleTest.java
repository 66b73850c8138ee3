package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.maxmind.db.Reader;
import dev.lookback.geo.GeoResult;
import dev.lookback.geo.MaxMindGeo;
import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What GeoIP finds in databases, beside what MaxMind's own reader finds there. */
class GeoOracleTest {
    private static final Instant BUILT = Instant.parse("2026-11-01T12:00:00Z");
    private static final String LABEL = "Test-City " + BUILT + "; Test-ASN " + BUILT;
    private static final int NETWORKS = 1_500;
    private static final int PROBES = 20_000;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {24, 28, 32})
    void bothFindTheSame(int recordBits) throws IOException {
        Random random = new Random(recordBits);
        MmdbWriter cities = new MmdbWriter("Test-City", BUILT);
        MmdbWriter operators = new MmdbWriter("Test-ASN", BUILT);
        if (recordBits > 24) {
            // What comes after these is so far behind that its place takes more than 24 bits.
            Map<String, Object> filler = Map.of("filler", "x".repeat(1 << 24));
            cities.add(new byte[] {11, 0, 0, 0}, 8, filler);
            operators.add(new byte[] {11, 0, 0, 0}, 8, filler);
        }
        List<byte[]> known = new ArrayList<>();
        for (int i = 0; i < NETWORKS; i++) {
            byte[] address = address(random);
            int prefix = address.length == 4 ? 9 + random.nextInt(24) : 20 + random.nextInt(109);
            known.add(address);
            add(cities, address, prefix, city(random));
            add(operators, address, Math.max(9, prefix - random.nextInt(4)), operator(random));
        }
        Path city = directory.resolve("city.mmdb");
        Path asn = directory.resolve("asn.mmdb");
        cities.write(city, recordBits);
        operators.write(asn, recordBits);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        MaxMindGeo geo = new MaxMindGeo(city, asn, meters);
        assertThat(geo.good()).isTrue();
        Map<GeoStatus, Integer> seen = new EnumMap<>(GeoStatus.class);
        try (Reader cityReader = new Reader(city.toFile(), Reader.FileMode.MEMORY);
                Reader asnReader = new Reader(asn.toFile(), Reader.FileMode.MEMORY)) {
            for (int i = 0; i < PROBES; i++) {
                byte[] address = near(known.get(random.nextInt(known.size())), random);
                GeoResult found = geo.locate(address);
                seen.merge(found.status(), 1, Integer::sum);
                assertThat(found)
                        .as("probe %d of seed %d: %s", i, recordBits, found.geo())
                        .isEqualTo(expected(cityReader, asnReader, address));
            }
        }
        assertThat(meters.get("lookback.geoip.failures").counter().count()).isZero();
        assertThat(seen).containsOnlyKeys(GeoStatus.FOUND, GeoStatus.NOT_FOUND);
        assertThat(seen.values()).allMatch(count -> count > PROBES / 20);
    }

    /** Of first bytes under which nothing is reserved. */
    private static byte[] address(Random random) {
        byte[] address = new byte[random.nextInt(3) == 0 ? 16 : 4];
        random.nextBytes(address);
        address[0] = (byte) (address.length == 4 ? 20 + random.nextInt(60) : 0x2a);
        return address;
    }

    private static void add(MmdbWriter writer, byte[] address, int prefix, Map<String, Object> record) {
        byte[] first = address.clone();
        for (int bit = prefix; bit < first.length * 8; bit++) {
            first[bit / 8] &= (byte) ~(0x80 >>> bit % 8);
        }
        try {
            writer.add(first, prefix, record);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("overlaps"); // one or the other
        }
    }

    private static byte[] near(byte[] network, Random random) {
        byte[] address = network.clone();
        int changed = random.nextInt(address.length);
        for (int i = address.length - 1; i > 0 && changed >= 0; i--, changed--) {
            address[i] = (byte) random.nextInt();
        }
        return address;
    }

    private static Map<String, Object> city(Random random) {
        Map<String, Object> record = new HashMap<>();
        maybe(random, record, "continent", Map.of("code", "EU", "geoname_id", 6_255_148L));
        maybe(random, record, "country", Map.of("iso_code", "C" + random.nextInt(9), "is_in_european_union", true));
        maybe(random, record, "registered_country", Map.of("iso_code", "XX"));
        maybe(random, record, "subdivisions", subdivisions(random));
        maybe(random, record, "city", random.nextInt(5) == 0 ? Map.of() : Map.of("names", names(random)));
        maybe(random, record, "location", location(random));
        maybe(random, record, "traits", Map.of("ratio", 0.5f, "anonymous", false, "list", List.of(1, List.of(2, "x"))));
        return record;
    }

    private static List<Object> subdivisions(Random random) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            list.add(random.nextBoolean() ? Map.of("iso_code", "S" + i) : Map.of("names", names(random)));
        }
        return list;
    }

    private static Map<String, Object> names(Random random) {
        Map<String, Object> names = new HashMap<>();
        maybe(random, names, "de", "Ort");
        maybe(random, names, "en", random.nextInt(20) == 0 ? "x".repeat(300) : "Ålesund " + random.nextInt(200));
        maybe(random, names, "fr", "Ville");
        return names;
    }

    private static Map<String, Object> location(Random random) {
        Map<String, Object> location = new HashMap<>();
        maybe(random, location, "latitude", random.nextInt(1_800) / 10.0 - 90);
        maybe(random, location, "longitude", random.nextInt(3_600) / 10.0 - 180);
        maybe(random, location, "accuracy_radius", random.nextInt(1_001));
        maybe(random, location, "time_zone", "Europe/Stockholm");
        return location;
    }

    private static Map<String, Object> operator(Random random) {
        Map<String, Object> record = new HashMap<>();
        maybe(random, record, "autonomous_system_number", random.nextInt(3) * 2_100_000_000L);
        maybe(random, record, "autonomous_system_organization", "Operator " + random.nextInt(300));
        return record;
    }

    private static void maybe(Random random, Map<String, Object> into, String key, Object value) {
        if (random.nextInt(4) > 0) {
            into.put(key, value);
        }
    }

    private static GeoResult expected(Reader cities, Reader operators, byte[] address) throws IOException {
        Object city = cities.get(InetAddress.getByAddress(address), Map.class);
        Object operator = operators.get(InetAddress.getByAddress(address), Map.class);
        Object subdivisions = at(city, "subdivisions");
        Object first = subdivisions instanceof List<?> list && !list.isEmpty() ? list.get(0) : null;
        Geo geo = Geo.newBuilder()
                .setCountry((String) at(city, "country", "iso_code"))
                .setSubdivision((String) at(first, "iso_code"))
                .setCity((String) at(city, "city", "names", "en"))
                .setLatitude((Double) at(city, "location", "latitude"))
                .setLongitude((Double) at(city, "location", "longitude"))
                .setAccuracyRadiusKm((Integer) at(city, "location", "accuracy_radius"))
                .setAsNumber((Long) at(operator, "autonomous_system_number"))
                .setAsOrganisation((String) at(operator, "autonomous_system_organization"))
                .build();
        boolean empty = geo.getCountry() == null
                && geo.getSubdivision() == null
                && geo.getCity() == null
                && geo.getLatitude() == null
                && geo.getAsNumber() == null;
        return new GeoResult(empty ? GeoStatus.NOT_FOUND : GeoStatus.FOUND, empty ? null : geo, LABEL);
    }

    private static Object at(Object map, String... keys) {
        Object found = map;
        for (String key : keys) {
            found = found == null ? null : ((Map<?, ?>) found).get(key);
        }
        return found;
    }
}
