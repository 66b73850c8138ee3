package dev.lookback.casework;

import dev.lookback.v1.AuditEntry;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.time.Duration;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Writes the audit chain of a casework partition, and signs where it stands from time to time. Where it stands is kept
 * in a store, so that it goes on after a restart; to send the entries on is the caller's.
 */
final class AuditLog {
    /** Key of the last checkpoint's sequence and time (milliseconds), beside {@link CaseworkTopology#CHAIN_HEAD}. */
    private static final String LAST_CHECKPOINT = "checkpoint";

    /** Who acts when no officer does. */
    static final String LOOKBACK = "lookback";

    private final KeyValueStore<String, byte[]> store;
    private final int partition;
    private final Duration interval;
    private final KeyPair sealingKey;

    /**
     * The log of a partition.
     *
     * @param store where the chain stands; holds nothing else
     * @param interval the least time between two checkpoints
     * @param sealingKey Ed25519; signs checkpoints
     */
    AuditLog(KeyValueStore<String, byte[]> store, int partition, Duration interval, KeyPair sealingKey) {
        this.store = store;
        this.partition = partition;
        this.interval = interval;
        this.sealingKey = sealingKey;
    }

    /** The next entry, about a request (or none: empty). */
    AuditEntry append(String requestId, String officer, String action, String detail, long at) {
        AuditEntry entry = AuditChain.next(head(), partition, at, requestId, officer, action, detail);
        store.put(CaseworkTopology.CHAIN_HEAD, AuditChain.Head.after(entry).toBytes());
        return entry;
    }

    /**
     * The next entry, a checkpoint, if one is due: something has been written since the last one, and that was the
     * interval ago. The first is due with the first entry.
     */
    @Nullable
    AuditEntry checkpoint(long at) {
        AuditChain.Head head = head();
        byte[] last = store.get(LAST_CHECKPOINT);
        if (last == null ? head.sequence() == 0 : !isDue(ByteBuffer.wrap(last), head, at)) {
            return null;
        }
        SignedHead signed = SignedHead.sign(head, partition, at, sealingKey);
        AuditEntry entry = append("", LOOKBACK, SignedHead.ACTION, signed.detail(), at);
        byte[] written = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(entry.getSequence())
                .putLong(at)
                .array();
        store.put(LAST_CHECKPOINT, written);
        return entry;
    }

    private boolean isDue(ByteBuffer last, AuditChain.Head head, long at) {
        long sequence = last.getLong();
        long since = at - last.getLong();
        // Less than nothing: the clock was ahead then. To wait until it is there again may take years.
        return head.sequence() > sequence && (since < 0 || since >= interval.toMillis());
    }

    private AuditChain.Head head() {
        return AuditChain.Head.fromBytes(store.get(CaseworkTopology.CHAIN_HEAD));
    }
}
