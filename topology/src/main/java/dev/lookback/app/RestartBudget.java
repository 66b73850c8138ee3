package dev.lookback.app;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/** How often stream threads may be replaced before their application gives up. Safe for use by several threads. */
final class RestartBudget {
    /** A fault that comes back this often does not go away by itself. */
    static final int RESTARTS = 5;

    static final Duration WINDOW = Duration.ofMinutes(10);

    private static final Duration FIRST_WAIT = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Clock clock;
    private final Deque<Instant> restarts = new ArrayDeque<>();

    RestartBudget(Clock clock) {
        this.clock = clock;
    }

    /** Whether a thread may be replaced once more; if so, it counts. */
    synchronized boolean take() {
        forgetOld();
        if (restarts.size() >= RESTARTS) {
            return false;
        }
        restarts.add(clock.instant());
        return true;
    }

    /** How long to wait before replacing the thread: twice as long each time within the window. */
    synchronized Duration backOff() {
        forgetOld();
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.max(0, restarts.size() - 1));
        return wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }

    private void forgetOld() {
        Instant start = clock.instant().minus(WINDOW);
        while (!restarts.isEmpty() && !restarts.peek().isAfter(start)) {
            restarts.remove();
        }
    }
}
