package dev.lookback.custody;

import dev.lookback.ledger.LedgerKey;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Ledger values of one class, encrypted whole: AES-256-GCM under the key of the lookup's bucket, bound to its ledger key
 * (which says which bucket that is).
 *
 * <pre>
 *  0   1         13
 *  | 1 | nonce   | ciphertext, tag (16) |
 * </pre>
 *
 * A value that begins with another byte than {@value #SEALED} is one in the plain wire format (it begins with 0), from
 * before encryption was switched on. One for each processor; not safe for several threads.
 */
public final class LookupCipher {
    /** First byte of an encrypted value. */
    public static final byte SEALED = 1;

    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final int NONCE_AT = 1;
    private static final int NONCE_LENGTH = 12;
    private static final int HEADER_LENGTH = NONCE_AT + NONCE_LENGTH;
    private static final int TAG_BITS = 128;
    private static final int TAG_LENGTH = TAG_BITS / Byte.SIZE;

    private final @Nullable KeyCustody custody;
    private final String retentionClass;
    private final Cipher cipher;

    /**
     * A random start and a counter: two instances meet at the same nonce under the same key about as rarely as with
     * nonces drawn at random, and each drawing costs nothing.
     */
    private final byte[] nonce = new byte[NONCE_LENGTH];

    /**
     * For one class.
     *
     * @param custody its keys; null: nothing is encrypted
     */
    public LookupCipher(@Nullable KeyCustody custody, String retentionClass) {
        this.custody = custody;
        this.retentionClass = retentionClass;
        try {
            this.cipher = Cipher.getInstance(ALGORITHM);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
        }
        new SecureRandom().nextBytes(nonce);
    }

    /**
     * A value as it goes to the ledger: encrypted, or as it is if there is no custody.
     *
     * @return null if the key of its bucket has been destroyed
     */
    public byte @Nullable [] seal(byte[] ledgerKey, byte[] value) {
        if (custody == null) {
            return value;
        }
        SecretKey key = custody.forSealing(retentionClass, LedgerKey.bucket(ledgerKey));
        if (key == null) {
            return null;
        }
        byte[] sealed = new byte[HEADER_LENGTH + value.length + TAG_LENGTH];
        sealed[0] = SEALED;
        increment(nonce);
        System.arraycopy(nonce, 0, sealed, NONCE_AT, NONCE_LENGTH);
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(ledgerKey);
            cipher.doFinal(value, 0, value.length, sealed, HEADER_LENGTH);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A lookup cannot be encrypted", e);
        }
        return sealed;
    }

    /**
     * A value as it came from the ledger, in the plain wire format again.
     *
     * @return null if its key has been destroyed: the lookup is forgotten, whatever still holds these bytes
     * @throws CustodyException if it was not encrypted under this key for this ledger key, or keys are out of reach, or
     *     there is no custody
     */
    public byte @Nullable [] open(byte[] ledgerKey, byte[] value) {
        if (value.length == 0 || value[0] != SEALED) {
            return value;
        }
        if (value.length < HEADER_LENGTH + TAG_LENGTH) {
            throw new CustodyException("A lookup of class " + retentionClass + " has been cut off", null);
        }
        if (custody == null) {
            throw new CustodyException(
                    "Lookups of class " + retentionClass + " are encrypted, and custody.class is not set", null);
        }
        SecretKey key = custody.forOpening(retentionClass, LedgerKey.bucket(ledgerKey));
        if (key == null) {
            return null;
        }
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, value, NONCE_AT, NONCE_LENGTH));
            cipher.updateAAD(ledgerKey);
            return cipher.doFinal(value, HEADER_LENGTH, value.length - HEADER_LENGTH);
        } catch (AEADBadTagException e) {
            throw new CustodyException("A lookup of class " + retentionClass + " is not what was encrypted", e);
        } catch (GeneralSecurityException e) {
            throw new CustodyException("A lookup of class " + retentionClass + " cannot be decrypted", e);
        }
    }

    private static void increment(byte[] number) {
        for (int i = number.length - 1; i >= 0 && ++number[i] == 0; i--) {
            // carries over to the next byte
        }
    }
}
