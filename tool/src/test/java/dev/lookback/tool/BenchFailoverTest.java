package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lookback bench failover}: figures that make sense. How good they are is for docs/RELIABILITY.md. */
class BenchFailoverTest {
    @TempDir
    private Path dir;

    @Test
    @Tag("server")
    void theOtherOneTakesOver() throws Exception {
        Run run = Run.of("bench", "failover", "--trials", "1", "--rate", "500", "--json", "--dir", dir.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.path("settings").path("vault.standbys").asText()).isEqualTo("1");
        JsonNode trial = report.path("runs").path(0);
        assertThat(trial.path("lost").asInt()).isPositive();
        assertThat(trial.path("rebuilt").asInt()).isZero();
        assertThat(trial.path("lookupsSeconds").asDouble()).isPositive();
        assertThat(trial.path("requestSeconds").asDouble()).isPositive();
        assertThat(trial.path("arrivedPerSecond").asDouble()).isPositive();
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesWhatCannotBe() {
        Run none = Run.of("bench", "failover", "--trials", "0");
        assertThat(none.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(none.err()).contains("trials");
    }
}
