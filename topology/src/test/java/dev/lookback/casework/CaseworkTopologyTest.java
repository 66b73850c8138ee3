package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.BOB;
import static dev.lookback.casework.CaseworkFixture.START;
import static dev.lookback.casework.CaseworkFixture.lookup;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.WatermarkTick;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        casework = new CaseworkFixture(state);
    }

    @AfterEach
    void stop() {
        casework.close();
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
                .containsExactly(new Manifest.SelectorOutcome(0, Manifest.Outcome.FOUND, 2, false));
        assertThat(manifest.chronology().approvedBy()).isEqualTo("approver");
        assertThat(manifest.positions()).isEqualTo(new Manifest.Positions(List.of(100L), List.of(100L), List.of(4L)));
        assertThat(manifest.statement()).hasSizeGreaterThan(3);
        assertThat(casework.status().getLookups()).isEqualTo(2);

        casework.advance(CaseworkSettings.DEFAULTS.extractRetention());
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
}
