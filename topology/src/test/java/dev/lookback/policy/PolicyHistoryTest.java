package dev.lookback.policy;

import static dev.lookback.policy.PolicyDesk.ALICE;
import static dev.lookback.policy.PolicyDesk.BOB;
import static dev.lookback.policy.PolicyDesk.CAROL;
import static dev.lookback.policy.PolicyDesk.OFFICERS;
import static dev.lookback.policy.PolicyDesk.approval;
import static dev.lookback.policy.PolicyDesk.withdrawal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import dev.lookback.policy.PolicyHistory.Enacted;
import dev.lookback.policy.PolicyHistory.Flaw;
import dev.lookback.policy.PolicyHistory.Proposed;
import dev.lookback.policy.PolicyHistory.Refused;
import dev.lookback.policy.PolicyHistory.Verdict;
import dev.lookback.policy.PolicyHistory.Withdrawn;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.RetentionPolicy;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PolicyHistoryTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DAYS_30 = Duration.ofDays(30);
    private static final Duration DAYS_25 = Duration.ofDays(25);
    private static final Duration DAYS_20 = Duration.ofDays(20);

    private final PolicyDesk desk = new PolicyDesk();
    private final PolicyHistory history = new PolicyHistory(OFFICERS);

    @BeforeEach
    void begin() {
        assertThat(history.append(desk.first("default", DAYS_25, NOW.minus(DAYS_30)), NOW.minus(DAYS_30)))
                .isInstanceOf(Enacted.class);
    }

    @Test
    void oneSignatureLengthensAfterTheLead() {
        RetentionPolicy longer = desk.change("default", DAYS_30, NOW);
        Enacted enacted = (Enacted) history.append(longer, NOW.plusSeconds(1));
        assertThat(enacted.policy().getEffectiveFrom())
                .as("after every instance knows of it")
                .isEqualTo(NOW.plusSeconds(1).plus(PolicyHistory.LEAD));
        assertThat(enacted.signers()).containsExactly(ALICE);
        assertThat(history.version("default")).isEqualTo(2);
        assertThat(history.of("default"))
                .extracting(RetentionPolicy::getDurationMillis)
                .containsExactly(DAYS_25.toMillis(), DAYS_30.toMillis());
    }

    @Test
    void aShorteningWaitsForAnotherOfficer() {
        RetentionPolicy proposal = desk.change("default", DAYS_20, NOW);
        assertThat(history.append(proposal, NOW)).isInstanceOf(Proposed.class);
        assertThat(history.version("default")).isEqualTo(1);
        assertThat(history.proposal("default", NOW).officer()).isEqualTo(ALICE);

        Instant later = NOW.plus(Duration.ofDays(2));
        Enacted enacted = (Enacted) history.append(approval(proposal, BOB, later), later.plusMillis(5));
        assertThat(enacted.policy().getEffectiveFrom())
                .as("not before the broker had it")
                .isEqualTo(later.plusMillis(5));
        assertThat(enacted.signers()).containsExactly(ALICE, BOB);
        assertThat(history.version("default")).isEqualTo(2);
        assertThat(history.proposal("default", later)).isNull();
    }

    @Test
    void whoProposesCannotApprove() {
        RetentionPolicy proposal = desk.change("default", DAYS_20, NOW);
        history.append(proposal, NOW);
        refused(approval(proposal, ALICE, NOW), Flaw.SELF_APPROVED);
        refused(approval(proposal, CAROL, NOW), Flaw.ROLE_MISSING);
        assertThat(history.append(approval(proposal, BOB, NOW), NOW)).isInstanceOf(Enacted.class);
    }

    @Test
    void aProposalEndsByWithdrawalByAnotherAndByTime() {
        RetentionPolicy proposal = desk.change("default", DAYS_20, NOW);
        refused(approval(proposal, BOB, NOW), Flaw.NOT_PROPOSED);
        history.append(proposal, NOW);
        assertThat(history.append(withdrawal(proposal, BOB, NOW), NOW)).isInstanceOf(Withdrawn.class);
        refused(approval(proposal, BOB, NOW), Flaw.NOT_PROPOSED);
        refused(proposal, Flaw.REPEATED);

        RetentionPolicy another = desk.change("default", Duration.ofDays(22), NOW.plusMillis(1));
        RetentionPolicy third = desk.change("default", Duration.ofDays(21), NOW.plusMillis(2));
        history.append(another, NOW);
        history.append(third, NOW);
        refused(approval(another, BOB, NOW), Flaw.NOT_PROPOSED);
        assertThat(history.proposal("default", NOW).policy()).isEqualTo(third);

        Instant lapsed = NOW.plus(PolicyHistory.PROPOSAL_LIFE);
        assertThat(history.proposal("default", lapsed)).isNull();
        assertThat(history.append(approval(third, BOB, lapsed), lapsed)).isEqualTo(new Refused(Flaw.NOT_PROPOSED));
        assertThat(history.version("default")).isEqualTo(1);
    }

    @Test
    void aProposalDiesWithThePolicyThatItFollows() {
        RetentionPolicy proposal = desk.change("default", DAYS_20, NOW);
        history.append(proposal, NOW);
        history.append(desk.change("default", DAYS_30, NOW, BOB, PolicyDesk.key(BOB)), NOW);
        assertThat(history.proposal("default", NOW)).isNull();
        refused(approval(proposal, BOB, NOW), Flaw.VERSION_TAKEN);
    }

    @Test
    void ofTwoChangesAtOnceTheFirstCounts() {
        RetentionPolicy one = desk.change("default", DAYS_30, NOW);
        RetentionPolicy other = desk.change("default", Duration.ofDays(28), NOW, BOB, PolicyDesk.key(BOB));
        assertThat(history.append(one, NOW)).isInstanceOf(Enacted.class);
        refused(other, Flaw.VERSION_TAKEN);
        refused(one, Flaw.VERSION_TAKEN);
    }

    @Test
    void aSignatureFitsOneHistoryAlone() {
        PolicyDesk elsewhere = new PolicyDesk();
        elsewhere.first("default", DAYS_25, NOW.minus(DAYS_20));
        refused(elsewhere.change("default", DAYS_30, NOW), Flaw.STALE);
        elsewhere.set("default", DAYS_30, NOW);
        refused(elsewhere.change("default", Duration.ofDays(31), NOW), Flaw.STALE);
        PolicyHistory empty = new PolicyHistory(OFFICERS);
        assertThat(empty.append(desk.change("default", DAYS_30, NOW), NOW)).isEqualTo(new Refused(Flaw.STALE));
    }

    @Test
    void whatIsNotSignedAsItSaysChangesNothing() {
        RetentionPolicy good = desk.change("default", DAYS_30, NOW);
        refused(altered(good, policy -> policy.setSignatures(List.of())), Flaw.UNSIGNED);
        refused(altered(good, policy -> policy.setDurationMillis(1)), Flaw.MALFORMED);
        refused(altered(good, policy -> policy.setVersion(3)), Flaw.MALFORMED);
        refused(altered(good, policy -> policy.setReason("another")), Flaw.MALFORMED);
        refused(altered(good, policy -> policy.setChangedBy(BOB)), Flaw.MALFORMED);
        refused(altered(good, policy -> policy.setEffectiveFrom(NOW.minusSeconds(1))), Flaw.MALFORMED);
        refused(altered(good, policy -> policy.setSignatures(List.of("a.b.c"))), Flaw.BAD_SIGNATURE);
        refused(
                altered(
                        good,
                        policy -> policy.setSignatures(List.of(
                                policy.getSignatures().get(0),
                                policy.getSignatures().get(0),
                                policy.getSignatures().get(0)))),
                Flaw.MALFORMED);
        refused(desk.change("default", DAYS_30, NOW, ALICE, PolicyDesk.STRANGER), Flaw.BAD_SIGNATURE);
        refused(desk.change("default", DAYS_30, NOW, "mallory", PolicyDesk.STRANGER), Flaw.UNKNOWN_OFFICER);
        refused(desk.change("default", DAYS_30, NOW, CAROL, PolicyDesk.key(CAROL)), Flaw.ROLE_MISSING);
        assertThat(history.append(good, NOW)).as("unaltered").isInstanceOf(Enacted.class);
    }

    @Test
    void anApprovalIsNoChangeAndAChangeNoApproval() {
        RetentionPolicy proposal = desk.change("default", DAYS_20, NOW);
        history.append(proposal, NOW);
        String change = proposal.getSignatures().get(0);
        String approval = approval(proposal, BOB, NOW).getSignatures().get(1);
        refused(altered(proposal, policy -> policy.setSignatures(List.of(approval))), Flaw.MALFORMED);
        refused(altered(proposal, policy -> policy.setSignatures(List.of(change, change))), Flaw.MALFORMED);
        RetentionPolicy other = desk.change("default", Duration.ofDays(19), NOW);
        refused(
                altered(
                        proposal,
                        policy -> policy.setSignatures(List.of(
                                change,
                                approval(other, BOB, NOW).getSignatures().get(1)))),
                Flaw.NOT_PROPOSED);
    }

    @Test
    void otherTextsAreNotRead() {
        PolicyOrder.Change order = new PolicyOrder.Change("default", 2, 1000, "test", "none", NOW);
        String text = PolicyOrder.text(order);
        assertThat(PolicyOrder.read(text)).isEqualTo(order);
        List<Function<String, String>> alterations = List.of(
                it -> it.replace(":2", ": 2"),
                it -> it.replace(":2", ":\"2\""),
                it -> it.replace("}", ",\"more\":1}"),
                it -> it.replace("\"version\":2,", ""),
                it -> it.replace("\"version\":2", "\"version\":3,\"version\":2"),
                it -> it.replace("12:00:00.000Z", "12:00:00Z"),
                it -> it + " {}",
                it -> it.replace("retention-change", "retention-chance"),
                it -> "[]",
                it -> "");
        for (Function<String, String> alteration : alterations) {
            assertThat(alteration.apply(text)).isNotEqualTo(text);
            assertThatThrownBy(() -> PolicyOrder.read(alteration.apply(text)))
                    .as(alteration.apply(text))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        String anotherForm = Signature.sign(text.replace(":2", ": 2"), ALICE, PolicyDesk.key(ALICE));
        RetentionPolicy good = desk.change("default", DAYS_30, NOW);
        refused(altered(good, policy -> policy.setSignatures(List.of(anotherForm))), Flaw.MALFORMED);
    }

    @Test
    void reasonsAreForPeopleToRead() {
        for (String bad : List.of("", "  ", "a\u001b[2J", "x".repeat(PolicyOrder.MAX_REASON + 1))) {
            assertThatThrownBy(() -> new PolicyOrder.Change("default", 2, 1, bad, "none", NOW))
                    .hasMessageContaining("reason");
        }
    }

    @Test
    void nobodyMayKeepAnOrderForLaterOrDateItAhead() {
        RetentionPolicy longer = desk.change("default", DAYS_30, NOW);
        assertThat(history.append(longer, NOW.plus(PolicyHistory.MAX_AGE).plusMillis(1)))
                .isEqualTo(new Refused(Flaw.TOO_OLD));
        assertThat(history.append(longer, NOW.minus(PolicyHistory.MAX_AHEAD).minusMillis(1)))
                .isEqualTo(new Refused(Flaw.FROM_THE_FUTURE));
        assertThat(history.append(longer, NOW.plus(PolicyHistory.MAX_AGE))).isInstanceOf(Enacted.class);
    }

    @Test
    void whoHasLeftSignsNothingMoreButWhatWasSignedStays() {
        Instant left = NOW.plusSeconds(60);
        Officer alice = OFFICERS.find(ALICE).get(0);
        Officers afterwards = new Officers(List.of(
                new Officer(ALICE, Set.of(Officer.Role.RETENTION), alice.key(), null, left),
                OFFICERS.find(BOB).get(0)));
        PolicyHistory read = new PolicyHistory(afterwards);
        read.append(desk.history().of("default").get(0), NOW.minus(DAYS_30));
        RetentionPolicy longer = desk.take(desk.change("default", DAYS_30, NOW));
        assertThat(read.append(longer, NOW)).isInstanceOf(Enacted.class);
        // Dated back by her own clock; the broker's decides.
        RetentionPolicy datedBack = desk.change("default", Duration.ofDays(40), NOW.plusSeconds(59));
        assertThat(read.append(datedBack, left)).isEqualTo(new Refused(Flaw.OFFICER_NOT_VALID));
    }

    @Test
    void whatWasSignedWithAnOldKeyStaysAndWhatIsSignedWithItAfterwardsDoesNotCount() {
        Instant change = NOW.plusSeconds(60);
        KeyPair next = PolicyDesk.newKey();
        Set<Officer.Role> roles = Set.of(Officer.Role.RETENTION);
        PolicyHistory read = new PolicyHistory(new Officers(List.of(
                new Officer(ALICE, roles, OFFICERS.find(ALICE).get(0).key(), null, change),
                new Officer(ALICE, roles, next.getPublic(), change, null))));
        read.append(desk.history().of("default").get(0), NOW.minus(DAYS_30));
        assertThat(read.append(desk.take(desk.change("default", DAYS_30, NOW)), NOW))
                .isInstanceOf(Enacted.class);

        Duration longer = Duration.ofDays(40);
        assertThat(read.append(desk.change("default", longer, change), change))
                .isEqualTo(new Refused(Flaw.KEY_NOT_VALID));
        assertThat(read.append(desk.change("default", longer, change, ALICE, next.getPrivate()), change))
                .isInstanceOf(Enacted.class);
    }

    @Test
    void theFirstPolicyOfAClassIsTheApplicationsAndComesOnce() {
        refused(new PolicyDesk().first("default", DAYS_20, NOW), Flaw.VERSION_TAKEN);
        RetentionPolicy second = desk.change("calls", DAYS_20, NOW);
        refused(second, Flaw.STALE);
        refused(altered(second, policy -> policy.setSignatures(List.of())), Flaw.UNSIGNED);
        assertThat(history.append(new PolicyDesk().first("calls", DAYS_20, NOW), NOW))
                .isInstanceOf(Enacted.class);
    }

    /**
     * Random histories, valid and not: each reader, however far it has read, has a cutoff that never moves back, and
     * records that change nothing leave it as it was.
     */
    @Test
    void cutoffNeverMovesBackForAnyReader() {
        RetentionClass keptInTests =
                new RetentionClass("default", Duration.ofSeconds(1), Duration.ofSeconds(10), Set.of(), Set.of());
        int enactedInAll = 0;
        int refusedInAll = 0;
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            PolicyDesk signing = new PolicyDesk();
            PolicyHistory reading = new PolicyHistory(OFFICERS);
            PolicyHistory onlyValid = new PolicyHistory(OFFICERS);
            Instant now = NOW;
            RetentionPolicy first = signing.first("default", Duration.ofSeconds(5 + random.nextInt(40)), now);
            reading.append(first, now);
            onlyValid.append(first, now);
            long known = Long.MIN_VALUE;
            for (int i = 0; i < 20; i++) {
                now = now.plusMillis(random.nextInt(8_000));
                // Learns of it up to the lead later, and has gone by what it knew until then.
                Instant learns = now.plusMillis(random.nextInt((int) PolicyHistory.LEAD.toMillis()));
                for (RetentionPolicy record : someRecords(signing, random, now)) {
                    known = notBack(keptInTests, reading, learns, known, seed);
                    Verdict verdict = reading.append(record, now);
                    if (verdict instanceof Refused) {
                        refusedInAll++;
                    } else {
                        onlyValid.append(record, now);
                        enactedInAll += verdict instanceof Enacted ? 1 : 0;
                    }
                    known = notBack(keptInTests, reading, learns, known, seed);
                }
                now = now.plus(PolicyHistory.LEAD);
            }
            assertThat(onlyValid.of("default")).as("seed %d", seed).isEqualTo(reading.of("default"));
        }
        assertThat(enactedInAll).isGreaterThan(100);
        assertThat(refusedInAll).isGreaterThan(100);
    }

    private static List<RetentionPolicy> someRecords(PolicyDesk signing, Random random, Instant now) {
        Duration duration = Duration.ofSeconds(5 + random.nextInt(40));
        RetentionPolicy change = signing.change("default", duration, now);
        return switch (random.nextInt(6)) {
            case 0, 1, 2 -> signing.set("default", duration, now);
            case 3 -> List.of(altered(change, policy -> policy.setSignatures(List.of())));
            case 4 -> List.of(signing.change("default", duration, now, ALICE, PolicyDesk.STRANGER));
            default -> {
                List<RetentionPolicy> both = new ArrayList<>();
                both.add(signing.change("default", Duration.ofSeconds(1), now, CAROL, PolicyDesk.key(CAROL)));
                both.add(approval(both.get(0), BOB, now));
                yield both;
            }
        };
    }

    private static long notBack(
            RetentionClass retentionClass, PolicyHistory reading, Instant now, long before, int seed) {
        long cutoff = new Cutoff(retentionClass, reading.of("default")).at(now.toEpochMilli());
        assertThat(cutoff).as("seed %d", seed).isGreaterThanOrEqualTo(before);
        return cutoff;
    }

    private void refused(RetentionPolicy record, Flaw flaw) {
        List<RetentionPolicy> before = history.of("default");
        assertThat(history.append(record, NOW)).isEqualTo(new Refused(flaw));
        assertThat(history.of("default")).isEqualTo(before);
    }

    private static RetentionPolicy altered(RetentionPolicy good, Consumer<RetentionPolicy> change) {
        RetentionPolicy copy = RetentionPolicy.newBuilder(good).build();
        change.accept(copy);
        return copy;
    }
}
