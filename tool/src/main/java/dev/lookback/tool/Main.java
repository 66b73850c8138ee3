package dev.lookback.tool;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;

/** Starts the {@code lookback} command. */
public final class Main {
    /** System property, set by the launcher: which of {@code out}, {@code err} are terminals. */
    private static final String TERMINAL = "lookback.terminal";

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        List<String> terminals = List.of(System.getProperty(TERMINAL, "").split(","));
        boolean outIsTerminal = terminals.contains("out");
        // https://no-color.org: any value but the empty one.
        boolean colour =
                outIsTerminal && System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
        Console console = new Console(
                new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                new PrintWriter(System.err, false, StandardCharsets.UTF_8),
                outIsTerminal,
                terminals.contains("err"),
                colour);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.exit(Lookback.execute(new Surroundings(console, input, System.getenv(), Clock.systemUTC()), args));
    }
}
