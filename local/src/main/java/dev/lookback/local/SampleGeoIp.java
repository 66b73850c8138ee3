package dev.lookback.local;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A made-up internet: public networks with cities and operators that do not exist, as a City and an ASN database in
 * MaxMind's format. The same seed makes the same networks. Immutable.
 */
public final class SampleGeoIp {
    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;
    private static final int SUBDIVISIONS = 5;

    /** First bytes of IPv4 under which nothing is reserved. */
    private static final int FIRST_V4 = 11;

    private static final int PAST_V4 = 223;
    private static final List<Integer> PARTLY_RESERVED = List.of(100, 127, 169, 172, 192, 198, 203);

    /** First bytes (and a half) of the IPv6 blocks from which the regional registries allocate. */
    private static final int[] V6_BLOCKS = {0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00};

    private static final int BLOCK_MASK = 0x0F;

    /** The first of the numbers for private use: nobody is accused of being an operator here. */
    private static final long FIRST_PRIVATE_AS = 4_200_000_000L;

    private static final double SPREAD_DEGREES = 2.0;
    private static final int[] RADII_KM = {1, 5, 10, 20, 50, 100, 200};

    private static final String[] BEGINNINGS = {
        "Alder", "Birch", "Clay", "Dun", "Elm", "Fern", "Gran", "Hazel", "Iron", "Juniper", "Kest", "Lind", "Mer",
        "Nor", "Oster", "Pell", "Quarr", "Rowan", "Sel", "Thorn", "Under", "Vel", "Wester", "Yar"
    };
    private static final String[] ENDINGS = {
        "by", "dale", "ford", "haven", "holm", "mark", "mere", "mouth", "wick", "ville"
    };
    private static final String[] OPERATORS = {"Broadband", "Mobile", "Fibre", "Cable", "Hosting", "Campus Network"};

    /**
     * How large it is.
     *
     * @param v4Prefix length of each IPv4 network's prefix in bits, up to 24
     * @param v6Prefix the same for IPv6, up to 48
     */
    public record Size(
            int v4Networks, int v4Prefix, int v6Networks, int v6Prefix, int citiesPerCountry, int operatorsPerCountry) {
        /** Quickly made. */
        public static final Size SMALL = new Size(4_096, 20, 1_024, 32, 25, 6);

        /** As many networks, and about as many different records, as databases have that are for sale. */
        public static final Size LARGE = new Size(800_000, 24, 200_000, 48, 10_000, 5_000);
    }

    private enum Country {
        US("United States", "NA", "North America", 39.8, -98.6),
        GB("United Kingdom", "EU", "Europe", 53.0, -1.5),
        AU("Australia", "OC", "Oceania", -33.5, 147.0),
        FR("France", "EU", "Europe", 46.6, 2.4),
        DE("Germany", "EU", "Europe", 51.1, 10.4),
        BR("Brazil", "SA", "South America", -15.8, -47.9),
        JP("Japan", "AS", "Asia", 36.2, 138.2),
        KE("Kenya", "AF", "Africa", -0.5, 37.0);

        final String english;
        final String continentCode;
        final String continent;
        final double latitude;
        final double longitude;

        Country(String english, String continentCode, String continent, double latitude, double longitude) {
            this.english = english;
            this.continentCode = continentCode;
            this.continent = continent;
            this.latitude = latitude;
            this.longitude = longitude;
        }
    }

    private record Network(byte[] address, int prefix, Map<String, Object> city, Map<String, Object> operator) {}

    private final List<Network> networks = new ArrayList<>();

    /** A small one. */
    public SampleGeoIp(long seed) {
        this(seed, Size.SMALL);
    }

