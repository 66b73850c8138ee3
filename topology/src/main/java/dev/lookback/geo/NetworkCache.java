package dev.lookback.geo;

import dev.lookback.address.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What was looked up lately, kept for whole networks: a look-up costs some 3 µs, most of it for decoding a record that
 * all addresses of a network share. A result is kept under the shortest of a few prefix lengths at which it still holds
 * for every address. An entry has its place in one of two neighbouring slots. Threads race for slots; the latest wins, and
 * entries are immutable.
 */
final class NetworkCache {
    /** For some 200,000 networks at a time. Full, with their results, they take some 60 MB. */
    private static final int SLOTS = 1 << 18;

    /** Addresses of IPv4 stand in the upper half of {@code high}. */
    private static final int[] V4_PREFIXES = {16, 20, 24, 32};

    private static final int[] V6_PREFIXES = {32, 48, 64, 128};

    private final @Nullable Entry[] entries = new Entry[SLOTS];

    private record Entry(boolean v4, int prefix, long high, long low, GeoResult result) {
        boolean is(boolean otherV4, int otherPrefix, long otherHigh, long otherLow) {
            return v4 == otherV4 && prefix == otherPrefix && high == otherHigh && low == otherLow;
        }
    }

    /** The result for an address of 4 or 16 bytes; null if it is not known. */
    @Nullable
    GeoResult get(byte[] address) {
        boolean v4 = address.length == IpAddress.V4_LENGTH;
        long high = high(address);
        long low = low(address);
        for (int prefix : v4 ? V4_PREFIXES : V6_PREFIXES) {
            long networkHigh = networkHigh(high, prefix);
            long networkLow = networkLow(low, prefix);
            int slot = slot(networkHigh, networkLow, prefix);
            Entry entry = entries[slot];
            if (entry != null && entry.is(v4, prefix, networkHigh, networkLow)) {
                return entry.result;
            }
            Entry neighbour = entries[slot ^ 1];
            if (neighbour != null && neighbour.is(v4, prefix, networkHigh, networkLow)) {
                return neighbour.result;
            }
        }
        return null;
    }

    /**
     * Keeps a result.
     *
     * @param networkPrefix how many leading bits an address must share with this one for the result to hold for it, too
     */
    void put(byte[] address, int networkPrefix, GeoResult result) {
        boolean v4 = address.length == IpAddress.V4_LENGTH;
        for (int prefix : v4 ? V4_PREFIXES : V6_PREFIXES) {
            if (prefix >= networkPrefix) {
                long high = networkHigh(high(address), prefix);
                long low = networkLow(low(address), prefix);
                int slot = slot(high, low, prefix);
                boolean neighbour = entries[slot] != null && entries[slot ^ 1] == null;
                entries[neighbour ? slot ^ 1 : slot] = new Entry(v4, prefix, high, low, result);
                return;
            }
        }
    }

    private static long high(byte[] address) {
        ByteBuffer bytes = ByteBuffer.wrap(address);
        return address.length == IpAddress.V4_LENGTH ? (long) bytes.getInt() << Integer.SIZE : bytes.getLong();
    }

    private static long low(byte[] address) {
        return address.length == IpAddress.V4_LENGTH
                ? 0
                : ByteBuffer.wrap(address).getLong(Long.BYTES);
    }

    private static long networkHigh(long high, int prefix) {
        return prefix >= Long.SIZE ? high : high & -1L << Long.SIZE - prefix;
    }

    private static long networkLow(long low, int prefix) {
        return prefix > Long.SIZE ? low : 0;
    }

    private static int slot(long high, long low, int prefix) {
        // Fibonacci hashing: the top bits of the product depend on all bits of the key.
        long hash = ((high * 31 + low) * 31 + prefix) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> Long.SIZE - Integer.numberOfTrailingZeros(SLOTS));
    }
}
