package dev.lookback.local;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a MaxMind DB file from networks and their records, after the public specification of the format, version 2.0
 * (maxmind.github.io/MaxMind-DB): a binary search tree over the bits of addresses, a data section in which equal values are
 * stored once, and metadata. Time and memory grow with the number of networks and of distinct records. Used by one thread.
 *
 * <p>The tree covers IPv6; IPv4 addresses lie in ::/96 and are found as IPv4-mapped (::ffff:0:0/96), Teredo (2001::/32) and
 * 6to4 (2002::/16) addresses too.
 *
 * <p>Values in records are what MaxMind's reader for Java returns: {@link Map} (with text keys), {@link List}, {@link
 * String}, {@link Double}, {@link Float}, {@link Boolean}, {@link Integer} (0 to 65,535: uint16), {@link Long} (0 to
 * 4,294,967,295: uint32).
 */
public final class MmdbWriter {
    /** Leaf in which no network lies. Nodes are numbered from 0; records are leaves below EMPTY. */
    private static final int EMPTY = -1;

    private static final int FIRST_RECORD = -2;

    private static final int ROOT = 0;
    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;
    private static final int V4_DEPTH = 96;

    /** Zero bytes between tree and data. */
    private static final int SEPARATOR_BYTES = 16;

    private static final byte[] METADATA_MARKER = {
        (byte) 0xAB, (byte) 0xCD, (byte) 0xEF, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
    };

