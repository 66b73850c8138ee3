package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.BOB;
import static dev.lookback.casework.CaseworkFixture.CAROL;
import static dev.lookback.casework.CaseworkFixture.START;
import static dev.lookback.casework.CaseworkFixture.asRequester;
import static dev.lookback.casework.CaseworkFixture.lookup;
import static dev.lookback.casework.CaseworkFixture.paper;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.disclosure.TestPolicies;
import dev.lookback.erasure.SignedErasure;
import dev.lookback.officers.Officer;
import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.Search;
import dev.lookback.v1.SelectorRole;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is peculiar to each instrument, and to what exposes bystanders. */
class CaseworkInstrumentsTest {
    private static final CaseworkSettings SETTINGS = CaseworkSettings.DEFAULTS;
    private static final Instant RETAINED = START.minus(Duration.ofDays(30));
    private static final EnrichedLookup FIRST = lookup(1, START.minus(Duration.ofDays(2)), ALICE, BOB);
    private static final EnrichedLookup SECOND = lookup(2, START.minus(Duration.ofDays(1)), ALICE, CAROL);

    @TempDir
    private Path state;

    private CaseworkFixture casework;
    private int restarts;

    @BeforeEach
    void start() {
        start(TestPolicies.OPEN);
    }

    private void start(DisclosurePolicy policy) {
        if (casework != null) {
            casework.close();
        }
        casework = new CaseworkFixture(state.resolve("state-" + ++restarts), SETTINGS, policy, 1, START);
    }

    @AfterEach
    void stop() {
        assertThat(AuditChain.verify(casework.audit)).isNull();
        assertThat(casework.publicRecords())
                .doesNotContain(ALICE)
                .doesNotContain(BOB)
                .doesNotContain(CAROL);
        casework.close();
    }

    // ---- emergency

    @Test
    void anEmergencyTakesTwoAndThePaperAfterwards() {
        String submit = submit(InstrumentType.EMERGENCY_REQUEST, START.minus(Duration.ofDays(5)), START);
        casework.tick(1);
        casework.search(0, FIRST);
        casework.approve(submit);
        assertThat(casework.state()).as("one of two").isEqualTo(CaseState.AWAITING_APPROVAL);
        assertThat(casework.status().getApprovals()).containsExactly("approver");
        casework.approve(submit);
        assertThat(casework.status().getReason()).isEqualTo("APPROVED_TWICE");
        approveAs("both", submit);
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
        assertThat(casework.manifest().chronology().approvals())
                .extracting(Manifest.Approval::officer)
                .containsExactly("approver", "both");

        casework.closeCase();
        assertThat(casework.status().getReason()).isEqualTo("PAPER_MISSING");
        casework.pass(Duration.ofHours(48));
        assertThat(casework.status().getReason()).isEqualTo("PAPER_OVERDUE");
        assertThat(casework.meters.get("lookback.papers.overdue").gauge().value())
                .isZero(); // at the next slice
        casework.work();
        assertThat(casework.meters.get("lookback.papers.overdue").gauge().value())
                .isEqualTo(1);

        order(new Command.Paper(
                casework.requestId, casework.nextCommandId(), casework.now, paper(InstrumentType.SEARCH_WARRANT)));
        assertThat(casework.status().getReason()).isEqualTo("PAPER_RECEIVED");
        assertThat(casework.status().getPaperDueAt()).isNull();
        casework.closeCase();
        assertThat(casework.state()).isEqualTo(CaseState.CLOSED);
    }

    @Test
    void noPaperIsOwedForWhatWasNotDisclosed() {
        submit(InstrumentType.EMERGENCY_REQUEST, START.minus(Duration.ofDays(5)), START);
        casework.tick(1);
        casework.search(0, FIRST);
        casework.reject();
        assertThat(casework.status().getPaperDueAt()).isNull();
        casework.pass(Duration.ofDays(3));
        assertThat(casework.statuses).noneMatch(status -> status.getReason().equals("PAPER_OVERDUE"));
    }

