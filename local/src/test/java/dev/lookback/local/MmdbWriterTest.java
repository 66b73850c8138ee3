package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.maxmind.db.Reader;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MmdbWriterTest {
    private static final Instant BUILT = Instant.parse("2026-11-01T12:00:00Z");
    private static final int PROBES = 2_000;

    @TempDir
    Path directory;

    private record Network(byte[] address, int prefix) {
        byte[] first() {
            return address;
        }

        byte[] last() {
            byte[] last = address.clone();
            for (int i = prefix; i < last.length * 8; i++) {
                last[i / 8] |= (byte) (0x80 >>> i % 8);
            }
            return last;
        }

        /** The address before the first, or after the last, or null beyond the end. */
        byte[] neighbour(boolean before) {
            BigInteger number = new BigInteger(1, before ? first() : last()).add(BigInteger.valueOf(before ? -1 : 1));
            if (number.signum() < 0 || number.bitLength() > address.length * 8) {
                return null;
            }
            byte[] bytes = number.toByteArray();
            byte[] padded = new byte[address.length];
            int length = Math.min(bytes.length, padded.length);
            System.arraycopy(bytes, bytes.length - length, padded, padded.length - length, length);
            return padded;
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            BigInteger number = new BigInteger(1, other);
            return number.compareTo(new BigInteger(1, first())) >= 0
                    && number.compareTo(new BigInteger(1, last())) <= 0;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 28, 32})
    void whatWasWrittenIsFoundAndNothingElse(int recordBits) throws IOException {
        Random random = new Random(recordBits);
        MmdbWriter writer = new MmdbWriter("Test", BUILT);
        Map<Network, Map<String, Object>> networks = new HashMap<>();
        for (int i = 0; i < 800; i++) {
            Network network = draw(random, i % 3 == 0);
            if (networks.keySet().stream()
                    .noneMatch(other -> other.contains(network.first()) || network.contains(other.first()))) {
                Map<String, Object> content = content(random);
                writer.add(network.address, network.prefix, content);
                networks.put(network, content);
            }
        }
        Path file = directory.resolve("test.mmdb");
        writer.write(file, recordBits);
        try (Reader reader = new Reader(file.toFile(), Reader.FileMode.MEMORY)) {
            assertThat(reader.getMetadata().recordSize()).isEqualTo(recordBits);
            assertThat(reader.getMetadata().buildTime()).isEqualTo(BUILT);
            assertThat(reader.getMetadata().databaseType()).isEqualTo("Test");
            assertThat(networks).hasSizeGreaterThan(600);
            for (Map.Entry<Network, Map<String, Object>> entry : networks.entrySet()) {
                Network network = entry.getKey();
                assertThat(find(reader, network.first())).isEqualTo(entry.getValue());
                assertThat(find(reader, network.last())).isEqualTo(entry.getValue());
                checkModel(networks, reader, network.neighbour(true));
                checkModel(networks, reader, network.neighbour(false));
            }
            for (int i = 0; i < PROBES; i++) {
                byte[] address = new byte[4];
                random.nextBytes(address);
                checkModel(networks, reader, address);
            }
        }
    }

    private static void checkModel(Map<Network, Map<String, Object>> networks, Reader reader, byte[] address)
            throws IOException {
        if (address == null) {
            return;
        }
        Map<String, Object> expected = networks.entrySet().stream()
                .filter(entry -> entry.getKey().contains(address))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        assertThat(find(reader, address)).isEqualTo(expected);
    }

    @Test
    void everyTypeAndEverySizeReadsBack() throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        for (int length : new int[] {0, 1, 28, 29, 284, 285, 65_820, 65_821, 70_000}) {
            all.put("text" + length, "ä".repeat(length / 2) + "x".repeat(length % 2));
        }
        all.put("double", -1.5);
        all.put("float", 2.25f);
        all.put("no", false);
        all.put("yes", true);
        all.put("small", 0);
        all.put("uint16", 65_535);
        all.put("uint32", 4_294_967_295L);
        all.put("list", List.of("a", Map.of("deep", "a"), List.of()));
        all.put("again", List.of("a", Map.of("deep", "a"), List.of()));
        MmdbWriter writer = new MmdbWriter("Test", BUILT);
        writer.add(new byte[] {5, 0, 0, 0}, 8, all);
        Path file = directory.resolve("types.mmdb");
        writer.write(file);
        try (Reader reader = new Reader(file.toFile(), Reader.FileMode.MEMORY)) {
            assertThat(find(reader, new byte[] {5, 1, 2, 3})).isEqualTo(all);
        }
    }

    @Test
    void pointersOfEveryLengthReadBack() throws IOException {
        // Strings by the thousand push repeated values beyond the reach of two- and three-byte pointers.
        MmdbWriter writer = new MmdbWriter("Test", BUILT);
        String filler = "x".repeat(300);
        int networks = 4_000;
        for (int i = 0; i < networks; i++) {
            byte[] address = {10, 0, (byte) (i >>> 8), (byte) i};
            writer.add(address, 32, Map.of("own", filler + i, "shared", "shared" + i / 2 % (networks / 4)));
        }
        Path file = directory.resolve("pointers.mmdb");
        writer.write(file);
        assertThat(Files.size(file)).isGreaterThan(1_000_000);
        try (Reader reader = new Reader(file.toFile(), Reader.FileMode.MEMORY)) {
            for (int i = 0; i < networks; i++) {
                assertThat(find(reader, new byte[] {10, 0, (byte) (i >>> 8), (byte) i}))
                        .isEqualTo(Map.of("own", filler + i, "shared", "shared" + i / 2 % (networks / 4)));
            }
        }
    }

    @Test
    void ipv4IsFoundThroughItsIpv6Forms() throws IOException {
        MmdbWriter writer = new MmdbWriter("Test", BUILT);
        Map<String, Object> content = Map.of("n", 1);
        writer.add(new byte[] {5, 6, 0, 0}, 16, content);
        Path file = directory.resolve("alias.mmdb");
        writer.write(file);
        try (Reader reader = new Reader(file.toFile(), Reader.FileMode.MEMORY)) {
            for (String address : List.of("5.6.7.8", "::5.6.7.8", "2002:506:708::1", "2001:0:506:708::1")) {
                assertThat(reader.get(InetAddress.getByName(address), Map.class))
                        .as(address)
                        .isEqualTo(content);
            }
            for (String address : List.of("5.7.0.0", "::5.7.0.0", "2002:507::1", "2003:506:708::1", "506:708::1")) {
                assertThat(reader.get(InetAddress.getByName(address), Map.class))
                        .as(address)
                        .isNull();
            }
        }
    }

    @Test
    void overlapsAndNonsenseAreRefused() {
        MmdbWriter writer = new MmdbWriter("Test", BUILT);
        writer.add(new byte[] {5, 6, 0, 0}, 16, Map.of("n", 1));
        assertThatThrownBy(() -> writer.add(new byte[] {5, 6, 0, 0}, 16, Map.of()))
                .hasMessageContaining("overlaps");
        assertThatThrownBy(() -> writer.add(new byte[] {5, 6, 7, 0}, 24, Map.of()))
                .hasMessageContaining("overlaps");
        assertThatThrownBy(() -> writer.add(new byte[] {4, 0, 0, 0}, 6, Map.of()))
                .hasMessageContaining("overlaps");
        byte[] sixToFour = new byte[16];
        System.arraycopy(new byte[] {0x20, 0x02, 9}, 0, sixToFour, 0, 3);
        assertThatThrownBy(() -> writer.add(sixToFour, 24, Map.of())).hasMessageContaining("overlaps");
        assertThatThrownBy(() -> writer.add(new byte[] {7, 0, 0, 1}, 24, Map.of()))
                .hasMessageContaining("after");
        assertThatThrownBy(() -> writer.add(new byte[] {7, 0, 0}, 24, Map.of())).hasMessageContaining("not a network");
        assertThatThrownBy(() -> writer.add(new byte[] {7, 0, 0, 0}, 33, Map.of()))
                .hasMessageContaining("network");
        assertThatThrownBy(() -> writer.add(new byte[] {7, 0, 0, 0}, 8, Map.of("n", -1)))
                .hasMessageContaining("cannot be written");
    }

    @Test
    void mmdblookupAgrees() throws Exception {
        MmdbWriter writer = new MmdbWriter("Test", BUILT);
        Random random = new Random(4);
        Map<Network, String> names = new LinkedHashMap<>();
        for (int i = 0; i < 25; i++) {
            Network network = draw(random, i % 2 == 0);
            String name = "name-" + i;
            writer.add(network.address, network.prefix, Map.of("name", name));
            names.put(network, name);
        }
        Path file = directory.resolve("lookup.mmdb");
        writer.write(file);
        if (!Mmdblookup.isInstalled()) {
            return;
        }
        for (Map.Entry<Network, String> entry : names.entrySet()) {
            assertThat(Mmdblookup.run(file, entry.getKey().last(), "name")).contains('"' + entry.getValue() + '"');
        }
        assertThat(Mmdblookup.run(file, new byte[] {0, 0, 0, 1}, "name")).contains("Could not find an entry");
    }

    private static Network draw(Random random, boolean v6) {
        byte[] address = new byte[v6 ? 16 : 4];
        random.nextBytes(address);
        int prefix = v6 ? 20 + random.nextInt(109) : 10 + random.nextInt(23);
        if (v6) {
            address[0] = 0x2a;
        }
        for (int i = prefix; i < address.length * 8; i++) {
            address[i / 8] &= (byte) ~(0x80 >>> i % 8);
        }
        return new Network(address, prefix);
    }

    private static Map<String, Object> content(Random random) {
        return Map.of(
                "name",
                "name-" + random.nextInt(500),
                "place",
                Map.of("en", "place-" + random.nextInt(50), "latitude", random.nextInt(100) / 4.0),
                "number",
                (long) random.nextInt(Integer.MAX_VALUE));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> find(Reader reader, byte[] address) throws IOException {
        return reader.get(InetAddress.getByAddress(address), Map.class);
    }
}
