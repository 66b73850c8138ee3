package dev.lookback.bench;

import java.util.Locale;

/** What is measured. */
public enum Job {
    /** Ingest and vault, as they are. */
    LOOKBACK,
    /** The same, with every retained lookup encrypted. */
    ENCRYPTED,
    /** The same work without an engine: {@link Handwritten}. */
    HANDWRITTEN,
    /** A Kafka Streams job that copies the same records to another topic, byte by byte: what the platform costs alone. */
    PASSTHROUGH;

    /** For tables. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
