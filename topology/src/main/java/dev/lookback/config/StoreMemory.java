package dev.lookback.config;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Bounds the memory of Kafka Streams' own RocksDB stores, which are casework's: one block cache and one limit on
 * memtables for all of them in this process. By default each store of each partition has 50 MiB and 48 MiB of its own.
 */
public final class StoreMemory implements RocksDBConfigSetter {
    /** Bytes, in the settings that Kafka Streams hands on: block cache and memtables together. */
    static final String BYTES = "lookback.store.memory.bytes";

    /** By size, as an embedding process may run several applications. They live as long as the process. */
    private static final Map<Long, Shared> SHARED = new ConcurrentHashMap<>();

    private record Shared(Cache cache, WriteBufferManager writeBuffers) {}

    /** Called by Kafka Streams. */
    public StoreMemory() {}

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        Shared shared = shared((long) Objects.requireNonNull(configs.get(BYTES), BYTES));
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(shared.cache);
        // Or they would come on top, outside of the limit.
        table.setCacheIndexAndFilterBlocks(true);
        options.setTableFormatConfig(table);
        options.setWriteBufferManager(shared.writeBuffers);
    }

    @Override
    public void close(String storeName, Options options) {
        // What is shared outlives the store.
    }

    /** Bytes of blocks and memtables that the stores under a limit hold now. */
    static long used(long limit) {
        return shared(limit).cache.getUsage();
    }

    private static Shared shared(long limit) {
        return SHARED.computeIfAbsent(limit, StoreMemory::create);
    }

    private static Shared create(long limit) {
        RocksDB.loadLibrary(); // before any native object of RocksDB is touched
        Cache cache = new LRUCache(limit);
        // Memtables are charged to the cache, so that the one figure bounds both.
        return new Shared(cache, new WriteBufferManager(limit / 2, cache));
    }
}
