package dev.lookback.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.TableProperties;

/**
 * Every entry of a RocksDB table (block based, format versions 2 to 6). RocksDB's own reader for Java leaves out what is
 * deleted or overwritten within the file, which is just what may not be overlooked here; so blocks are read by hand, and
 * RocksDB's reader says what they must come to: entries, bytes of keys, bytes of values. Any difference is reported.
 *
 * <p>The format: a footer names the index; the index names the blocks; in a block each key leaves out what it has in
 * common with the one before (github.com/facebook/rocksdb/wiki/Rocksdb-BlockBasedTable-Format, table/format.cc).
 */
final class RocksTable {
    private static final long MAGIC = 0x88e241b785f4cff7L;
    private static final int FOOTER_BYTES = 53;

    /** Compression type and checksum, after every block. */
    private static final int TRAILER_BYTES = 5;

    /** Sequence number and kind of entry, after every key. */
    private static final int KEY_SUFFIX_BYTES = 8;

    private static final int FIRST_WITH_INDEX_IN_META = 6;
    private static final int FIRST_WITH_SHORT_INDEX = 4;
    private static final String INDEX = "rocksdb.index";

    private final FileChannel file;
    private final DiskSearch.Sink sink;
    private long entries;
    private long keyBytes;
    private long valueBytes;
    private long bytes;

    private RocksTable(FileChannel file, DiskSearch.Sink sink) {
        this.file = file;
        this.sink = sink;
    }

    static void read(Path path, DiskSearch.Sink sink) throws IOException {
        RocksDB.loadLibrary();
        try (FileChannel file = FileChannel.open(path);
                Options options = new Options();
                SstFileReader reader = new SstFileReader(options)) {
            if (file.size() < FOOTER_BYTES) {
                sink.unread("too short for a table: one that is being written");
                return;
            }
            RocksTable table = new RocksTable(file, sink);
            table.read();
            reader.open(path.toString());
            TableProperties properties = reader.getTableProperties();
            if (table.entries != properties.getNumEntries()
                    || table.keyBytes != properties.getRawKeySize()
                    || table.valueBytes != properties.getRawValueSize()) {
                sink.unread("RocksDB counts " + properties.getNumEntries() + " entries with "
                        + properties.getRawKeySize() + " bytes of keys and " + properties.getRawValueSize()
                        + " of values; found were " + table.entries + ", " + table.keyBytes + " and "
                        + table.valueBytes);
            }
            sink.done(table.bytes, table.entries);
        } catch (RocksDBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Where a block is. */
    private record Handle(long offset, long size) {
        static Handle from(ByteBuffer buffer) {
            return new Handle(varint(buffer), varint(buffer));
        }
    }

    private void read() throws IOException {
        long footerAt = file.size() - FOOTER_BYTES;
        ByteBuffer footer = at(footerAt, FOOTER_BYTES);
        if (footer.getLong(FOOTER_BYTES - Long.BYTES) != MAGIC) {
            throw new IOException("not a block-based table");
        }
        int version = footer.getInt(FOOTER_BYTES - Long.BYTES - Integer.BYTES);
        boolean shortIndex = version >= FIRST_WITH_SHORT_INDEX;
        Handle index;
        if (version >= FIRST_WITH_INDEX_IN_META) {
            long size = Integer.toUnsignedLong(footer.getInt(1 + 3 * Integer.BYTES));
            index = index(new Handle(footerAt - TRAILER_BYTES - size, size));
        } else {
            footer.position(1); // after the kind of checksum
            Handle.from(footer); // of the meta index
            index = Handle.from(footer);
        }
        for (Handle block : blocks(index, shortIndex)) {
            entries(block(block), (key, keyLength, value, from, to) -> {
                entries++;
                keyBytes += keyLength;
                valueBytes += to - from;
                sink.bytes(key, 0, keyLength - KEY_SUFFIX_BYTES);
                sink.bytes(value, from, to);
            });
        }
    }

    private Handle index(Handle meta) throws IOException {
        Handle[] found = new Handle[1];
        entries(block(meta), (key, keyLength, value, from, to) -> {
            if (new String(key, 0, keyLength, java.nio.charset.StandardCharsets.US_ASCII).equals(INDEX)) {
                found[0] = Handle.from(ByteBuffer.wrap(value, from, to - from));
            }
        });
        if (found[0] == null) {
            throw new IOException("it has no index");
        }
        return found[0];
    }

    /** The data blocks, in order. The index holds shortened keys, too, which are searched as everything else. */
    private java.util.List<Handle> blocks(Handle index, boolean shortIndex) throws IOException {
        java.util.List<Handle> blocks = new java.util.ArrayList<>();
        byte[] block = block(index);
        if (!shortIndex) {
            entries(block, (key, keyLength, value, from, to) -> {
                sink.bytes(key, 0, keyLength);
                blocks.add(Handle.from(ByteBuffer.wrap(value, from, to - from)));
            });
            return blocks;
        }
        // Without lengths of values: a whole handle after a whole key; else the difference in size to the last one.
        ByteBuffer in = ByteBuffer.wrap(block, 0, endOfEntries(block));
        byte[] key = new byte[0];
        Handle last = new Handle(0, 0);
        while (in.hasRemaining()) {
            int shared = (int) varint(in);
            int rest = (int) varint(in);
            key = Arrays.copyOf(key, shared + rest);
            in.get(key, shared, rest);
            sink.bytes(key, 0, key.length);
            if (shared == 0) {
                last = Handle.from(in);
            } else {
                long zigzag = varint(in);
                long difference = (zigzag >>> 1) ^ -(zigzag & 1);
                last = new Handle(last.offset + last.size + TRAILER_BYTES, last.size + difference);
            }
            blocks.add(last);
        }
        return blocks;
    }

    @FunctionalInterface
    private interface Entry {
        /** An entry; the arrays are used again. */
        void is(byte[] key, int keyLength, byte[] value, int from, int to);
    }

    private static void entries(byte[] block, Entry each) {
        ByteBuffer in = ByteBuffer.wrap(block, 0, endOfEntries(block));
        byte[] key = new byte[64];
        while (in.hasRemaining()) {
            int shared = (int) varint(in);
            int rest = (int) varint(in);
            int valueLength = (int) varint(in);
            if (key.length < shared + rest) {
                key = Arrays.copyOf(key, 2 * (shared + rest));
            }
            in.get(key, shared, rest);
            each.is(key, shared + rest, block, in.position(), in.position() + valueLength);
            in.position(in.position() + valueLength);
        }
    }

    /** A block ends with the places where whole keys are, and how many there are; the highest bit is a flag. */
    private static int endOfEntries(byte[] block) {
        int counted = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(block.length - Integer.BYTES);
        int wholeKeys = counted & 0x7fff_ffff;
        if (counted < 0) {
            throw new IllegalStateException("a block with a hash index, which is not read here");
        }
        return block.length - Integer.BYTES * (wholeKeys + 1);
    }

    private byte[] block(Handle handle) throws IOException {
        int size = Math.toIntExact(handle.size);
        byte[] stored = at(handle.offset, size + TRAILER_BYTES).array();
        byte[] content = Compressed.decompress(stored[size], stored, size);
        bytes += content.length;
        return content;
    }

    private ByteBuffer at(long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException("it ends too early");
            }
        }
        return buffer.flip();
    }

    static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("a number without an end");
    }
}
