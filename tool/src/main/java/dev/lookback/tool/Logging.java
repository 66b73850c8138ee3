package dev.lookback.tool;

import java.nio.file.Path;

/** Where the log goes, and how much of it. Only of use before the first logger is made. */
final class Logging {
    private static final String PREFIX = "org.slf4j.simpleLogger.";

    private Logging() {}

    /** Lets Lookback's own classes speak from this level on, unless told otherwise on the command line of Java. */
    static void say(String level) {
        setUnlessGiven("log.dev.lookback", level);
    }

    /** Sends the log to a file. */
    static void to(Path file) {
        setUnlessGiven("logFile", file.toString());
    }

    private static void setUnlessGiven(String name, String value) {
        if (System.getProperty(PREFIX + name) == null) {
            System.setProperty(PREFIX + name, value);
        }
    }
}
