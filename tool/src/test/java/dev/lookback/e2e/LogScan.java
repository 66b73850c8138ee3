package dev.lookback.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Looks for handles and addresses in what processes have said. Cuts lines into words, so that a search for thousands of
 * names costs no more than one for a few; a number counts with and without its plus.
 */
public final class LogScan {
    private static final int MAX_FOUND = 20;
    private static final int LEAST_DIGITS = 8;

    private final Set<String> handles;
    private final Set<String> addresses;
    private long lines;
    private final List<String> found = new ArrayList<>();

    /** Who must not be named. */
    public LogScan(Set<String> handles, Set<String> addresses) {
        this.handles = handles;
        this.addresses = addresses;
    }

    /** Reads a file to its end. */
    public void read(Path log) throws IOException {
        // Bytes that are no text are no reason to stop.
        try (BufferedReader reader = new BufferedReader(
                new java.io.InputStreamReader(Files.newInputStream(log), StandardCharsets.ISO_8859_1))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines++;
                if (names(line) && found.size() < MAX_FOUND) {
                    found.add(log.getFileName() + " line " + lines);
                }
            }
        }
    }

    /** Whether a line names somebody. */
    boolean names(String line) {
        int start = -1;
        for (int i = 0; i <= line.length(); i++) {
            boolean inWord = i < line.length() && isWord(line.charAt(i));
            if (inWord && start < 0) {
                start = i;
            } else if (!inWord && start >= 0) {
                if (isName(line.substring(start, i))) {
                    return true;
                }
                start = -1;
            }
        }
        return false;
    }

    private static boolean isWord(char each) {
        return Character.isLetterOrDigit(each) || "+@.:_-".indexOf(each) >= 0;
    }

    private boolean isName(String word) {
        if (word.length() < LEAST_DIGITS && addresses.isEmpty()) {
            return false;
        }
        String trimmed = trim(word);
        int port = trimmed.lastIndexOf(':');
        return handles.contains(trimmed)
                || addresses.contains(trimmed)
                || port > 0 && addresses.contains(trimmed.substring(0, port))
                || trimmed.length() >= LEAST_DIGITS
                        && Character.isDigit(trimmed.charAt(0))
                        && handles.contains("+" + trimmed);
    }

    /** Punctuation that ends a sentence is no part of a name. */
    private static String trim(String word) {
        int end = word.length();
        while (end > 0 && ".:-_".indexOf(word.charAt(end - 1)) >= 0) {
            end--;
        }
        return word.substring(0, end);
    }

    /** How many lines were read. */
    public long lines() {
        return lines;
    }

    /** Where, never who. */
    public List<String> found() {
        return found;
    }
}
