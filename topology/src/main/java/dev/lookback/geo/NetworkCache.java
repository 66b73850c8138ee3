package dev.lookback.geo;

import dev.lookback.address.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What was looked up lately, kept for whole networks: a look-up costs several µs in large databases, most of it for
 * decoding a record that all addresses of a network share. A result is kept under the shortest of a few prefix lengths at
 * which it still holds for every address.
 *
 * <p>An entry has its place in one of four neighbouring slots. Tags stand apart from the entries, so that looking under a
 * prefix where nothing is kept touches one line of memory. Threads race for slots, and the latest wins; a tag may then
 * belong to an entry that is gone, which is why an entry, which is immutable, says itself what it holds for.
 */
final class NetworkCache {
    /** Full, with their results, they take some 80 MB, by reckoning. */
    private static final int SLOTS = 1 << 19;

    private static final int WAYS = 4;

    /** The lower bits of the hash depend on few of the key's. */
    private static final int TAG_SHIFT = 16;

    /** Addresses of IPv4 stand in the upper half of {@code high}. */
    private static final int[] V4_PREFIXES = {16, 20, 24, 32};

    private static final int[] V6_PREFIXES = {32, 48, 64, 128};

    /** 0 where nothing is kept. */
    private final int[] tags = new int[SLOTS];

    private final @Nullable Entry[] entries = new Entry[SLOTS];
    private int turn;

    /** The result, and the network for which it holds, in one object: looking for it in memory costs more than all else. */
    private static final class Entry extends GeoResult {
        private final boolean v4;
        private final int prefix;
        private final long high;
        private final long low;

        Entry(boolean v4, int prefix, long high, long low, GeoResult result) {
            super(result);
            this.v4 = v4;
            this.prefix = prefix;
            this.high = high;
            this.low = low;
        }

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
            long hash = hash(networkHigh, networkLow, prefix);
            int first = firstSlot(hash);
            int tag = tag(hash);
            for (int slot = first; slot < first + WAYS; slot++) {
                if (tags[slot] == tag) {
                    Entry entry = entries[slot];
                    if (entry != null && entry.is(v4, prefix, networkHigh, networkLow)) {
                        return entry;
                    }
                }
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
                long hash = hash(high, low, prefix);
                int slot = freeSlot(firstSlot(hash));
                entries[slot] = new Entry(v4, prefix, high, low, result);
                tags[slot] = tag(hash);
                return;
            }
        }
    }

    /** An empty one, or one whose turn it is to be lost. */
    private int freeSlot(int first) {
        for (int slot = first; slot < first + WAYS; slot++) {
            if (tags[slot] == 0) {
                return slot;
            }
        }
        turn++;
        return first + Math.floorMod(turn, WAYS);
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

    private static long hash(long high, long low, int prefix) {
        // Fibonacci hashing: the top bits of the product depend on all bits of the key.
        return ((high * 31 + low) * 31 + prefix) * 0x9E37_79B9_7F4A_7C15L;
    }

    private static int firstSlot(long hash) {
        return (int) (hash >>> Long.SIZE - Integer.numberOfTrailingZeros(SLOTS / WAYS)) * WAYS;
    }

    /** Of other bits than the slot, but for one, and never 0. */
    private static int tag(long hash) {
        return (int) (hash >>> TAG_SHIFT) | 1;
    }
}
