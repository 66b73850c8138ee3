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

/** {@code lookback bench startup}: figures that make sense. How good they are is for docs/MEASUREMENTS.md. */
class BenchStartupTest {
    @TempDir
    private Path dir;

    @Test
    @Tag("server")
    void eachStartFindsWhatItIsToFind() throws Exception {
        Run run = Run.of("bench", "startup", "--lookups", "2000", "--runs", "1", "--json", "--dir", dir.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode runs = new ObjectMapper().readTree(run.out()).path("runs");
        assertThat(runs.findValuesAsText("kind")).containsExactly("EMPTY", "RESTORE", "AGAIN");
        assertThat(runs.findValuesAsText("rows")).containsExactly("0", "2000", "2000");
        assertThat(runs)
                .allSatisfy(
                        each -> assertThat(each.path("readySeconds").asDouble()).isPositive());
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesWhatCannotBe() {
        Run none = Run.of("bench", "startup", "--runs", "0");
        assertThat(none.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(none.err()).contains("runs");
    }
}
