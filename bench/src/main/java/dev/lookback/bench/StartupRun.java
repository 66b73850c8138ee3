package dev.lookback.bench;

/**
 * One start, timed from when the process was started, the virtual machine's own start included.
 *
 * @param kind what it found
 * @param run from 1
 * @param readySeconds until it said that it was ready
 * @param rows what the vault held then
 * @param peakBytes the most memory that it had had resident
 */
public record StartupRun(Kind kind, int run, double readySeconds, long rows, long peakBytes) {
    /** What a start finds. */
    public enum Kind {
        /** No lookups, and no state. */
        EMPTY,
        /** A full ledger, and no state: the vault is restored. */
        RESTORE,
        /** A full ledger, and the state that it left when it was stopped. */
        AGAIN
    }

    /** Rows a second from the start of the process until it was ready. */
    public double rowsPerSecond() {
        return rows / readySeconds;
    }
}
