package dev.lookback.officers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.officers.Officer.Role;
import dev.lookback.officers.Signature.Flaw;
import dev.lookback.officers.Signature.Sound;
import dev.lookback.officers.Signature.Unsound;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whose signature counts when, as an officer gets another key. */
class SignatureTest {
    private static final Instant CHANGE = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant END = Instant.parse("2027-03-01T00:00:00Z");
    private static final Instant BEFORE = CHANGE.minusMillis(1);
    private static final KeyPair OLD_KEY = newKey();
    private static final KeyPair NEW_KEY = newKey();
    private static final Officer OLD = new Officer("a", Set.of(Role.INTAKE), OLD_KEY.getPublic(), null, CHANGE);
    private static final Officer NEW = new Officer("a", Set.of(Role.INTAKE), NEW_KEY.getPublic(), CHANGE, END);

    @Test
    void eachKeyCountsInItsTime() {
        for (Officers officers : List.of(new Officers(List.of(OLD, NEW)), new Officers(List.of(NEW, OLD)))) {
            assertThat(read(OLD_KEY, officers, BEFORE)).isEqualTo(new Sound(OLD, "text"));
            assertThat(read(OLD_KEY, officers, CHANGE)).isEqualTo(new Unsound(Flaw.KEY_NOT_VALID, OLD));
            assertThat(read(NEW_KEY, officers, BEFORE)).isEqualTo(new Unsound(Flaw.KEY_NOT_VALID, NEW));
            assertThat(read(NEW_KEY, officers, CHANGE)).isEqualTo(new Sound(NEW, "text"));
            assertThat(read(OLD_KEY, officers, END)).isEqualTo(new Unsound(Flaw.OFFICER_NOT_VALID, OLD));
            assertThat(read(NEW_KEY, officers, END)).isEqualTo(new Unsound(Flaw.OFFICER_NOT_VALID, NEW));
            assertThat(read(newKey(), officers, CHANGE)).isEqualTo(new Unsound(Flaw.BAD_SIGNATURE, null));
        }
    }

    /** So instances may get the new list one after the other, as long as all have it by the time of the change. */
    @Test
    void untilTheChangeTheListBeforeItSaysTheSameOfTheOldKey() {
        Officer alone = new Officer("a", Set.of(Role.INTAKE), OLD_KEY.getPublic(), null, null);
        Officers listBefore = new Officers(List.of(alone));
        Officers listAfter = new Officers(List.of(OLD, NEW));
        for (KeyPair key : List.of(OLD_KEY, NEW_KEY, newKey())) {
            for (Instant at : List.of(BEFORE.minusSeconds(100), BEFORE)) {
                assertThat(counts(key, listAfter, at)).isEqualTo(counts(key, listBefore, at));
            }
        }
        assertThat(Stream.of(OLD_KEY, NEW_KEY).map(key -> counts(key, listBefore, CHANGE)))
                .as("who does not have it by then decides otherwise")
                .containsExactly(true, false);
    }

    private static boolean counts(KeyPair key, Officers officers, Instant at) {
        return read(key, officers, at) instanceof Sound;
    }

    private static Signature.Reading read(KeyPair key, Officers officers, Instant at) {
        return Signature.read(Signature.sign("text", "a", key.getPrivate()), officers, at);
    }

    private static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
