package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.APPROVER_KEY;
import static dev.lookback.casework.CaseworkFixture.BOB;
import static dev.lookback.casework.CaseworkFixture.BOTH_KEY;
import static dev.lookback.casework.CaseworkFixture.SEAL;
import static dev.lookback.casework.CaseworkFixture.START;
import static dev.lookback.casework.CaseworkFixture.asRequester;
import static dev.lookback.casework.CaseworkFixture.lookup;
import static dev.lookback.casework.CaseworkFixture.newKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.casework.CaseworkFixture.Keys;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officer.Role;
import dev.lookback.officers.Officers;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.ExtractVerifier.Flawed;
import dev.lookback.seal.ExtractVerifier.Sound;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Casework is restarted with other keys while cases are open. */
class KeyRotationTest {
    private static final EnrichedLookup FIRST = lookup(1, START.minus(Duration.ofDays(2)), ALICE, BOB);
    private static final EnrichedLookup SECOND = lookup(2, START.minus(Duration.ofDays(1)), ALICE, "no such thing");
    private static final KeyPair NEXT_SEAL = newKey();
    private static final KeyPair NEXT_APPROVER_KEY = newKey();
    private static final KeyPair NEXT_BOTH_KEY = newKey();
    private static final Instant CHANGE = START.plus(Duration.ofMinutes(10));
    private static final Set<Role> BOTH = Set.of(Role.INTAKE, Role.APPROVER);
    private static final Officers NEXT_OFFICERS = new Officers(List.of(
            new Officer("intake", Set.of(Role.INTAKE), CaseworkFixture.INTAKE_KEY.getPublic(), null, null),
            new Officer("approver", Set.of(Role.APPROVER), APPROVER_KEY.getPublic(), null, CHANGE),
            new Officer("approver", Set.of(Role.APPROVER), NEXT_APPROVER_KEY.getPublic(), CHANGE, null),
            new Officer("both", BOTH, BOTH_KEY.getPublic(), null, CHANGE),
            new Officer("both", BOTH, NEXT_BOTH_KEY.getPublic(), CHANGE, null)));

    /** Parts of one lookup, one a slice. */
    private static final CaseworkSettings SLOW = CaseworkTopologyTest.settings(100, Duration.ZERO);

    @TempDir
    private Path state;

    private CaseworkSettings settings = CaseworkSettings.DEFAULTS;
    private CaseworkFixture casework;

    @BeforeEach
    void start() {
        casework = new CaseworkFixture(state, settings, 1, START);
    }

    @AfterEach
    void stop() {
        casework.close();
    }

    private void restart(Keys keys) {
        casework.abandon();
        casework = new CaseworkFixture(state, settings, 1, casework, keys);
    }

    // ---- the sealing key

    @Test
    void extractsAreSealedWithTheKeyOfTheirTime() {
        String open = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        Extract before = sealed(new UUID(7, 12));

        restart(new Keys(CaseworkFixture.OFFICERS, NEXT_SEAL));
        casework.requestId = new UUID(7, 11);
        casework.extracts.clear();
        casework.approve(open);
        workUntilSealed();
        Extract after = casework.extract();

        assertThat(verify(before, SEAL)).isInstanceOf(Sound.class);
        assertThat(verify(after, NEXT_SEAL)).isInstanceOf(Sound.class);
        assertThat(verify(before, NEXT_SEAL)).isEqualTo(needs(SEAL.getPublic(), NEXT_SEAL.getPublic()));
        assertThat(verify(after, SEAL)).isEqualTo(needs(NEXT_SEAL.getPublic(), SEAL.getPublic()));
    }

    /** What is sealed is the manifest, at the end: parts bear no seal of their own. */
    @Test
    void anExtractThatWasHalfMadeIsSealedWhollyWithTheNewKey() throws IOException {
        settings = SLOW;
        restart(Keys.FIRST);
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST, SECOND);
        casework.approve(submit);
        casework.work();
        assertThat(casework.extracts).as("one part of two").hasSize(1);

        restart(new Keys(CaseworkFixture.OFFICERS, NEXT_SEAL));
        workUntilSealed();

