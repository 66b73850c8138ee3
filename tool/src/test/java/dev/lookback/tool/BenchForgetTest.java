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

/** That measuring works: what comes of so few rows says nothing about speed. */
class BenchForgetTest {
    private static final int ROWS = 2_000;

    @TempDir
    Path dir;

    private Run bench(String... arguments) {
        return Run.of(Stream.concat(
                        Stream.of("bench"),
                        Stream.concat(Stream.of(arguments), Stream.of("--dir", dir.toString(), "--json")))
                .toArray(String[]::new));
    }

    @Test
    @Tag("server")
    void forgetsWindowAfterWindowWhileLookupsArrive() throws Exception {
        Run run = bench(
                "forget",
                "--rows",
                "" + ROWS,
                "--rate",
                "500",
                "--buckets",
                "3",
                "--bucket",
                "10m",
                "--rest",
                "3s",
                "--runs",
                "2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.path("bucketSeconds").asDouble()).isEqualTo(600);
        // What has arrived is still there, and nothing else.
        assertThat(report.path("kept").asLong()).isBetween(2 * 3 * 500L / 2, 500L * 600);
        assertThat(report.path("runs")).hasSize(2);
        for (JsonNode each : report.path("runs")) {
            assertThat(each.path("rows").asLong()).isEqualTo(ROWS);
            assertThat(each.path("seconds").asDouble()).isPositive();
            assertThat(each.path("arrivedPerSecond").asDouble()).isPositive();
            assertThat(each.path("lateness").path("greatest").asDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(each.path("seconds").asDouble());
            assertThat(each.path("meanwhile").path("application").asDouble()).isPositive();
        }
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @Tag("server")
    void disclosesNothingOverdueAfterAnOutageAndLeavesNoGhosts() throws Exception {
        Run run = bench("outage", "--rows", "" + ROWS, "--runs", "1", "--rate", "200");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode runs = new ObjectMapper().readTree(run.out()).path("runs");
        assertThat(runs.findValuesAsText("outage")).containsExactly("LEDGER_WHOLE", "LEDGER_CUT");
        assertThat(runs.path(0).path("stored").asLong()).isEqualTo(ROWS + ROWS / 20);
        assertThat(runs.path(0).path("overdue").asLong()).isEqualTo(ROWS);
        // All that had been stored has gone from the ledger, and some of what came after.
        assertThat(runs.path(1).path("stored").asLong()).isEqualTo(ROWS);
        assertThat(runs.path(1).path("overdue").asLong()).isBetween(ROWS / 2L, ROWS - 1L);
        for (JsonNode each : runs) {
            assertThat(each.path("kept").asLong()).isGreaterThanOrEqualTo(ROWS / 20);
            assertThat(each.path("firstSeconds").asDouble())
                    .isLessThanOrEqualTo(each.path("seconds").asDouble());
            assertThat(each.path("answeredSeconds").asDouble()).isPositive();
        }
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @Tag("server")
    void findsRowsInBucketsBeforeAndAfterExpiry() throws Exception {
        Run run = bench("buckets", "--bucket", "10m", "--lookups", "90000", "--span", "6h");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode runs = new ObjectMapper().readTree(run.out()).path("runs");
        assertThat(runs.findValuesAsText("rows")).containsExactly("0", "9", "10000", "0", "9", "10000");
        for (int i = 0; i < runs.size(); i++) {
            JsonNode each = runs.path(i);
            boolean before = i < 3;
            assertThat(each.path("bucketSeconds").asDouble()).isEqualTo(600);
            assertThat(each.path("stage").asText()).isEqualTo(before ? "BEFORE" : "AFTER");
            long buckets = each.path("buckets").asLong();
            assertThat(buckets).isBetween(before ? 30L : 15L, before ? 37L : 19L);
            assertThat(each.path("seeks").asLong()).isBetween(buckets, 2 * buckets + 2);
            assertThat(each.path("millis").path("p99").asDouble()).isPositive();
        }
    }

    @Test
    void refusesWhatCannotBe() {
        Run tooFarBack = bench("forget", "--bucket", "1d", "--buckets", "10", "--runs", "5");
        assertThat(tooFarBack.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooFarBack.err()).contains("ingest.max.late");

        Run noDuration = bench("forget", "--bucket", "soon");
        assertThat(noDuration.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(noDuration.err()).contains("soon");

        Run tooFewRows = bench("buckets", "--lookups", "1000");
        assertThat(tooFewRows.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooFewRows.err()).contains("lookups");

        Run tooLong = bench("buckets", "--span", "30d");
        assertThat(tooLong.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooLong.err()).contains("ingest.max.late");

        Run tooFew = bench("outage", "--rows", "10");
        assertThat(tooFew.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(tooFew.err()).contains("rows begin at 1000");
    }
}
