package dev.lookback.tool;

/**
 * Something that breaks the promise. Names no handle: keys hold tokens.
 *
 * @param offset of the ledger record that it is about, or {@link #NO_OFFSET}
 * @param bucket that it is about
 */
record Finding(String retentionClass, int partition, long offset, long bucket, String what) {
    /** Of a finding that no record of the ledger stands for. */
    static final long NO_OFFSET = -1;

    @Override
    public String toString() {
        return retentionClass + "/" + partition + (offset == NO_OFFSET ? "" : ", offset " + offset) + ", bucket "
                + bucket + ": " + what;
    }
}