    /** An emergency request on what was preserved two months ago has its time for the paper, and leaves no debt. */
    @Test
    void thePaperIsDueFromWhenTheEmergencyWasFiled() {
        submit(InstrumentType.PRESERVATION_REQUEST, START.minus(Duration.ofDays(5)), START);
        casework.tick(1);
        casework.search(0, FIRST);
        casework.pass(Duration.ofDays(60));
        submit(InstrumentType.EMERGENCY_REQUEST, START.minus(Duration.ofDays(5)), START);
        assertThat(casework.status().getPaperDueAt()).isEqualTo(casework.now.plus(Duration.ofHours(48)));
        casework.reject();
        assertThat(casework.state()).isEqualTo(CaseState.PRESERVED);
        assertThat(casework.status().getPaperDueAt()).isNull();
    }

    // ---- preservation

    @Test
    void preservationDisclosesNothingAndExpires() {
        String submit = submit(InstrumentType.PRESERVATION_REQUEST, START.minus(Duration.ofDays(5)), START);
        casework.tick(1);
        casework.search(0, FIRST, SECOND);
        assertThat(casework.state()).isEqualTo(CaseState.PRESERVED);
        assertThat(casework.status().getLapsesAt()).isEqualTo(START.plus(Duration.ofDays(90)));
        casework.approve(submit);
        assertThat(casework.status().getReason()).isEqualTo("NOTHING_TO_APPROVE");

        renew();
        assertThat(casework.status().getReason()).isEqualTo("RENEWED");
        renew();
        assertThat(casework.status().getReason()).isEqualTo("ALREADY_RENEWED");
        casework.pass(Duration.ofDays(180).minusSeconds(60));
        assertThat(casework.state()).isEqualTo(CaseState.PRESERVED);
        assertThat(casework.tombstones).isEmpty();
        casework.pass(Duration.ofSeconds(60));
        assertThat(casework.state()).isEqualTo(CaseState.EXPIRED);
        casework.work();
        assertThat(casework.tombstones).hasSize(2);
        assertThat(casework.extracts).isEmpty();
    }

    @Test
    void anInstrumentIsServedOnWhatIsPreserved() {
        submit(InstrumentType.PRESERVATION_REQUEST, START.minus(Duration.ofDays(5)), START);
        casework.tick(1);
        casework.search(0, FIRST, SECOND);
        casework.pass(Duration.ofDays(60));

        String tooMuch = submit(InstrumentType.COURT_ORDER, START.minus(Duration.ofDays(6)), START);
        assertThat(casework.state()).isEqualTo(CaseState.PRESERVED);
        assertThat(casework.status().getProblems()).containsExactly("scope NOT_PRESERVED");
        assertThat(tooMuch).isNotEmpty();

        String served = submit(InstrumentType.COURT_ORDER, START.minus(Duration.ofHours(36)), START);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
        assertThat(casework.status().getReason()).isEqualTo("SERVED");
        casework.reject();
        assertThat(casework.state()).as("still preserved").isEqualTo(CaseState.PRESERVED);
        assertThat(casework.status().getInstrument()).isEqualTo("PRESERVATION_REQUEST");
        casework.approve(served);
        assertThat(casework.status().getReason()).isEqualTo("NOTHING_TO_APPROVE");

        served = submit(InstrumentType.COURT_ORDER, START.minus(Duration.ofHours(36)), START);
        casework.approve(served);
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
        Manifest manifest = casework.manifest();
        assertThat(manifest.totals()).extracting("lookups", "excluded").containsExactly(1L, 1L);
        assertThat(manifest.instrument().type()).isEqualTo("COURT_ORDER");
        assertThat(manifest.chronology().receivedAt()).isEqualTo("2026-03-01T12:00:00.000Z");
        assertThat(manifest.chronology().correctedAt()).isNotNull();
        assertThat(manifest.outcomes().get(0).outcome()).isEqualTo(Manifest.Outcome.FOUND);
    }

    // ---- standing orders

