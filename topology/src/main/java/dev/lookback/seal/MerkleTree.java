package dev.lookback.seal;

import java.util.ArrayList;
import java.util.List;

/**
 * The Merkle tree of RFC 6962, section 2.1 (SHA-256), grown one record at a time: it keeps the hashes of the complete
 * subtrees so far, one for each bit of its size, so that a million records take twenty hashes. Not safe for several
 * threads.
 *
 * <p>A record's hash is SHA-256 of 0x00 and its bytes, a node's SHA-256 of 0x01 and its children's hashes: a node can
 * never pass for a record.
 */
public final class MerkleTree {
    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private long size;
    private final List<byte[]> subtrees = new ArrayList<>(); // the largest first

    /** An empty tree. */
    public MerkleTree() {}

    /** The tree of this size whose complete subtrees have these hashes: what {@link #subtrees} has said. */
    public MerkleTree(long size, List<byte[]> subtrees) {
        if (Long.bitCount(size) != subtrees.size()) {
            throw new IllegalArgumentException("A tree of " + size + " records has " + Long.bitCount(size)
                    + " complete subtrees, not " + subtrees.size());
        }
        this.size = size;
        this.subtrees.addAll(subtrees);
    }

    /** Adds a record. */
    public void add(byte[] record) {
        add(record, record.length);
    }

    /** Adds the record in the first bytes of an array. */
    public void add(byte[] bytes, int length) {
        byte[] hash = leaf(bytes, length);
        for (long bit = 1; (size & bit) != 0; bit <<= 1) {
            hash = node(subtrees.remove(subtrees.size() - 1), hash);
        }
        subtrees.add(hash);
        size++;
    }

    /** How many records there are. */
    public long size() {
        return size;
    }

    /** The hashes of the complete subtrees, the largest first. */
    public List<byte[]> subtrees() {
        return List.copyOf(subtrees);
    }

    /** The hash over all records; that of nothing if there are none. */
    public byte[] root() {
        if (subtrees.isEmpty()) {
            return Sha256.of(new byte[0]);
        }
        byte[] hash = subtrees.get(subtrees.size() - 1);
        for (int i = subtrees.size() - 2; i >= 0; i--) {
            hash = node(subtrees.get(i), hash);
        }
        return hash;
    }

    /** The hash of a record. */
    public static byte[] leaf(byte[] record) {
        return leaf(record, record.length);
    }

    private static byte[] leaf(byte[] bytes, int length) {
        byte[] prefixed = new byte[1 + length];
        prefixed[0] = LEAF;
        System.arraycopy(bytes, 0, prefixed, 1, length);
        return Sha256.of(prefixed);
    }

    static byte[] node(byte[] left, byte[] right) {
        byte[] both = new byte[1 + left.length + right.length];
        both[0] = NODE;
        System.arraycopy(left, 0, both, 1, left.length);
        System.arraycopy(right, 0, both, 1 + left.length, right.length);
        return Sha256.of(both);
    }
}
