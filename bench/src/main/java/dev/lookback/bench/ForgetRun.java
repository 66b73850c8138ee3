package dev.lookback.bench;

/**
 * One time that rows became due and were forgotten while lookups arrived.
 *
 * @param run from 1
 * @param rows that became due
 * @param seconds from before the retention was shortened until the last of their receipts was closed
 * @param perSecond rows forgotten a second: tombstones read back, receipts closed
 * @param arrivedPerSecond lookups that the broker acknowledged meanwhile
 * @param lagBefore seconds from publishing to the vault in the rest before
 * @param lagMeanwhile the same while rows were forgotten
 * @param lateness seconds, of the receipts: from when a bucket was due until it was empty
 * @param before who kept the machine busy in the rest before
 * @param meanwhile who did while rows were forgotten
 * @param peakBytes the most memory that the application has had resident so far
 */
public record ForgetRun(
        int run,
        long rows,
        double seconds,
        double perSecond,
        double arrivedPerSecond,
        Spread lagBefore,
        Spread lagMeanwhile,
        Spread lateness,
        Load before,
        Load meanwhile,
        long peakBytes) {}
