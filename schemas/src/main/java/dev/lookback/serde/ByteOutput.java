package dev.lookback.serde;

import java.io.OutputStream;
import java.util.Arrays;

/** Collects bytes, for one thread: {@link java.io.ByteArrayOutputStream} locks itself for each of a record's many writes. */
public final class ByteOutput extends OutputStream {
    private static final int INITIAL_BYTES = 512;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;

    /** Empties it. */
    public void reset() {
        length = 0;
    }

    /** What it holds, copied. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    @Override
    public void write(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    @Override
    public void write(byte[] from) {
        write(from, 0, from.length);
    }

    @Override
    public void write(byte[] from, int offset, int count) {
        reserve(count);
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
        }
    }
}
