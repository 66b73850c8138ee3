package dev.lookback.clock;

import java.util.UUID;

/**
 * That the machine's clock cannot be trusted, from when on, and why.
 *
 * @param id names this doubt: whoever confirms the clock confirms it for this one and no other
 * @param cause how it showed
 * @param offMillis how far the clock was off: against the monotonic clock, or against the brokers'; positive: ahead
 * @param since when it showed, by the time that goes on; milliseconds since the epoch
 */
public record Doubt(UUID id, Cause cause, long offMillis, long since) {
    /** How a doubt shows. */
    public enum Cause {
        /** The wall clock went another way than the monotonic clock while the process ran. */
        JUMPED,
        /** The wall clock is far from the brokers'. */
        FAR_FROM_BROKERS
    }
}
