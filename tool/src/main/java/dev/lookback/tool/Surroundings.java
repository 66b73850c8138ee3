package dev.lookback.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a command finds around it, so that tests can put something else there.
 *
 * @param console where it speaks
 * @param input standard input
 * @param environment the process's variables
 * @param clock the wall clock
 */
record Surroundings(Console console, BufferedReader input, Map<String, String> environment, Clock clock) {
    /** Asks a question that only "y" or "yes" affirms; the end of the input means no. */
    boolean confirms(String question) {
        console.ask(question);
        try {
            String answer = input.readLine();
            return answer != null && Set.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            return false;
        }
    }
}