    /** Draws the networks. */
    public SampleGeoIp(long seed, Size size) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<Map<String, Object>>> cities = new ArrayList<>();
        List<List<Map<String, Object>>> operators = new ArrayList<>();
        for (Country country : Country.values()) {
            cities.add(cities(country, size.citiesPerCountry, random));
            operators.add(operators(country, size.operatorsPerCountry, random));
        }
        Set<ByteBuffer> addresses = new LinkedHashSet<>();
        while (addresses.size() < size.v4Networks) {
            addresses.add(ByteBuffer.wrap(drawV4(size.v4Prefix, random)));
        }
        while (addresses.size() < size.v4Networks + size.v6Networks) {
            addresses.add(ByteBuffer.wrap(drawV6(size.v6Prefix, random)));
        }
        for (ByteBuffer buffer : addresses) {
            byte[] address = buffer.array();
            int country = random.nextInt(cities.size());
            networks.add(new Network(
                    address,
                    address.length == V4_BYTES ? size.v4Prefix : size.v6Prefix,
                    pick(cities.get(country), random),
                    pick(operators.get(country), random)));
        }
    }

    private static byte[] drawV4(int prefix, SplittableRandom random) {
        while (true) {
            int first = random.nextInt(FIRST_V4, PAST_V4);
            if (!PARTLY_RESERVED.contains(first)) {
                byte[] address = new byte[V4_BYTES];
                address[0] = (byte) first;
                draw(address, 1, prefix, random);
                return address;
            }
        }
    }

    private static byte[] drawV6(int prefix, SplittableRandom random) {
        int block = V6_BLOCKS[random.nextInt(V6_BLOCKS.length)];
        byte[] address = new byte[V6_BYTES];
        address[0] = (byte) (block >>> 8);
        address[1] = (byte) (block | random.nextInt() & BLOCK_MASK);
        draw(address, 2, prefix, random);
        return address;
    }

    /** Fills an address from a byte on, up to its prefix. */
    private static void draw(byte[] address, int from, int prefix, SplittableRandom random) {
        for (int i = from; i * 8 < prefix; i++) {
            int free = Math.max(0, (i + 1) * 8 - prefix);
            address[i] = (byte) (random.nextInt() << free);
        }
    }

    private static <T> T pick(List<T> list, SplittableRandom random) {
        return list.get(random.nextInt(list.size()));
    }

    private static String placeName(SplittableRandom random) {
        return BEGINNINGS[random.nextInt(BEGINNINGS.length)] + ENDINGS[random.nextInt(ENDINGS.length)];
    }

    private static List<Map<String, Object>> cities(Country country, int count, SplittableRandom random) {
        List<Map<String, Object>> cities = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String subdivision = "S" + (1 + i % SUBDIVISIONS);
            cities.add(Map.of(
                    "city", named(placeName(random)),
                    "continent", Map.of("code", country.continentCode, "names", Map.of("en", country.continent)),
                    "country", Map.of("iso_code", country.name(), "names", Map.of("en", country.english)),
                    "location",
                            Map.of(
                                    "latitude", around(country.latitude, random),
                                    "longitude", around(country.longitude, random),
                                    "accuracy_radius", RADII_KM[random.nextInt(RADII_KM.length)]),
                    "subdivisions",
                            List.of(Map.of(
                                    "iso_code", subdivision, "names", Map.of("en", "Sample region " + subdivision)))));
        }
        return cities;
    }

    private static Map<String, Object> named(String name) {
        return Map.of("names", Map.of("en", name));
    }

    private static double around(double degrees, SplittableRandom random) {
        double drawn = degrees + (2 * random.nextDouble() - 1) * SPREAD_DEGREES;
        return Math.round(drawn * 1e4) / 1e4;
    }

    private static List<Map<String, Object>> operators(Country country, int count, SplittableRandom random) {
        List<Map<String, Object>> operators = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            operators.add(Map.of(
                    "autonomous_system_number",
                    FIRST_PRIVATE_AS + (long) country.ordinal() * count + i,
                    "autonomous_system_organization",
                    placeName(random) + " " + OPERATORS[i % OPERATORS.length]));
        }
        return operators;
    }

    /** Writes the City database. */
    public void writeCity(Path file, Instant buildTime) {
        MmdbWriter writer = new MmdbWriter("Lookback-Sample-City", buildTime);
        networks.forEach(network -> writer.add(network.address, network.prefix, network.city));
        writer.write(file);
    }

    /** Writes the ASN database. */
    public void writeAsn(Path file, Instant buildTime) {
        MmdbWriter writer = new MmdbWriter("Lookback-Sample-ASN", buildTime);
        networks.forEach(network -> writer.add(network.address, network.prefix, network.operator));
        writer.write(file);
    }

    /** The text form of an address inside one of the networks. */
    String address(SplittableRandom random) {
        Network network = pick(networks, random);
        byte[] address = network.address.clone();
        // The prefix ends within or before the byte of this index; what it covers of that byte stays.
        for (int i = network.prefix / 8; i < address.length; i++) {
            int free = i == network.prefix / 8 ? 0xFF >>> network.prefix % 8 : 0xFF;
            address[i] |= (byte) (random.nextInt() & free);
        }
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
