package dev.lookback.geo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.Geo;
import dev.lookback.v1.GeoStatus;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkCacheTest {
    private static final GeoResult.Source SOURCE = new GeoResult.Source("Sample 2026-11-01T00:00:00Z");

    private final NetworkCache cache = new NetworkCache(SOURCE);

    /** What a database says, made up from the address alone: how long a network's prefix is, and what is known of it. */
    private record Truth(int prefix, GeoResult result) {
        static Truth of(byte[] address) {
            int shortest = address.length == 4 ? 12 : 28;
            int prefix =
                    shortest + Math.floorMod(network(address, shortest).hashCode(), address.length * 8 - shortest + 1);
            int name = network(address, prefix).hashCode();
            if (name % 5 == 0) {
                return new Truth(prefix, new GeoResult(GeoStatus.NOT_FOUND, null, SOURCE));
            }
            Geo geo = new Geo();
            geo.setCity("City ".repeat(1 + Math.floorMod(name, 7)) + name);
            return new Truth(prefix, new GeoResult(GeoStatus.FOUND, geo, SOURCE));
        }

        private static BigInteger network(byte[] address, int prefix) {
            return new BigInteger(1, address).shiftRight(address.length * 8 - prefix);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void itKnowsOfAddressesWhatWasKeptForTheirNetworks(long seed) {
        Random random = new Random(seed);
        int known = askAndKeep(random, 60_000);
        assertThat(known).isBetween(6_000, 54_000);
    }

    /** How many of some addresses it knew; whatever it does not know it is told. */
    private int askAndKeep(Random random, int times) {
        int known = 0;
        for (int i = 0; i < times; i++) {
            byte[] address = address(random, 8);
            GeoResult found = cache.get(address);
            Truth truth = Truth.of(address);
            if (found == null) {
                assertThat(cache.put(address, truth.prefix, truth.result)).isTrue();
                found = cache.get(address);
            } else {
                known++;
            }
            assertThat(found).as(Arrays.toString(address)).isEqualTo(truth.result);
        }
        return known;
    }

    /** Of either family; of so many values for each byte, so that some come again and others are near. */
    private static byte[] address(Random random, int values) {
        byte[] address = new byte[random.nextBoolean() ? 4 : 16];
        for (int i = 0; i < address.length; i++) {
            address[i] = (byte) (i < 4 ? random.nextInt(values) * (256 / values) : random.nextInt(2) * 255);
        }
        return address;
    }

    @Test
    void whatIsFullSaysSoAndGoesOnAnswering() {
        Random random = new Random(4);
        byte[] address;
        int kept = 0;
        do {
            address = address(random, 256);
        } while (cache.put(address, address.length * 8, Truth.of(address).result) && ++kept < 2_000_000);
        assertThat(kept).isBetween(500_000, 1_000_000);
        Random again = new Random(4);
        int known = 0;
        for (int i = 0; i < kept; i++) {
            address = address(again, 256);
            GeoResult found = cache.get(address);
            if (found != null) {
                known++;
                assertThat(found).isEqualTo(Truth.of(address).result);
            }
        }
        assertThat(known).as("of %d", kept).isBetween(400_000, kept);
    }

    @Test
    void severalThreadsGetNothingThatIsHalfWritten() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> asking = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i / 2); // two of each go the same way at once
                asking.add(threads.submit(() -> askAndKeep(random, 40_000)));
            }
            for (Future<Integer> each : asking) {
                assertThat(each.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
