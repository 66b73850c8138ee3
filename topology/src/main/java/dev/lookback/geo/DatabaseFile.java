package dev.lookback.geo;

import com.maxmind.db.CHMCache;
import com.maxmind.db.DatabaseRecord;
import com.maxmind.db.Metadata;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
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
final class DatabaseFile<T> {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseFile.class);

    private static final int PROBES = 256;

    /** Decoded parts that are kept because records share them: countries, cities, operators. */
    private static final int SHARED_PARTS = 1 << 15;

    private final Path path;
    private final Class<T> recordType;
    private @Nullable Database<T> database;
    private @Nullable Fingerprint seen;
    private boolean good;

    /** A database in memory: its reader and, as a text, what it is. */
    record Database<T>(Reader reader, Class<T> recordType, String label, long builtAtSeconds) {
        /** The record of an address (its data null if there is none) and the network for which it holds. */
        DatabaseRecord<T> find(InetAddress address) throws IOException {
            return reader.getRecord(address, recordType);
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

    DatabaseFile(Path path, Class<T> recordType) {
        this.path = path;
        this.recordType = recordType;
    }

    /** The last good copy; null while there has not been any. */
    @Nullable
    Database<T> database() {
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
            Database<T> loaded = load();
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
                    e.getClass().getSimpleName(),
                    database == null ? "there is none in use" : "the last good one stays: " + database.label);
            return false;
        }
    }

    private Database<T> load() throws IOException {
        Reader reader = new Reader(path.toFile(), Reader.FileMode.MEMORY, new CHMCache(SHARED_PARTS));
        Metadata metadata = reader.getMetadata();
        Database<T> loaded = new Database<>(
                reader,
                recordType,
                metadata.databaseType() + " " + metadata.buildTime(),
                metadata.buildTime().getEpochSecond());
        // The reader checks a record when it is asked for it, so ask for some from everywhere.
        for (int i = 0; i < PROBES; i++) {
            loaded.find(InetAddress.getByAddress(new byte[] {(byte) i, (byte) (i * 31), 1, 1}));
        }
        return loaded;
    }
}
