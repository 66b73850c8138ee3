package dev.lookback.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Blocks of RocksDB's tables, decompressed: as they are, Snappy or LZ4. Both formats are a few dozen lines to read, and
 * what Kafka brings for them is not for others to compile against.
 */
final class Compressed {
    private static final int NONE = 0;
    private static final int SNAPPY = 1;
    private static final int LZ4 = 4;

    private Compressed() {}

    /** The content of a block, of whose bytes the first {@code length} count. */
    static byte[] decompress(int kind, byte[] stored, int length) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(stored, 0, length);
        return switch (kind) {
            case NONE -> Arrays.copyOf(stored, length);
            case SNAPPY -> snappy(in, new byte[Math.toIntExact(RocksTable.varint(in))]);
            case LZ4 -> lz4(in, new byte[Math.toIntExact(RocksTable.varint(in))]);
            default -> throw new IOException("a block is compressed in way " + kind + ", which is not read here");
        };
    }

    /** github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. */
    private static byte[] lz4(ByteBuffer in, byte[] out) {
        int at = 0;
        while (in.hasRemaining()) {
            int token = in.get() & 0xff;
            int literals = lz4Length(in, token >>> 4);
            in.get(out, at, literals);
            at += literals;
            if (!in.hasRemaining()) {
                break; // the last sequence has no copy
            }
            int back = (in.get() & 0xff) | (in.get() & 0xff) << 8;
            at = copy(out, at, back, lz4Length(in, token & 0xf) + 4);
        }
        return whole(out, at);
    }

    private static int lz4Length(ByteBuffer in, int first) {
        int length = first;
        int next = first == 15 ? 255 : 0;
        while (next == 255) {
            next = in.get() & 0xff;
            length += next;
        }
        return length;
    }

    /** github.com/google/snappy/blob/main/format_description.txt. */
    private static byte[] snappy(ByteBuffer in, byte[] out) {
        int at = 0;
        while (in.hasRemaining()) {
            int tag = in.get() & 0xff;
            int upper = tag >>> 2;
            switch (tag & 3) {
                case 0 -> {
                    int length = (upper < 60 ? upper : (int) little(in, upper - 59)) + 1;
                    in.get(out, at, length);
                    at += length;
                }
                case 1 -> at = copy(out, at, (upper >>> 3) << 8 | in.get() & 0xff, (upper & 7) + 4);
                case 2 -> at = copy(out, at, (int) little(in, 2), upper + 1);
                default -> at = copy(out, at, (int) little(in, 4), upper + 1);
            }
        }
        return whole(out, at);
    }

    private static long little(ByteBuffer in, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (in.get() & 0xffL) << 8 * i;
        }
        return value;
    }

    /** Byte by byte: what is copied may overlap what it makes. */
    private static int copy(byte[] out, int at, int back, int length) {
        if (back <= 0 || back > at) {
            throw new IllegalStateException("a copy from before the beginning");
        }
        for (int i = 0; i < length; i++) {
            out[at + i] = out[at + i - back];
        }
        return at + length;
    }

    private static byte[] whole(byte[] out, int at) {
        if (at != out.length) {
            throw new IllegalStateException("a block of another length than it says");
        }
        return out;
    }
}