    @Test
    void aStandingOrderCollectsUntilItsWindowIsOver() {
        Instant to = START.plus(Duration.ofDays(1));
        String submit = submit(InstrumentType.STANDING_ORDER, START.minus(Duration.ofHours(1)), to);
        casework.tick(1);
        casework.search(0);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
        casework.pass(Duration.ofMinutes(29));
        assertThat(casework.searches()).as("not yet").hasSize(1);

        casework.pass(Duration.ofMinutes(1)); // a round is opened
        casework.tick(2);
        assertThat(casework.searches()).as("collects before it is approved").hasSize(2);
        Search round = casework.searches().get(1);
        assertThat(round.getRound()).isEqualTo(1);
        assertThat(round.getTo()).isEqualTo(to);
        assertThat(round.getFrom()).as("not before the window").isEqualTo(START.minus(Duration.ofHours(1)));
        casework.approve(submit);
        assertThat(casework.state()).isEqualTo(CaseState.ACTIVE);
        EnrichedLookup later = lookup(3, START.plus(Duration.ofMinutes(20)), ALICE, BOB);
        casework.end(0, 0, 0);
        casework.pass(Duration.ofHours(1));
        assertThat(casework.searches())
                .as("an END of another round ends nothing")
                .hasSize(2);
        found(1, RETAINED, later);

        casework.pass(Duration.ofHours(30));
        casework.tick(2);
        assertThat(casework.searches()).hasSize(3);
        found(2, RETAINED, later);
        casework.pass(Duration.ofHours(5)); // 36 h 30 min: the window, and how late a lookup may come
        casework.tick(3);
        assertThat(casework.searches()).hasSize(4);
        EnrichedLookup last = lookup(4, to.minusMillis(1), ALICE, CAROL);
        found(3, RETAINED, last, lookup(5, to, ALICE, CAROL));
        casework.work();
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
        Manifest manifest = casework.manifest();
        assertThat(manifest.totals()).extracting("lookups", "excluded").containsExactly(2L, 1L);
        assertThat(manifest.standing().rounds()).isEqualTo(4);
        assertThat(manifest.standing().gaps()).isEmpty();
        assertThat(manifest.standing().previous()).isNull();
        casework.pass(Duration.ofDays(1));
        casework.tick(9);
        assertThat(casework.searches()).as("a hard stop").hasSize(4);
    }

    @Test
    void whatWasForgottenBetweenTwoRoundsIsAGap() {
        Instant to = START.plus(Duration.ofHours(1));
        String submit = submit(InstrumentType.STANDING_ORDER, START.minus(Duration.ofHours(1)), to);
        casework.approve(submit);
        casework.tick(1);
        casework.search(0);
        Instant first = casework.now;
        casework.pass(Duration.ofHours(14));
        casework.tick(1);
        found(1, first.plus(Duration.ofMinutes(10)));
        casework.work();
        casework.work();
        List<Manifest.Window> gaps = casework.manifest().standing().gaps();
        assertThat(gaps).hasSize(1);
        assertThat(gaps.get(0).to()).isEqualTo("2026-03-01T12:10:00.001Z");
    }

    @Test
    void aStandingOrderContinuesAnother() {
        UUID before = casework.requestId;
        Instant end = START.plus(Duration.ofHours(2));
        String first = submit(InstrumentType.STANDING_ORDER, START.minus(Duration.ofHours(1)), end);
        collect(first, end);
        String digest = casework.status().getManifestSha256();

        casework.requestId = new UUID(7, 12);
        continued(before, List.of(asRequester(BOB)), end, casework.now.plus(Duration.ofDays(2)));
        assertThat(casework.state()).isEqualTo(CaseState.INVALID);
        assertThat(casework.status().getProblems()).containsExactly("continues NOT_CONTINUED");
        Instant next = casework.now.plus(Duration.ofHours(1));
        String second = continued(before, List.of(asRequester(ALICE)), end, next);
        assertThat(casework.state()).as("corrected").isEqualTo(CaseState.RECEIVED);
        casework.extracts.clear();
        collect(second, next);
        Manifest.Previous previous = casework.manifest().standing().previous();
        assertThat(previous.manifestSha256()).isEqualTo(digest);
        assertThat(previous.relation()).isEqualTo(Manifest.Relation.CONTINUOUS);

        casework.requestId = new UUID(7, 13);
        casework.extracts.clear();
        Instant third = casework.now.plus(Duration.ofHours(1));
        collect(
                continued(new UUID(7, 12), List.of(asRequester(ALICE)), next.minus(Duration.ofMinutes(1)), third),
                third);
        assertThat(casework.manifest().standing().previous().relation()).isEqualTo(Manifest.Relation.OVERLAP);

        casework.requestId = new UUID(7, 14);
        casework.extracts.clear();
        Instant fourth = casework.now.plus(Duration.ofHours(1));
        collect(
                continued(new UUID(7, 13), List.of(asRequester(ALICE)), third.plus(Duration.ofMinutes(1)), fourth),
                fourth);
        assertThat(casework.manifest().standing().previous().relation()).isEqualTo(Manifest.Relation.GAP);
    }

