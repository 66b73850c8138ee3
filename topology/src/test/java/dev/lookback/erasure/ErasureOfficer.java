package dev.lookback.erasure;

import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.SelectorRole;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** An officer who may order erasures, and one who may not; for tests of all rooms. */
public final class ErasureOfficer {
    static final KeyPair KEY = newKey();
    static final KeyPair INTAKE_KEY = newKey();

    /** Both. */
    public static final Officers OFFICERS = new Officers(List.of(
            new Officer("eraser", Set.of(Officer.Role.ERASURE), KEY.getPublic(), null, null),
            new Officer("not-eraser", Set.of(Officer.Role.INTAKE), INTAKE_KEY.getPublic(), null, null)));

    private ErasureOfficer() {}

    /** A sound order, as long as it is appended at about the same time. */
    public static Erasure order(UUID id, long token, SelectorRole role, Instant at) {
        return SignedErasure.sign(id, token, role, "a test", at, "eraser", KEY.getPrivate());
    }

    /** An order that its officer may not give. */
    public static Erasure forged(UUID id, long token, SelectorRole role, Instant at) {
        return SignedErasure.sign(id, token, role, "a test", at, "not-eraser", INTAKE_KEY.getPrivate());
    }

    private static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
