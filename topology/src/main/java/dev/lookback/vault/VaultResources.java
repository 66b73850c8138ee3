package dev.lookback.vault;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * What all vault stores of a process share, so that its memory is bounded however many partitions it holds: one block
 * cache, one limit on memtables, one thread that reclaims the space of what was forgotten, threads that write what is
 * restored. Close it after the streams.
 */
public final class VaultResources implements AutoCloseable {
    static {
        RocksDB.loadLibrary(); // before any static or native object of RocksDB is touched
    }

    private final Cache cache;
    private final WriteBufferManager writeBuffers;
    private final ExecutorService reclaimer;
    private final ExecutorService restorers;
    private final LedgerStart ledgerStart;
    private final Set<VaultStore> open = ConcurrentHashMap.newKeySet();

    /**
     * Shared resources.
     *
     * @param memoryBytes for block cache and memtables together, over all stores of the process
     * @param ledgerStart where ledgers begin, asked once when a store is opened
     */
    public VaultResources(long memoryBytes, LedgerStart ledgerStart) {
        // Memtables are charged to the cache, so that the one figure bounds both.
        this.cache = new LRUCache(memoryBytes);
        this.writeBuffers = new WriteBufferManager(memoryBytes / 2, cache);
        this.ledgerStart = ledgerStart;
        this.reclaimer = Executors.newSingleThreadExecutor(task -> daemon(task, "vault-reclaimer"));
        this.restorers = Executors.newCachedThreadPool(task -> daemon(task, "vault-restorer"));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    Cache cache() {
        return cache;
    }

    WriteBufferManager writeBuffers() {
        return writeBuffers;
    }

    ExecutorService reclaimer() {
        return reclaimer;
    }

    /** Write what is restored; a store has one batch under way at most. */
    ExecutorService restorers() {
        return restorers;
    }

    LedgerStart ledgerStart() {
        return ledgerStart;
    }

    /** Tells stores when they are being restored: to be set as the listener of the application whose stores these are. */
    public StateRestoreListener restores() {
        return new VaultRestores(this);
    }

    void opened(VaultStore store) {
        open.add(store);
    }

    void closed(VaultStore store) {
        open.remove(store);
    }

    /** The stores of this process that are open now, standbys among them. */
    Set<VaultStore> open() {
        return Set.copyOf(open);
    }

    @Override
    public void close() {
        reclaimer.shutdownNow();
        restorers.shutdown();
        writeBuffers.close();
        cache.close();
    }
}
