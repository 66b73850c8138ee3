package dev.lookback.vault;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Puts and deletes on their way to RocksDB, laid out as the bytes of a RocksDB write batch: one native call writes them
 * all, instead of one for each row.
 *
 * <p>The layout is that of {@code rocksdb::WriteBatch::rep_} (db/write_batch.cc): sequence number (8 bytes, filled in by
 * RocksDB), count (4), then records of a tag, a length-prefixed key and, for a put, a length-prefixed value; lengths
 * are varints. It has been stable since LevelDB. {@code RowBatchTest} reads it back through RocksDB.
 */
final class RowBatch {
    private static final int HEADER_LENGTH = 12;
    private static final int COUNT_AT = 8;
    private static final byte DELETION = 0;
    private static final byte VALUE = 1;
    private static final int MAX_OVERHEAD = 1 + 5 + 5;

    private byte[] bytes;
    private int length = HEADER_LENGTH;
    private int count;

    RowBatch(int initialBytes) {
        bytes = new byte[Math.max(initialBytes, HEADER_LENGTH)];
    }

    /** Adds a put whose value is the ledger offset (8 bytes, big endian) and then these bytes. */
    void put(byte[] key, long ledgerOffset, byte[] value) {
        reserve(MAX_OVERHEAD + key.length + Long.BYTES + value.length);
        bytes[length++] = VALUE;
        prefixed(key);
        varint(Long.BYTES + value.length);
        ByteBuffer.wrap(bytes).putLong(length, ledgerOffset);
        length += Long.BYTES;
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        count++;
    }

    /** Adds a delete. */
    void delete(byte[] key) {
        reserve(MAX_OVERHEAD + key.length);
        bytes[length++] = DELETION;
        prefixed(key);
        count++;
    }

    int count() {
        return count;
    }

    int sizeBytes() {
        return length;
    }

    /** The batch in RocksDB's own form. */
    byte[] toBytes() {
        byte[] batch = Arrays.copyOf(bytes, length);
        ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN).putInt(COUNT_AT, count);
        return batch;
    }

    void clear() {
        length = HEADER_LENGTH;
        count = 0;
    }

    private void prefixed(byte[] data) {
        varint(data.length);
        System.arraycopy(data, 0, bytes, length, data.length);
        length += data.length;
    }

    private void varint(int value) {
        int rest = value;
        while (rest >= 0x80) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
