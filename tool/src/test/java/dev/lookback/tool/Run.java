package dev.lookback.tool;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Clock;
import java.util.Map;

/** What a command did. */
record Run(int exitCode, String out, String err) {
    /** Runs a command in this process, without a terminal. */
    static Run of(String... args) {
        return with(Map.of(), "", args);
    }

    /** The same with variables and standard input. */
    static Run with(Map<String, String> environment, String input, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Lookback.execute(surroundings(environment, input, out, err), args);
        return new Run(exitCode, out.toString(), err.toString());
    }

    static Surroundings surroundings(
            Map<String, String> environment, String input, StringWriter out, StringWriter err) {
        Console console = new Console(new PrintWriter(out), new PrintWriter(err), false, false, false);
        return new Surroundings(console, new BufferedReader(new StringReader(input)), environment, Clock.systemUTC());
    }
}