    private void collect(String submit, Instant end) {
        casework.approve(submit);
        casework.tick(1);
        casework.search(0);
        casework.pass(Duration.between(casework.now, end).plus(SETTINGS.collectOverlap()));
        casework.tick(1);
        found(1, RETAINED);
        casework.work();
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
    }

    private void found(int round, Instant horizon, EnrichedLookup... copies) {
        for (EnrichedLookup copy : copies) {
            casework.copy(copy);
        }
        casework.end(0, 0, round);
        casework.result(0, 0, round, copies.length, horizon, false, 9);
    }

    // ---- estimates

    @Test
    void anEstimateCountsAndCopiesNothing() {
        Command.Submit submit = new Command.Submit(
                casework.requestId,
                casework.nextCommandId(),
                casework.now,
                true,
                new Command.Instrument(InstrumentType.COURT_ORDER, "draft", "Local Court", "DE", null, null, null),
                List.of(asRequester(ALICE), new Command.Ask(SelectorRole.QUERIED, BOB, null)),
                START.minus(Duration.ofDays(5)),
                START,
                Command.Particulars.NONE);
        order(submit);
        casework.tick(1);
        assertThat(casework.searches()).extracting(Search::getCountOnly).containsOnly(true);
        casework.end(0, 0);
        casework.result(0, 0, 0, 17, RETAINED, false, 1);
        casework.end(1, 0);
        casework.result(1, 0, 0, 4, RETAINED, false, 1);
        assertThat(casework.state()).isEqualTo(CaseState.CLOSED);
        assertThat(casework.status().getReason()).isEqualTo("ESTIMATED");
        assertThat(casework.status().getEstimates()).containsExactly(17L, 4L);
        casework.work();
        assertThat(casework.extracts).isEmpty();
    }

    // ---- corrections

    @Test
    void anInvalidRequestIsCorrectedAndKeepsTheTimeOfItsReceipt() {
        casework.send(SignedByHand.submit(casework, "LETTER"));
        assertThat(casework.state()).isEqualTo(CaseState.INVALID);
        casework.pass(Duration.ofDays(3));
        String submit = submit(InstrumentType.COURT_ORDER, START.minus(Duration.ofDays(5)), START.plusSeconds(5));
        assertThat(casework.state()).isEqualTo(CaseState.RECEIVED);
        assertThat(casework.status().getReason()).isEqualTo("CORRECTED");
        assertThat(casework.status().getReceivedAt()).isEqualTo(START);
        casework.tick(1);
        assertThat(casework.searches().get(0).getReceivedAt()).isEqualTo(START);
        casework.search(0, FIRST);
        casework.approve(submit);
        casework.work();
        Manifest manifest = casework.manifest();
        assertThat(manifest.chronology().correctedAt()).isEqualTo("2026-03-04T12:00:00.100Z");
        assertThat(manifest.scope().window().to()).isEqualTo("2026-03-01T12:00:00.000Z");
        assertThat(manifest.scope().narrowings())
                .extracting(Manifest.Narrowing::reason)
                .containsExactly(Intake.ENDS_AT_RECEIPT);
    }

    @Test
    void anInvalidRequestThatNobodyCorrectsLapses() {
        casework.send(SignedByHand.submit(casework, "LETTER"));
        casework.pass(SETTINGS.approvalTimeout());
        assertThat(casework.state()).isEqualTo(CaseState.LAPSED);
    }

    // ---- the disclosure policy

