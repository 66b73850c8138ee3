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

/** That measuring works: what comes of so few lookups says nothing about speed. */
class BenchSearchTest {
    @TempDir
    Path dir;

    private Run bench(String... sizes) {
        return Run.of(Stream.concat(Stream.of("bench", "search", "--dir", dir.toString(), "--json"), Stream.of(sizes))
                .toArray(String[]::new));
    }

    @Test
    @Tag("server")
    void answersBeforeAndAfterExpiryAndLeavesNothingBehind() throws Exception {
        Run run = bench("--lookups", "3000", "--matches", "100", "--runs", "1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.path("expiry").path("rows").asLong()).isEqualTo(1_500);
        assertThat(report.path("expiry").path("seconds").asDouble()).isPositive();
        assertThat(report.path("phases").findValuesAsText("rows")).containsExactly("3000", "1500");
        for (JsonNode phase : report.path("phases")) {
            assertThat(phase.path("peakBytes").asLong()).isGreaterThan(50L << 20);
            assertThat(phase.path("answers").findValuesAsText("role"))
                    .containsExactly("REQUESTER", "REQUESTER", "QUERIED", "QUERIED");
            for (JsonNode answer : phase.path("answers")) {
                boolean atOnce = answer.path("subject").path("atOnce").asBoolean();
                assertThat(answer.path("searchedSeconds").isNull()).isEqualTo(atOnce);
                assertThat(answer.path("sealedSeconds").asDouble())
                        .isGreaterThan(answer.path("caseworkSeconds").asDouble());
            }
        }
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void fewerRolesLeaveRoomForMoreRuns() {
        // Refused for its lookups, which go as far with one role as with both for half as many runs.
        Run run = bench("--lookups", "3000", "--matches", "1000", "--role", "requester");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("need 30,000 lookups");
    }

    @Test
    void refusesRolesThatItCannotMeasure() {
        Run run = bench("--role", "either");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("--role either: requester or queried");
    }

    @Test
    void refusesMoreMatchesThanLookups() {
        Run run = bench("--lookups", "3000", "--matches", "1000");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("need 60,000 lookups");
    }
}
