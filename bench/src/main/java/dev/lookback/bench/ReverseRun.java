package dev.lookback.bench;

/**
 * A search for a queried handle while lookups arrive, and as much of a time without a search, before or after.
 *
 * @param pair from 1
 * @param searchedSeconds from submitting until the request awaited approval
 * @param waitedSeconds of these, until the mirror held what had been published before the request: no search begins sooner
 * @param without while nothing was searched
 * @param with while the search was under way, from when it could begin
 * @param peakBytes the most memory that the application has had resident so far
 */
public record ReverseRun(
        int pair, double searchedSeconds, double waitedSeconds, Window without, Window with, long peakBytes) {
    /**
     * Some time in which lookups arrived.
     *
     * @param arrivedPerSecond lookups that the broker acknowledged
     * @param admittedPerSecond lookups that ingest took up
     * @param mirroredPerSecond rows that the vault took up
     * @param lag seconds from publishing to the vault
     * @param load who kept the machine busy
     */
    public record Window(
            double seconds,
            double arrivedPerSecond,
            double admittedPerSecond,
            double mirroredPerSecond,
            Spread lag,
            Load load) {}

    /** What ingest kept of its rate. */
    public double admittedRatio() {
        return with.admittedPerSecond / without.admittedPerSecond;
    }

    /** What is kept of the rate end to end, into the vault. */
    public double mirroredRatio() {
        return with.mirroredPerSecond / without.mirroredPerSecond;
    }
}
