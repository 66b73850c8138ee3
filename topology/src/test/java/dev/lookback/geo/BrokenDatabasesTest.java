package dev.lookback.geo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lookback.address.IpAddress;
import dev.lookback.v1.GeoStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** GeoIP databases that are damaged, or made to do harm: no lookup waits for them, and none fails. */
class BrokenDatabasesTest {
    private static final int DATABASES = 2_000;
    private static final Instant BUILT = Instant.parse("2026-11-01T00:00:00Z");
    /** A cache takes 2 MiB, and 1 for the first that it keeps. Room for as many elements as a list says that it has, up to 16.8 million, would be 67 MB. */
    private static final long ALLOCATED = 32L * 1024 * 1024;

    private static final List<byte[]> ADDRESSES = List.of(
            IpAddress.parse("89.160.20.112"),
            IpAddress.parse("89.161.0.1"),
            IpAddress.parse("2a00:1::5"),
            IpAddress.parse("8.8.8.8"),
            IpAddress.parse("2600::1"));

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path directory;

    @Test
    @Timeout(300) // a pointer to itself, or a list of a thousand million, would take for ever
    void noneStopsALookup() throws IOException {
        long seed = 3;
        Random random = new Random(seed);
        Path file = directory.resolve("city.mmdb");
        byte[] good = MmdbSample.city("Alfa", BUILT);
        int refused = 0;
        for (int i = 0; i < DATABASES; i++) {
            MmdbSample.replace(file, damaged(good, random));
            long before = THREADS.getCurrentThreadAllocatedBytes();
            MaxMindGeo geo = new MaxMindGeo(file, null, new SimpleMeterRegistry());
            for (byte[] address : ADDRESSES) {
                assertThat(geo.locate(address))
                        .as("database %d of seed %d", i, seed)
                        .isNotNull();
            }
            assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for database %d of seed %d", i, seed)
                    .isLessThan(ALLOCATED);
            refused += geo.good() ? 0 : 1;
            if (i % 100 == 0) {
                MmdbSample.replace(file, good);
                geo.refresh();
                assertThat(geo.locate(ADDRESSES.get(0)).status()).isEqualTo(GeoStatus.FOUND);
            }
        }
        assertThat(refused).as("noticed when they were opened").isBetween(DATABASES / 10, DATABASES - DATABASES / 10);
    }

    /** In places of the data, as a rule; some with a piece of data in which size or place is a lie. */
    private static byte[] damaged(byte[] good, Random random) {
        byte[] bytes = good.clone();
        int data = good.length / 2;
        for (int times = random.nextInt(4); times >= 0; times--) {
            int at = random.nextInt(4) == 0 ? random.nextInt(good.length) : data + random.nextInt(good.length - data);
            byte[] piece = switch (random.nextInt(7)) {
                case 0 -> new byte[] {(byte) random.nextInt()};
                case 1 -> new byte[] {0x20, (byte) random.nextInt()}; // a pointer near the beginning
                case 2 -> new byte[] {0x38, (byte) random.nextInt(), (byte) random.nextInt(), 0, 0}; // and far away
                case 3 -> new byte[] {0x1f, 0x04, (byte) 0xff, (byte) 0xff, (byte) 0xff}; // a list of millions
                case 4 -> new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff}; // a map of millions
                case 5 -> new byte[] {0x5f, (byte) 0xff, (byte) 0xff, (byte) 0xff}; // a text of millions
                default -> new byte[] {0x01, 0x04}; // lists in lists
            };
            System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, bytes.length - at));
        }
        return random.nextInt(20) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    /** Two records that point to one another, as no writer would make them. */
    @Test
    @Timeout(60)
    void circlesEnd() throws IOException {
        byte[] good = MmdbSample.city("Alfa", BUILT);
        Path file = directory.resolve("city.mmdb");
        int found = 0;
        for (int at = 0; at < good.length - 1; at += 2) {
            byte[] bytes = good.clone();
            for (int place = 0; place < 256 && place < good.length; place += 8) {
                bytes[at] = 0x20;
                bytes[at + 1] = (byte) place;
                if (place % 64 != at % 64) {
                    continue; // enough of them
                }
                MmdbSample.replace(file, bytes);
                MaxMindGeo geo = new MaxMindGeo(file, null, new SimpleMeterRegistry());
                for (byte[] address : ADDRESSES) {
                    found += geo.locate(address).status() == GeoStatus.FOUND ? 1 : 0;
                }
            }
        }
        assertThat(found).isPositive();
    }
}
