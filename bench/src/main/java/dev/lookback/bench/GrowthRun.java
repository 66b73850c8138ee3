package dev.lookback.bench;

/**
 * What it took to take up some more lookups.
 *
 * @param run from 1
 * @param rowsBefore in the vault before
 * @param rows that were taken up
 * @param seconds from when the application could take them up until the vault had
 * @param perSecond rows in that time
 * @param cpuMicros CPU time of the application for each row, until all had been committed
 * @param brokerCpuMicros the same of the broker
 * @param otherCores cores that all but these and this process kept busy
 * @param peakBytes the most memory that the application has had resident so far
 * @param stateBytes the vault's files for each row, in the end
 * @param ledgerBytes the ledger on the broker's disk for each row
 */
public record GrowthRun(
        int run,
        long rowsBefore,
        long rows,
        double seconds,
        double perSecond,
        double cpuMicros,
        double brokerCpuMicros,
        double otherCores,
        long peakBytes,
        double stateBytes,
        double ledgerBytes) {}
