package dev.lookback.disk;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * What is looked for: byte strings of one length that begin alike, so that one pass finds any number of them. The common
 * beginning is searched for (Horspool's way), and what follows it is looked up. Immutable.
 */
public final class Needles {
    /** A shorter beginning would be met everywhere. */
    private static final int LEAST_COMMON = 6;

    private final byte[] common;
    private final int length;
    private final int[] shift = new int[256];
    private final Map<ByteBuffer, Integer> indexes = new HashMap<>();

    /**
     * Needles, numbered in the order in which they are given.
     *
     * @throws IllegalArgumentException if there is none, if they differ in length, if two are equal, or if fewer than 6
     *     bytes at their beginning are common to all (unless there is only one)
     */
    public Needles(Collection<byte[]> needles) {
        if (needles.isEmpty()) {
            throw new IllegalArgumentException("There is nothing to look for");
        }
        byte[] first = needles.iterator().next();
        int shared = first.length;
        for (byte[] each : needles) {
            if (each.length != first.length) {
                throw new IllegalArgumentException("What is looked for must be of one length");
            }
            int same = java.util.Arrays.mismatch(first, each);
            shared = same < 0 ? shared : Math.min(shared, same);
            if (indexes.put(ByteBuffer.wrap(each.clone()), indexes.size()) != null) {
                throw new IllegalArgumentException("The same thing is looked for twice");
            }
        }
        if (shared < LEAST_COMMON) {
            throw new IllegalArgumentException("What is looked for must begin alike, with " + LEAST_COMMON + " bytes");
        }
        length = first.length;
        common = java.util.Arrays.copyOf(first, shared);
        java.util.Arrays.fill(shift, shared);
        for (int i = 0; i < shared - 1; i++) {
            shift[common[i] & 0xff] = shared - 1 - i;
        }
    }

    /** How many there are. */
    public int count() {
        return indexes.size();
    }

    /** The length of each, bytes. */
    public int length() {
        return length;
    }

    /** Tells the number of each needle that is found, as often as it is there. */
    void find(byte[] hay, int from, int to, IntConsumer found) {
        int last = common.length - 1;
        int at = from;
        while (at + length <= to) {
            byte end = hay[at + last];
            if (end == common[last] && java.util.Arrays.equals(hay, at, at + last, common, 0, last)) {
                Integer index = indexes.get(ByteBuffer.wrap(hay, at, length));
                if (index != null) {
                    found.accept(index);
                }
            }
            at += shift[end & 0xff];
        }
    }
}