    @Test
    void whatThePolicyDoesNotAllowIsInvalid() {
        order(new Command.Submit(
                casework.requestId,
                casework.nextCommandId(),
                casework.now,
                false,
                paper(InstrumentType.COURT_ORDER),
                List.of(asRequester(ALICE), new Command.Ask(SelectorRole.SOURCE, "192.0.0.0/8", null)),
                START.minus(Duration.ofDays(4000)),
                START,
                Command.Particulars.NONE));
        assertThat(casework.status().getProblems())
                .containsExactly("selectors[1] RANGE_TOO_WIDE", "window WINDOW_TOO_LONG");
    }

    @Test
    void overItsQuotaARequestTakesOneMoreApproval() {
        DisclosurePolicy open = TestPolicies.OPEN;
        start(new DisclosurePolicy(
                open.name(), open.sha256(), new DisclosurePolicy.Quota(1, Duration.ofDays(30)), open.instruments()));
        casework.submitForAlice();
        assertThat(casework.status().getOverQuota()).isFalse();
        casework.requestId = new UUID(7, 12);
        String submit = casework.submitForAlice();
        assertThat(casework.status().getOverQuota()).isTrue();
        assertThat(casework.status().getApprovalsNeeded()).isEqualTo(2);
        assertThat(casework.meters.get("lookback.requests.over.quota").counter().count())
                .isEqualTo(1);
        casework.tick(1);
        casework.search(0, FIRST);
        casework.approve(submit);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
        approveAs("both", submit);
        assertThat(casework.state()).isEqualTo(CaseState.APPROVED);
    }

