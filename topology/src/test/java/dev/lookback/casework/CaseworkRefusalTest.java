package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.asRequester;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.CaseState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused changes nothing, is audited, and is answered. */
class CaseworkRefusalTest {
    @TempDir
    private Path state;

    private CaseworkFixture casework;
    private String submit = "";

    @BeforeEach
    void openCase() {
        casework = new CaseworkFixture(state);
        submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
    }

    @AfterEach
    void stop() {
        assertThat(AuditChain.verify(casework.audit)).isNull();
        casework.close();
    }

    @Test
    void selfApproved() {
        casework.requestId = new UUID(9, 9);
        String own =
                CommandCodec.sign(casework.submit(asRequester(ALICE)), "both", CaseworkFixture.BOTH_KEY.getPrivate());
        casework.send(own);
        refused(
                Reason.SELF_APPROVED,
                "both",
                CommandCodec.sign(approval(CommandCodec.digest(own)), "both", CaseworkFixture.BOTH_KEY.getPrivate()));
    }

    @Test
    void outOfRole() {
        String digest = CommandCodec.digest(submit);
        refused(
                Reason.ROLE_MISSING,
                "auditor",
                CommandCodec.sign(approval(digest), "auditor", CaseworkFixture.AUDITOR_KEY.getPrivate()));
        refused(
                Reason.ROLE_MISSING,
                "intake",
                CommandCodec.sign(approval(digest), "intake", CaseworkFixture.INTAKE_KEY.getPrivate()));
    }

    @Test
    void forged() {
        String digest = CommandCodec.digest(submit);
        refused(
                Reason.BAD_SIGNATURE,
                "",
                CommandCodec.sign(approval(digest), "approver", CaseworkFixture.INTAKE_KEY.getPrivate()));
    }

    @Test
    void unsignedAndUnreadable() {
        refused(Reason.BAD_SIGNATURE, "", "approve it");
        int before = casework.statuses.size();
        casework.write(casework.requestId.toString(), new byte[] {1, 2, 3});
        assertThat(casework.statuses).hasSize(before + 1);
        assertThat(casework.status().getReason()).isEqualTo("UNREADABLE");
        casework.write(casework.requestId.toString(), (byte[]) null);
        casework.write(null, new byte[0]);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
    }

    @Test
    void unknownOfficer() {
        refused(
                Reason.UNKNOWN_OFFICER,
                "",
                CommandCodec.sign(
                        approval(CommandCodec.digest(submit)),
                        "somebody",
                        CaseworkFixture.newKey().getPrivate()));
    }

    @Test
    void officerNoLongerValid() {
        refused(
                Reason.OFFICER_NOT_VALID,
                "expired",
                CommandCodec.sign(
                        new Command.Withdraw(casework.requestId, casework.nextCommandId(), casework.now),
                        "expired",
                        CaseworkFixture.EXPIRED_KEY.getPrivate()));
    }

    @Test
    void approvalOfAnotherRequest() {
        refused(
                Reason.DIGEST_MISMATCH,
                "approver",
                CommandCodec.sign(
                        approval(CommandCodec.digest("other")), "approver", CaseworkFixture.APPROVER_KEY.getPrivate()));
    }

    @Test
    void replayed() {
        refused(Reason.REPLAYED, "intake", submit);
        Command early = new Command.Close(casework.requestId, casework.nextCommandId(), casework.now);
        String close = CommandCodec.sign(early, "intake", CaseworkFixture.INTAKE_KEY.getPrivate());
        refused(Reason.NOT_SEALED, "intake", close);
        casework.approve(submit);
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
        refused(Reason.REPLAYED, "intake", close);
    }

    @Test
    void stale() {
        refused(
                Reason.STALE,
                "approver",
                approvalIssued(casework.now.minus(Duration.ofDays(1)).minusMillis(1)));
        refused(
                Reason.STALE,
                "approver",
                approvalIssued(casework.now.plus(Duration.ofMinutes(5)).plusMillis(1)));
        casework.send(approvalIssued(casework.now.minus(Duration.ofDays(1))));
        assertThat(casework.state()).isEqualTo(CaseState.APPROVED);
    }

    @Test
    void underAnotherKey() {
        String other = new UUID(1, 2).toString();
        int before = casework.statuses.size();
        casework.send(other, approvalIssued(casework.now));
        assertThat(casework.statuses).hasSize(before + 1);
        assertThat(casework.status().getReason()).isEqualTo("KEY_MISMATCH");
        casework.send("tick", approvalIssued(casework.now));
        assertThat(casework.statuses).as("no request to answer under").hasSize(before + 1);
        assertThat(casework.lastAudit().getDetail()).startsWith("reason=KEY_MISMATCH");
    }

    @Test
    void malformed() {
        refused(Reason.MALFORMED, "intake", SignedByHand.payload("{\"type\":\"approve\"}"));
    }

    @Test
    void secondSubmit() {
        refused(
                Reason.REQUEST_EXISTS,
                "intake",
                CommandCodec.sign(
                        casework.submit(asRequester(ALICE)), "intake", CaseworkFixture.INTAKE_KEY.getPrivate()));
        refused(Reason.REQUEST_EXISTS, "intake", SignedByHand.submit(casework, "LETTER"));
    }

    @Test
    void aboutARequestThatIsNot() {
        casework.requestId = new UUID(5, 5);
        int before = casework.statuses.size();
        casework.send(CommandCodec.sign(approval("ab"), "approver", CaseworkFixture.INTAKE_KEY.getPrivate()));
        assertThat(casework.statuses).as("who is no officer learns nothing").hasSize(before);
        casework.send(approvalIssued(casework.now));
        assertThat(casework.status().getReason()).isEqualTo("NO_SUCH_REQUEST");
        assertThat(casework.status().getVersion()).isZero();
        assertThat(casework.state()).isEqualTo(CaseState.UNKNOWN);
    }

    private Command approval(String digest) {
        return new Command.Approve(casework.requestId, casework.nextCommandId(), casework.now, digest);
    }

    private String approvalIssued(Instant at) {
        return CommandCodec.sign(
                new Command.Approve(casework.requestId, casework.nextCommandId(), at, CommandCodec.digest(submit)),
                "approver",
                CaseworkFixture.APPROVER_KEY.getPrivate());
    }

    private void refused(Reason reason, String officer, String jws) {
        CaseState before = casework.state();
        long version = casework.status().getVersion();
        int pieces = casework.extracts.size();
        casework.send(jws);
        casework.work();
        assertThat(casework.state()).isEqualTo(before);
        assertThat(casework.status().getReason()).isEqualTo(reason.name());
        assertThat(casework.status().getVersion()).isEqualTo(version + 1);
        assertThat(casework.extracts).hasSize(pieces);
        assertThat(casework.lastAudit()).extracting("action", "officer").containsExactly("REFUSED", officer);
        assertThat(casework.lastAudit().getDetail()).startsWith("reason=" + reason);
        assertThat(casework.meters
                        .get("lookback.commands.refused")
                        .tag("reason", reason.name())
                        .counter()
                        .count())
                .isPositive();
    }
}
