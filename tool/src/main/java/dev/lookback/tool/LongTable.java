package dev.lookback.tool;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Rows of so many longs each, end to end: 8 bytes a long and nothing beside it. Grows by chunks, so that growing copies
 * nothing but a short beginning. At most 2^31 − 1 rows; not safe for several threads.
 */
final class LongTable {
    private static final int CHUNK_BITS = 12;
    private static final int CHUNK_ROWS = 1 << CHUNK_BITS;
    private static final int FIRST_ROWS = 8;
    private static final long SEED = 42;

    private final int width;
    private long[][] chunks = new long[1][];
    private int rows;

    LongTable(int width) {
        this.width = width;
        chunks[0] = new long[FIRST_ROWS * width];
    }

    int rows() {
        return rows;
    }

    /** Puts a row of zeros at the end and returns its number. */
    int append() {
        int chunk = rows >>> CHUNK_BITS;
        if (chunk == 0 && rows * width == chunks[0].length) {
            chunks[0] = Arrays.copyOf(chunks[0], Math.min(2 * rows, CHUNK_ROWS) * width);
        } else if (chunk > 0 && (rows & (CHUNK_ROWS - 1)) == 0) {
            if (chunk == chunks.length) {
                chunks = Arrays.copyOf(chunks, 2 * chunks.length);
            }
            chunks[chunk] = new long[CHUNK_ROWS * width];
        }
        return rows++;
    }

    long get(int row, int column) {
        return chunks[row >>> CHUNK_BITS][(row & (CHUNK_ROWS - 1)) * width + column];
    }

    void set(int row, int column, long value) {
        chunks[row >>> CHUNK_BITS][(row & (CHUNK_ROWS - 1)) * width + column] = value;
    }

    /** Copies one row over another. */
    void copy(int from, int to) {
        for (int column = 0; column < width; column++) {
            set(to, column, get(from, column));
        }
    }

    /** Whether two rows are equal in their first columns. */
    boolean sameStart(int row, int other, int columns) {
        for (int column = 0; column < columns; column++) {
            if (get(row, column) != get(other, column)) {
                return false;
            }
        }
        return true;
    }

    /** Leaves only the first rows, and gives back what the others took. */
    void truncate(int left) {
        int used = Math.max(1, (left + CHUNK_ROWS - 1) >>> CHUNK_BITS);
        for (int chunk = used; chunk < chunks.length; chunk++) {
            chunks[chunk] = new long[0];
        }
        rows = left;
    }

    /** Sorts the rows, as unsigned numbers column by column, in place: a quicksort with pivots drawn at random. */
    void sort() {
        sort(0, rows - 1, new SplittableRandom(SEED), new long[width]);
    }

    private void sort(int first, int last, SplittableRandom random, long[] pivot) {
        int low = first;
        int high = last;
        while (low < high) {
            swap(low, low + random.nextInt(high - low + 1));
            for (int column = 0; column < width; column++) {
                pivot[column] = get(low, column);
            }
            int left = low - 1;
            int right = high + 1;
            while (true) {
                do {
                    left++;
                } while (compare(left, pivot) < 0);
                do {
                    right--;
                } while (compare(right, pivot) > 0);
                if (left >= right) {
                    break;
                }
                swap(left, right);
            }
            if (right - low < high - right - 1) { // the shorter side by recursion: its depth stays below 32
                sort(low, right, random, pivot);
                low = right + 1;
            } else {
                sort(right + 1, high, random, pivot);
                high = right;
            }
        }
    }

    private int compare(int row, long[] pivot) {
        long[] chunk = chunks[row >>> CHUNK_BITS];
        int at = (row & (CHUNK_ROWS - 1)) * width;
        for (int column = 0; column < width; column++) {
            int compared = Long.compareUnsigned(chunk[at + column], pivot[column]);
            if (compared != 0) {
                return compared;
            }
        }
        return 0;
    }

    private void swap(int row, int other) {
        for (int column = 0; column < width; column++) {
            long held = get(row, column);
            set(row, column, get(other, column));
            set(other, column, held);
        }
    }
}
