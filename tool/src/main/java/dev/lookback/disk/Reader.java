package dev.lookback.disk;

/** A way of reading a file. */
public enum Reader {
    /** The file's bytes as they are. */
    PLAIN,
    /** Kafka's own log reader: every batch decompressed, every record's key, value and headers, of whatever transaction. */
    KAFKA_LOG,
    /** Every entry of a RocksDB table, those that RocksDB itself no longer shows included. */
    ROCKSDB_TABLE,
    /** The records of a RocksDB write-ahead log or MANIFEST, put together again from their fragments. */
    ROCKSDB_LOG
}
