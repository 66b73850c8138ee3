package dev.lookback.geo;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads values in one section of a MaxMind DB file, by the public specification of the format, version 2.0
 * (maxmind.github.io/MaxMind-DB). A value is known by where it begins in its section; {@link #ABSENT} stands for one that
 * is not there, and what is asked of that is absent as well. For one thread and one record: how much it looks at is
 * limited, whatever the file says.
 */
final class MmdbValues {
    static final int ABSENT = -1;

    /** MaxMind's City records, with names in eight languages, have some 60. */
    private static final int MAX_VALUES = 10_000;

    private static final int MAX_TEXT_BYTES = 1_000;

    private static final int EXTENDED = 0;
    private static final int POINTER = 1;
    private static final int TEXT = 2;
    private static final int DOUBLE = 3;
    private static final int UINT16 = 5;
    private static final int UINT32 = 6;
    private static final int MAP = 7;
    private static final int INT32 = 8;
    private static final int UINT64 = 9;
    private static final int ARRAY = 11;
    private static final int BOOLEAN = 14;

    /** What an extended type's byte leaves out. */
    private static final int LAST_PLAIN_TYPE = 7;

    /** Sizes from this one on stand in one, two or three bytes of their own, counted from these. */
    private static final int FIRST_LONG_SIZE = 29;

    private static final int[] LONG_SIZES = {29, 285, 65_821};

    /** Pointers of two to five bytes are counted from these. */
    private static final int[] POINTERS = {0, 2_048, 526_336, 0};

    private final byte[] file;
    private final int begin;
    private final int end;
    private int looked;

    // of the value that was opened last
    private int type;
    private int size; // for a pointer: the value to which it leads
    private int content; // where that begins; for a pointer: the value behind it

    /** A file is not as the format has it. */
    static final class DamagedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        DamagedException(String message) {
            super(message);
        }
    }

    /**
     * For a section.
     *
     * @param begin where it begins in the file; places are counted from there
     * @param end where it ends in the file
     */
    MmdbValues(byte[] file, int begin, int end) {
        this.file = file;
        this.begin = begin;
        this.end = end;
    }

    /** The value under a key of a map; if there are several maps within one another, one key for each. */
    int find(int map, byte[]... keys) {
        int found = map;
        for (byte[] key : keys) {
            found = found == ABSENT ? ABSENT : inMap(found, key);
        }
        return found;
    }

    private int inMap(int map, byte[] key) {
        openValue(map, MAP);
        int next = content;
        for (int left = size; left > 0; left--) {
            int value = behind(next);
            openValue(next, TEXT);
            if (size == key.length && Arrays.equals(file, begin + content, begin + content + size, key, 0, size)) {
                return value;
            }
            next = behind(value);
        }
        return ABSENT;
    }

    /** The first value of a list; absent if that is empty. */
    int first(int list) {
        if (list == ABSENT) {
            return ABSENT;
        }
        openValue(list, ARRAY);
        return size == 0 ? ABSENT : content;
    }

    @Nullable
    String text(int value) {
        if (value == ABSENT) {
            return null;
        }
        openValue(value, TEXT);
        if (size > MAX_TEXT_BYTES) {
            throw new DamagedException("a text of " + size + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file, begin + content, size))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DamagedException("a text that is not UTF-8");
        }
    }

    @Nullable
    Double real(int value) {
        if (value == ABSENT) {
            return null;
        }
        openValue(value, DOUBLE);
        if (size != Double.BYTES) {
            throw new DamagedException("a double of " + size + " bytes");
        }
        return Double.longBitsToDouble(number(content, size));
    }

    /** A whole number of any type, up to 63 bits. */
    @Nullable
    Long whole(int value) {
        if (value == ABSENT) {
            return null;
        }
        openValue(value);
        int atMost = switch (type) {
            case UINT16 -> 2;
            case UINT32, INT32 -> 4;
            case UINT64 -> 8;
            default -> throw new DamagedException("type " + type + " where a whole number is to be");
        };
        long number = size <= atMost ? number(content, size) : -1;
        if (type == INT32 && size == atMost) {
            return (long) (int) number;
        }
        if (number < 0) {
            throw new DamagedException("a number of " + size + " bytes");
        }
        return number;
    }

    /** The same up to 31 bits. */
    @Nullable
    Integer small(int value) {
        Long number = whole(value);
        if (number != null && number != number.intValue()) {
            throw new DamagedException("a number of more than 31 bits");
        }
        return number == null ? null : number.intValue();
    }

    private void openValue(int value, int expected) {
        openValue(value);
        if (type != expected) {
            throw new DamagedException("type " + type + " where type " + expected + " is to be");
        }
    }

    /** Opens a value, or that to which it points. */
    private void openValue(int value) {
        open(value);
        if (type == POINTER) {
            open(size);
            if (type == POINTER) {
                throw new DamagedException("a pointer to a pointer");
            }
        }
    }

    private void open(int value) {
        if (++looked > MAX_VALUES) {
            throw new DamagedException("a record of more than " + MAX_VALUES + " values");
        }
        int control = at(value);
        int low = control & 0x1F;
        type = control >>> 5;
        content = value + 1;
        if (type == POINTER) {
            int more = low >>> 3;
            long high = more == 3 ? 0 : (low & 7L) << Byte.SIZE * (more + 1);
            long target = high + number(content, more + 1) + POINTERS[more];
            content += more + 1;
            size = (int) Math.min(target, Integer.MAX_VALUE);
            return;
        }
        if (type == EXTENDED) {
            type = LAST_PLAIN_TYPE + at(content++);
        }
        size = low;
        if (low >= FIRST_LONG_SIZE) {
            int more = low - FIRST_LONG_SIZE;
            size = LONG_SIZES[more] + (int) number(content, more + 1);
            content += more + 1;
        }
        if (!isContainer() && size > end - begin - content) {
            throw new DamagedException("a value that goes on behind its section");
        }
    }

    /** Whether its size is a number of values, not of bytes; a boolean has none of either. */
    private boolean isContainer() {
        return type == MAP || type == ARRAY || type == BOOLEAN;
    }

    /** Where the value behind another begins. */
    private int behind(int value) {
        int next = value;
        for (long left = 1; left > 0; left--) {
            open(next);
            next = type == POINTER || isContainer() ? content : content + size;
            if (type == MAP) {
                left += 2L * size;
            } else if (type == ARRAY) {
                left += size;
            }
        }
        return next;
    }

    private long number(int from, int length) {
        long number = 0;
        for (int i = from; i < from + length; i++) {
            number = number << Byte.SIZE | at(i);
        }
        return number;
    }

    private int at(int place) {
        if (place < 0 || place >= end - begin) {
            throw new DamagedException("a place outside of its section");
        }
        return file[begin + place] & 0xFF;
    }
}
