package dev.lookback.officers;

import java.security.PrivateKey;
import java.time.Instant;
import java.util.List;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** A text and who signed it: a JWS in compact form (RFC 7515), EdDSA over Ed25519, {@code kid} = the officer's id. */
public final class Signature {
    /** Characters of a signed text, at most. */
    public static final int MAX_LENGTH = 64 * 1024;

    private static final AlgorithmConstraints EDDSA_ALONE =
            new AlgorithmConstraints(AlgorithmConstraints.ConstraintType.PERMIT, AlgorithmIdentifiers.EDDSA);

    private Signature() {}

    /** What a signed text turned out to be. */
    public sealed interface Reading {}

    /** A text that a registered officer has signed, who was valid when it was received. */
    public record Sound(Officer officer, String text) implements Reading {}

    /**
     * Nothing to rely on.
     *
     * @param officer who signed it; null if that is not proven
     */
    public record Unsound(Flaw flaw, @Nullable Officer officer) implements Reading {}

    /** Why a signature is worth nothing. */
    public enum Flaw {
        /** Longer than {@link #MAX_LENGTH}. */
        TOO_LARGE,
        /** Signed in the name of somebody who is not registered. */
        UNKNOWN_OFFICER,
        /** Not a signature by a key of that officer. */
        BAD_SIGNATURE,
        /** Received before or after the officer was valid. */
        OFFICER_NOT_VALID,
        /** Received while the officer was valid, but with another key than this one. */
        KEY_NOT_VALID
    }

    /**
     * Signs a text.
     *
     * @return the JWS in compact form
     * @throws IllegalArgumentException if the key cannot sign, or the result is longer than {@link #MAX_LENGTH}
     */
    public static String sign(String text, String officerId, PrivateKey key) {
        String compact;
        try {
            JsonWebSignature jws = new JsonWebSignature();
            jws.setAlgorithmHeaderValue(AlgorithmIdentifiers.EDDSA);
            jws.setAlgorithmConstraints(EDDSA_ALONE);
            jws.setKeyIdHeaderValue(officerId);
            jws.setPayload(text);
            jws.setKey(key);
            compact = jws.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalArgumentException("Cannot sign with this key", e);
        }
        if (compact.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("The signed text would be too long: " + Flaw.TOO_LARGE);
        }
        return compact;
    }

    /**
     * Reads a signed text: the signature first, then who signed it. Roles are not looked at.
     *
     * @param receivedAt when it was received: the officer must be valid then
     */
    public static Reading read(String jws, Officers officers, Instant receivedAt) {
        if (jws.length() > MAX_LENGTH) {
            return new Unsound(Flaw.TOO_LARGE, null);
        }
        List<Officer> entries;
        Officer officer;
        String text;
        try {
            JsonWebSignature parsed = new JsonWebSignature();
            parsed.setAlgorithmConstraints(EDDSA_ALONE);
            parsed.setCompactSerialization(jws);
            String kid = parsed.getKeyIdHeaderValue();
            entries = kid == null ? List.of() : officers.find(kid);
            if (entries.isEmpty()) {
                return new Unsound(Flaw.UNKNOWN_OFFICER, null);
            }
            officer = signer(parsed, entries);
            if (officer == null) {
                return new Unsound(Flaw.BAD_SIGNATURE, null);
            }
            text = parsed.getPayload();
        } catch (JoseException | RuntimeException e) { // jose4j meets a header of the wrong type with a cast
            return new Unsound(Flaw.BAD_SIGNATURE, null);
        }
        if (officer.validAt(receivedAt)) {
            return new Sound(officer, text);
        }
        boolean hadAnotherKey = entries.stream().anyMatch(each -> each.validAt(receivedAt));
        return new Unsound(hadAnotherKey ? Flaw.KEY_NOT_VALID : Flaw.OFFICER_NOT_VALID, officer);
    }

    /** The entry whose key has signed it, valid or not. */
    private static @Nullable Officer signer(JsonWebSignature signed, List<Officer> entries) throws JoseException {
        for (Officer each : entries) {
            signed.setKey(each.key());
            if (signed.verifySignature()) {
                return each;
            }
        }
        return null;
    }
}
