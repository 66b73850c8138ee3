package dev.lookback.faults;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The 36 bytes of a ledger key, in their order. Small, because there are millions. */
record LedgerKey(int bucket, long token, long occurredAt, long idHigh, long idLow) implements Comparable<LedgerKey> {
    static final int LENGTH = 36;
    private static final int PROGRESS = -1;

    /** Null for a reserved key: ingest's progress. */
    static @Nullable LedgerKey of(byte[] bytes) {
        return bytes.length == LENGTH ? of(ByteBuffer.wrap(bytes)) : null;
    }

    static @Nullable LedgerKey of(ByteBuffer bytes) {
        int bucket = bytes.getInt();
        LedgerKey key = new LedgerKey(bucket, bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        return bucket == PROGRESS ? null : key;
    }

    void putInto(ByteBuffer buffer) {
        buffer.putInt(bucket).putLong(token).putLong(occurredAt).putLong(idHigh).putLong(idLow);
    }

    @Override
    public int compareTo(LedgerKey other) {
        int order = Integer.compareUnsigned(bucket, other.bucket);
        order = order != 0 ? order : Long.compareUnsigned(token, other.token);
        order = order != 0 ? order : Long.compareUnsigned(occurredAt, other.occurredAt);
        order = order != 0 ? order : Long.compareUnsigned(idHigh, other.idHigh);
        return order != 0 ? order : Long.compareUnsigned(idLow, other.idLow);
    }
}
