package dev.lookback.ledger;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The key of a preserved copy: 48 bytes. The copies of one request lie together, in order of time.
 *
 * <pre>
 *  0          16           24      32          48
 *  | request id | occurredAt | token | event id  |   big endian
 * </pre>
 *
 * The end of a search is a record with a null value under a reserved key ({@link #end}); it follows the copies of that
 * search in the same partition.
 */
public final class PreservedKey {
    /** Length in bytes. */
    public static final int LENGTH = 48;

    /** Length of the request id at the head of a key, in bytes. */
    public static final int REQUEST_LENGTH = 16;

    private static final long END = -1L; // sorts after every instant, and is none
    private static final int OCCURRED_AT = REQUEST_LENGTH;
    private static final int DETAIL_AT = OCCURRED_AT + Long.BYTES;
    private static final int EVENT_ID_AT = DETAIL_AT + Long.BYTES;

    private PreservedKey() {}

    /** The key of the copy of a lookup, given the request and the lookup's ledger key. */
    public static byte[] of(UUID requestId, byte[] ledgerKey) {
        UUID eventId = LedgerKey.eventId(ledgerKey);
        return key(
                requestId,
                LedgerKey.occurredAt(ledgerKey),
                LedgerKey.token(ledgerKey),
                eventId.getMostSignificantBits(),
                eventId.getLeastSignificantBits());
    }

    /** The key that says: this ledger partition has been searched for this selector of the request, in this round. */
    public static byte[] end(UUID requestId, int selector, int partition, int round) {
        return key(requestId, END, (long) selector << 32 | Integer.toUnsignedLong(partition), round, 0);
    }

    /** Whether a key marks the end of a search. */
    public static boolean isEnd(byte[] key) {
        return key.length == LENGTH && ByteBuffer.wrap(key).getLong(OCCURRED_AT) == END;
    }

    /** The selector of a key that {@link #isEnd}. */
    public static int endSelector(byte[] key) {
        return (int) (ByteBuffer.wrap(key).getLong(DETAIL_AT) >>> 32);
    }

    /** The partition of a key that {@link #isEnd}. */
    public static int endPartition(byte[] key) {
        return (int) ByteBuffer.wrap(key).getLong(DETAIL_AT);
    }

    /** The round of a key that {@link #isEnd}. */
    public static int endRound(byte[] key) {
        return (int) ByteBuffer.wrap(key).getLong(EVENT_ID_AT);
    }

    /**
     * The key of a record that says nothing, with a null value: it comes now and then, so that brokers close the segment
     * before it. 4 bytes, unlike any other.
     */
    public static byte[] roll(int partition) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(partition).array();
    }

    /** Whether a key is one that says nothing. */
    public static boolean isRoll(byte[] key) {
        return key.length == Integer.BYTES;
    }

    /** The partition for which a key that {@link #isRoll} was made. */
    public static int rollPartition(byte[] key) {
        return ByteBuffer.wrap(key).getInt();
    }

    /** The request that a key belongs to. */
    public static UUID requestId(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    /** The event id of a lookup's copy. */
    public static UUID eventId(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new UUID(bytes.getLong(EVENT_ID_AT), bytes.getLong(EVENT_ID_AT + Long.BYTES));
    }

    /** The least key of a request: its sixteen bytes. */
    public static byte[] prefix(UUID requestId) {
        return ByteBuffer.allocate(REQUEST_LENGTH)
                .putLong(requestId.getMostSignificantBits())
                .putLong(requestId.getLeastSignificantBits())
                .array();
    }

    private static byte[] key(UUID requestId, long occurredAt, long detail, long high, long low) {
        return ByteBuffer.allocate(LENGTH)
                .putLong(requestId.getMostSignificantBits())
                .putLong(requestId.getLeastSignificantBits())
                .putLong(occurredAt)
                .putLong(detail)
                .putLong(high)
                .putLong(low)
                .array();
    }
}
