package dev.lookback.geo;

import dev.lookback.address.IpAddress;
import dev.lookback.geo.MmdbValues.DamagedException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A MaxMind DB file in memory, by the public specification of the format, version 2.0 (maxmind.github.io/MaxMind-DB): a
 * binary search tree over the bits of addresses, the records to which it leads, and metadata. Immutable.
 *
 * <p>Ours, because this is in ingest's hot path, and because it reads no more of a record than is asked for, however much
 * the file says that there is: {@code GeoOracleTest} compares it with MaxMind's own reader.
 */
final class MmdbFile {
    /** Where an address leads that is in no network. */
    static final int NOTHING = -1;

    private static final byte[] METADATA_MARKER = "\u00ab\u00cd\u00efMaxMind.com".getBytes(StandardCharsets.ISO_8859_1);
    private static final int MAX_METADATA_BYTES = 128 * 1024;
    private static final int MAJOR_VERSION = 2;
    private static final int SEPARATOR_BYTES = 16;
    private static final int V4_DEPTH = 96;

    private final byte[] file;
    private final String type;
    private final Instant builtAt;
    private final boolean v6;
    private final int nodes;
    private final int nodeBytes;
    private final int data;
    private final int dataEnd;
    private final long v4Root;

    /**
     * From what a file holds.
     *
     * @throws DamagedException if that is no such file, or a part of one
     */
    MmdbFile(byte[] file) {
        this.file = file;
        int marker = lastMarker(file);
        MmdbValues metadata = new MmdbValues(file, marker + METADATA_MARKER.length, file.length);
        if (whole(metadata, "binary_format_major_version") != MAJOR_VERSION) {
            throw new DamagedException("another version of the format");
        }
        this.type = present(metadata.text(metadata.find(0, key("database_type"))));
        try {
            this.builtAt = Instant.ofEpochSecond(whole(metadata, "build_epoch"));
        } catch (DateTimeException e) {
            throw new DamagedException("an impossible build time");
        }
        long recordBits = whole(metadata, "record_size");
        if (recordBits != 24 && recordBits != 28 && recordBits != 32) {
            throw new DamagedException("records of " + recordBits + " bits");
        }
        this.nodeBytes = (int) recordBits / 4;
        long count = whole(metadata, "node_count");
        if (count < 1 || count > (marker - SEPARATOR_BYTES) / nodeBytes) {
            throw new DamagedException("no room for " + count + " nodes");
        }
        this.nodes = (int) count;
        this.data = nodes * nodeBytes + SEPARATOR_BYTES;
        this.dataEnd = marker;
        this.v6 = whole(metadata, "ip_version") != 4;
        long root = 0;
        for (int depth = 0; v6 && depth < V4_DEPTH && root < nodes; depth++) {
            root = child((int) root, 0);
        }
        this.v4Root = root;
    }

    private static int lastMarker(byte[] file) {
        int first = Math.max(0, file.length - MAX_METADATA_BYTES);
        for (int at = file.length - METADATA_MARKER.length; at >= first; at--) {
            if (Arrays.equals(file, at, at + METADATA_MARKER.length, METADATA_MARKER, 0, METADATA_MARKER.length)) {
                return at;
            }
        }
        throw new DamagedException("no MaxMind DB file, or not all of one");
    }

    private static long whole(MmdbValues metadata, String key) {
        return present(metadata.whole(metadata.find(0, key(key))));
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new DamagedException("metadata that is incomplete");
        }
        return value;
    }

    /** A key of a map as it stands in a file. */
    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What kind of database it is, say GeoLite2-City. */
    String type() {
        return type;
    }

    Instant builtAt() {
        return builtAt;
    }

    /**
     * Where an address leads: in the lower half to which record, as a place for {@link #values}, or to {@link #NOTHING}; in
     * the upper half how many leading bits another address must share to lead to the same.
     *
     * @param address 4 or 16 bytes
     * @throws DamagedException if it leads to no record in the file
     */
    long find(byte[] address) {
        boolean v4 = address.length == IpAddress.V4_LENGTH;
        if (!v4 && !v6) {
            return found(0, NOTHING);
        }
        long reached = v4 ? v4Root : 0;
        int bits = address.length * Byte.SIZE;
        int prefix = 0;
        for (; prefix < bits && reached < nodes; prefix++) {
            int bit = address[prefix >>> 3] >>> 7 - (prefix & 7) & 1;
            reached = child((int) reached, bit);
        }
        if (reached <= nodes) {
            return found(prefix, NOTHING);
        }
        long record = reached - nodes - SEPARATOR_BYTES;
        if (record < 0 || record >= dataEnd - data) {
            throw new DamagedException("a network without a record");
        }
        return found(prefix, (int) record);
    }

    private static long found(int prefix, int record) {
        return (long) prefix << Integer.SIZE | record & 0xFFFF_FFFFL;
    }

    /** Of a node one of two: another node, the number of nodes for nothing, more for a place in the data. */
    private long child(int node, int bit) {
        int at = node * nodeBytes;
        int middle = file[at + 3];
        return switch (nodeBytes) {
            case 6 -> threeBytes(at + 3 * bit);
            case 7 -> bit == 0 ? (middle & 0xF0) << 20 | threeBytes(at) : (middle & 0x0F) << 24 | threeBytes(at + 4);
            default -> (file[at + 4 * bit] & 0xFFL) << 24 | threeBytes(at + 4 * bit + 1);
        };
    }

    private int threeBytes(int at) {
        return (file[at] & 0xFF) << 16 | (file[at + 1] & 0xFF) << 8 | file[at + 2] & 0xFF;
    }

    /** For reading one record. */
    MmdbValues values() {
        return new MmdbValues(file, data, dataEnd);
    }
}
