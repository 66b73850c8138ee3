package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import org.jspecify.annotations.Nullable;

/**
 * Which rows are worth a look: all of them, or one requester's, to which a seek in each bucket leads.
 *
 * @param requester the requester's token; null: all rows
 */
record Candidates(@Nullable Long requester) {
    /** Whether every row is worth a look. */
    boolean all() {
        return requester == null;
    }

    byte[] firstOf(long bucket) {
        return requester == null ? LedgerKey.bucketPrefix(bucket) : LedgerKey.requesterPrefix(bucket, requester);
    }

    /** Null if the row under a key is worth a look; else the key to seek next, which lies behind it. */
    byte @Nullable [] jumpFrom(byte[] key) {
        if (requester == null) {
            return null;
        }
        int order = Long.compareUnsigned(LedgerKey.token(key), requester);
        if (order == 0) {
            return null;
        }
        long bucket = LedgerKey.bucket(key);
        return LedgerKey.requesterPrefix(order < 0 ? bucket : bucket + 1, requester);
    }
}
