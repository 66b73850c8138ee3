package dev.lookback.geo;

import dev.lookback.address.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Small .mmdb files for tests, after the public MaxMind DB file format specification 2.0: an IPv6 tree with 32-bit
 * records, IPv4 under ::/96, and just the data types that the fields we keep have.
 */
public final class MmdbSample {
    private static final int MAP = 7;
    private static final int STRING = 2;
    private static final int DOUBLE = 3;
    private static final int UINT16 = 5;
    private static final int UINT32 = 6;
    private static final int UINT64 = 9;
    private static final int ARRAY = 11;
    private static final byte[] MARKER = "\u00ab\u00cd\u00efMaxMind.com".getBytes(StandardCharsets.ISO_8859_1);
    private static final int EMPTY = -1;

    private final String type;
    private final int ipVersion;
    private final Instant builtAt;
    private final List<int[]> nodes = new ArrayList<>(List.of(new int[] {EMPTY, EMPTY}));
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /** What leads to data is stored as −2 − its place in the data section until the number of nodes is known. */
    private static final int DATA = -2;

    private MmdbSample(String type, Instant builtAt) {
        this(type, 6, builtAt);
    }

    private MmdbSample(String type, int ipVersion, Instant builtAt) {
        this.type = type;
        this.ipVersion = ipVersion;
        this.builtAt = builtAt;
    }

    /** A City database with one IPv4 and one IPv6 network in it, both in a made-up city. */
    public static byte[] city(String city, Instant builtAt) {
        Map<String, Object> names = new LinkedHashMap<>();
        names.put("de", "Nicht behalten");
        names.put("en", city);
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("continent", Map.of("code", "EU"));
        record.put("city", Map.of("geoname_id", 7L, "names", names));
        record.put("country", Map.of("iso_code", "SE"));
        record.put("subdivisions", List.of(Map.of("iso_code", "AB"), Map.of("iso_code", "XX")));
        record.put("location", Map.of("latitude", 59.25, "longitude", 17.5, "accuracy_radius", 20));
        MmdbSample sample = new MmdbSample("Sample-City", builtAt);
        sample.put("::89.160.0.0", 96 + 16, record);
        sample.put("2a00:1::", 32, record);
        sample.put("::89.161.0.0", 96 + 16, Map.of("continent", Map.of("code", "EU")));
        return sample.bytes();
    }

    /** A City database of networks that do not overlap: from {@code 20.0.0.0/17} to the city in it. */
    public static byte[] networks(Map<String, String> cities, Instant builtAt) {
        MmdbSample sample = new MmdbSample("Sample-City", builtAt);
        cities.forEach((network, city) -> {
            int slash = network.indexOf('/');
            String address = network.substring(0, slash);
            int prefix = Integer.parseInt(network.substring(slash + 1));
            Map<String, Object> record = Map.of("city", Map.of("names", Map.of("en", city)));
            if (address.indexOf(':') < 0) {
                sample.put("::" + address, 96 + prefix, record);
            } else {
                sample.put(address, prefix, record);
            }
        });
        return sample.bytes();
    }

    /** A City database that knows IPv4 alone, with 42.0.0.0/8 in it. */
    public static byte[] v4Only(String city, Instant builtAt) {
        MmdbSample sample = new MmdbSample("Sample-City", 4, builtAt);
        sample.put("42.0.0.0", 8, Map.of("city", Map.of("names", Map.of("en", city))));
        return sample.bytes();
    }

    /** An ASN database with one network in it, wider than the City database's. */
    public static byte[] asn(Instant builtAt) {
        MmdbSample sample = new MmdbSample("Sample-ASN", builtAt);
        sample.put(
                "::89.0.0.0",
                96 + 8,
                Map.of(
                        "autonomous_system_number",
                        4_200_000_000L,
                        "autonomous_system_organization",
                        "Sample Networks"));
        return sample.bytes();
    }

    /** Puts a file in the place of another at once, as a careful updater would. */
    public static void replace(Path file, byte[] content) {
        try {
            Path next = Files.createTempFile(file.getParent(), "next", null);
            Files.write(next, content);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void put(String network, int prefix, Map<String, Object> record) {
        byte[] address = IpAddress.parse(network);
        int place = data.size();
        write(data, record);
        int node = 0;
        for (int i = 0; i < prefix; i++) {
            int bit = address[i / 8] >> (7 - i % 8) & 1;
            if (i == prefix - 1) {
                nodes.get(node)[bit] = DATA - place;
            } else {
                if (nodes.get(node)[bit] == EMPTY) {
                    nodes.add(new int[] {EMPTY, EMPTY});
                    nodes.get(node)[bit] = nodes.size() - 1;
                }
                node = nodes.get(node)[bit];
            }
        }
    }

    private byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        int count = nodes.size();
        for (int[] node : nodes) {
            ByteBuffer records = ByteBuffer.allocate(8);
            for (int next : node) {
                records.putInt(next == EMPTY ? count : next <= DATA ? count + 16 + (DATA - next) : next);
            }
            file.writeBytes(records.array());
        }
        file.writeBytes(new byte[16]);
        file.writeBytes(data.toByteArray());
        file.writeBytes(MARKER);
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("binary_format_major_version", 2);
        metadata.put("binary_format_minor_version", 0);
        metadata.put("build_epoch", builtAt);
        metadata.put("database_type", type);
        metadata.put("description", Map.of("en", "A sample"));
        metadata.put("ip_version", ipVersion);
        metadata.put("languages", List.of("en"));
        metadata.put("node_count", (long) count);
        metadata.put("record_size", 32);
        write(file, metadata);
        return file.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, Object value) {
        if (value instanceof Map<?, ?> map) {
            control(out, MAP, map.size());
            map.forEach((key, each) -> {
                write(out, key);
                write(out, each);
            });
        } else if (value instanceof List<?> list) {
            control(out, ARRAY, list.size());
            list.forEach(each -> write(out, each));
        } else if (value instanceof String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            control(out, STRING, bytes.length);
            out.writeBytes(bytes);
        } else if (value instanceof Double number) {
            control(out, DOUBLE, Double.BYTES);
            out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(number).array());
        } else if (value instanceof Integer number) {
            control(out, UINT16, 2);
            out.writeBytes(ByteBuffer.allocate(2).putShort(number.shortValue()).array());
        } else if (value instanceof Long number) {
            control(out, UINT32, 4);
            out.writeBytes(ByteBuffer.allocate(4).putInt(number.intValue()).array());
        } else if (value instanceof Instant instant) {
            control(out, UINT64, 8);
            out.writeBytes(
                    ByteBuffer.allocate(8).putLong(instant.getEpochSecond()).array());
        } else {
            throw new IllegalArgumentException("No such type here: " + value.getClass());
        }
    }

    private static void control(ByteArrayOutputStream out, int type, int size) {
        // Sizes above 28 have a byte of their own, less 29.
        int inFirst = Math.min(size, 29);
        // Types above 7 do not fit into three bits and follow in a byte of their own, less 7.
        out.write(type <= 7 ? type << 5 | inFirst : inFirst);
        if (type > 7) {
            out.write(type - 7);
        }
        if (inFirst == 29) {
            out.write(size - 29);
        }
    }
}
