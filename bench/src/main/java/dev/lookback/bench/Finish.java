package dev.lookback.bench;

/**
 * What a measured process says of itself in the end. Times are milliseconds since the epoch; CPU times are milliseconds
 * from the process's start to {@code lastAt}.
 *
 * @param firstAt when the first record was written to a ledger (of a copying job: to the other topic; of one that restores:
 *     when the first had been restored)
 * @param lastAt when the vault had mirrored the last lookup (of a copying job: when the last record was written; of one that
 *     restores: when it was ready)
 * @param admitted lookups that ingest admitted; of a copying job: copies; of one that restores: rows
 * @param rejected lookups that it rejected
 * @param rows rows in the vault; of a copying job: 0
 * @param cpuMillis CPU time of the process
 * @param brokerCpuMillis CPU time of the broker meanwhile
 * @param otherCores how many cores everything else on the machine has kept busy meanwhile, on average
 * @param peakBytes the most memory that the process had resident
 */
record Finish(
        long firstAt,
        long lastAt,
        long admitted,
        long rejected,
        long rows,
        long cpuMillis,
        long brokerCpuMillis,
        double otherCores,
        long peakBytes) {}
