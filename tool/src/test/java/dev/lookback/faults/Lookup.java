package dev.lookback.faults;

import dev.lookback.v1.LookupEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A lookup that was published or found in a ledger, and what became of it. Knows no handle, only a digest of all. */
final class Lookup {
    private static final MessageDigest DIGEST = sha256();

    /** Which lookup it is: the publisher's id, and a digest of when, who and about whom. */
    record Id(long high, long low, long rest) {
        static Id of(String eventId, Instant occurredAt, String requester, String queried) {
            UUID id = UUID.fromString(eventId);
            byte[] digest;
            synchronized (DIGEST) {
                DIGEST.update(ByteBuffer.allocate(Long.BYTES).putLong(0, occurredAt.toEpochMilli()));
                DIGEST.update(requester.getBytes(StandardCharsets.UTF_8));
                DIGEST.update((byte) 0);
                digest = DIGEST.digest(queried.getBytes(StandardCharsets.UTF_8));
            }
            return new Id(
                    id.getMostSignificantBits(),
                    id.getLeastSignificantBits(),
                    ByteBuffer.wrap(digest).getLong());
        }

        static Id of(LookupEvent event) {
            return of(event.getEventId(), event.getOccurredAt(), event.getRequester(), event.getQueried());
        }
    }

    final Id id;
    final String retentionClass;
    final long occurredAt;
    final long deadline;

    /** Where it was first published; -1: nowhere. */
    int partition = -1;

    long offset = -1;
    long appendedAt;

    /** When it was first refused as expired; 0: never. */
    long refusedAt;

    /** A refusal that the rules do not allow. */
    @Nullable
    String wronglyRefused;

    @Nullable
    LedgerKey key;

    @Nullable
    LedgerKey anotherKey;

    Lookup(Id id, String retentionClass, long occurredAt, long deadline) {
        this.id = id;
        this.retentionClass = retentionClass;
        this.occurredAt = occurredAt;
        this.deadline = deadline;
    }

    boolean isPublished() {
        return partition >= 0;
    }

    boolean isStored() {
        return key != null;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
