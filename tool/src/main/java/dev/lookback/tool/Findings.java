package dev.lookback.tool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What breaks the promise in one partition: the first are listed, all are counted, by bucket too. */
final class Findings {
    /** As many are listed. */
    static final int MOST = 500;

    private final String retentionClass;
    private final int partition;
    private final List<Finding> listed = new ArrayList<>();
    private final Map<Long, Integer> byBucket = new HashMap<>();
    private long all;

    Findings(String retentionClass, int partition) {
        this.retentionClass = retentionClass;
        this.partition = partition;
    }

    /** About a record of the ledger. */
    void add(long bucket, long offset, String what) {
        all++;
        byBucket.merge(bucket, 1, Integer::sum);
        if (listed.size() < MOST) {
            listed.add(new Finding(retentionClass, partition, offset, bucket, what));
        }
    }

    /** About a bucket. */
    void add(long bucket, String what) {
        add(bucket, Finding.NO_OFFSET, what);
    }

    /** How many there are about a bucket. */
    int about(long bucket) {
        return byBucket.getOrDefault(bucket, 0);
    }

    /** In the order of bucket and offset. */
    List<Finding> listed() {
        return listed.stream()
                .sorted(Comparator.comparingLong(Finding::bucket).thenComparingLong(Finding::offset))
                .toList();
    }

    /** How many are not listed. */
    long unlisted() {
        return all - listed.size();
    }
}
