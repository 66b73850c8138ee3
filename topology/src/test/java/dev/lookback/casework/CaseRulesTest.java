package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.casework.CaseRules.Kind;
import dev.lookback.casework.CaseRules.Situation;
import dev.lookback.v1.CaseState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state and every step: {@code ->} the state it leads to, otherwise the reason of the refusal. */
class CaseRulesTest {
    private static final String COLUMNS = """
            SUBMIT APPROVE REJECT WITHDRAW CLOSE RENEW SEARCHES_SENT SEARCHES_ENDED WINDOW_OVER SEALED TIME_UP""";

    /** Of a case of each kind, not approved so far; APPROVE is the last approval that it takes. */
    private static final String OPEN = """
            RECORDS      UNKNOWN           ->RECEIVED          NO_SUCH_REQUEST    NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST     NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST
            RECORDS      INVALID           ->RECEIVED          NOT_VALID          NOT_VALID       ->WITHDRAWN     NOT_VALID       NOT_VALID       NOT_VALID       NOT_VALID           NOT_VALID       NOT_VALID       ->LAPSED
            RECORDS      RECEIVED          REQUEST_EXISTS      ->RECEIVED         ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   ->PRESERVING    TOO_LATE            NOT_SEALED      NOT_SEALED      ->LAPSED
            RECORDS      PRESERVING        REQUEST_EXISTS      ->PRESERVING       ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        ->AWAITING_APPROVAL NOT_SEALED      NOT_SEALED      ->LAPSED
            RECORDS      AWAITING_APPROVAL REQUEST_EXISTS      ->APPROVED         ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        TOO_LATE            NOT_SEALED      NOT_SEALED      ->LAPSED
            STANDING     RECEIVED          REQUEST_EXISTS      ->RECEIVED         ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   ->PRESERVING    TOO_LATE            NOT_SEALED      NOT_SEALED      ->LAPSED
            STANDING     PRESERVING        REQUEST_EXISTS      ->PRESERVING       ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        ->AWAITING_APPROVAL NOT_SEALED      NOT_SEALED      ->LAPSED
            STANDING     AWAITING_APPROVAL REQUEST_EXISTS      ->ACTIVE           ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        TOO_LATE            NOT_SEALED      NOT_SEALED      ->LAPSED
            PRESERVATION RECEIVED          REQUEST_EXISTS      NOTHING_TO_APPROVE ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   ->PRESERVING    TOO_LATE            NOT_SEALED      NOT_SEALED      ->EXPIRED
            PRESERVATION PRESERVING        REQUEST_EXISTS      NOTHING_TO_APPROVE ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        ->PRESERVED         NOT_SEALED      NOT_SEALED      ->EXPIRED
            PRESERVATION PRESERVED         ->AWAITING_APPROVAL NOTHING_TO_APPROVE ->REJECTED      ->WITHDRAWN     NOT_SEALED      ->PRESERVED     TOO_LATE        TOO_LATE            NOT_SEALED      NOT_SEALED      ->EXPIRED
            ESTIMATE     RECEIVED          REQUEST_EXISTS      NOTHING_TO_APPROVE ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   ->PRESERVING    TOO_LATE            NOT_SEALED      NOT_SEALED      ->LAPSED
            ESTIMATE     PRESERVING        REQUEST_EXISTS      NOTHING_TO_APPROVE ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        ->CLOSED            NOT_SEALED      NOT_SEALED      ->LAPSED
            """;

