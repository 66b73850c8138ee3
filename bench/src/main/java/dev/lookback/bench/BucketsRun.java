package dev.lookback.bench;

/**
 * What a search for one requester costs with buckets of some width.
 *
 * @param bucketSeconds width of a bucket
 * @param stage with everything in the vault, or right after half of it has expired
 * @param rows that the search found
 * @param buckets that have rows, in the requester's partition
 * @param seeks of the search
 * @param firstMillis what it took in files that had just been opened
 * @param millis what it took after that, again and again
 * @param otherCores cores that everything else kept busy
 */
public record BucketsRun(
        double bucketSeconds,
        Stage stage,
        long rows,
        long buckets,
        long seeks,
        double firstMillis,
        Percentiles millis,
        double otherCores) {}
