package dev.lookback.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ninety days of all three topologies, requests and extracts among them, with every line of ours logged: nobody is named. */
class SilenceTest {
    private static final long SEED = 1;
    private static final long LIMIT_MINUTES = 3;

    @TempDir
    Path directory;

    /** In a process of its own: levels are fixed when a logger is made. */
    static final class Aloud {
        public static void main(String[] args) {
            try (Simulation simulation = new Simulation(SEED, Path.of(args[0]), Simulation::unharmed)) {
                simulation.run();
            }
        }
    }

    @Test
    void noHandleOrAddressIsLogged() throws Exception {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                        "-Dorg.slf4j.simpleLogger.log.dev.lookback=trace",
                        "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.lookback.v1,java.lang",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Aloud.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES))
                    .as("ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).as("lines of ours are seen at all").contains("dev.lookback.");
        assertThat(namedIn(said)).isEmpty();
    }

    @Test
    void aNameWouldBeFound() {
        assertThat(namedIn("asked by ann@EXAMPLE.org")).containsExactly("ann@example.org");
        assertThat(namedIn("asked by 447700900001 from 203.0.113.7")).containsExactly("447700900001", "203.0.113.");
        assertThat(namedIn("asked by somebody")).isEmpty();
    }

    /** The handles, without their plus signs, and the networks that occur in a text. */
    private static List<String> namedIn(String said) {
        String text = said.toLowerCase(Locale.ROOT);
        return Stream.concat(Simulation.HANDLES.stream(), Stream.of(Simulation.NETWORK))
                .map(each -> each.replace("+", "").toLowerCase(Locale.ROOT))
                .filter(text::contains)
                .toList();
    }
}
