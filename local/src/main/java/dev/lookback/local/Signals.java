package dev.lookback.local;

import java.io.IOException;

/** Signals that Java cannot send. */
public final class Signals {
    private Signals() {}

    /** Freezes a process: it does nothing, and knows nothing of it. */
    public static void freeze(long pid) {
        send("STOP", pid);
    }

    /** It goes on. */
    public static void thaw(long pid) {
        send("CONT", pid);
    }

    private static void send(String signal, long pid) {
        try {
            int status = new ProcessBuilder("kill", "-" + signal, String.valueOf(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + signal + " ended with status " + status);
            }
        } catch (IOException e) {
            throw new IllegalStateException("Cannot send " + signal, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
