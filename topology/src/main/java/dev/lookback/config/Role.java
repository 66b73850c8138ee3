package dev.lookback.config;

import java.util.Locale;

/** A part of the pipeline that runs as a Kafka Streams application of its own. */
public enum Role {
    /** Checks and enriches lookups; the ledger's only writer. */
    INGEST,
    /** Holds what is retained; forgets and searches. */
    VAULT,
    /** Takes legal requests from receipt to a sealed extract; brings the ticker with it. */
    CASEWORK;

    /** The role as settings, application ids and directories spell it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role with this label. */
    public static Role of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }
}
