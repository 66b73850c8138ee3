package dev.lookback.seal;

import java.util.ArrayList;
import java.util.List;

/**
 * An audit path of RFC 6962, section 2.1.1: proof that a record is in a {@link MerkleTree} with a known root, without the
 * other records.
 *
 * @param index which record, from 0
 * @param size of the tree
 * @param hashes of the subtrees beside the way up to the root, the record's neighbour first
 */
public record AuditPath(long index, long size, List<byte[]> hashes) {
    /** Copies the list. */
    public AuditPath {
        hashes = List.copyOf(hashes);
    }

    /**
     * The root that a record leads to along this path. If it is the tree's, the record is in the tree, at this place.
     *
     * @throws IllegalArgumentException if the path is not that of any record in a tree of this size
     */
    public byte[] root(byte[] record) {
        if (index < 0 || index >= size) {
            throw new IllegalArgumentException("No record in a tree of that size has this index");
        }
        byte[] hash = MerkleTree.leaf(record);
        long at = index;
        long last = size - 1;
        for (byte[] other : hashes) {
            if (last == 0) {
                throw new IllegalArgumentException("The path is longer than the tree is high");
            }
            if ((at & 1) == 1 || at == last) {
                hash = MerkleTree.node(other, hash);
                while ((at & 1) == 0 && at != 0) { // a node without a right neighbour goes up as it is
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                hash = MerkleTree.node(hash, other);
            }
            at >>= 1;
            last >>= 1;
        }
        if (last != 0) {
            throw new IllegalArgumentException("The path ends before the root");
        }
        return hash;
    }

    /** Makes a path from all records, one after the other, keeping no more than a few dozen hashes. */
    public static final class Maker {
        private final long index;
        private final long size;
        private final List<Subtree> beside = new ArrayList<>();
        private long seen;

        /**
         * A maker.
         *
         * @param index which record, from 0
         * @param size how many there are
         */
        public Maker(long index, long size) {
            if (index < 0 || index >= size) {
                throw new IllegalArgumentException("No record in a tree of " + size + " has index " + index);
            }
            this.index = index;
            this.size = size;
            split(0, size);
        }

        /** Finds the subtrees beside the way down to the record, the lowest first. */
        private void split(long from, long to) {
            if (to - from > 1) {
                long middle = from + Long.highestOneBit(to - from - 1);
                if (index < middle) {
                    split(from, middle);
                    beside.add(new Subtree(middle, to, new MerkleTree()));
                } else {
                    split(middle, to);
                    beside.add(new Subtree(from, middle, new MerkleTree()));
                }
            }
        }

        /** Takes the next record. */
        public void add(byte[] record) {
            for (Subtree each : beside) {
                if (seen >= each.from && seen < each.to) {
                    each.tree.add(record);
                }
            }
            seen++;
        }

        /** The path. */
        public AuditPath path() {
            if (seen != size) {
                throw new IllegalStateException("There were " + seen + " records, not " + size);
            }
            return new AuditPath(
                    index, size, beside.stream().map(each -> each.tree.root()).toList());
        }
    }

    private record Subtree(long from, long to, MerkleTree tree) {}
}
