package dev.lookback.ledger;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;

/**
 * The key of a lookup in its ledger: 36 bytes that sort by time first and name nobody.
 *
 * <pre>
 *  0      4          12          20             36
 *  | bucket | token    | occurredAt | event id    |   all big endian, unsigned order = time order
 * </pre>
 *
 * The bucket is {@code occurredAt} divided by the bucket width of the ledger. Progress records share the topic under a
 * reserved bucket ({@link #PROGRESS_BUCKET}) with a null value: to any other reader of the ledger they are a delete of
 * a key that it never had.
 *
 * @param bucket number of the bucket, 0 to 2^32 − 2
 * @param token keyed hash of the requester
 * @param occurredAt milliseconds since the epoch
 * @param eventId the publisher's id of the lookup
 */
public record LedgerKey(long bucket, long token, long occurredAt, UUID eventId) {
    /** Length of every key in a ledger, in bytes. */
    public static final int LENGTH = 36;

    /** Length of the bucket at the head of a key, in bytes. */
    public static final int BUCKET_LENGTH = 4;

    /** The bucket that no lookup can have: its keys carry the progress of ingest. */
    public static final long PROGRESS_BUCKET = 0xFFFF_FFFFL;

    private static final int TOKEN_AT = 4;
    private static final int OCCURRED_AT = 12;
    private static final int EVENT_ID_AT = 20;

    /** The bucket that an instant (milliseconds since the epoch) lies in. */
    public static long bucketOf(long occurredAt, Duration width) {
        return Math.floorDiv(occurredAt, width.toMillis());
    }

    /** The first instant of a bucket, milliseconds since the epoch. */
    public static long bucketStart(long bucket, Duration width) {
        return bucket * width.toMillis();
    }

    /** These fields as 36 bytes. */
    public byte[] toBytes() {
        return encode(bucket, token, occurredAt, eventId.getMostSignificantBits(), eventId.getLeastSignificantBits());
    }

    /** The same without an object for the key: for the hot path. */
    public static byte[] encode(long bucket, long token, long occurredAt, long eventIdHigh, long eventIdLow) {
        return ByteBuffer.allocate(LENGTH)
                .putInt((int) bucket)
                .putLong(token)
                .putLong(occurredAt)
                .putLong(eventIdHigh)
                .putLong(eventIdLow)
                .array();
    }

    /**
     * Reads a key.
     *
     * @throws IllegalArgumentException if it is not 36 bytes long
     */
    public static LedgerKey fromBytes(byte[] key) {
        if (key.length != LENGTH) {
            throw new IllegalArgumentException("A ledger key has " + LENGTH + " bytes, not " + key.length);
        }
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new LedgerKey(
                Integer.toUnsignedLong(bytes.getInt()),
                bytes.getLong(),
                bytes.getLong(),
                new UUID(bytes.getLong(), bytes.getLong()));
    }

    /** The bucket of a key in bytes. */
    public static long bucket(byte[] key) {
        return Integer.toUnsignedLong(ByteBuffer.wrap(key).getInt(0));
    }

    /** The requester's token of a key in bytes. */
    public static long token(byte[] key) {
        return ByteBuffer.wrap(key).getLong(TOKEN_AT);
    }

    /** The instant of a key in bytes, milliseconds since the epoch. */
    public static long occurredAt(byte[] key) {
        return ByteBuffer.wrap(key).getLong(OCCURRED_AT);
    }

    /** The event id of a key in bytes. */
    public static UUID eventId(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new UUID(bytes.getLong(EVENT_ID_AT), bytes.getLong(EVENT_ID_AT + Long.BYTES));
    }

    /** The least key of a bucket: its four bytes, which sort before every key in it. */
    public static byte[] bucketPrefix(long bucket) {
        return ByteBuffer.allocate(BUCKET_LENGTH).putInt((int) bucket).array();
    }

    /** The least key of one requester in a bucket. */
    public static byte[] requesterPrefix(long bucket, long token) {
        return ByteBuffer.allocate(BUCKET_LENGTH + Long.BYTES)
                .putInt((int) bucket)
                .putLong(token)
                .array();
    }

    /** The ledger partition, of so many, in which the lookups of a requester lie. */
    public static int partition(long token, int partitions) {
        return (int) Long.remainderUnsigned(token, partitions);
    }

    /**
     * A progress record: what ingest has written into this ledger partition covers the events of one lookup-events
     * partition up to a position (exclusive). The record's value is null.
     */
    public static byte[] progress(int sourcePartition, long position) {
        return encode(PROGRESS_BUCKET, sourcePartition, position, 0, 0);
    }

    /** Whether the key (in bytes) is that of a progress record. */
    public static boolean isProgress(byte[] key) {
        return key.length == LENGTH && key[0] == -1 && key[1] == -1 && key[2] == -1 && key[3] == -1;
    }

    /** The lookup-events partition of a progress record's key. */
    public static int progressPartition(byte[] key) {
        return (int) token(key);
    }

    /** The position in that partition. */
    public static long progressPosition(byte[] key) {
        return occurredAt(key);
    }
}
