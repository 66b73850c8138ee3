package dev.lookback.vault;

/** Where ledgers begin: what the broker has already forgotten lies before. */
@FunctionalInterface
public interface LedgerStart {
    /** For ledgers that still begin at their beginning. */
    LedgerStart ZERO = (topic, partition) -> 0;

    /** The offset of the first record that a ledger partition still holds. May block for seconds. */
    long offset(String topic, int partition);
}
