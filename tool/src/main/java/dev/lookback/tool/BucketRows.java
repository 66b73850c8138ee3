package dev.lookback.tool;

/** The rows of one bucket of one ledger partition, as the ledger's records say in their order. */
interface BucketRows {
    /** A lookup. */
    void put(byte[] key, long offset);

    /** A tombstone. */
    void tombstone(byte[] key, long offset);

    /** Rows without a tombstone. */
    long live();

    /** Rows that have come, those with a tombstone among them; each as often as it came anew after its tombstone. */
    long came();

    /** The sum of the fingerprints of the live rows' keys. */
    long fingerprint();
}
