package dev.lookback.ledger;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Turns ledger keys into 64 bits, and so a set of keys, in whatever order they come, into the sum of those (modulo
 * 2^64): equal sets have equal sums, and sets that differ by accident do not. For comparing what two places hold without
 * sorting; a receipt's digest is over the keys themselves. Used by one thread at a time.
 */
public final class KeyFingerprint {
    private final MessageDigest sha256;

    /** A new one. */
    public KeyFingerprint() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    /** The first 8 bytes, big endian, of the key's SHA-256. */
    public long of(byte[] key) {
        return ByteBuffer.wrap(sha256.digest(key)).getLong();
    }
}
