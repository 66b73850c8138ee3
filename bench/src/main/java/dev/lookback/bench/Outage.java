package dev.lookback.bench;

import java.util.Locale;

/** What an outage of the vault, longer than the whole retention, has left of its ledger. */
public enum Outage {
    /** All of it: everything that the vault has stored is overdue. */
    LEDGER_WHOLE,
    /**
     * The end: ingest went on without the vault, and the brokers have deleted everything that the vault has stored, the
     * tombstones' place included. What is left is as overdue.
     */
    LEDGER_CUT;

    /** For tables. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
