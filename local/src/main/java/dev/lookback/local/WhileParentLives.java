package dev.lookback.local;

import java.io.IOException;
import java.util.Arrays;

/**
 * Runs another main class for as long as the parent process lives. The parent holds the other end of standard input: it
 * closes when the parent ends, in whichever way, {@code kill -9} included. Uses nothing but the JDK, so that it fits on any
 * class path.
 */
public final class WhileParentLives {
    private static final long GRACE_MILLIS = 10_000;
    private static final int STATUS_ORPHANED = 3;

    private WhileParentLives() {}

    /** The first argument names the main class to run, the others are passed on. */
    public static void main(String[] args) throws Exception {
        daemon("watch-parent", WhileParentLives::awaitEndOfParent);
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object)
                Arrays.copyOfRange(args, 1, args.length));
    }

    private static void awaitEndOfParent() {
        try {
            while (System.in.read() >= 0) {
                // The parent has nothing to say.
            }
        } catch (IOException e) {
            // As good as its end.
        }
        daemon("halt-if-stuck", WhileParentLives::haltLater);
        System.exit(STATUS_ORPHANED);
    }

    private static void haltLater() {
        try {
            Thread.sleep(GRACE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(STATUS_ORPHANED);
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
