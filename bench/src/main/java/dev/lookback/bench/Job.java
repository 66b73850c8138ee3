package dev.lookback.bench;

import java.util.Locale;

/** What is measured. */
public enum Job {
    /** Ingest and vault, as they are. */
    LOOKBACK,
    /**
     * The vault that the run of {@link #LOOKBACK} right before it has left, restored by a process that finds its ledgers and no
     * state. Jobs run in this order: later ones make topics anew.
     */
    RESTORE,
    /** Ingest and vault, with every retained lookup encrypted. */
    ENCRYPTED,
    /** The same work without an engine: {@link Handwritten}. */
    HANDWRITTEN,
    /** The same work on Apache Flink, with as many parallel tasks as the machine has cores. */
    FLINK,
    /** The same with as many parallel tasks as there are partitions. */
    FLINK_WIDE,
    /** As the first, with RocksDB's settings for many writes: larger memtables, fewer and larger files. */
    FLINK_BULK,
    /** A Kafka Streams job that copies the same records to another topic, byte by byte: what the platform costs alone. */
    PASSTHROUGH;

    /** For tables. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it runs on another engine, which is no part of what is shipped. */
    public boolean isFlink() {
        return this == FLINK || this == FLINK_WIDE || this == FLINK_BULK;
    }
}
