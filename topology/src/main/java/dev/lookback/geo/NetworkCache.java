package dev.lookback.geo;

import dev.lookback.address.IpAddress;
import dev.lookback.v1.GeoStatus;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What was looked up in a pair of databases, kept for whole networks: a look-up costs several µs in large databases, most
 * of it for decoding a record that all addresses of a network share. A result is kept under the shortest of a few prefix
 * lengths at which it still holds for every address.
 *
 * <p>What it costs to ask here is fetching what the processor does not have at hand. So what is kept lies in a few large
 * arrays, each network and its result in one piece, which is written once; a table says where. That is two places in
 * memory, where objects were four, and the collector has nothing to go through. When the arrays are full, begin anew.
 *
 * <p>Safe for use by several threads: to ask takes no lock, as the table is written after what it leads to.
 */
final class NetworkCache {
    private static final int SLOTS = 1 << 19;

    /** A network has a choice of as many neighbouring slots. */
    private static final int WAYS = 4;

    /** A slot: where the piece begins, in units from the first, and above that a tag, never 0; 0 if there is none. */
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);

    private static final int UNIT_BITS = 3;
    private static final int PLACE_BITS = 23;

    private static final int CHUNK_BITS = 20;
    private static final int CHUNK_BYTES = 1 << CHUNK_BITS;

    /** Room for some 450,000 networks, by reckoning. */
    private static final int MAX_CHUNKS = 40;

    // A piece: the network, of what kind it is, the status, the place as it goes into a ledger, and before that its
    // length.
    private static final int LOW_AT = 8;
    private static final int KIND_AT = 16;
    private static final int STATUS_AT = 17;
    private static final int LENGTH_AT = 18;
    private static final int PLACE_AT = 20;

    /** By kind of network; those of IPv4 first, whose addresses stand in the upper half of {@code high}. */
    private static final int[] PREFIXES = {16, 20, 24, 32, 32, 48, 64, 128};

    private static final int KINDS_OF_A_FAMILY = 4;

    private static final GeoStatus[] STATUSES = GeoStatus.values();

    private final GeoResult.Source source;
    private final int[] slots = new int[SLOTS];
    private final @Nullable ByteBuffer[] chunks = new ByteBuffer[MAX_CHUNKS];

    // ---- guarded by this
    private int chunk = -1;
    private int used = CHUNK_BYTES;
    private int turn;

    /**
     * An empty one.
     *
     * @param source where the results come from, all of them
     */
    NetworkCache(GeoResult.Source source) {
        this.source = source;
    }

    /** The result for an address of 4 or 16 bytes; null if it is not known. */
    @Nullable
    GeoResult get(byte[] address) {
        long high = high(address);
        long low = low(address);
        int first = firstKind(address);
        for (int kind = first; kind < first + KINDS_OF_A_FAMILY; kind++) {
            GeoResult result = get(kind, networkHigh(high, PREFIXES[kind]), networkLow(low, PREFIXES[kind]));
            if (result != null) {
                return result;
            }
        }
        return null;
    }

    private @Nullable GeoResult get(int kind, long high, long low) {
        long hash = hash(kind, high, low);
        int first = firstSlot(hash);
        int tag = tag(hash);
        for (int slot = first; slot < first + WAYS; slot++) {
            int held = (int) SLOT.getAcquire(slots, slot);
            if (held >>> PLACE_BITS == tag) {
                int at = held << UNIT_BITS & CHUNK_BYTES - 1;
                ByteBuffer piece = chunks[(held & (1 << PLACE_BITS) - 1) >>> CHUNK_BITS - UNIT_BITS];
                if (piece != null
                        && piece.getLong(at) == high
                        && piece.getLong(at + LOW_AT) == low
                        && piece.get(at + KIND_AT) == kind) {
                    return new GeoResult(
                            STATUSES[piece.get(at + STATUS_AT)],
                            source,
                            piece.array(),
                            at + PLACE_AT,
                            piece.getShort(at + LENGTH_AT));
                }
            }
        }
        return null;
    }

    /**
     * Keeps a result.
     *
     * @param networkPrefix how many leading bits an address must share with this one for the result to hold for it, too
     * @return false if it was not kept, because there is no room left
     */
    synchronized boolean put(byte[] address, int networkPrefix, GeoResult result) {
        int at = room(PLACE_AT + result.placeLength());
        if (at < 0) {
            return false;
        }
        int kind = firstKind(address);
        while (PREFIXES[kind] < networkPrefix) {
            kind++;
        }
        long high = networkHigh(high(address), PREFIXES[kind]);
        long low = networkLow(low(address), PREFIXES[kind]);
        ByteBuffer piece = chunks[chunk];
        piece.putLong(at, high);
        piece.putLong(at + LOW_AT, low);
        piece.put(at + KIND_AT, (byte) kind);
        piece.put(at + STATUS_AT, (byte) result.status().ordinal());
        piece.putShort(at + LENGTH_AT, (short) result.placeLength());
        result.copyPlace(piece.array(), at + PLACE_AT);
        long hash = hash(kind, high, low);
        int place = (chunk << CHUNK_BITS | at) >>> UNIT_BITS;
        SLOT.setRelease(slots, freeSlot(firstSlot(hash)), tag(hash) << PLACE_BITS | place);
        return true;
    }

    /** Where a piece of this length begins in the latest chunk; negative if there is no room for it. */
    private int room(int length) {
        if (used + length > CHUNK_BYTES) {
            if (chunk + 1 == MAX_CHUNKS) {
                return -1;
            }
            chunks[++chunk] = ByteBuffer.allocate(CHUNK_BYTES);
            used = 0;
        }
        int at = used;
        used += length + (1 << UNIT_BITS) - 1 & -1 << UNIT_BITS;
        return at;
    }

    /** An empty one, or one whose turn it is to be lost. */
    private int freeSlot(int first) {
        for (int slot = first; slot < first + WAYS; slot++) {
            if (slots[slot] == 0) {
                return slot;
            }
        }
        turn++;
        return first + Math.floorMod(turn, WAYS);
    }

    private static int firstKind(byte[] address) {
        return address.length == IpAddress.V4_LENGTH ? 0 : KINDS_OF_A_FAMILY;
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

    private static long hash(int kind, long high, long low) {
        // Fibonacci hashing: the top bits of the product depend on all bits of the key.
        return ((high * 31 + low) * 31 + kind) * 0x9E37_79B9_7F4A_7C15L;
    }

    private static int firstSlot(long hash) {
        return (int) (hash >>> Long.SIZE - Integer.numberOfTrailingZeros(SLOTS / WAYS)) * WAYS;
    }

    /** Of bits below those that tell the slot, and never 0. */
    private static int tag(long hash) {
        int bits = Integer.SIZE - PLACE_BITS;
        return (int) (hash >>> Integer.SIZE) & (1 << bits) - 1 | 1;
    }
}
