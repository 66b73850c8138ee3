package dev.lookback.disk;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A write-ahead log or MANIFEST of RocksDB: blocks of 32 KiB, in which records lie whole or in fragments, so that plain
 * bytes may be cut in two by a header. Checksums are not looked at: bytes that belong to no valid record are bytes, too,
 * and the plain search has them.
 */
final class RocksLog {
    private static final int BLOCK_BYTES = 32 * 1024;
    private static final int HEADER_BYTES = 7;
    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int LAST = 4;

    /** Kinds from here on carry the number of the log, as its file may be used again. */
    private static final int RECYCLABLE = 5;

    private static final int LOG_NUMBER_BYTES = 4;

    private RocksLog() {}

    static void read(Path file, DiskSearch.Sink sink) throws IOException {
        byte[] all = Files.readAllBytes(file);
        ByteBuffer in = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        long records = 0;
        int at = 0;
        while (at + HEADER_BYTES <= all.length) {
            int leftInBlock = BLOCK_BYTES - at % BLOCK_BYTES;
            int length = leftInBlock < HEADER_BYTES ? 0 : in.getShort(at + 4) & 0xffff;
            int kind = leftInBlock < HEADER_BYTES ? 0 : all[at + 6];
            boolean recyclable = kind >= RECYCLABLE && kind < RECYCLABLE + LAST;
            int from = at + HEADER_BYTES + (recyclable ? LOG_NUMBER_BYTES : 0);
            int plainKind = recyclable ? kind - LAST : kind;
            if (plainKind < FULL || plainKind > LAST || from + length > all.length) {
                at += leftInBlock; // padding, or a record that was cut off: on to the next block
                continue;
            }
            if (plainKind == FULL || plainKind == FIRST) {
                record.reset();
            }
            record.write(all, from, length);
            if (plainKind == FULL || plainKind == LAST) {
                byte[] whole = record.toByteArray();
                sink.bytes(whole, 0, whole.length);
                records++;
            }
            at = from + length;
        }
        sink.done(all.length, records);
    }
}
