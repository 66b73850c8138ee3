package dev.lookback.officers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.seal.KeyFiles;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OfficersTest {
    private static final KeyPair KEY = newKey();
    private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
    private static final Officer OFFICER =
            new Officer("officer-a", Set.of(Officer.Role.INTAKE, Officer.Role.APPROVER), KEY.getPublic(), FROM, null);

    @Test
    void fileIsReadAsWritten() {
        String yaml = new Officers(List.of(OFFICER)).toYaml();
        assertThat(Officers.parse(yaml).find("officer-a")).containsExactly(OFFICER);
        assertThat(Officers.parse(yaml).find("officer-b")).isEmpty();
    }

    @Test
    void instantsNeedNoQuotes() {
        String yaml = "officers:\n- id: a\n  roles: [INTAKE]\n  validUntil: 2026-01-01T00:00:00Z\n  publicKey: |\n"
                + KeyFiles.toPem(KEY.getPublic()).indent(4);
        assertThat(Officers.parse(yaml).find("a"))
                .extracting(Officer::validUntil)
                .containsExactly(FROM);
    }

    @Test
    void oneKeyIsOnePerson() {
        Officer twin = new Officer("officer-b", Set.of(Officer.Role.APPROVER), KEY.getPublic(), null, null);
        assertThatThrownBy(() -> new Officers(List.of(OFFICER, twin))).hasMessageContaining("officer-b");
    }

    @Test
    void oneOfficerHasOneKeyAtATime() {
        Officer old = new Officer("officer-a", Set.of(Officer.Role.INTAKE), KEY.getPublic(), null, FROM);
        assertThat(new Officers(List.of(next(FROM, null), old)).find("officer-a"))
                .hasSize(2);
        Officers parsed = Officers.parse(new Officers(List.of(old, next(FROM, null))).toYaml());
        assertThat(parsed.find("officer-a")).extracting(Officer::validUntil).containsExactly(FROM, null);
        for (Officer next : List.of(next(FROM.minusMillis(1), null), next(null, FROM), next(null, null))) {
            assertThatThrownBy(() -> new Officers(List.of(old, next)))
                    .hasMessageContaining("officer-a has two keys that are valid at the same time");
            assertThatThrownBy(() -> new Officers(List.of(next, old))).hasMessageContaining("at the same time");
        }
        Officer again = new Officer("officer-a", Set.of(Officer.Role.INTAKE), KEY.getPublic(), FROM, null);
        assertThatThrownBy(() -> new Officers(List.of(old, again))).hasMessageContaining("shares a key");
    }

    private static Officer next(@Nullable Instant from, @Nullable Instant until) {
        return new Officer("officer-a", Set.of(Officer.Role.INTAKE), newKey().getPublic(), from, until);
    }

    @Test
    void mistakesAreNamed() {
        String good = new Officers(List.of(OFFICER)).toYaml();
        assertThatThrownBy(() -> Officers.parse(good.replace("INTAKE", "INTAK")))
                .hasMessageContaining("Officer 1");
        assertThatThrownBy(() -> Officers.parse(good.replace("roles", "role"))).hasMessageContaining("fields");
        assertThatThrownBy(() -> Officers.parse(good.replace("PUBLIC", "PRIVATE")))
                .hasMessageContaining("PEM");
        assertThatThrownBy(() -> Officers.parse("officers: 7")).hasMessageContaining("officers");
        assertThatThrownBy(() -> Officers.parse("\t")).hasMessageContaining("YAML");
    }

    @Test
    void validityIncludesItsStartAndExcludesItsEnd() {
        Officer officer = new Officer("a", Set.of(), KEY.getPublic(), FROM, FROM.plusSeconds(1));
        assertThat(officer.validAt(FROM.minusMillis(1))).isFalse();
        assertThat(officer.validAt(FROM)).isTrue();
        assertThat(officer.validAt(FROM.plusSeconds(1))).isFalse();
    }

    private static KeyPair newKey() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
