package dev.lookback.casework;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies on disk, in RocksDB, with a bound on how long what was deleted stays there. Kafka Streams' own store has none:
 * a delete waits in memory, over an untouched file, until something else makes it flush. Here a thread flushes and
 * compacts once deletes have come to rest, or have gone on for long.
 *
 * <p>To Kafka Streams this is a store in memory ({@link #persistent} is false): it begins empty, is restored from the
 * topic whenever its task is opened, and takes its files with it when it is closed. So there are no offsets to keep in
 * step with a transaction, and nothing of a task stays behind where it has moved away from; what a crash leaves is
 * deleted when the task is next opened there. Copies are few: a million of them are some 300 MB.
 */
final class CopyStore implements KeyValueStore<Bytes, byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(CopyStore.class);

    /** So many intervals without rest, and space is reclaimed although deletes still come. */
    private static final int PATIENCE = 30;

    private final String name;
    private final Duration flushInterval;
    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private final AtomicLong deletes = new AtomicLong();
    private final Position position = Position.emptyPosition();
    private @Nullable Db db;
    private @Nullable ScheduledExecutorService reclaimer;
    private long deletesSeen;
    private long deletesReclaimed;
    private int waited;

    private CopyStore(String name, Duration flushInterval) {
        this.name = name;
        this.flushInterval = flushInterval;
    }

    /** Supplies stores that reclaim their space after this interval. */
    static KeyValueBytesStoreSupplier supplier(String name, Duration flushInterval) {
        return new KeyValueBytesStoreSupplier() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public KeyValueStore<Bytes, byte[]> get() {
                return new CopyStore(name, flushInterval);
            }

            @Override
            public String metricsScope() {
                return "copies";
            }
        };
    }

    // ---- life cycle

    @Override
    public void init(StateStoreContext context, StateStore root) {
        db = Db.open(name, new File(new File(context.stateDir(), "copies"), name), context);
        context.register(root, (StateRestoreCallback) (key, value) -> put(Bytes.wrap(key), value));
        long millis = flushInterval.toMillis();
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name + "-reclaimer");
            thread.setDaemon(true);
            return thread;
        });
        started.scheduleWithFixedDelay(this::reclaim, millis, millis, TimeUnit.MILLISECONDS);
        reclaimer = started;
    }

    @Override
    public void close() {
        if (reclaimer != null) {
            reclaimer.shutdown();
            reclaimer = null;
        }
        open.writeLock().lock(); // waits for reclaiming under way
        try {
            if (db != null) {
                db.close();
                db = null;
            }
        } finally {
            open.writeLock().unlock();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return db != null;
    }

    @Override
    public Position getPosition() {
        return position;
    }

    // ---- reclaiming

    private void reclaim() {
        long now = deletes.get();
        boolean quiet = now == deletesSeen;
        deletesSeen = now;
        if (now == deletesReclaimed || (!quiet && ++waited < PATIENCE)) {
            return;
        }
        open.readLock().lock();
        try {
            if (db != null) {
                db.compact();
                deletesReclaimed = now;
                waited = 0;
            }
        } catch (RocksDBException e) {
            LOG.warn("{}: reclaiming the space of released copies failed, to be tried again: {}", name, e.getMessage());
        } finally {
            open.readLock().unlock();
        }
    }

    // ---- reading and writing, by the task's own thread

    @Override
    public void put(Bytes key, byte @Nullable [] value) {
        try {
            if (value == null) {
                db().rocks.delete(db().writing, key.get());
                deletes.incrementAndGet();
            } else {
                db().rocks.put(db().writing, key.get(), value);
            }
        } catch (RocksDBException e) {
            throw failure("write", e);
        }
    }

    @Override
    public byte @Nullable [] putIfAbsent(Bytes key, byte[] value) {
        byte[] present = get(key);
        if (present == null) {
            put(key, value);
        }
        return present;
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
        entries.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public byte @Nullable [] delete(Bytes key) {
        byte[] present = get(key);
        if (present != null) { // what is not there needs no reclaiming
            put(key, null);
        }
        return present;
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        try {
            return db().rocks.get(key.get());
        } catch (RocksDBException e) {
            throw failure("read", e);
        }
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to) {
        return new Entries(db().rocks, from, to);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        return range(null, null);
    }

    @Override
    public long approximateNumEntries() {
        try {
            return db().rocks.getLongProperty("rocksdb.estimate-num-keys");
        } catch (RocksDBException e) {
            throw failure("read", e);
        }
    }

    private Db db() {
        Db current = db;
        if (current == null) {
            throw new ProcessorStateException("Store " + name + " is not open");
        }
        return current;
    }

    private ProcessorStateException failure(String what, RocksDBException e) {
        return new ProcessorStateException("Store " + name + " cannot " + what, e);
    }

    /** Entries from a key to a key, both included. */
    private static final class Entries implements KeyValueIterator<Bytes, byte[]> {
        private final RocksIterator entries;
        private final @Nullable Bytes to;

        Entries(RocksDB rocks, @Nullable Bytes from, @Nullable Bytes to) {
            this.entries = rocks.newIterator();
            this.to = to;
            if (from == null) {
                entries.seekToFirst();
            } else {
                entries.seek(from.get());
            }
        }

        @Override
        public boolean hasNext() {
            return entries.isValid() && (to == null || Bytes.wrap(entries.key()).compareTo(to) <= 0);
        }

        @Override
        public KeyValue<Bytes, byte[]> next() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            KeyValue<Bytes, byte[]> entry = new KeyValue<>(Bytes.wrap(entries.key()), entries.value());
            entries.next();
            return entry;
        }

        @Override
        public Bytes peekNextKey() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            return Bytes.wrap(entries.key());
        }

        @Override
        public void close() {
            entries.close();
        }
    }

    // ---- RocksDB

    private static final class Db {
        static {
            RocksDB.loadLibrary(); // before any native object of RocksDB is touched
        }

        final RocksDB rocks;
        final WriteOptions writing = new WriteOptions().setDisableWAL(true); // the topic is the log
        private final Options options;
        private final File directory;

        private Db(RocksDB rocks, Options options, File directory) {
            this.rocks = rocks;
            this.options = options;
            this.directory = directory;
        }

        static Db open(String name, File directory, StateStoreContext context) {
            Options options = new Options()
                    .setCreateIfMissing(true)
                    .setTableFormatConfig(new BlockBasedTableConfig())
                    .setCompressionType(CompressionType.LZ4_COMPRESSION)
                    .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
                    .setKeepLogFileNum(1);
            // What bounds the memory of Kafka Streams' own stores bounds this one's, too.
            if (context.appConfigs().get(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG) instanceof Class<?> setter) {
                ((RocksDBConfigSetter) Utils.newInstance(setter)).setConfig(name, options, context.appConfigs());
            }
            try {
                deleteRecursively(directory.toPath()); // what a crash has left
                Files.createDirectories(directory.toPath());
                return new Db(RocksDB.open(options, directory.getPath()), options, directory);
            } catch (RocksDBException | IOException e) {
                options.close();
                throw new ProcessorStateException("Cannot open the store of copies in " + directory, e);
            }
        }

        /** Down to the last level, where a delete and what it deletes both vanish. */
        void compact() throws RocksDBException {
            try (FlushOptions flush = new FlushOptions().setWaitForFlush(true);
                    CompactRangeOptions wholly = new CompactRangeOptions()
                            .setExclusiveManualCompaction(false)
                            .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForce)) {
                rocks.flush(flush);
                rocks.compactRange(rocks.getDefaultColumnFamily(), null, null, wholly);
            }
        }

        void close() {
            rocks.close();
            writing.close();
            options.close();
            try {
                deleteRecursively(directory.toPath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void deleteRecursively(Path directory) throws IOException {
            if (!Files.exists(directory)) {
                return;
            }
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
