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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That measuring works: what comes of so few lookups says nothing about speed. */
class BenchReverseTest {
    @TempDir
    Path dir;

    private Run bench(String... sizes) {
        return Run.of(Stream.concat(Stream.of("bench", "reverse", "--dir", dir.toString(), "--json"), Stream.of(sizes))
                .toArray(String[]::new));
    }

    @ParameterizedTest
    @Tag("server")
    @ValueSource(strings = {"500", "max"})
    void searchesWhileLookupsArriveAndLeavesNothingBehind(String rate) throws Exception {
        Run run = bench("--lookups", "3000", "--matches", "100", "--pairs", "2", "--rest", "2s", "--rate", rate);

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.path("perSecond").asInt()).isEqualTo(rate.equals("max") ? 0 : 500);
        assertThat(report.path("runs")).hasSize(2);
        for (JsonNode each : report.path("runs")) {
            assertThat(each.path("searchedSeconds").asDouble())
                    .isGreaterThanOrEqualTo(each.path("waitedSeconds").asDouble());
            for (String window : new String[] {"without", "with"}) {
                assertThat(each.path(window).path("admittedPerSecond").asDouble())
                        .isPositive();
                assertThat(each.path(window).path("mirroredPerSecond").asDouble())
                        .isPositive();
                assertThat(each.path(window).path("load").path("application").asDouble())
                        .isPositive();
            }
        }
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesWhatCannotBe() {
        for (String rate : new String[] {"0", "fast", "-1"}) {
            Run noRate = bench("--rate", rate);
            assertThat(noRate.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(noRate.err()).contains("--rate " + rate).contains("or max");
        }
        Run tooMany = bench("--lookups", "10", "--matches", "11");
        assertThat(tooMany.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooMany.err()).contains("lookups at matches");
    }
}
