package dev.lookback.tool;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prometheus's own checker. Without it a test is skipped, or fails where {@code CI=true}. */
record Promtool(int exitCode, String said) {
    private static final String INSTALL =
            "promtool is missing. It is in Debian's package prometheus, which would also start"
                    + " a server; .ci/run shows how to get promtool alone";

    static Promtool run(Path directory, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(args));
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(INSTALL);
            }
            System.err.println("NOT CHECKED by promtool. " + INSTALL);
            abort(INSTALL);
            throw e;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Promtool(process.waitFor(), said);
    }
}
