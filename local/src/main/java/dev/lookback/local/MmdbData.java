package dev.lookback.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The data section of a MaxMind DB file. Equal values are written once; the later ones point to the first. */
final class MmdbData {
    private static final int POINTER = 1;
    private static final int UTF8 = 2;
    private static final int DOUBLE = 3;
    private static final int UINT16 = 5;
    private static final int UINT32 = 6;
    private static final int MAP = 7;
    private static final int UINT64 = 9;
    private static final int ARRAY = 11;
    private static final int BOOLEAN = 14;
    private static final int FLOAT = 15;

    /** Types above this one are written as 0, and what they exceed it by in a byte of its own. */
    private static final int LAST_PLAIN_TYPE = 7;

    /** Sizes from these on take one, two, three more bytes, counted from there. */
    private static final int SIZE_1 = 29;

    private static final int SIZE_2 = SIZE_1 + (1 << 8);
    private static final int SIZE_3 = SIZE_2 + (1 << 16);

    /** Pointers from these on take three, four, five bytes in all instead of two. */
    private static final int POINTER_3 = 1 << 11;

    private static final int POINTER_4 = POINTER_3 + (1 << 19);
    private static final int POINTER_5 = POINTER_4 + (1 << 27);

    private static final int MAX_UINT16 = 0xFFFF;
    private static final long MAX_UINT32 = 0xFFFF_FFFFL;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<Object, Integer> offsets = new HashMap<>();
    private final boolean pointers;

    MmdbData() {
        this(true);
    }

    private MmdbData(boolean pointers) {
        this.pointers = pointers;
    }

    static MmdbData withoutPointers() {
        return new MmdbData(false);
    }

    /** A number of a type that no Java type stands for otherwise. */
    record Uint64(long value) {}

    int size() {
        return bytes.size();
    }

    void writeTo(OutputStream out) throws IOException {
        bytes.writeTo(out);
    }

    /** Writes a value in full; where it begins. */
    int put(Object value) {
        int offset = bytes.size();
        if (value instanceof Map<?, ?> map) {
            control(MAP, map.size());
            // In order of keys: the same content makes the same bytes, whatever order the map is in.
            new TreeMap<>(map).forEach((key, item) -> {
                reuse(key);
                reuse(item);
            });
        } else if (value instanceof List<?> list) {
            control(ARRAY, list.size());
            list.forEach(this::reuse);
        } else if (value instanceof String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            control(UTF8, utf8.length);
            bytes.writeBytes(utf8);
        } else if (value instanceof Boolean flag) {
            control(BOOLEAN, flag ? 1 : 0);
        } else {
            putNumber(value);
        }
        return offset;
    }

    private void putNumber(Object value) {
        if (value instanceof Double number) {
            control(DOUBLE, Double.BYTES);
            bigEndian(Double.doubleToLongBits(number), Double.BYTES);
        } else if (value instanceof Float number) {
            control(FLOAT, Float.BYTES);
            bigEndian(Float.floatToIntBits(number), Float.BYTES);
        } else if (value instanceof Integer number && number >= 0 && number <= MAX_UINT16) {
            unsigned(UINT16, number);
        } else if (value instanceof Long number && number >= 0 && number <= MAX_UINT32) {
            unsigned(UINT32, number);
        } else if (value instanceof Uint64 number) {
            unsigned(UINT64, number.value);
        } else {
            throw new IllegalArgumentException(
                    "cannot be written: " + value.getClass().getName() + " " + value);
        }
    }

    /** Writes a value, or a pointer to where it stands already; numbers are as short as pointers. */
    private void reuse(Object value) {
        boolean worthIt = pointers && (value instanceof String || value instanceof Map || value instanceof List);
        Integer known = worthIt ? offsets.get(value) : null;
        if (known != null) {
            pointTo(known);
            return;
        }
        int offset = put(value);
        if (worthIt) {
            offsets.put(value, offset);
        }
    }

    private void pointTo(int offset) {
        if (offset < POINTER_3) {
            pointer(0, offset, 1);
        } else if (offset < POINTER_4) {
            pointer(1, offset - POINTER_3, 2);
        } else if (offset < POINTER_5) {
            pointer(2, offset - POINTER_4, 3);
        } else {
            bytes.write(POINTER << 5 | 3 << 3);
            bigEndian(offset, Integer.BYTES);
        }
    }

    /** The highest three bits stand in the control byte. */
    private void pointer(int size, int value, int moreBytes) {
        bytes.write(POINTER << 5 | size << 3 | value >>> 8 * moreBytes);
        bigEndian(value, moreBytes);
    }

    private void unsigned(int type, long value) {
        int length = (Long.SIZE - Long.numberOfLeadingZeros(value) + 7) / 8;
        control(type, length);
        bigEndian(value, length);
    }

    private void control(int type, int size) {
        int first = type > LAST_PLAIN_TYPE ? 0 : type << 5;
        if (size < SIZE_1) {
            first |= size;
        } else if (size < SIZE_2) {
            first |= 29;
        } else {
            first |= size < SIZE_3 ? 30 : 31;
        }
        bytes.write(first);
        if (type > LAST_PLAIN_TYPE) {
            bytes.write(type - LAST_PLAIN_TYPE);
        }
        if (size >= SIZE_3) {
            bigEndian(size - SIZE_3, 3);
        } else if (size >= SIZE_2) {
            bigEndian(size - SIZE_2, 2);
        } else if (size >= SIZE_1) {
            bigEndian(size - SIZE_1, 1);
        }
    }

    private void bigEndian(long value, int length) {
        for (int shift = 8 * (length - 1); shift >= 0; shift -= 8) {
            bytes.write((int) (value >>> shift));
        }
    }
}
