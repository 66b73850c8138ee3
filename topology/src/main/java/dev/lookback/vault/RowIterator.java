package dev.lookback.vault;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** The rows of a mirror in key order, as they were when this was opened. To be closed; not safe for several threads. */
final class RowIterator implements AutoCloseable {
    private final Slice upperBound;
    private final ReadOptions options;
    private final RocksIterator rows;

    RowIterator(RocksDB db, byte[] from, byte[] to) {
        this(db, new ReadOptions(), from, to);
    }

    /** The same as they were at a snapshot, if the options name one; closes them at its end. */
    RowIterator(RocksDB db, ReadOptions readOptions, byte[] from, byte[] to) {
        upperBound = new Slice(to);
        options = readOptions.setIterateUpperBound(upperBound);
        rows = db.newIterator(options);
        seek(from);
    }

    /** Whether it stands on a row. */
    boolean valid() {
        if (rows.isValid()) {
            return true;
        }
        try {
            rows.status();
        } catch (RocksDBException e) {
            throw new ProcessorStateException("Cannot read the vault's store", e);
        }
        return false;
    }

    /** On to the first row at or after a key, or a prefix of one. */
    void seek(byte[] key) {
        rows.seek(key);
    }

    void next() {
        rows.next();
    }

    byte[] key() {
        return rows.key();
    }

    /** The ledger offset that the row came from. */
    long ledgerOffset() {
        return ByteBuffer.wrap(rows.value()).getLong();
    }

    /** The ledger's value bytes. */
    byte[] value() {
        byte[] stored = rows.value();
        return Arrays.copyOfRange(stored, Long.BYTES, stored.length);
    }

    @Override
    public void close() {
        rows.close();
        options.close();
        upperBound.close();
    }
}