    @Test
    void bystandersAreShownByPseudonymsAndUpToACap() {
        start(TestPolicies.open(2L, true));
        String submit = CommandCodec.sign(
                casework.submit(new Command.Ask(SelectorRole.EITHER, CAROL, null)),
                "intake",
                CaseworkFixture.INTAKE_KEY.getPrivate());
        casework.send(submit);
        casework.tick(1);
        casework.search(
                0,
                lookup(1, START.minusSeconds(60), ALICE, CAROL),
                lookup(2, START.minusSeconds(50), ALICE, CAROL),
                lookup(3, START.minusSeconds(40), BOB, CAROL),
                lookup(4, START.minusSeconds(30), CAROL, ALICE));
        casework.approve(submit);
        casework.work();
        Manifest manifest = casework.manifest();
        assertThat(manifest.outcomes())
                .extracting("outcome", "lookups", "capped")
                .containsExactly(tuple(Manifest.Outcome.CAPPED, 3L, 1L));
        List<String> lines = casework.lines();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0))
                .contains("requesterPseudonym")
                .doesNotContain(ALICE)
                .doesNotContain("192.0.2.7");
        assertThat(lines.get(2)).contains("\"requester\":\"" + CAROL).contains("192.0.2.7");
    }

    // ---- handing over, and what outlives the case

    @Test
    void fetchingIsOnRecord() {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        order(new Command.Fetch(casework.requestId, casework.nextCommandId(), casework.now, "ab"));
        assertThat(casework.status().getReason()).isEqualTo("NOT_SEALED");
        casework.approve(submit);
        casework.work();
        String digest = casework.status().getManifestSha256();
        order(new Command.Fetch(casework.requestId, casework.nextCommandId(), casework.now, "ab"));
        assertThat(casework.status().getReason()).isEqualTo("DIGEST_MISMATCH");
        order(new Command.Fetch(casework.requestId, casework.nextCommandId(), casework.now, digest));
        assertThat(casework.status().getReason()).isEqualTo("FETCHED");
        assertThat(casework.lastAudit()).extracting("action", "officer").containsExactly("FETCHED", "intake");
    }

    @Test
    void theEndOfANonDisclosureOrderIsPutOnRecordEvenAfterTheCase() {
        order(new Command.Submit(
                casework.requestId,
                casework.nextCommandId(),
                casework.now,
                false,
                paper(InstrumentType.COURT_ORDER),
                List.of(asRequester(ALICE)),
                START.minus(Duration.ofDays(5)),
                START,
                new Command.Particulars(
                        Command.Priority.URGENT, null, START.plus(Duration.ofDays(365)), List.of(), null)));
        casework.withdraw();
        casework.work();
        casework.advance(Duration.ofDays(300));
        assertThat(casework.stored()).as("kept for the reminder").isNotEmpty();
        casework.advance(Duration.ofDays(65));
        assertThat(casework.statuses)
                .anyMatch(status -> status != null
                        && status.getReason().equals("NON_DISCLOSURE_ENDED")
                        && status.getState() == CaseState.WITHDRAWN);
        casework.advance(Duration.ofHours(1));
        assertThat(casework.stored()).isEmpty();
    }

    @Test
    void theChainIsSignedNowAndThen() {
        casework.submitForAlice();
        casework.work();
        long before = checkpoints();
        assertThat(before).isEqualTo(1);
        casework.withdraw();
        casework.pass(SETTINGS.checkpointInterval());
        assertThat(checkpoints()).isEqualTo(2);
        casework.pass(SETTINGS.checkpointInterval().multipliedBy(5));
        assertThat(checkpoints()).as("nothing new to sign").isLessThanOrEqualTo(3);
    }

    @Test
    void erasuresAndPoliciesAreInTheChainToo() {
        UUID id = new UUID(5, 6);
        Erasure order = SignedErasure.sign(
                id,
                77,
                SelectorRole.REQUESTER,
                "demand",
                casework.now,
                "eraser",
                CaseworkFixture.ERASER_KEY.getPrivate());
        casework.publish(casework.topics.erasures(), id.toString(), order);
        assertThat(casework.lastAudit())
                .extracting("action", "officer", "detail")
                .containsExactly(
                        "ERASURE_ORDERED", "eraser", "erasure=" + id + " role=REQUESTER token=000000000000004d");
        order.setToken(78);
        casework.publish(casework.topics.erasures(), id.toString(), order);
        assertThat(casework.lastAudit())
                .extracting("action", "officer", "detail")
                .containsExactly("ERASURE_REFUSED", "", "reason=OTHER_CONTENT erasure=" + id);
        casework.publish(casework.topics.erasures().name(), "x", new byte[] {1, 2, 3});
        assertThat(casework.lastAudit().getDetail()).isEqualTo("reason=UNREADABLE");

        RetentionPolicy policy = new RetentionPolicy(
                "default", 2, Duration.ofDays(20).toMillis(), casework.now, "eraser", "why", List.of("forged"), null);
        casework.publish(casework.topics.retentionPolicies(), "default/2", policy);
        assertThat(casework.lastAudit())
                .extracting("action", "officer", "detail")
                .containsExactly(
                        "RETENTION_POLICY_REFUSED",
                        "",
                        "class=default version=2 duration=PT480H signers=\"\" unsound=1");
    }

    private long checkpoints() {
        return casework.audit.stream()
                .filter(entry -> entry.getAction().equals(SignedHead.ACTION))
                .count();
    }

    // ---- orders

    private String submit(InstrumentType type, Instant from, Instant to) {
        return order(new Command.Submit(
                casework.requestId,
                casework.nextCommandId(),
                casework.now,
                false,
                paper(type),
                List.of(asRequester(ALICE)),
                from,
                to,
                Command.Particulars.NONE));
    }

    private String continued(UUID before, List<Command.Ask> asks, Instant from, Instant to) {
        return order(new Command.Submit(
                casework.requestId,
                casework.nextCommandId(),
                casework.now,
                false,
                paper(InstrumentType.STANDING_ORDER),
                asks,
                from,
                to,
                new Command.Particulars(Command.Priority.ROUTINE, null, null, List.of(), before)));
    }

    private String order(Command command) {
        String jws = CommandCodec.sign(command, "intake", CaseworkFixture.INTAKE_KEY.getPrivate());
        casework.send(jws);
        return jws;
    }

    private void renew() {
        order(new Command.Renew(casework.requestId, casework.nextCommandId(), casework.now));
    }

    private void approveAs(String officer, String submit) {
        assertThat(CaseworkFixture.OFFICERS.find(officer).get(0).roles()).contains(Officer.Role.APPROVER);
        casework.send(CommandCodec.sign(
                new Command.Approve(
                        casework.requestId, casework.nextCommandId(), casework.now, CommandCodec.digest(submit)),
                officer,
                CaseworkFixture.BOTH_KEY.getPrivate()));
    }
}