    private static final byte[] TEREDO = {0x20, 0x01, 0, 0};
    private static final byte[] SIX_TO_FOUR = {0x20, 0x02};
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF};

    private final String databaseType;
    private final Instant buildTime;
    private final MmdbData data = new MmdbData();
    private final int v4Root;

    /** Children of node n: {@code 2n} (bit 0) and {@code 2n + 1} (bit 1). */
    private int[] children = new int[1 << 12];

    private int nodes;

    /** Where each distinct record is in the data section, and its number. */
    private int[] recordOffsets = new int[1 << 10];

    private final Map<Map<String, ?>, Integer> recordNumbers = new HashMap<>();

    /**
     * An empty database.
     *
     * @param databaseType tells readers what records look like, say {@code …-City}
     * @param buildTime goes into the metadata, in whole seconds
     */
    public MmdbWriter(String databaseType, Instant buildTime) {
        this.databaseType = databaseType;
        this.buildTime = buildTime;
        newNode();
        v4Root = path(new byte[V6_BYTES], V4_DEPTH);
        link(MAPPED);
        link(TEREDO);
        link(SIX_TO_FOUR);
    }

    /**
     * Adds a network.
     *
     * @param address 4 or 16 bytes; those after the prefix zero
     * @param prefix bits, 1 to 32 or 128
     * @param record what a look-up of any address in the network answers
     * @throws IllegalArgumentException if it overlaps a network that was added before, or one that stands for IPv4
     */
    public void add(byte[] address, int prefix, Map<String, ?> record) {
        if (address.length != V4_BYTES && address.length != V6_BYTES || prefix < 1 || prefix > address.length * 8) {
            throw new IllegalArgumentException("not a network: " + address.length + " bytes, prefix " + prefix);
        }
        for (int i = prefix; i < address.length * 8; i++) {
            if (bit(address, i) != 0) {
                throw new IllegalArgumentException("bits set after the prefix of " + prefix);
            }
        }
        boolean v4 = address.length == V4_BYTES;
        int node = v4 ? v4Root : ROOT;
        for (int i = 0; i < prefix - 1; i++) {
            node = descend(node, bit(address, i));
            if (node == v4Root && i != V4_DEPTH - 1) {
                throw overlap();
            }
        }
        int slot = 2 * node + bit(address, prefix - 1);
        if (children[slot] != EMPTY) {
            throw overlap();
        }
        children[slot] = FIRST_RECORD - recordNumber(record);
    }

    private static IllegalArgumentException overlap() {
        return new IllegalArgumentException("the network overlaps one that is there");
    }

    private int recordNumber(Map<String, ?> record) {
        Integer known = recordNumbers.get(record);
        if (known != null) {
            return known;
        }
        int number = recordNumbers.size();
        if (number == recordOffsets.length) {
            recordOffsets = Arrays.copyOf(recordOffsets, 2 * number);
        }
        recordOffsets[number] = data.put(record);
        recordNumbers.put(record, number);
        return number;
    }

    private static int bit(byte[] address, int index) {
        return address[index >>> 3] >>> (7 - (index & 7)) & 1;
    }

    /** The node below; made if there is none. */
    private int descend(int node, int bit) {
        int child = children[2 * node + bit];
        if (child == EMPTY) {
            child = newNode();
            children[2 * node + bit] = child;
        } else if (child < EMPTY) {
            throw overlap();
        }
        return child;
    }

    private int path(byte[] address, int bits) {
        int node = ROOT;
        for (int i = 0; i < bits; i++) {
            node = descend(node, bit(address, i));
        }
        return node;
    }

    /** Makes a prefix of the tree lead to the IPv4 addresses. */
    private void link(byte[] prefix) {
        int last = prefix.length * 8 - 1;
        children[2 * path(prefix, last) + bit(prefix, last)] = v4Root;
    }

    private int newNode() {
        if (2 * nodes == children.length) {
            children = Arrays.copyOf(children, Math.multiplyExact(2, children.length));
        }
        children[2 * nodes] = EMPTY;
        children[2 * nodes + 1] = EMPTY;
        return nodes++;
    }

    /** Writes the file; a reader of the path sees the old content or the new, never half. */
    public void write(Path file) {
        write(file, smallestRecordSize());
    }

    /** Writes with records of 24, 28 or 32 bits in the tree. */
    void write(Path file, int recordBits) {
        if (recordBits < smallestRecordSize()) {
            throw new IllegalArgumentException("too large for records of " + recordBits + " bits");
        }
        try {
            Path part = file.resolveSibling(file.getFileName() + ".part");
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
                writeTree(out, recordBits);
                out.write(new byte[SEPARATOR_BYTES]);
                data.writeTo(out);
                out.write(METADATA_MARKER);
                metadata(recordBits).writeTo(out);
            }
            Files.move(part, file, REPLACE_EXISTING, ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int smallestRecordSize() {
        long largest = (long) nodes + SEPARATOR_BYTES + data.size();
        if (largest < 1L << 24) {
            return 24;
        }
        return largest < 1L << 28 ? 28 : 32;
    }

    private void writeTree(OutputStream out, int recordBits) throws IOException {
        byte[] node = new byte[recordBits / 4];
        int[] order = new int[nodes];
        int[] numbers = depthFirst(order);
        for (int each : order) {
            long left = pointer(children[2 * each], numbers);
            long right = pointer(children[2 * each + 1], numbers);
            int bytes = recordBits / 8;
            bigEndian(left, node, 0, bytes);
            if (recordBits == 28) {
                node[3] = (byte) (left >>> 24 << 4 | right >>> 24);
            }
            bigEndian(right, node, node.length - bytes, bytes);
            out.write(node);
        }
    }

    /**
     * Puts a node's neighbours in the tree next to it in the file, so that what an address passes lies in fewer places.
     *
     * @param order filled with the nodes, each before those below it
     * @return of each node its place in that order
     */
    private int[] depthFirst(int[] order) {
        int[] numbers = new int[nodes];
        Arrays.fill(numbers, EMPTY);
        int[] waiting = new int[2 * V6_BYTES * 8]; // one sibling for each level of the tree, and one below the last
        int depth = 0;
        int count = 0;
        waiting[depth++] = ROOT;
        while (depth > 0) {
            int node = waiting[--depth];
            if (numbers[node] != EMPTY) {
                continue; // a link to the IPv4 addresses, or they themselves
            }
            numbers[node] = count;
            order[count++] = node;
            for (int bit = 1; bit >= 0; bit--) {
                if (children[2 * node + bit] >= 0) {
                    waiting[depth++] = children[2 * node + bit];
                }
            }
        }
        return numbers;
    }

    /** What stands in the tree: a node's number, the number of nodes for nothing, more for a place in the data. */
    private long pointer(int child, int[] numbers) {
        if (child >= 0) {
            return numbers[child];
        }
        return child == EMPTY ? nodes : (long) nodes + SEPARATOR_BYTES + recordOffsets[FIRST_RECORD - child];
    }

    private static void bigEndian(long value, byte[] to, int at, int bytes) {
        for (int i = 0; i < bytes; i++) {
            to[at + i] = (byte) (value >>> 8 * (bytes - 1 - i));
        }
    }

    private MmdbData metadata(int recordBits) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("binary_format_major_version", 2);
        fields.put("binary_format_minor_version", 0);
        fields.put("build_epoch", new MmdbData.Uint64(buildTime.getEpochSecond()));
        fields.put("database_type", databaseType);
        fields.put("description", Map.of("en", databaseType));
        fields.put("ip_version", 6);
        fields.put("languages", List.of("en"));
        fields.put("node_count", (long) nodes);
        fields.put("record_size", recordBits);
        // Some readers do not follow pointers in metadata.
        MmdbData metadata = MmdbData.withoutPointers();
        metadata.put(fields);
        return metadata;
    }

    @Override
    public String toString() {
        return databaseType + " of " + nodes + " nodes, " + recordNumbers.size() + " records";
    }
}
