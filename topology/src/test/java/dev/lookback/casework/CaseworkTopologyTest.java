package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.BOB;
import static dev.lookback.casework.CaseworkFixture.CAROL;
import static dev.lookback.casework.CaseworkFixture.START;
import static dev.lookback.casework.CaseworkFixture.asRequester;
import static dev.lookback.casework.CaseworkFixture.lookup;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.seal.Extract;
import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import dev.lookback.v1.WatermarkTick;
import io.micrometer.core.instrument.Gauge;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseworkTopologyTest {
    private static final EnrichedLookup FIRST = lookup(1, START.minus(Duration.ofDays(2)), ALICE, BOB);
    private static final EnrichedLookup SECOND = lookup(2, START.minus(Duration.ofDays(1)), ALICE, "no such thing");

    @TempDir
    private Path state;

    private CaseworkFixture casework;

    @BeforeEach
    void start() {
        casework = new CaseworkFixture(state.resolve("state-0"));
    }

    @AfterEach
    void stop() {
        casework.close();
    }

    /** Positions read before the request came can miss what was published just before it. */
    @Test
    void takesNoCutThatWasReadBeforeTheRequestCame() {
        casework.tick(99);
        casework.tasks.clear();
        casework.submitForAlice();
        casework.tickReadAfter(2, 100);
        assertThat(casework.tasks).hasSize(1);
        WatermarkTick held = (WatermarkTick) casework.tasks.get(0).getTask();
        assertThat(held.getPassedOnUntil())
                .as("and does not claim to have passed it on")
                .isEqualTo(casework.now);
        casework.tickReadAfter(2, 101); // the third tick's acknowledgement was lost
        assertThat(casework.tasks).hasSize(2);
        casework.tickReadAfter(3, 102);
        assertThat(((Search) casework.tasks.get(2).getTask()).getCut()).containsExactly(102L);
        assertThat(casework.tasks.get(3).getTask()).isInstanceOf(WatermarkTick.class);
    }

    /** What was out of reach stays so; and searches go out without waiting for the clock to catch up. */
    @Test
    void brokersWhoseClocksAreSetBackBringNothingBackIntoReach() {
        casework.tick(1);
        casework.now = START.minus(Duration.ofHours(2));
        casework.submitForAlice();
        casework.tick(1);
        assertThat(casework.searches().get(0).getReceivedAt()).as("r").isEqualTo(START);
        assertThat(casework.status().getReceivedAt()).isEqualTo(START);
        assertThat(casework.tasks)
                .filteredOn(each -> each.getTask() instanceof WatermarkTick)
                .allMatch(each ->
                        !((WatermarkTick) each.getTask()).getPassedOnUntil().isBefore(START));
    }

    @Test
    void requestGoesFromSubmitToClosed() {
        String submit = casework.submitForAlice();
        assertThat(casework.state()).isEqualTo(CaseState.RECEIVED);
        assertThat(casework.tasks).as("searches wait for the cut").isEmpty();

        casework.tick(100);
        assertThat(casework.state()).isEqualTo(CaseState.PRESERVING);
        assertThat(casework.tasks).hasSize(2);
        Search search = casework.searches().get(0);
        assertThat(search.getCut()).containsExactly(100L);
        assertThat(search.getHandle()).isEqualTo(ALICE);
        assertThat(search.getReceivedAt()).isEqualTo(START);
        assertThat(casework.tasks.get(1))
                .as("the tick follows the searches")
                .isEqualTo(new SearchTask(new WatermarkTick(0, 1, START)));

        casework.search(0, SECOND, FIRST);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
        casework.work();
        assertThat(casework.extracts).as("nothing without approval").isEmpty();

        casework.approve(submit);
        assertThat(casework.state()).isEqualTo(CaseState.APPROVED);
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
        Manifest manifest = casework.manifest();
        assertThat(manifest.totals().lookups()).isEqualTo(2);
        assertThat(manifest.outcomes())
                .extracting("outcome", "lookups", "overtaken")
                .containsExactly(tuple(Manifest.Outcome.FOUND, 2L, false));
        assertThat(manifest.chronology().approvals())
                .extracting(Manifest.Approval::officer)
                .containsExactly("approver");
        assertThat(manifest.positions()).isEqualTo(new Manifest.Positions(List.of(100L), List.of(100L), List.of(4L)));
        assertThat(manifest.statement()).hasSizeGreaterThan(3);
        assertThat(casework.status().getLookups()).isEqualTo(2);

        casework.pass(CaseworkSettings.DEFAULTS.extractRetention());
        assertThat(casework.state()).isEqualTo(CaseState.CLOSED);
        casework.work();
        assertThat(casework.tombstones).containsExactlyInAnyOrder(casework.copyKey(FIRST), casework.copyKey(SECOND));
        assertThat(casework.held()).isZero();
        assertThat(casework.states())
                .containsExactly(
                        CaseState.RECEIVED,
                        CaseState.PRESERVING,
                        CaseState.AWAITING_APPROVAL,
                        CaseState.APPROVED,
                        CaseState.SEALED,
                        CaseState.CLOSED);
        assertThat(casework.statuses).extracting("version").containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(AuditChain.verify(casework.audit)).isNull();
        assertThat(casework.publicRecords()).doesNotContain(ALICE).doesNotContain(BOB);
    }

    @Test
    void eachRoleCountsWhatItMatches() {
        EnrichedLookup toAlice = lookup(3, START.minus(Duration.ofHours(5)), BOB, ALICE);
        String submit = submit(
                asRequester(ALICE),
                new Command.Ask(SelectorRole.QUERIED, "+49 151 1234-5678", null),
                new Command.Ask(SelectorRole.EITHER, ALICE, null),
                new Command.Ask(SelectorRole.QUERIED, "no such thing", null),
                asRequester(CAROL));
        casework.tick(1);
        assertThat(casework.searches())
                .extracting("role", "handle")
                .containsExactly(
                        tuple(SelectorRole.REQUESTER, ALICE),
                        tuple(SelectorRole.QUERIED, ALICE),
                        tuple(SelectorRole.EITHER, ALICE),
                        tuple(SelectorRole.QUERIED, "no such thing"),
                        tuple(SelectorRole.REQUESTER, CAROL));
        casework.search(0, FIRST, SECOND);
        casework.search(1, toAlice);
        casework.search(2, FIRST, SECOND, toAlice);
        casework.search(3, SECOND);
        casework.search(4);
        casework.approve(submit);
        casework.work();
        Manifest manifest = casework.manifest();
        assertThat(manifest.totals().lookups()).isEqualTo(3);
        assertThat(manifest.outcomes())
                .extracting("outcome", "lookups")
                .containsExactly(
                        tuple(Manifest.Outcome.FOUND, 2L),
                        tuple(Manifest.Outcome.FOUND, 1L),
                        tuple(Manifest.Outcome.FOUND, 3L),
                        tuple(Manifest.Outcome.FOUND, 1L),
                        tuple(Manifest.Outcome.NO_RECORDS, 0L));
        assertThat(manifest.scope().served().get(1).handle()).isEqualTo("+49 151 1234-5678");
        assertThat(manifest.geoDatabases()).containsExactly("Sample 2026-01-01T00:00:00Z");
    }

    @Test
    void outcomeSaysWhatHadBeenForgotten() {
        String submit = submit(asRequester(ALICE), asRequester(BOB), asRequester(CAROL));
        casework.tick(1);
        casework.copy(SECOND);
        for (int selector = 0; selector < 3; selector++) {
            casework.end(selector, 0);
        }
        casework.result(0, 0, START.minus(Duration.ofDays(5)), false, 1);
        casework.result(1, 0, START.plus(Duration.ofDays(2)), false, 1);
        casework.result(2, 0, START.minus(Duration.ofDays(30)), true, 1);
        casework.approve(submit);
        casework.work();
        Manifest manifest = casework.manifest();
        assertThat(manifest.outcomes())
                .extracting("outcome", "lookups", "overtaken")
                .containsExactly(
                        tuple(Manifest.Outcome.PARTLY_EXPIRED, 1L, false),
                        tuple(Manifest.Outcome.EXPIRED_BEFORE_RECEIPT, 0L, false),
                        tuple(Manifest.Outcome.PARTLY_EXPIRED, 0L, true));
        assertThat(manifest.outcomes().get(0).coverage())
                .isEqualTo(new Manifest.Coverage(
                        "2026-02-24T12:00:00.000Z", "2026-02-24T12:00:00.001Z", "2026-03-01T12:00:00.000Z"));
        assertThat(manifest.outcomes().get(1).coverage().from()).isNull();
    }

    @Test
    void copyOutOfScopeIsNotDisclosed() {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(
                0,
                FIRST,
                lookup(4, START.minus(Duration.ofDays(1)), BOB, CAROL),
                lookup(5, START.minus(Duration.ofDays(11)), ALICE, CAROL),
                lookup(6, START.plus(Duration.ofDays(1)), ALICE, CAROL));
        casework.approve(submit);
        casework.work();
        assertThat(casework.manifest().totals())
                .extracting("lookups", "excluded")
                .containsExactly(1L, 3L);
    }

    @Test
    void everyPartitionHasToEnd() {
        restart(CaseworkSettings.DEFAULTS, 2);
        submit(new Command.Ask(SelectorRole.QUERIED, BOB, null));
        casework.tick(50);
        casework.end(0, 1);
        casework.result(0, 1, START.minus(Duration.ofDays(30)), false, 70);
        casework.end(0, 1);
        casework.result(0, 1, START.minus(Duration.ofDays(30)), false, 70);
        casework.end(1, 0);
        casework.end(0, 2);
        assertThat(casework.state()).isEqualTo(CaseState.PRESERVING);
        casework.end(0, 0);
        assertThat(casework.state()).as("the result is missing").isEqualTo(CaseState.PRESERVING);
        casework.result(0, 0, START.minus(Duration.ofDays(30)), false, 60);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
    }

    @Test
    void requesterIsSearchedInOnePartition() {
        restart(CaseworkSettings.DEFAULTS, 2);
        casework.submitForAlice();
        casework.tick(50);
        int partition = LedgerKey.partition(CaseworkFixture.TOKENS.token(ALICE), 2);
        casework.end(0, partition);
        casework.result(0, partition, START.minus(Duration.ofDays(30)), false, 60);
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
    }

    @Test
    void approvalBeforeTheSearchesHaveEndedCounts() {
        String submit = casework.submitForAlice();
        casework.approve(submit);
        assertThat(casework.state()).isEqualTo(CaseState.RECEIVED);
        assertThat(casework.status().getApprovedBy()).isEqualTo("approver");
        casework.tick(1);
        casework.pass(CaseworkSettings.DEFAULTS.approvalTimeout());
        assertThat(casework.state()).as("approved cases do not lapse").isEqualTo(CaseState.PRESERVING);
        casework.search(0, FIRST);
        assertThat(casework.state()).isEqualTo(CaseState.APPROVED);
        casework.work();
        assertThat(casework.manifest().totals().lookups()).isEqualTo(1);
    }

    @Test
    void withdrawnCaseKeepsItsCopiesUntilTheSearchHasEnded() {
        casework.submitForAlice();
        casework.tick(1);
        casework.copy(FIRST);
        casework.withdraw();
        assertThat(casework.state()).isEqualTo(CaseState.WITHDRAWN);
        casework.work();
        assertThat(casework.tombstones).isEmpty();
        casework.copy(SECOND);
        casework.end(0, 0);
        casework.work();
        assertThat(casework.tombstones).containsExactly(casework.copyKey(FIRST), casework.copyKey(SECOND));
        assertThat(casework.held()).isZero();
        assertThat(casework.extracts).isEmpty();
    }

    @Test
    void withdrawnBeforeItsSearchesWereSentIsNotSearched() {
        casework.submitForAlice();
        casework.withdraw();
        casework.tick(1);
        assertThat(casework.searches()).isEmpty();
        assertThat(casework.tasks).hasSize(1);
    }

    @Test
    void rejectedAndLapsedCasesAreReleased() {
        casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        casework.reject();
        assertThat(casework.state()).isEqualTo(CaseState.REJECTED);
        casework.work();
        assertThat(casework.tombstones).containsExactly(casework.copyKey(FIRST));

        casework.requestId = new UUID(8, 12);
        casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        assertThat(casework.status().getLapsesAt())
                .isEqualTo(casework.status().getReceivedAt().plus(CaseworkSettings.DEFAULTS.approvalTimeout()));
        casework.pass(CaseworkSettings.DEFAULTS.approvalTimeout().minusSeconds(1));
        assertThat(casework.state()).isEqualTo(CaseState.AWAITING_APPROVAL);
        casework.pass(Duration.ofSeconds(1));
        assertThat(casework.state()).isEqualTo(CaseState.LAPSED);
        casework.work();
        assertThat(casework.tombstones).hasSize(2).contains(casework.copyKey(FIRST));
    }

    /** Casework may have been away: what counts is when the approval was sent. */
    @Test
    void anApprovalSentInTimeCountsHoweverLateItIsRead() {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        casework.advance(CaseworkSettings.DEFAULTS.approvalTimeout().plusDays(1));
        assertThat(casework.state())
                .as("no tick says that nothing is on its way")
                .isEqualTo(CaseState.AWAITING_APPROVAL);
        Instant later = casework.now;
        casework.now = later.minus(Duration.ofDays(1)).minusSeconds(1);
        casework.approve(submit);
        casework.now = later;
        casework.tick(1);
        assertThat(casework.state()).isEqualTo(CaseState.APPROVED);
    }

    @Test
    void officerClosesASealedCase() {
        seal();
        casework.closeCase();
        assertThat(casework.state()).isEqualTo(CaseState.CLOSED);
        casework.work();
        assertThat(casework.tombstones).hasSize(2);
    }

    @Test
    void repeatedSearchChangesNothing() {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST, SECOND);
        int records = casework.statuses.size();
        EnrichedLookup altered = lookup(1, START.minus(Duration.ofDays(2)), ALICE, CAROL);
        casework.search(0, altered, SECOND);
        assertThat(casework.statuses).hasSize(records);
        casework.approve(submit);
        casework.work();
        String lines = String.join("\n", casework.lines());
        assertThat(lines).as("the first copy wins").contains(BOB).doesNotContain(CAROL);
        int pieces = casework.extracts.size();
        casework.search(0, FIRST, SECOND);
        casework.work();
        assertThat(casework.extracts).as("sealed once").hasSize(pieces);
    }

    @Test
    void lateAndUnknownCopiesAreReleasedAtOnce() {
        casework.copy(FIRST);
        assertThat(casework.tombstones).as("no such request").containsExactly(casework.copyKey(FIRST));
        casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST);
        casework.reject();
        casework.work();
        casework.tombstones.clear();
        casework.search(0, FIRST, SECOND);
        assertThat(casework.tombstones).containsExactly(casework.copyKey(FIRST), casework.copyKey(SECOND));
        assertThat(casework.held()).isZero();
    }

    @Test
    void slicesDoNotShowInTheExtract() throws IOException {
        EnrichedLookup[] found = new EnrichedLookup[200];
        for (int i = 0; i < found.length; i++) {
            found[i] = lookup(i, START.minus(Duration.ofDays(2)).plusMillis(i / 3), ALICE, BOB);
        }
        restart(settings(2_000, Duration.ofMinutes(1)), 1);
        Extract atOnce = sealed(found);
        restart(settings(2_000, Duration.ZERO), 1);
        Extract inSlices = sealed(found);
        assertThat(casework.manifest().parts()).hasSizeGreaterThan(10);
        assertThat(inSlices.lines()).isEqualTo(atOnce.lines());
        assertThat(inSlices.manifest()).isEqualTo(atOnce.manifest());
        assertThat(inSlices.signature()).isEqualTo(atOnce.signature());
        casework.closeCase();
        for (int i = 0; i < 5; i++) {
            casework.work();
        }
        assertThat(casework.held()).isZero();
    }

    private Extract sealed(EnrichedLookup... found) {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, found);
        casework.approve(submit);
        for (int i = 0; i < 100 && casework.state() != CaseState.SEALED; i++) {
            casework.work();
        }
        casework.manifest();
        return casework.extract();
    }

    @Test
    void restartGoesOnWhereItWas() {
        CaseworkSettings slow = settings(100, Duration.ZERO);
        restart(slow, 1);
        String submit = casework.submitForAlice();
        again(slow);
        casework.tick(1);
        assertThat(casework.searches()).hasSize(1);
        casework.copy(FIRST);
        again(slow);
        casework.copy(SECOND);
        casework.end(0, 0);
        again(slow);
        casework.result(0, 0, START.minus(Duration.ofDays(30)), false, 1);
        casework.approve(submit);
        casework.work();
        assertThat(casework.extracts).hasSize(1);
        again(slow);
        casework.work();
        casework.work();
        assertThat(casework.manifest().parts()).hasSize(2);
        again(slow);
        casework.closeCase();
        again(slow);
        casework.work();
        again(slow);
        assertThat(casework.held()).isZero();
        assertThat(AuditChain.verify(casework.audit)).isNull();
        assertThat(casework.statuses).extracting("version").containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void invalidSubmitIsOnRecord() {
        casework.send(SignedByHand.submit(casework, "LETTER"));
        assertThat(casework.state()).isEqualTo(CaseState.INVALID);
        assertThat(casework.status().getReason()).isEqualTo("NOT_READABLE");
        assertThat(casework.status().getProblems()).containsExactly("instrument.type NOT_READABLE");
        casework.tick(1);
        assertThat(casework.searches()).isEmpty();
    }

    @Test
    void outlineIsForgottenInTheEnd() {
        casework.submitForAlice();
        casework.withdraw();
        casework.work();
        assertThat(casework.stored())
                .doesNotContain(ALICE)
                .doesNotContain("1 BvR")
                .contains("WITHDRAWN");
        casework.advance(CaseworkSettings.DEFAULTS.caseRetention());
        assertThat(casework.stored()).isEmpty();
        assertThat(casework.statuses.get(casework.statuses.size() - 1)).isNull();
    }

    @Test
    void metricsCountCasesByState() {
        casework.submitForAlice();
        assertThat(open("RECEIVED")).isEqualTo(1);
        casework.tick(1);
        assertThat(open("RECEIVED")).isZero();
        assertThat(open("PRESERVING")).isEqualTo(1);
        again(CaseworkSettings.DEFAULTS);
        assertThat(open("PRESERVING")).isEqualTo(1);
        casework.withdraw();
        casework.end(0, 0);
        casework.work();
        assertThat(casework.meters.find("lookback.cases.open").gauges().stream()
                        .mapToDouble(Gauge::value)
                        .sum())
                .isZero();
    }

    private double open(String state) {
        return casework.meters
                .get("lookback.cases.open")
                .tag("state", state)
                .gauge()
                .value();
    }

    @Test
    void releasingIsApartFromTheMirror() {
        String description = casework.description();
        String[] parts = description.split("Sub-topology: ");
        for (String part : parts) {
            assertThat(part.contains(CaseworkTopology.COPIES) && part.contains(CaseworkTopology.TOMBSTONES_SINK))
                    .isFalse();
        }
        assertThat(parts).as("two sub-topologies, and a global store").hasSize(4);
    }

    private String submit(Command.Ask... asks) {
        String jws = CommandCodec.sign(casework.submit(asks), "intake", CaseworkFixture.INTAKE_KEY.getPrivate());
        casework.send(jws);
        return jws;
    }

    @Test
    void preservedLookupsGoOnThoughNobodyAsks() {
        for (int i = 0; i < 3; i++) {
            casework.pass(CaseworkSettings.DEFAULTS.rollInterval());
        }

        assertThat(casework.rolls)
                .as("records that let brokers close a segment")
                .isEqualTo(3);
        assertThat(casework.tombstones).isEmpty();
        assertThat(casework.held()).isZero();
    }

    private void seal() {
        String submit = casework.submitForAlice();
        casework.tick(1);
        casework.search(0, FIRST, SECOND);
        casework.approve(submit);
        casework.work();
        assertThat(casework.state()).isEqualTo(CaseState.SEALED);
    }

    static CaseworkSettings settings(int partBytes, Duration sliceBudget) {
        CaseworkSettings defaults = CaseworkSettings.DEFAULTS;
        return new CaseworkSettings(
                defaults.approvalTimeout(),
                defaults.extractRetention(),
                defaults.caseRetention(),
                defaults.preservationDuration(),
                defaults.collectInterval(),
                defaults.collectOverlap(),
                defaults.checkpointInterval(),
                defaults.commandMaxAge(),
                partBytes,
                defaults.sliceInterval(),
                sliceBudget,
                defaults.flushInterval(),
                defaults.rollInterval());
    }

    /** Another casework, from nothing. */
    private void restart(CaseworkSettings settings, int ledgerPartitions) {
        casework.close();
        casework = new CaseworkFixture(state.resolve("state-" + ++restarts), settings, ledgerPartitions, START);
    }

    /** Another process goes on over the same state. */
    private void again(CaseworkSettings settings) {
        casework.abandon();
        Path same = state.resolve("state-" + restarts);
        casework = new CaseworkFixture(same, settings, 1, casework);
    }

    private int restarts = 0;
}
