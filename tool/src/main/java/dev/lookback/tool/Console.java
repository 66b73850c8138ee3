package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * Where a command speaks: results to {@code out}, everything else to {@code err}. What redraws itself or is coloured goes
 * to terminals alone. Used by one thread at a time.
 */
final class Console {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static final String ESCAPE = "\u001b[";

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean outIsTerminal;
    private final boolean errIsTerminal;
    private final boolean colour;
    private int drawn;

    Console(PrintWriter out, PrintWriter err, boolean outIsTerminal, boolean errIsTerminal, boolean colour) {
        this.out = out;
        this.err = err;
        this.outIsTerminal = outIsTerminal;
        this.errIsTerminal = errIsTerminal;
        this.colour = colour;
    }

    /** Where results go. */
    PrintWriter out() {
        return out;
    }

    /** Where everything else goes. */
    PrintWriter err() {
        return err;
    }

    /** A line of the result. */
    void print(String line) {
        out.println(line);
        out.flush();
    }

    /** The whole result, for machines. */
    void printJson(Object value) {
        try {
            print(JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A line beside the result. */
    void note(String line) {
        err.println(line);
        err.flush();
    }

    /** A question without a line's end; the answer is the caller's to read. */
    void ask(String question) {
        err.print(question);
        err.flush();
    }

    /** How far long work has got, on a line that replaces itself; nothing unless stderr is a terminal. */
    void progress(String line) {
        if (errIsTerminal) {
            err.print("\r" + ESCAPE + "K" + line);
            err.flush();
        }
    }

    /** Clears the line of {@link #progress}. */
    void progressDone() {
        progress("");
    }

    /** Lines that replace those drawn before, on a terminal. */
    void draw(List<String> lines) {
        StringBuilder text = new StringBuilder(drawn == 0 ? "" : ESCAPE + drawn + "A");
        lines.forEach(line ->
                text.append('\r').append(ESCAPE).append('K').append(line).append('\n'));
        out.print(text);
        out.flush();
        drawn = lines.size();
    }

    /** What is drawn next comes below. */
    void drawn() {
        drawn = 0;
    }

    /** Whether results go to a terminal. */
    boolean outIsTerminal() {
        return outIsTerminal;
    }

    /** The text in bold, where that is wanted. */
    String bold(String text) {
        return styled("1", text);
    }

    /** The text set back, where that is wanted. */
    String dim(String text) {
        return styled("2", text);
    }

    /** The text as something good, where colours are wanted. */
    String good(String text) {
        return styled("32", text);
    }

    /** The text as something bad, where colours are wanted. */
    String bad(String text) {
        return styled("31", text);
    }

    private String styled(String code, String text) {
        return colour ? ESCAPE + code + "m" + text + ESCAPE + "0m" : text;
    }

    /** A count as people read it: {@code 1,234,567}. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
