package dev.lookback.handle;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Turns handles into tokens: SipHash-2-4 of the normalised handle (UTF-8) under a secret key of 16 bytes. Keys, logs and
 * metrics show tokens; without the key a token names nobody and cannot be tested against a list of phone numbers.
 *
 * <p>SipHash after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012); checked against its test vectors.
 * Immutable; safe for use by several threads.
 */
public final class Tokens {
    /** Length of the secret key in bytes. */
    public static final int KEY_LENGTH = 16;

    private static final String KEY_CHECK = "\0token key check"; // never changed: it is compared with what was recorded

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long k0;
    private final long k1;

    /**
     * Tokens under a key.
     *
     * @throws IllegalArgumentException if the key is not 16 bytes long
     */
    public Tokens(byte[] key) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException("The token key has " + KEY_LENGTH + " bytes, not " + key.length);
        }
        ByteBuffer bytes = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        this.k0 = bytes.getLong();
        this.k1 = bytes.getLong();
    }

    /** The token of a normalised handle. */
    public long token(String normalisedHandle) {
        return hash(normalisedHandle.getBytes(StandardCharsets.UTF_8));
    }

    /** A token as people and logs see it: 16 hexadecimal digits. */
    public static String format(long token) {
        return HexFormat.of().toHexDigits(token);
    }

    /**
     * Key check value, to tell whether two keys are the same: 32 bits of the token of a text that no handle is, as 8
     * hexadecimal digits. It may be seen by anybody: it says less about the key than a single token does.
     */
    public String keyCheck() {
        return HexFormat.of().toHexDigits((int) (token(KEY_CHECK) >>> Integer.SIZE));
    }

    long hash(byte[] data) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int length = data.length;
        int words = length >>> 3;
        // Two rounds for each word, then the rest with the length on top, then four rounds to finish.
        for (int i = 0; i <= words + 2; i++) {
            long m = i < words ? (long) LONG.get(data, i << 3) : i == words ? lastWord(data, length) : 0;
            if (i == words + 1) {
                v2 ^= 0xff;
            }
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v3;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long lastWord(byte[] data, int length) {
        long word = (long) length << 56;
        int start = length & ~7;
        for (int i = start; i < length; i++) {
            word |= (data[i] & 0xffL) << ((i - start) << 3);
        }
        return word;
    }

    @Override
    public String toString() {
        return "Tokens[key withheld]";
    }
}
