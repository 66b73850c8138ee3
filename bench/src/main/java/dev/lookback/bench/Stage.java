package dev.lookback.bench;

/** When a search is measured. */
public enum Stage {
    /** With everything in the vault. */
    BEFORE,
    /** Right after half of that has expired. */
    AFTER;

    /** For tables. */
    String label() {
        return this == BEFORE ? "before" : "after";
    }
}
