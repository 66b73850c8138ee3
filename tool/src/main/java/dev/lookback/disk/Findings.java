package dev.lookback.disk;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What a search of directories has found, and how much it has read. Written by one thread, then read. */
public final class Findings {
    /** A file, and the way in which it was read. */
    public record Where(Path file, Reader reader) implements Comparable<Where> {
        @Override
        public int compareTo(Where other) {
            int byFile = file.compareTo(other.file);
            return byFile != 0 ? byFile : reader.compareTo(other.reader);
        }
    }

    /**
     * How much was read in one way.
     *
     * @param files how many files
     * @param bytes how many bytes, decompressed where that is what the reader does
     * @param items records or entries; 0 for plain files
     */
    public record Amount(long files, long bytes, long items) {
        private Amount plus(long moreBytes, long moreItems) {
            return new Amount(files + 1, bytes + moreBytes, items + moreItems);
        }
    }

    private final Map<Where, BitSet> found = new TreeMap<>();
    private final Map<Reader, Amount> read = new EnumMap<>(Reader.class);
    private final List<String> unread = new ArrayList<>();

    Findings() {}

    void found(Path file, Reader reader, int needle) {
        found.computeIfAbsent(new Where(file, reader), key -> new BitSet()).set(needle);
    }

    void read(Reader reader, long bytes, long items) {
        read.put(reader, read.getOrDefault(reader, new Amount(0, 0, 0)).plus(bytes, items));
    }

    void unread(Path file, String why) {
        unread.add(file + ": " + why);
    }

    /** The numbers of all needles that were found anywhere. */
    public BitSet all() {
        return in(where -> true);
    }

    /** The numbers of the needles that were found in some places. */
    public BitSet in(Predicate<Where> places) {
        BitSet numbers = new BitSet();
        found.forEach((where, needles) -> {
            if (places.test(where)) {
                numbers.or(needles);
            }
        });
        return numbers;
    }

    /** How many of the needles were found in each place where there were any. */
    public Map<Where, Integer> counts() {
        Map<Where, Integer> counts = new TreeMap<>();
        found.forEach((where, needles) -> counts.put(where, needles.cardinality()));
        return counts;
    }

    /** How much was read in each way. */
    public Map<Reader, Amount> amounts() {
        return Map.copyOf(read);
    }

    /** What could not be read as what it is, and why: unless this is empty, "not found" proves nothing. */
    public List<String> unread() {
        return List.copyOf(unread);
    }
}