        assertThat(casework.extracts).as("two parts and the manifest").hasSize(3);
        assertThat(casework.manifest().keyId()).isEqualTo(KeyFiles.keyId(NEXT_SEAL.getPublic()));
        assertThat(casework.extract().lines()).hasSize(2);
        assertThat(verify(casework.extract(), SEAL)).isEqualTo(needs(NEXT_SEAL.getPublic(), SEAL.getPublic()));
    }

    @Test
    void theAuditVerifiesWithAllItsKeysAndNamesOneThatIsMissing() {
        sealed(new UUID(7, 12));
        restart(new Keys(CaseworkFixture.OFFICERS, NEXT_SEAL));
        sealed(new UUID(7, 13));
        casework.pass(settings.checkpointInterval());

        AuditVerifier.Verdict verdict = audit(SEAL, NEXT_SEAL);
        assertThat(verdict.flaw()).isNull();
        assertThat(verdict.signed().keyId()).isEqualTo(KeyFiles.keyId(NEXT_SEAL.getPublic()));
        assertThat(audit(NEXT_SEAL).flaw()).asString().contains("key id " + KeyFiles.keyId(SEAL.getPublic()));
        assertThat(audit(SEAL).flaw()).asString().contains("key id " + KeyFiles.keyId(NEXT_SEAL.getPublic()));
    }

    // ---- officers' keys

    @Test
    void whatWasSignedWithTheOldKeyInItsTimeStaysAsItWas() {
        String submit = signedAsBoth(BOTH_KEY);
        casework.tick(1);
        casework.search(0, FIRST);
        restart(new Keys(NEXT_OFFICERS, SEAL));
        casework.advance(Duration.between(casework.now, CHANGE));

        approve("approver", NEXT_APPROVER_KEY, submit);
        workUntilSealed();
        assertThat(casework.manifest().chronology().submittedBy()).isEqualTo("both");
        assertThat(audit(SEAL).flaw()).isNull();
        assertThat(CommandCodec.read(submit, NEXT_OFFICERS, START))
                .as("the command on file, read again")
                .isInstanceOf(CommandCodec.Good.class);
    }

    @Test
    void theOldKeyIsRefusedFromTheChangeOnAndTheNewOneBefore() {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        restart(new Keys(NEXT_OFFICERS, SEAL));

        approve("approver", NEXT_APPROVER_KEY, submit);
        refused(Reason.KEY_NOT_VALID, "approver");
        casework.advance(Duration.between(casework.now, CHANGE));
        approve("approver", APPROVER_KEY, submit);
        refused(Reason.KEY_NOT_VALID, "approver");
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);

        approve("approver", NEXT_APPROVER_KEY, submit);
        assertThat(casework.state()).isEqualTo(CaseState.APPROVED);
    }

    @Test
    void anotherKeyIsNotAnotherOfficer() {
        String submit = signedAsBoth(BOTH_KEY);
        casework.tick(1);
        casework.search(0, FIRST);
        restart(new Keys(NEXT_OFFICERS, SEAL));
        casework.advance(Duration.between(casework.now, CHANGE));

        approve("both", NEXT_BOTH_KEY, submit);
        refused(Reason.SELF_APPROVED, "both");
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
    }

    private void refused(Reason reason, String officer) {
        assertThat(casework.status().getReason()).isEqualTo(reason.name());
        assertThat(casework.lastAudit().getAction()).isEqualTo("REFUSED");
        assertThat(casework.lastAudit().getOfficer()).isEqualTo(officer);
    }

    private String signedAsBoth(KeyPair key) {
        String submit = CommandCodec.sign(casework.submit(asRequester(ALICE)), "both", key.getPrivate());
        casework.send(submit);
        return submit;
    }

    private void approve(String officer, KeyPair key, String submit) {
        casework.send(CommandCodec.sign(
                new Command.Approve(
                        casework.requestId, casework.nextCommandId(), casework.now, CommandCodec.digest(submit)),
                officer,
                key.getPrivate()));
    }

    // ---- sealing and verifying

    private Extract sealed(UUID requestId) {
        casework.requestId = requestId;
        casework.extracts.clear();
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST, SECOND);
        casework.approve(submit);
        workUntilSealed();
        return casework.extract();
    }

    private void workUntilSealed() {
        for (int i = 0; i < 10 && casework.state() != CaseState.SEALED; i++) {
            casework.work();
        }
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
    }

    private static ExtractVerifier.Verdict verify(Extract extract, KeyPair key) {
        return ExtractVerifier.verify(extract, key.getPublic());
    }

    private static Flawed needs(PublicKey needed, PublicKey given) {
        return new Flawed("The seal (manifest.sig) is not that of this manifest under this key. It names key "
                + KeyFiles.keyId(needed) + ", and this is key " + KeyFiles.keyId(given));
    }

    private AuditVerifier.Verdict audit(KeyPair... keys) {
        List<PublicKey> publicKeys = Arrays.stream(keys).map(KeyPair::getPublic).toList();
        AuditVerifier verifier = new AuditVerifier(0, new AuditVerifier.Terms(publicKeys, null, null), List.of());
        casework.audit.forEach(verifier::add);
        return verifier.verdict();
    }
}
