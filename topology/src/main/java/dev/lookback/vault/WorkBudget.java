package dev.lookback.vault;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The time that all sweeps and searches of one thread may take together. A stream thread must come back to its poll:
 * one that stays away is thrown out of its group. Budgets of several tasks on one thread would add up, so they share
 * this one.
 *
 * <p>Time is counted in windows of twice the budget: within each, work may use the budget and no more, so that between
 * two polls no more than one budget passes, and ingest keeps at least half of the thread. One for each thread; not safe
 * for several.
 */
final class WorkBudget {
    private final LongSupplier nanoTime;
    private final long budgetNanos;
    private long windowStart;
    private long used;
    private long workStart;

    /** A budget, on a clock of nanoseconds that only moves forward. */
    WorkBudget(Duration budget, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.budgetNanos = budget.toNanos();
        this.windowStart = nanoTime.getAsLong();
    }

    /** Starts a piece of work. */
    void start() {
        workStart = nanoTime.getAsLong();
        if (workStart - windowStart >= 2 * budgetNanos) {
            windowStart = workStart;
            used = 0;
        }
    }

    /** Whether the budget of this window is spent; the piece of work under way counts. */
    boolean spent() {
        return used + (nanoTime.getAsLong() - workStart) >= budgetNanos;
    }

    /** Ends a piece of work. */
    void stop() {
        used += nanoTime.getAsLong() - workStart;
    }
}
