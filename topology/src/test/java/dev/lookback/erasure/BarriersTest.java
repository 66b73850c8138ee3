package dev.lookback.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.SelectorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which lookups are covered, to the millisecond. */
class BarriersTest {
    private static final long ALICE = 1;
    private static final long BOB = 2;
    private static final long EVER = Long.MAX_VALUE;
    private static final long E = 1_000;
    private static final LongSupplier NOT_ASKED = () -> {
        throw new AssertionError("nobody asked for the token of the queried handle");
    };

    private static Barriers alice(SelectorRole role) {
        return new Barriers(List.of(new Barrier("a", ALICE, role, E)));
    }

    private static boolean covers(Barriers barriers, long occurredAt, long requester, long queried) {
        return barriers.find(occurredAt, EVER, requester, () -> queried) != null;
    }

    @Test
    void coversWhatOccurredUpToTheInstant() {
        Barriers barriers = alice(SelectorRole.REQUESTER);
        assertThat(covers(barriers, E - 1, ALICE, BOB)).isTrue();
        assertThat(covers(barriers, E, ALICE, BOB)).isTrue();
        assertThat(covers(barriers, E + 1, ALICE, BOB)).isFalse();
        assertThat(barriers.reach(E)).isTrue();
        assertThat(barriers.reach(E + 1)).isFalse();
    }

    @Test
    void coversTheRoleAlone() {
        assertThat(covers(alice(SelectorRole.REQUESTER), E, ALICE, BOB)).isTrue();
        assertThat(covers(alice(SelectorRole.REQUESTER), E, BOB, ALICE)).isFalse();
        assertThat(covers(alice(SelectorRole.QUERIED), E, ALICE, BOB)).isFalse();
        assertThat(covers(alice(SelectorRole.QUERIED), E, BOB, ALICE)).isTrue();
        assertThat(covers(alice(SelectorRole.EITHER), E, ALICE, BOB)).isTrue();
        assertThat(covers(alice(SelectorRole.EITHER), E, BOB, ALICE)).isTrue();
        assertThat(covers(alice(SelectorRole.EITHER), E, BOB, BOB)).isFalse();
    }

    @Test
    void countsOnlyErasuresBeforeAnInstant() {
        Barriers barriers = alice(SelectorRole.EITHER);
        assertThat(barriers.find(E, E, ALICE, () -> BOB)).isNull();
        assertThat(barriers.find(E, E + 1, ALICE, () -> BOB)).isNotNull();
        assertThat(barriers.find(E, E, BOB, () -> ALICE)).isNull();
        assertThat(barriers.find(E, E + 1, BOB, () -> ALICE)).isNotNull();
    }

    @Test
    void worksTheQueriedTokenOutOnlyForAnErasureThatNeedsIt() {
        assertThat(Barriers.NONE.find(0, EVER, ALICE, NOT_ASKED)).isNull();
        assertThat(alice(SelectorRole.REQUESTER).find(E, EVER, BOB, NOT_ASKED)).isNull();
        assertThat(alice(SelectorRole.QUERIED).find(E + 1, EVER, BOB, NOT_ASKED))
                .isNull();
        assertThat(alice(SelectorRole.EITHER).find(E, EVER, ALICE, NOT_ASKED)).isNotNull();
        Barriers both = new Barriers(List.of(
                new Barrier("old", BOB, SelectorRole.QUERIED, E),
                new Barrier("new", BOB, SelectorRole.REQUESTER, 2 * E)));
        assertThat(both.find(E + 1, EVER, ALICE, NOT_ASKED)).isNull();
    }

    @Test
    void agreesWithTheNaiveRule() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            List<Barrier> list = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                list.add(new Barrier(
                        "b" + i, random.nextInt(4), SelectorRole.values()[random.nextInt(3)], random.nextInt(6)));
            }
            long occurredAt = random.nextInt(7);
            long before = random.nextInt(8);
            long requester = random.nextInt(4);
            long queried = random.nextInt(4);
            boolean expected = list.stream()
                    .anyMatch(each -> occurredAt <= each.instant()
                            && each.instant() < before
                            && ((each.role() != SelectorRole.QUERIED && each.token() == requester)
                                    || (each.role() != SelectorRole.REQUESTER && each.token() == queried)));
            @Nullable Barrier found = new Barriers(list).find(occurredAt, before, requester, () -> queried);
            assertThat(found != null).as("%s", list).isEqualTo(expected);
        }
    }
}
