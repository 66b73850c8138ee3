package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lookback.bench.LagMeter.Look;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LagMeterTest {
    @TempDir
    Path dir;

    /** Two topics of one partition each; 40 records of the ledger were restored, and so never counted as taken. */
    private static Look look(long at, long eventsEnd, long eventsTaken, long ledgerEnd, long ledgerTaken) {
        return new Look(
                at,
                Map.of("events", Map.of(0, eventsEnd), "ledger", Map.of(0, ledgerEnd)),
                Map.of("events", Map.of(0, eventsTaken), "ledger", Map.of(0, ledgerTaken - 40)));
    }

    private static final Look AT_REST = look(1_000, 100, 100, 140, 140);

    @Test
    void nothing_is_behind_while_positions_keep_up_with_the_ends() {
        LagMeter lag = new LagMeter(List.of(AT_REST, look(2_000, 200, 200, 240, 240)), 0);

        assertThat(lag.between(0, 9_000)).isEqualTo(new Spread(0, 0, 0));
    }

    @Test
    void a_reader_is_as_late_as_the_instant_at_which_its_partition_ended_where_it_stands() {
        LagMeter lag =
                new LagMeter(List.of(AT_REST, look(2_000, 200, 200, 240, 240), look(3_000, 300, 225, 340, 340)), 0);

        // Events ended at 225 a quarter of a second after 2,000.
        assertThat(lag.between(3_000, 3_000).greatest()).isEqualTo(0.75, within(1e-9));
    }

    @Test
    void the_lags_of_ingest_and_vault_add_up() {
        LagMeter lag =
                new LagMeter(List.of(AT_REST, look(2_000, 200, 200, 240, 240), look(3_000, 300, 250, 340, 190)), 0);

        assertThat(lag.between(3_000, 3_000).greatest()).isEqualTo(0.5 + 1.5, within(1e-9));
    }

    @Test
    void the_worst_partition_counts() {
        Look rest = new Look(1_000, Map.of("ledger", Map.of(0, 10L, 1, 10L)), Map.of("ledger", Map.of(0, 10L, 1, 10L)));
        Look later =
                new Look(2_000, Map.of("ledger", Map.of(0, 20L, 1, 20L)), Map.of("ledger", Map.of(0, 20L, 1, 10L)));

        assertThat(new LagMeter(List.of(rest, later), 0).between(2_000, 2_000).median())
                .isEqualTo(1.0, within(1e-9));
    }

    @Test
    void what_was_taken_up_a_second_is_told_between_looks() {
        LagMeter lag =
                new LagMeter(List.of(AT_REST, look(2_000, 500, 200, 240, 240), look(3_000, 500, 500, 340, 340)), 0);

        assertThat(lag.takenPerSecond("events", 1_000, 3_000)).isEqualTo(200, within(1e-9));
        assertThat(lag.takenPerSecond("events", 1_500, 2_500)).isEqualTo(200, within(1e-9));
        assertThat(lag.takenPerSecond("events", 2_500, 3_000)).isEqualTo(300, within(1e-9));
        assertThatThrownBy(() -> lag.takenPerSecond("events", 2_000, 3_001)).hasMessageContaining("Nobody has looked");
    }

    @Test
    void what_was_published_is_taken_up_once_each_reader_has_passed_where_its_topic_ended() {
        LagMeter lag = new LagMeter(
                List.of(
                        AT_REST,
                        look(2_000, 200, 150, 190, 190),
                        look(3_000, 300, 199, 239, 190),
                        look(4_000, 400, 200, 300, 299),
                        look(5_000, 500, 210, 400, 300)),
                0);

        assertThat(lag.takenUp(1_900, List.of("events"))).isEqualTo(4_000);
        assertThat(lag.takenUp(1_900, List.of("events", "ledger"))).isEqualTo(5_000);
        assertThat(lag.takenUp(900, List.of("events", "ledger"))).isEqualTo(1_000);
        assertThatThrownBy(() -> lag.takenUp(3_000, List.of("events"))).hasMessageContaining("Nobody has found");
    }

    @Test
    void what_has_not_been_taken_up_is_told_against_an_earlier_look() {
        assertThat(look(2_000, 200, 150, 190, 180).untaken() - AT_REST.untaken())
                .isEqualTo(60);
    }

    @Test
    void a_time_in_which_nobody_looked_has_no_lag_to_report() {
        LagMeter lag = new LagMeter(List.of(AT_REST), 0);

        assertThatThrownBy(() -> lag.between(5_000, 6_000)).hasMessageContaining("Nobody has looked");
        assertThatThrownBy(() -> new LagMeter(List.of(AT_REST), 2_000)).hasMessageContaining("Nobody has looked");
    }

    @Test
    void reads_what_was_written_but_for_a_line_under_way() throws Exception {
        Path file = dir.resolve("looks.jsonl");
        Files.writeString(
                file, AT_REST.toLine() + look(2_000, 200, 100, 240, 240).toLine() + "{\"at\":30");

        assertThat(LagMeter.read(file, 0).between(2_000, 2_000).greatest()).isEqualTo(1.0, within(1e-9));
    }
}
