package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mirror of one ledger partition on RocksDB: the ledger's own bytes under its own keys, each with the ledger offset
 * it came from. Ours, rather than Kafka Streams' store, because that one cannot promise to forget (docs/RATIONALE.md):
 * here a deleted row's bytes leave the disk soon after its bucket has gone quiet.
 *
 * <p>Rows are written in batches by the one thread that owns the task; {@link #query} may come from any thread and sees
 * rows once their batch is written. There is no write-ahead log: what a crash loses is read from the ledger again, from
 * the committed offset on, which is stored in the same atomic flush as the rows before it.
 *
 * <p>Restoring uses {@link RecordBatchingStateRestoreCallback}, which Kafka Streams keeps internal, because it is the
 * only one that tells a store the offsets of what it restores. {@code VaultStoreTest} fails if it goes.
 */
final class VaultStore implements StateStore {
    private static final Logger log = LoggerFactory.getLogger(VaultStore.class);

    private static final int BLOCK_BYTES = 16 * 1024;
    private static final int READ_AHEAD_BYTES = 512 * 1024;
    private static final long MEMTABLE_BYTES = 16L * 1024 * 1024;

    /**
     * Files of flushed memtables that are compacted at once. All of them hold rows of the same few buckets, so each
     * compaction rewrites what is there of these: with 4 (RocksDB's default) that took 2.7 µs of CPU a row, with 12 it takes 0.8.
     */
    private static final int FILES_BEFORE_COMPACTION = 12;

    /**
     * The same while the store is restored and nobody reads it: what is compacted later is compacted less often, and not
     * before the store is ready. A bound all the same, for each file's index is kept in memory.
     */
    private static final int FILES_WHILE_RESTORING = 60;

    /** Bytes of the first level below those files: RocksDB's default. As many of theirs set off a compaction, too. */
    private static final long LEVEL_BYTES = 256L * 1024 * 1024;

    private static final long MAX_MANIFEST_BYTES = 1024 * 1024;

    /** Where there is no row there is no offset. */
    static final long NO_ROW = -1;

    private static final byte[] META = "meta".getBytes(StandardCharsets.US_ASCII);
    private static final String OFFSET_KEY = "offset/";
    private static final String PROGRESS_KEY = "progress/";
    private static final String APPLIED_KEY = "applied";
    private static final byte[] UNRECLAIMED_KEY = "unreclaimed".getBytes(StandardCharsets.US_ASCII);

    private final String name;
    private final String ledger;
    private final VaultResources resources;
    private final Duration flushInterval;
    private final LongSupplier nanoTime;

    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private final RowBatch batch = new RowBatch();
    private @Nullable CompletableFuture<Void> writing;
    private final Map<Integer, Long> progress = new TreeMap<>();
    private final Reclaim reclaim = new Reclaim();
    private @Nullable Db db;
    private boolean restoring;
    private int partition;
    private long position;
    private long replayUntil;
    private volatile boolean ahead; // rows in RocksDB may be ahead of the position written beside them
    private long commits;
    private long lowestPut = Long.MAX_VALUE;
    private long lastFlush;

    VaultStore(String name, String ledger, VaultResources resources, Duration flushInterval, LongSupplier nanoTime) {
        this.name = name;
        this.ledger = ledger;
        this.resources = resources;
        this.flushInterval = flushInterval;
        this.nanoTime = nanoTime;
    }

    @Override
    public String name() {
        return name;
    }

    // ---- life cycle

    @Override
    public void init(StateStoreContext stateStoreContext, StateStore root) {
        File directory = new File(new File(stateStoreContext.stateDir(), "vault"), name);
        partition = stateStoreContext.taskId().partition();
        TopicPartition changelog = new TopicPartition(ledger, partition);
        Db opened = Db.open(directory, resources);
        Long committed = opened.longAt(OFFSET_KEY + changelog);
        if (committed != null
                && committed >= 0
                && committed + 1 < resources.ledgerStart().offset(ledger, partition)) {
            // The tombstones of some rows here have gone from the ledger unread: these rows would stay for ever.
            log.warn(
                    "{} {} is older than its ledger's start: dropped, to be restored from the ledger", name, changelog);
            opened.close();
            deleteRecursively(directory.toPath());
            opened = Db.open(directory, resources);
            committed = null;
        }
        db = opened;
        restoring = false;
        position = committed == null ? 0 : Math.max(0, committed + 1);
        Long applied = opened.longAt(APPLIED_KEY);
        replayUntil = applied == null ? 0 : applied;
        ahead = isReplaying();
        log.info("{} {}: opened at position {} of its ledger", name, changelog, position);
        progress.putAll(opened.progress());
        reclaim.load(opened.valueAt(UNRECLAIMED_KEY));
        lastFlush = nanoTime.getAsLong();
        stateStoreContext.register(root, (RecordBatchingStateRestoreCallback) this::restore);
        resources.opened(this);
    }

    private void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> each : records) {
            take(each.key(), each.value(), each.offset());
            if (batch.isFull()) {
                writeBehind();
            }
        }
        writeBehind();
    }

    /**
     * Puts compactions off from when restoring begins until it ends; then catches up on them in the background. Called by the
     * thread that restores.
     */
    void restoring(boolean begins) {
        if (restoring == begins) {
            return;
        }
        restoring = begins;
        try {
            if (begins) {
                log.info("{} {}-{}: restoring begins at position {}", name, ledger, partition, position);
                db().compactAt(FILES_WHILE_RESTORING, FILES_WHILE_RESTORING * MEMTABLE_BYTES);
            } else {
                log.info("{} {}-{}: restoring ends at position {}", name, ledger, partition, position);
                db().compactAt(FILES_BEFORE_COMPACTION, LEVEL_BYTES);
            }
        } catch (RocksDBException e) {
            log.warn("{}: cannot change when it compacts its files: {}", name, e.getMessage());
        }
    }

    @Override
    @SuppressWarnings("deprecation") // it says: new stores return true
    public boolean managesOffsets() {
        return true;
    }

    @Override
    public boolean persistent() {
        return true;
    }

    @Override
    public boolean isOpen() {
        return db != null;
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        return db().longAt(OFFSET_KEY + partition);
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        commits++;
        writeBatch();
        Db current = db();
        try (WriteBatch meta = new WriteBatch()) {
            if (changelogOffsets.isEmpty()) {
                current.forEachMeta(OFFSET_KEY, (key, value) -> meta.delete(current.meta, key));
            }
            for (Map.Entry<TopicPartition, Long> each : changelogOffsets.entrySet()) {
                byte[] key = utf8(OFFSET_KEY + each.getKey());
                if (each.getValue() == null) {
                    meta.delete(current.meta, key);
                } else {
                    meta.put(current.meta, key, toBytes(each.getValue()));
                }
            }
            for (Map.Entry<Integer, Long> each : progress.entrySet()) {
                meta.put(current.meta, utf8(PROGRESS_KEY + each.getKey()), toBytes(each.getValue()));
            }
            meta.put(current.meta, UNRECLAIMED_KEY, reclaim.toBytes());
            current.rocks.write(current.writeOptions, meta);
            flushIfDue(current);
        } catch (RocksDBException e) {
            throw failure("commit", e);
        }
    }

    private void flushIfDue(Db current) throws RocksDBException {
        long now = nanoTime.getAsLong();
        if (now - lastFlush < flushInterval.toNanos()) {
            return;
        }
        lastFlush = now;
        current.flush(false);
        reclaim.maybeStart(current);
    }

    @Override
    public void close() {
        Db current = db;
        if (current == null) {
            return;
        }
        resources.closed(this);
        writeBatch();
        reclaim.cancel();
        open.writeLock().lock(); // waits for queries and for a reclaim under way
        try {
            current.flush(true);
            current.close();
            db = null;
            progress.clear();
        } catch (RocksDBException e) {
            throw failure("flush", e);
        } finally {
            open.writeLock().unlock();
        }
    }

    // ---- what the ledger says

    /**
     * Applies one record of the ledger: a lookup, a tombstone, or a progress record. Records of any other shape are
     * passed over: the ledger has one writer, and it writes none.
     */
    void apply(byte @Nullable [] key, byte @Nullable [] value, long offset) {
        take(key, value, offset);
        if (batch.isFull()) {
            writeBatch();
        }
    }

    private void take(byte @Nullable [] key, byte @Nullable [] value, long offset) {
        position = offset + 1;
        if (key == null || key.length != LedgerKey.LENGTH) {
            return;
        }
        if (LedgerKey.isProgress(key)) {
            progress.merge(LedgerKey.progressPartition(key), LedgerKey.progressPosition(key), Math::max);
            return;
        }
        long bucket = LedgerKey.bucket(key);
        if (value == null) {
            batch.delete(key);
            reclaim.deleted(bucket);
        } else {
            batch.put(key, offset, value);
            lowestPut = Math.min(lowestPut, bucket);
        }
    }

    /** Hands what is pending to RocksDB, so that scans and queries see it. */
    void writeBatch() {
        awaitWritten();
        if (batch.count() > 0) {
            write(batch.toBytes(), Math.max(position, replayUntil), isReplaying());
            batch.clear();
        }
    }

    /**
     * The same for restoring, where one thread reads ledgers and does nothing else: while rows are written, it reads on. One
     * batch at a time, so that they are written in their order; {@link #writeBatch} waits for it.
     */
    private void writeBehind() {
        awaitWritten();
        if (batch.count() > 0) {
            byte[] rows = batch.toBytes();
            long applied = Math.max(position, replayUntil);
            boolean replaying = isReplaying();
            batch.clear();
            writing = CompletableFuture.runAsync(() -> write(rows, applied, replaying), resources.restorers());
        }
    }

    private void write(byte[] rows, long applied, boolean replaying) {
        Db current = db();
        try (WriteBatch nativeBatch = new WriteBatch(rows)) {
            // While replaying, the rows stay ahead, and a crash now must not hide it from the next start.
            nativeBatch.put(current.meta, utf8(APPLIED_KEY), toBytes(applied));
            current.rocks.write(current.writeOptions, nativeBatch);
            ahead = replaying;
        } catch (RocksDBException e) {
            throw failure("write", e);
        }
    }

    /** Even if this thread is interrupted: RocksDB may not be closed under a write. */
    private void awaitWritten() {
        CompletableFuture<Void> awaited = writing;
        writing = null;
        try {
            if (awaited != null) {
                awaited.join();
            }
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    /**
     * How often Streams has committed since this was opened. It commits a task's stores once brokers have acknowledged all
     * that the task had sent and its positions are committed ({@code StreamTask.prepareCommit} and {@code postCommit} of
     * Kafka 4.3; {@code CommitOrderTest} looks whether that is still so).
     */
    long commits() {
        return commits;
    }

    /** The ledger offset that follows the last record applied. */
    long position() {
        return position;
    }

    /**
     * Whether the rows are ahead of {@link #position()}. A full memtable, or a close without a commit, puts rows on the
     * disk that the committed offset does not cover; until the ledger has been read up to there again, the rows are
     * those of no single position, and counting them would give a receipt that nobody can count again.
     */
    boolean isReplaying() {
        return position < replayUntil;
    }

    /** Up to which position of a lookup-events partition this mirror holds every admitted event; 0 if unknown. */
    long progress(int sourcePartition) {
        return progress.getOrDefault(sourcePartition, 0L);
    }

    /** The lowest bucket put since this was last asked; {@link Long#MAX_VALUE} if none. */
    long takeLowestPut() {
        long lowest = lowestPut;
        lowestPut = Long.MAX_VALUE;
        return lowest;
    }

    // ---- reading

    /**
     * The rows from a key on, in order. Sees the rows as they are now, whatever is written while it is open. To be
     * closed.
     *
     * @param from the first key, or a prefix of it
     * @param toBucket the first bucket that is left out
     */
    RowIterator rows(byte[] from, long toBucket) {
        writeBatch();
        return new RowIterator(db().rocks, from, LedgerKey.bucketPrefix(toBucket));
    }

    /** The same for one who reads them all: reads ahead, and leaves in the cache what others have there. */
    RowIterator scan(byte[] from, long toBucket) {
        writeBatch();
        ReadOptions options = new ReadOptions().setFillCache(false).setReadaheadSize(READ_AHEAD_BYTES);
        return new RowIterator(db().rocks, options, from, LedgerKey.bucketPrefix(toBucket));
    }

    /** The ledger offset that the row under a key came from; {@link #NO_ROW} if there is no such row. */
    long ledgerOffset(byte[] key) {
        writeBatch();
        Db current = db();
        try {
            byte[] stored = current.rocks.get(current.rows, key);
            return stored == null ? NO_ROW : ByteBuffer.wrap(stored).getLong();
        } catch (RocksDBException e) {
            throw failure("read", e);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public <R> QueryResult<R> query(Query<R> query, PositionBound positionBound, QueryConfig config) {
        if (!(query instanceof BucketCounts counts)) {
            return QueryResult.forUnknownQueryType(query, this);
        }
        open.readLock().lock();
        try {
            return (QueryResult<R>) QueryResult.forResult(count(counts, db()));
        } finally {
            open.readLock().unlock();
        }
    }

    /** Rows and position of one moment: they are written together, so one snapshot shows both. */
    private BucketCounts.Counts count(BucketCounts counts, Db current) {
        boolean settled = !ahead; // once it is, it stays so; asked before the snapshot
        Snapshot snapshot = current.rocks.getSnapshot();
        try (ReadOptions metaOptions = new ReadOptions().setSnapshot(snapshot);
                RowIterator rows = new RowIterator(
                        current.rocks,
                        new ReadOptions().setSnapshot(snapshot),
                        LedgerKey.bucketPrefix(0),
                        LedgerKey.bucketPrefix(LedgerKey.PROGRESS_BUCKET))) {
            byte[] applied = current.rocks.get(current.meta, metaOptions, utf8(APPLIED_KEY));
            long at = applied == null ? 0 : ByteBuffer.wrap(applied).getLong();
            return counts.count(settled ? at : BucketCounts.Counts.NO_POSITION, rows);
        } catch (RocksDBException e) {
            throw failure("read", e);
        } finally {
            current.rocks.releaseSnapshot(snapshot);
        }
    }

    /** RocksDB's own estimate of the rows, for metrics. */
    long estimatedRows() {
        try {
            return db().rocks.getLongProperty("rocksdb.estimate-num-keys");
        } catch (RocksDBException e) {
            throw failure("read", e);
        }
    }

    /** An estimate of the rows in buckets from one (inclusive) to another (exclusive): their share of the bytes. */
    long estimatedRows(long fromBucket, long toBucket) {
        Db current = db();
        long all = current.bytes(0, LedgerKey.PROGRESS_BUCKET, true);
        long rows = estimatedRows();
        return all == 0
                ? 0
                : Math.min(rows, Math.round((double) current.bytes(fromBucket, toBucket, true) / all * rows));
    }

    /** The ledger's partition. */
    int partition() {
        return partition;
    }

    /**
     * What the files hold, deleted rows that are still there among them, memtables left out. From any thread; null if the
     * store is not open.
     *
     * @param bounds ascending bucket numbers
     */
    @Nullable
    DiskUse diskUse(List<Long> bounds) {
        open.readLock().lock();
        try {
            Db current = db;
            if (current == null) {
                return null;
            }
            List<Long> bytes = new ArrayList<>();
            long from = 0;
            for (long to : bounds) {
                bytes.add(current.bytes(from, to, false));
                from = to;
            }
            bytes.add(current.bytes(from, LedgerKey.PROGRESS_BUCKET, false));
            Reclaim pending = new Reclaim();
            pending.load(current.valueAt(UNRECLAIMED_KEY));
            long unreclaimed = pending.to < 0 ? 0 : current.bytes(pending.from, pending.to + 1, false);
            return new DiskUse(bytes, unreclaimed, current.oldestBucketInFiles());
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * What the files of a store hold.
     *
     * @param bytes about how many below the first bound, between each two, and from the last one on
     * @param unreclaimedBytes about how many in buckets with deleted rows whose space has not been reclaimed
     * @param oldestBucket no file holds a key of a bucket before this one; MAX_VALUE if there are no files
     */
    record DiskUse(List<Long> bytes, long unreclaimedBytes, long oldestBucket) {}

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

    // ---- reclaiming the space of what was forgotten

    /**
     * Remembers which buckets hold deleted rows whose bytes are still on disk, and compacts them away once no delete
     * has come for a flush interval, or {@link #PATIENCE} intervals have passed. Runs on the shared reclaimer thread:
     * flush, then compact the range down to the last level, where deletes and what they delete both vanish.
     */
    private final class Reclaim {
        private static final int PATIENCE = 30;

        private long from = Long.MAX_VALUE;
        private long to = -1;
        private boolean deletedSinceLast;
        private int waited;
        private volatile @Nullable CompactRangeOptions running;
        private volatile boolean done = true;
        private volatile boolean failed;
        private long runningFrom;
        private long runningTo;

        void deleted(long bucket) {
            from = Math.min(from, bucket);
            to = Math.max(to, bucket);
            deletedSinceLast = true;
        }

        void maybeStart(Db current) {
            boolean quiet = !deletedSinceLast;
            deletedSinceLast = false;
            if (done && failed) {
                failed = false;
                from = Math.min(from, runningFrom);
                to = Math.max(to, runningTo);
            }
            if (!done || to < 0 || (!quiet && ++waited < PATIENCE)) {
                return;
            }
            waited = 0;
            runningFrom = from;
            runningTo = to;
            from = Long.MAX_VALUE;
            to = -1;
            done = false;
            resources.reclaimer().execute(() -> run(current));
        }

        private void run(Db current) {
            boolean reclaimed = false;
            open.readLock().lock();
            try (CompactRangeOptions options = new CompactRangeOptions()) {
                if (db != current) {
                    return; // closed meanwhile; the range is on record and will be done after the next start
                }
                running = options.setExclusiveManualCompaction(false)
                        .setAllowWriteStall(false)
                        .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForce);
                current.rocks.compactRange(
                        current.rows,
                        LedgerKey.bucketPrefix(runningFrom),
                        LedgerKey.bucketPrefix(runningTo + 1),
                        options);
                reclaimed = true;
            } catch (RocksDBException e) {
                log.warn(
                        "{}: reclaiming the space of forgotten rows failed, to be tried again: {}",
                        name,
                        e.getMessage());
            } finally {
                running = null;
                failed = !reclaimed;
                done = true;
                open.readLock().unlock();
            }
        }

        void cancel() {
            CompactRangeOptions options = running;
            if (options != null) {
                options.setCanceled(true);
            }
        }

        byte[] toBytes() {
            boolean allDone = done && !failed;
            long first = allDone ? from : Math.min(from, runningFrom);
            long last = allDone ? to : Math.max(to, runningTo);
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(first)
                    .putLong(last)
                    .array();
        }

        void load(byte @Nullable [] stored) {
            done = true;
            failed = false;
            from = Long.MAX_VALUE;
            to = -1;
            if (stored != null) {
                from = ByteBuffer.wrap(stored).getLong(0);
                to = ByteBuffer.wrap(stored).getLong(Long.BYTES);
            }
        }
    }

    // ---- RocksDB

    private static final class Db {
        final RocksDB rocks;
        final ColumnFamilyHandle rows;
        final ColumnFamilyHandle meta;
        final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
        private final List<AutoCloseable> natives = new ArrayList<>();

        private Db(RocksDB rocks, List<ColumnFamilyHandle> handles, List<AutoCloseable> options) {
            this.rocks = rocks;
            this.rows = handles.get(0);
            this.meta = handles.get(1);
            natives.addAll(handles);
            natives.add(writeOptions);
            natives.add(rocks);
            natives.addAll(options);
        }

        static Db open(File directory, VaultResources resources) {
            BlockBasedTableConfig table = new BlockBasedTableConfig()
                    .setBlockCache(resources.cache())
                    .setBlockSize(BLOCK_BYTES)
                    .setCacheIndexAndFilterBlocks(true)
                    .setPinL0FilterAndIndexBlocksInCache(true);
            ColumnFamilyOptions rowOptions = new ColumnFamilyOptions()
                    .setTableFormatConfig(table)
                    .setCompressionType(CompressionType.LZ4_COMPRESSION)
                    .setWriteBufferSize(MEMTABLE_BYTES)
                    .setLevel0FileNumCompactionTrigger(FILES_BEFORE_COMPACTION)
                    .setMaxBytesForLevelBase(LEVEL_BYTES)
                    // Whoever has been restored may have so many files, and shall not wait until they are compacted.
                    .setLevel0SlowdownWritesTrigger(FILES_WHILE_RESTORING * 2)
                    .setLevel0StopWritesTrigger(FILES_WHILE_RESTORING * 3);
            ColumnFamilyOptions metaOptions = new ColumnFamilyOptions().setTableFormatConfig(table);
            DBOptions dbOptions = new DBOptions()
                    .setCreateIfMissing(true)
                    .setCreateMissingColumnFamilies(true)
                    .setAtomicFlush(true) // without a write-ahead log, offsets and rows must reach the disk together
                    .setWriteBufferManager(resources.writeBuffers())
                    .setMaxManifestFileSize(MAX_MANIFEST_BYTES) // it holds boundary keys of files that are gone
                    .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
                    .setKeepLogFileNum(1);
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            try {
                Files.createDirectories(directory.toPath());
                RocksDB rocks = RocksDB.open(
                        dbOptions,
                        directory.getPath(),
                        List.of(
                                new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, rowOptions),
                                new ColumnFamilyDescriptor(META, metaOptions)),
                        handles);
                return new Db(rocks, handles, List.of(dbOptions, rowOptions, metaOptions));
            } catch (RocksDBException | IOException e) {
                dbOptions.close();
                rowOptions.close();
                metaOptions.close();
                throw new ProcessorStateException("Cannot open the vault's store in " + directory, e);
            }
        }

        void compactAt(int files, long levelBytes) throws RocksDBException {
            rocks.setOptions(
                    rows,
                    MutableColumnFamilyOptions.builder()
                            .setLevel0FileNumCompactionTrigger(files)
                            .setMaxBytesForLevelBase(levelBytes)
                            .build());
        }

        void flush(boolean wait) throws RocksDBException {
            try (FlushOptions options = new FlushOptions().setWaitForFlush(wait)) {
                rocks.flush(options, List.of(rows, meta));
            }
        }

        byte @Nullable [] valueAt(byte[] key) {
            try {
                return rocks.get(meta, key);
            } catch (RocksDBException e) {
                throw new ProcessorStateException("Cannot read the vault's store", e);
            }
        }

        @Nullable
        Long longAt(String key) {
            byte[] value = valueAt(utf8(key));
            return value == null ? null : ByteBuffer.wrap(value).getLong();
        }

        /** About how many bytes the rows of some buckets take. */
        long bytes(long fromBucket, long toBucket, boolean withMemtables) {
            if (fromBucket >= toBucket) {
                return 0;
            }
            SizeApproximationFlag[] what = withMemtables
                    ? new SizeApproximationFlag[] {
                        SizeApproximationFlag.INCLUDE_FILES, SizeApproximationFlag.INCLUDE_MEMTABLES
                    }
                    : new SizeApproximationFlag[] {SizeApproximationFlag.INCLUDE_FILES};
            try (Slice from = new Slice(LedgerKey.bucketPrefix(fromBucket));
                    Slice to = new Slice(LedgerKey.bucketPrefix(toBucket))) {
                return rocks.getApproximateSizes(rows, List.of(new Range(from, to)), what)[0];
            }
        }

        long oldestBucketInFiles() {
            long oldest = Long.MAX_VALUE;
            for (LiveFileMetaData file : rocks.getLiveFilesMetaData()) {
                if (java.util.Arrays.equals(file.columnFamilyName(), RocksDB.DEFAULT_COLUMN_FAMILY)) {
                    oldest = Math.min(oldest, LedgerKey.bucket(file.smallestKey()));
                }
            }
            return oldest;
        }

        Map<Integer, Long> progress() {
            Map<Integer, Long> found = new TreeMap<>();
            try {
                forEachMeta(
                        PROGRESS_KEY,
                        (key, value) -> found.put(
                                Integer.parseInt(
                                        new String(key, StandardCharsets.UTF_8), PROGRESS_KEY.length(), key.length, 10),
                                ByteBuffer.wrap(value).getLong()));
            } catch (RocksDBException e) {
                throw new ProcessorStateException("Cannot read the vault's store", e);
            }
            return found;
        }

        void forEachMeta(String prefix, MetaVisitor visitor) throws RocksDBException {
            byte[] from = utf8(prefix);
            try (RocksIterator entries = rocks.newIterator(meta)) {
                for (entries.seek(from); entries.isValid() && startsWith(entries.key(), from); entries.next()) {
                    visitor.visit(entries.key(), entries.value());
                }
                entries.status();
            }
        }

        void close() {
            for (AutoCloseable each : natives) {
                try {
                    each.close();
                } catch (Exception e) {
                    throw new ProcessorStateException("Cannot close the vault's store", e);
                }
            }
        }
    }

    @FunctionalInterface
    private interface MetaVisitor {
        void visit(byte[] key, byte[] value) throws RocksDBException;
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && java.util.Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] toBytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    private static void deleteRecursively(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
