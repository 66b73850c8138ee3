package dev.lookback.bench;

/**
 * What a width of buckets costs a search for one requester.
 *
 * @param bucketSeconds width of a bucket
 * @param buckets that have rows, in the partition that has most
 * @param seeks of a search, in that partition
 * @param micros a seek, median over the searches
 * @param millis a search takes in the vault's files
 * @param answeredSeconds from submitting a request for one requester until its search was over, casework included
 * @param otherCores cores that everything else kept busy
 */
public record BucketsRun(
        double bucketSeconds,
        int buckets,
        long seeks,
        double micros,
        Spread millis,
        Spread answeredSeconds,
        double otherCores) {}
