package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.CaseState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CaseRulesTest {
    /** Columns: the steps in their order. {@code ->}: the state it leads to; otherwise the reason of the refusal. */
    private static final String NOT_APPROVED = """
            UNKNOWN           ->RECEIVED     NO_SUCH_REQUEST  NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST NO_SUCH_REQUEST     NO_SUCH_REQUEST NO_SUCH_REQUEST
            RECEIVED          REQUEST_EXISTS ->RECEIVED       ->REJECTED      ->WITHDRAWN     NOT_SEALED      ->PRESERVING    TOO_LATE            NOT_SEALED      ->LAPSED
            PRESERVING        REQUEST_EXISTS ->PRESERVING     ->REJECTED      ->WITHDRAWN     NOT_SEALED      TOO_LATE        ->AWAITING_APPROVAL NOT_SEALED      ->LAPSED
            AWAITING_APPROVAL REQUEST_EXISTS ->APPROVED       ->REJECTED      ->WITHDRAWN     NOT_SEALED      TOO_LATE        TOO_LATE            NOT_SEALED      ->LAPSED
            INVALID           REQUEST_EXISTS CASE_ENDED       CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED          CASE_ENDED      CASE_ENDED
            REJECTED          REQUEST_EXISTS CASE_ENDED       CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED          CASE_ENDED      CASE_ENDED
            WITHDRAWN         REQUEST_EXISTS CASE_ENDED       CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED          CASE_ENDED      CASE_ENDED
            LAPSED            REQUEST_EXISTS CASE_ENDED       CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED          CASE_ENDED      CASE_ENDED
            """;

    private static final String APPROVED = """
            RECEIVED          REQUEST_EXISTS ALREADY_APPROVED ->REJECTED      ->WITHDRAWN     NOT_SEALED      ->PRESERVING    TOO_LATE            NOT_SEALED      ALREADY_APPROVED
            PRESERVING        REQUEST_EXISTS ALREADY_APPROVED ->REJECTED      ->WITHDRAWN     NOT_SEALED      TOO_LATE        ->APPROVED          NOT_SEALED      ALREADY_APPROVED
            APPROVED          REQUEST_EXISTS ALREADY_APPROVED TOO_LATE        TOO_LATE        NOT_SEALED      TOO_LATE        TOO_LATE            ->SEALED        ALREADY_APPROVED
            SEALED            REQUEST_EXISTS ALREADY_APPROVED TOO_LATE        TOO_LATE        ->CLOSED        TOO_LATE        TOO_LATE            TOO_LATE        ->CLOSED
            CLOSED            REQUEST_EXISTS CASE_ENDED       CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED      CASE_ENDED          CASE_ENDED      CASE_ENDED
            """;

    static Stream<Arguments> cells() {
        return Stream.concat(cells(NOT_APPROVED, false), cells(APPROVED, true));
    }

    private static Stream<Arguments> cells(String table, boolean approved) {
        List<Arguments> cells = new ArrayList<>();
        table.lines().forEach(line -> {
            String[] row = line.split(" +");
            assertThat(row).hasSize(Step.values().length + 1);
            for (Step step : Step.values()) {
                cells.add(Arguments.of(CaseState.valueOf(row[0]), step, approved, row[step.ordinal() + 1]));
            }
        });
        return cells.stream();
    }

    @ParameterizedTest(name = "{0} {1} approved={2}: {3}")
    @MethodSource("cells")
    void everyStepInEveryState(CaseState state, Step step, boolean approved, String expected) {
        CaseRules.Outcome outcome = CaseRules.apply(state, step, approved);
        String told = outcome instanceof CaseRules.Move move
                ? "->" + move.state()
                : ((CaseRules.Refuse) outcome).reason().name();
        assertThat(told).isEqualTo(expected);
    }

    @Test
    void tableIsComplete() {
        assertThat(cells().map(cell -> cell.get()[0]).distinct())
                .containsExactlyInAnyOrderElementsOf(Arrays.asList(CaseState.values()));
    }

    @Test
    void noStepLeadsOutOfAnEnd() {
        for (CaseState state : CaseState.values()) {
            for (Step step : Step.values()) {
                if (CaseRules.ended(state)) {
                    assertThat(CaseRules.apply(state, step, true)).isInstanceOf(CaseRules.Refuse.class);
                }
            }
        }
    }
}
