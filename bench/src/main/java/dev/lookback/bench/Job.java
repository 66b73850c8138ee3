package dev.lookback.bench;

/** What is measured. */
public enum Job {
    /** Ingest and vault, as they are. */
    LOOKBACK,
    /** A Kafka Streams job that copies the same records to another topic, byte by byte: what the platform costs alone. */
    PASSTHROUGH;

    /** For tables. */
    String label() {
        return this == LOOKBACK ? "lookback" : "passthrough";
    }
}
