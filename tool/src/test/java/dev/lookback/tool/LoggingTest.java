package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** With one slf4j too old or too new, or no backend, logging is silently off. */
class LoggingTest {
    @TempDir
    Path directory;

    /** In a process of its own: levels are fixed when a logger is made. */
    static final class Speaker {
        public static void main(String[] args) {
            Arrays.stream(args).forEach(Logging::say);
            LoggerFactory.getLogger("dev.lookback.app.LookbackApp").info("a line of ours");
            LoggerFactory.getLogger("org.apache.kafka.streams.KafkaStreams").info("a line of others");
            LoggerFactory.getLogger("org.apache.kafka.streams.KafkaStreams").warn("a warning of others");
        }
    }

    /** The same, of a command that chooses where its log goes once it has been found among all the others. */
    static final class Choosing {
        public static void main(String[] args) {
            Lookback.commandLine(Run.surroundings(Map.of(), "", new StringWriter(), new StringWriter()))
                    .parseArgs("demo", "--once");
            Logging.to(Path.of(args[0]));
            LoggerFactory.getLogger("org.apache.kafka.streams.KafkaStreams").warn("a warning of others");
        }
    }

    @Test
    void nothingOpensTheLogBeforeACommandHasChosenItsPlace() throws Exception {
        Path file = directory.resolve("lookback.log");

        assertThat(output(Choosing.class, file.toString())).isEmpty();
        assertThat(file).content().contains("a warning of others");
    }

    @Test
    void aLineAppears() throws Exception {
        assertThat(said("info"))
                .containsPattern("\\d+-\\d+-\\d+T\\S+ \\[main] INFO \\S*LookbackApp - a line of ours")
                .contains("a warning of others")
                .doesNotContain("a line of others");
    }

    @Test
    void commandsSpeakForThemselves() throws Exception {
        assertThat(said()).contains("a warning of others").doesNotContain("a line of ours");
    }

    private String said(String... arguments) throws Exception {
        return output(Speaker.class, arguments);
    }

    private String output(Class<?> main, String... arguments) throws Exception {
        Path output = directory.resolve("output");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