    /** Of one that all have approved who must. */
    private static final String APPROVED = """
            RECORDS      RECEIVED          REQUEST_EXISTS      ALREADY_APPROVED   ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   ->PRESERVING    TOO_LATE            NOT_SEALED      NOT_SEALED      ALREADY_APPROVED
            RECORDS      PRESERVING        REQUEST_EXISTS      ALREADY_APPROVED   ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        ->APPROVED          NOT_SEALED      NOT_SEALED      ALREADY_APPROVED
            RECORDS      APPROVED          REQUEST_EXISTS      ALREADY_APPROVED   TOO_LATE        TOO_LATE        NOT_SEALED      NOT_PRESERVED   TOO_LATE        TOO_LATE            TOO_LATE        ->SEALED        ALREADY_APPROVED
            RECORDS      SEALED            REQUEST_EXISTS      ALREADY_APPROVED   TOO_LATE        TOO_LATE        ->CLOSED        NOT_PRESERVED   TOO_LATE        TOO_LATE            TOO_LATE        TOO_LATE        ->CLOSED
            STANDING     PRESERVING        REQUEST_EXISTS      ALREADY_APPROVED   ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        ->ACTIVE            NOT_SEALED      NOT_SEALED      ALREADY_APPROVED
            STANDING     ACTIVE            REQUEST_EXISTS      ALREADY_APPROVED   ->REJECTED      ->WITHDRAWN     NOT_SEALED      NOT_PRESERVED   TOO_LATE        TOO_LATE            ->APPROVED      NOT_SEALED      ALREADY_APPROVED
            """;

    private static final Set<CaseState> ENDS =
            EnumSet.of(CaseState.CLOSED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.LAPSED, CaseState.EXPIRED);

    static Stream<Arguments> cells() {
        return Stream.concat(cells(OPEN, false), cells(APPROVED, true));
    }

    private static Stream<Arguments> cells(String table, boolean approved) {
        List<Step> columns =
                Arrays.stream(COLUMNS.split(" ")).map(Step::valueOf).toList();
        List<Arguments> cells = new ArrayList<>();
        table.lines().forEach(line -> {
            String[] row = line.split(" +");
            assertThat(row).hasSize(columns.size() + 2);
            for (int i = 0; i < columns.size(); i++) {
                boolean last = columns.get(i) == Step.APPROVE;
                Situation at = new Situation(
                        CaseState.valueOf(row[1]),
                        Kind.valueOf(row[0]),
                        approved || last,
                        approved,
                        false,
                        false,
                        false,
                        row[1].equals("SEALED"));
                cells.add(Arguments.of(at, columns.get(i), row[i + 2]));
            }
        });
        return cells.stream();
    }

