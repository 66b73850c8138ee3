package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lookback bench sustained} and {@code growth}: that they measure. What comes of so few rows says nothing about speed. */
class BenchCapacityTest {
    private static final long ROWS = 2_000;

    @TempDir
    private Path dir;

    @Test
    @Tag("server")
    void asManyArriveAsExpire() throws Exception {
        Path csv = dir.resolve("runs.csv");
        Run run = Run.of(
                "bench",
                "sustained",
                "--rows",
                "" + ROWS,
                "--buckets",
                "2",
                "--runs",
                "1",
                "--csv",
                csv.toString(),
                "--json",
                "--dir",
                dir.resolve("bench").toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.path("kept").asLong())
                .as("one of three windows is left")
                .isEqualTo(ROWS);
        JsonNode only = report.path("runs").path(0);
        double both = only.path("bothSeconds").asDouble();
        assertThat(only.path("arrivingSeconds").asDouble()).isPositive();
        assertThat(only.path("expiringSeconds").asDouble()).isPositive();
        assertThat(List.of(
                        only.path("bothArrivedSeconds").asDouble(),
                        only.path("bothExpiredSeconds").asDouble()))
                .contains(both)
                .allSatisfy(each -> assertThat(each).isPositive().isLessThanOrEqualTo(both));
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith("run,rows,arrivingSeconds,");
        assertThat(lines.get(1)).startsWith("1," + ROWS + ",");
        try (Stream<Path> left = Files.list(dir.resolve("bench"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @Tag("server")
    void growsStepByStep() throws Exception {
        Path svg = dir.resolve("growth.svg");
        Run run = Run.of(
                "bench",
                "growth",
                "--rows",
                "" + 2 * ROWS,
                "--step",
                "" + ROWS,
                "--svg",
                svg.toString(),
                "--json",
                "--dir",
                dir.resolve("bench").toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode runs = new ObjectMapper().readTree(run.out()).path("runs");
        assertThat(runs.findValuesAsText("rowsBefore")).containsExactly("0", "" + ROWS);
        for (JsonNode each : runs) {
            assertThat(each.path("perSecond").asDouble()).isPositive();
            assertThat(each.path("cpuMicros").asDouble()).isPositive();
            assertThat(each.path("ledgerBytes").asDouble()).isPositive();
        }
        assertThat(svg).content().contains("<svg", ">0</text>");
        try (Stream<Path> left = Files.list(dir.resolve("bench"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesWhatCannotBe() {
        Run tooFarBack = Run.of("bench", "sustained", "--buckets", "100");
        assertThat(tooFarBack.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooFarBack.err()).contains("ingest.max.late");

        Run tooFew = Run.of("bench", "growth", "--rows", "10", "--step", "20");
        assertThat(tooFew.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooFew.err()).contains("step");
    }
}
