package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.local.LocalStack;
import dev.lookback.tool.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command {@code lookback} in a process of its own, as a person runs it. */
public final class ToolProcess {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final LocalStack stack;
    private final Path directory;

    /** What it said, and its exit code. */
    public record Said(int exitCode, String text) {}

    /** Output goes through files in a directory. */
    public ToolProcess(LocalStack stack, Path directory) {
        this.stack = stack;
        this.directory = directory;
    }

    /** Runs a command to its end, with the stack's settings. */
    public Said run(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.lookback.v1,java.lang",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(args));
        command.addAll(List.of("--config", stack.configFile().toString()));
        Path output = Files.createTempFile(directory, "lookback", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), Files.readString(output));
    }

    /** {@code lookback clock confirm}, by an officer who may. */
    public Said confirmClock(String... more) throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(List.of(
                "clock",
                "confirm",
                "--yes",
                "--officer",
                LocalStack.RETENTION_OFFICER,
                "--keystore",
                stack.officerKeystore(LocalStack.RETENTION_OFFICER).toString(),
                "--password-file",
                stack.passwordFile().toString(),
                "--reason",
                "seen to"));
        args.addAll(List.of(more));
        return run(args.toArray(String[]::new));
    }
}
