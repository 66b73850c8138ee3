package dev.lookback.bench;

import dev.lookback.ledger.LedgerKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * What it costs to look for one requester in a vault's files: a seek in every bucket that has rows, as a search does.
 * Read while the application is stopped, with a cache as large as the vault's own.
 */
final class Seeks implements AutoCloseable {
    private static final double NANOS_PER_MILLI = 1_000_000;

    /**
     * A search for one requester.
     *
     * @param rows that it found
     * @param seeks how often it sought
     * @param millis how long that took
     */
    record Searched(long rows, long seeks, double millis) {}

    private final LRUCache cache;
    private final ColumnFamilyOptions columnOptions;
    private final DBOptions options;
    private final List<ColumnFamilyHandle> columns = new ArrayList<>();
    private final RocksDB rocks;

    private Seeks(Path store, long cacheBytes) throws RocksDBException {
        RocksDB.loadLibrary(); // before anything native is touched
        cache = new LRUCache(cacheBytes);
        options = new DBOptions();
        columnOptions =
                new ColumnFamilyOptions().setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
        try (Options plain = new Options()) {
            List<ColumnFamilyDescriptor> descriptors = RocksDB.listColumnFamilies(plain, store.toString()).stream()
                    .map(name -> new ColumnFamilyDescriptor(name, columnOptions))
                    .toList();
            rocks = RocksDB.openReadOnly(options, store.toString(), descriptors, columns);
        }
    }

    /** The directory of a store's partition under the state directory of its role. */
    static Path store(Path stateDirectory, String name, int partition) {
        Path tail = Path.of("vault", name);
        try (Stream<Path> paths = Files.walk(stateDirectory)) {
            return paths.filter(each -> each.endsWith(tail))
                    .filter(each -> taskOf(each).endsWith("_" + partition))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            "No partition " + partition + " of " + name + " in " + stateDirectory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The directory of a task is named {@code <sub-topology>_<partition>}; the store lies two below it. */
    private static String taskOf(Path store) {
        return store.getName(store.getNameCount() - 3).toString();
    }

    /** Opens a store's files to be read. */
    static Seeks open(Path store, long cacheBytes) {
        try {
            return new Seeks(store, cacheBytes);
        } catch (RocksDBException e) {
            throw new IllegalStateException("The vault's files in " + store + " cannot be opened", e);
        }
    }

    /**
     * Reads the rows of a requester.
     *
     * @param fromBucket the first that is looked into, as by a search the first that is not due
     */
    Searched search(long token, long fromBucket) {
        long begin = System.nanoTime();
        long seeks = 1;
        long found = 0;
        try (RocksIterator rows = rocks.newIterator(Objects.requireNonNull(columns.get(0)))) {
            rows.seek(LedgerKey.requesterPrefix(fromBucket, token));
            while (rows.isValid()) {
                byte[] key = rows.key();
                int order = Long.compareUnsigned(LedgerKey.token(key), token);
                if (order == 0) {
                    found += rows.value().length > 0 ? 1 : 0;
                    rows.next();
                } else {
                    rows.seek(LedgerKey.requesterPrefix(LedgerKey.bucket(key) + (order < 0 ? 0 : 1), token));
                    seeks++;
                }
            }
            rows.status();
        } catch (RocksDBException e) {
            throw new IllegalStateException("The vault's files cannot be read", e);
        }
        return new Searched(found, seeks, (System.nanoTime() - begin) / NANOS_PER_MILLI);
    }

    @Override
    public void close() {
        columns.forEach(ColumnFamilyHandle::close);
        rocks.close();
        options.close();
        columnOptions.close();
        cache.close();
    }
}
