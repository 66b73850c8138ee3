package dev.lookback.geo;

import dev.lookback.v1.Geo;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One database file and the last good copy of it, in memory: a mapped file that is replaced in place crashes its reader.
 * Used by one thread at a time.
 */
final class DatabaseFile {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseFile.class);

    private static final int PROBES = 256;

    /** As many as an array has room for. */
    private static final long MAX_BYTES = Integer.MAX_VALUE - 8L;

    private static final int PIECE_BYTES = 1 << 18;

    private final Path path;
    private final Fields fields;
    private @Nullable Database database;
    private @Nullable Fingerprint seen;
    private boolean good;

    /** Which fields a kind of database has. */
    @FunctionalInterface
    interface Fields {
        /** Adds what a record says: all of it or, if it is damaged, nothing. */
        void read(MmdbValues values, int record, Geo into);
    }

    /** A database in memory and, as a text, what it is. */
    record Database(MmdbFile file, Fields fields, String label) {
        /**
         * Adds what it says about an address.
         *
         * @return how many leading bits another address must share for the same to hold for it
         * @throws MmdbValues.DamagedException if that cannot be read; nothing has been added then
         */
        int find(byte[] address, Geo into) {
            long found = file.find(address);
            int record = (int) found;
            if (record != MmdbFile.NOTHING) {
                fields.read(file.values(), record, into);
            }
            return (int) (found >>> Integer.SIZE);
        }
    }

    /** What tells a replaced file from the one that was read. */
    private record Fingerprint(
            FileTime modified, long size, @Nullable Object fileKey) {
        static final Fingerprint MISSING = new Fingerprint(FileTime.fromMillis(0), -1, null);

        static Fingerprint of(Path path) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                return new Fingerprint(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
            } catch (IOException e) {
                return MISSING;
            }
        }
    }

    DatabaseFile(Path path, Fields fields) {
        this.path = path;
        this.fields = fields;
    }

    /** The last good copy; null while there has not been any. */
    @Nullable
    Database database() {
        return database;
    }

    /** Whether the file as last seen is the copy in use. */
    boolean good() {
        return good;
    }

    /** Reads the file if it is not the one that was seen last; says whether there is a new copy. */
    boolean refresh() {
        Fingerprint before = Fingerprint.of(path);
        if (before.equals(seen)) {
            return false;
        }
        seen = before;
        try {
            Database loaded = load();
            if (!before.equals(Fingerprint.of(path))) {
                // Replaced while it was read: what was read may be half of each. The next call reads it again.
                seen = null;
                return false;
            }
            database = loaded;
            good = true;
            LOG.info("GeoIP database {} in use: {}", path.getFileName(), loaded.label);
            return true;
        } catch (IOException | RuntimeException e) {
            good = false;
            LOG.warn(
                    "GeoIP database {} cannot be read ({}); {}",
                    path.getFileName(),
                    e instanceof MmdbValues.DamagedException
                            ? e.getMessage()
                            : e.getClass().getSimpleName(),
                    database == null ? "there is none in use" : "the last good one stays: " + database.label);
            return false;
        }
    }

    private Database load() throws IOException {
        MmdbFile file = new MmdbFile(bytes());
        Database loaded = new Database(file, fields, file.type() + " " + file.builtAt());
        // A record is checked when it is asked for, so ask for some from everywhere.
        for (int i = 0; i < PROBES; i++) {
            loaded.find(new byte[] {(byte) i, (byte) (i * 31), 1, 1}, new Geo());
        }
        return loaded;
    }

    private byte[] bytes() throws IOException {
        try (FileChannel file = FileChannel.open(path)) {
            long size = file.size();
            if (size > MAX_BYTES) {
                throw new MmdbValues.DamagedException("a file of more than 2 GiB");
            }
            byte[] bytes = new byte[(int) size];
            // In pieces: Java reads through a native buffer, as large as what it is asked for, and keeps it.
            for (int at = 0; at < bytes.length; ) {
                int read = file.read(ByteBuffer.wrap(bytes, at, Math.min(PIECE_BYTES, bytes.length - at)));
                if (read < 0) {
                    throw new EOFException();
                }
                at += read;
            }
            return bytes;
        }
    }
}