    private static String told(Situation at, Step step) {
        CaseRules.Outcome outcome = CaseRules.apply(at, step);
        return outcome instanceof CaseRules.Move move
                ? "->" + move.state()
                : ((CaseRules.Refuse) outcome).reason().name();
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @MethodSource("cells")
    void everyStepInEveryState(Situation at, Step step, String expected) {
        assertThat(told(at, step)).isEqualTo(expected);
    }

    @Test
    void tableIsComplete() {
        Set<CaseState> states =
                cells().map(cell -> ((Situation) cell.get()[0]).state()).collect(Collectors.toSet());
        states.addAll(ENDS);
        assertThat(states).containsExactlyInAnyOrder(CaseState.values());
        Set<Step> steps = cells().map(cell -> (Step) cell.get()[1]).collect(Collectors.toSet());
        steps.addAll(Set.of(Step.PAPER, Step.FETCH, Step.PAPER_TIME_UP, Step.NON_DISCLOSURE_TIME_UP));
        assertThat(steps).containsExactlyInAnyOrder(Step.values());
    }

    /** Whatever the situation, the function is total, and only what is said here leads out of an end. */
    @Test
    void everySituationHasAnOutcomeAndNothingLeadsOutOfAnEnd() {
        for (Situation at : situations()) {
            for (Step step : Step.values()) {
                CaseRules.Outcome outcome = CaseRules.apply(at, step);
                if (ENDS.contains(at.state()) && outcome instanceof CaseRules.Move move) {
                    assertThat(move.state()).isEqualTo(at.state());
                    assertThat(step).isIn(Step.PAPER, Step.PAPER_TIME_UP, Step.FETCH, Step.NON_DISCLOSURE_TIME_UP);
                }
                assertThat(CaseRules.ended(at.state())).isEqualTo(ENDS.contains(at.state()));
            }
        }
    }

    /** Nothing is sealed that was not approved, and nothing is ever disclosed that only preserves or counts. */
    @Test
    void onlyWhatIsApprovedIsSealed() {
        for (Situation at : situations()) {
            for (Step step : Step.values()) {
                if (CaseRules.apply(at, step) instanceof CaseRules.Move move && move.state() != at.state()) {
                    if (move.state() == CaseState.APPROVED && at.state() != CaseState.ACTIVE) {
                        assertThat(at.approved()).as("%s %s", at, step).isTrue();
                        assertThat(at.kind()).isEqualTo(Kind.RECORDS);
                    } else if (move.state() == CaseState.APPROVED) {
                        assertThat(step).isEqualTo(Step.WINDOW_OVER);
                    } else if (move.state() == CaseState.ACTIVE) {
                        assertThat(at.approved()).as("%s %s", at, step).isTrue();
                        assertThat(at.kind()).isEqualTo(Kind.STANDING);
                    } else if (move.state() == CaseState.SEALED) {
                        assertThat(at.state()).isEqualTo(CaseState.APPROVED);
                    }
                }
            }
        }
    }

    private static List<Situation> situations() {
        List<Situation> all = new ArrayList<>();
        boolean[] both = {false, true};
        for (CaseState state : CaseState.values()) {
            for (Kind kind : Kind.values()) {
                for (boolean approved : both) {
                    for (boolean preserved : both) {
                        for (boolean renewed : both) {
                            for (boolean paperOwed : both) {
                                for (boolean sealed : both) {
                                    all.add(new Situation(
                                            state, kind, approved, approved, preserved, renewed, paperOwed, sealed));
                                }
                            }
                        }
                    }
                }
            }
        }
        return all;
    }

    private static Situation at(CaseState state, Kind kind) {
        return new Situation(state, kind, false, false, false, false, false, false);
    }

    @Test
    void firstOfTwoApprovalsLeavesItWaiting() {
        assertThat(told(at(CaseState.AWAITING_APPROVAL, Kind.RECORDS), Step.APPROVE))
                .isEqualTo("->AWAITING_APPROVAL");
    }

    @Test
    void preservationIsRenewedOnce() {
        Situation renewed =
                new Situation(CaseState.PRESERVED, Kind.PRESERVATION, false, false, true, true, false, false);
        assertThat(told(renewed, Step.RENEW)).isEqualTo("ALREADY_RENEWED");
    }

    @Test
    void whatIsServedOnAPreservationLeavesItPreserved() {
        Situation served =
                new Situation(CaseState.AWAITING_APPROVAL, Kind.RECORDS, false, false, true, false, false, false);
        assertThat(told(served, Step.REJECT)).isEqualTo("->PRESERVED");
        assertThat(told(served, Step.WITHDRAW)).isEqualTo("->PRESERVED");
        assertThat(told(served, Step.TIME_UP)).isEqualTo("->PRESERVED");
    }

    @Test
    void paperThatIsOwedKeepsTheCaseOpen() {
        Situation owing = new Situation(CaseState.SEALED, Kind.RECORDS, true, true, false, false, true, true);
        assertThat(told(owing, Step.CLOSE)).isEqualTo("PAPER_MISSING");
        assertThat(told(owing, Step.PAPER)).isEqualTo("->SEALED");
        assertThat(told(owing, Step.PAPER_TIME_UP)).isEqualTo("->SEALED");
        assertThat(told(at(CaseState.SEALED, Kind.RECORDS), Step.PAPER)).isEqualTo("NO_PAPER_OWED");
    }

    @Test
    void onlyWhatIsSealedIsFetched() {
        Situation closed = new Situation(CaseState.CLOSED, Kind.RECORDS, true, true, false, false, false, true);
        assertThat(told(closed, Step.FETCH)).isEqualTo("->CLOSED");
        assertThat(told(at(CaseState.APPROVED, Kind.RECORDS), Step.FETCH)).isEqualTo("NOT_SEALED");
    }
}
