package dev.lookback.vault;

import java.nio.ByteBuffer;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * What arrived in a mirror although an erasure covers it: from an ingest that did not know the erasure yet. Kept in a
 * changelogged store, for each class and erasure as one {@link Mark}, until the eraser has looked there.
 */
final class LateRows {
    private final KeyValueStore<String, byte[]> store;

    LateRows(KeyValueStore<String, byte[]> store) {
        this.store = store;
    }

    /**
     * Where late rows of an erasure lie.
     *
     * @param bucket none lies before it
     * @param offset the ledger offset of the last that was noticed
     */
    record Mark(long bucket, long offset) {
        private byte[] toBytes() {
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(bucket)
                    .putLong(offset)
                    .array();
        }
    }

    /** Notices a row. */
    void add(String retentionClass, String erasureId, long bucket, long offset) {
        Mark known = get(retentionClass, erasureId);
        Mark mark = known == null
                ? new Mark(bucket, offset)
                : new Mark(Math.min(known.bucket, bucket), Math.max(known.offset, offset));
        store.put(key(retentionClass, erasureId), mark.toBytes());
    }

    @Nullable
    Mark get(String retentionClass, String erasureId) {
        byte[] stored = store.get(key(retentionClass, erasureId));
        if (stored == null) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(stored);
        return new Mark(bytes.getLong(), bytes.getLong());
    }

    /** Says that all rows noticed before the mirror stood at a ledger position have been dealt with. */
    void settled(String retentionClass, String erasureId, long ledgerPosition) {
        Mark mark = get(retentionClass, erasureId);
        if (mark != null && mark.offset < ledgerPosition) {
            store.delete(key(retentionClass, erasureId));
        }
    }

    boolean isEmpty() {
        return store.approximateNumEntries() == 0;
    }

    private static String key(String retentionClass, String erasureId) {
        return retentionClass + "/" + erasureId;
    }
}
