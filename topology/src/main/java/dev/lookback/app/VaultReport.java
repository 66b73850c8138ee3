package dev.lookback.app;

import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.vault.BucketCounts;
import dev.lookback.vault.VaultTopology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.StateQueryRequest;

/**
 * What the vault of this process really holds: {@code GET /vault}. Rows by bucket and a digest of their keys, for each
 * partition that this process is in charge of; of several processes the answers are put together by partition. Names
 * nobody. Reads every key, so it is for audits and tests, not for dashboards.
 */
final class VaultReport {
    /**
     * What one partition of one class holds.
     *
     * @param rows all rows
     * @param keysSha256 SHA-256 (hex) over all ledger keys, 36 bytes each, in ascending order
     * @param buckets rows by bucket number
     * @param position the rows are those of the ledger read up to this offset (exclusive); -1 while they are those of no
     *     single one, because the vault reads again what it had read before a crash
     * @param fingerprints by bucket number the sum of the keys' {@link dev.lookback.ledger.KeyFingerprint}s, in decimal
     */
    record Holding(
            String retentionClass,
            int partition,
            long rows,
            String keysSha256,
            Map<Long, Long> buckets,
            long position,
            Map<Long, Long> fingerprints) {}

    private final KafkaStreams vault;
    private final RetentionClasses classes;

    VaultReport(KafkaStreams vault, RetentionClasses classes) {
        this.vault = vault;
        this.classes = classes;
    }

    /**
     * Counts; one reader at a time, since each reads the whole vault.
     *
     * @throws IllegalStateException if the vault is not running or a partition moves meanwhile: ask again
     */
    synchronized Map<String, List<Holding>> read() {
        if (vault.state() != KafkaStreams.State.RUNNING) {
            throw new IllegalStateException("vault is " + vault.state());
        }
        List<Holding> holdings = new ArrayList<>();
        for (RetentionClass each : classes.all()) {
            partitions(each).forEach((partition, result) -> {
                if (result.isSuccess()) { // the others are standbys: someone else's to report
                    BucketCounts.Counts counts = result.getResult();
                    holdings.add(new Holding(
                            each.name(),
                            partition,
                            counts.rows(),
                            counts.keysSha256(),
                            counts.rowsByBucket(),
                            counts.position(),
                            counts.fingerprints()));
                }
            });
        }
        return Map.of("partitions", holdings);
    }

    private Map<Integer, QueryResult<BucketCounts.Counts>> partitions(RetentionClass retentionClass) {
        try {
            return new TreeMap<>(vault.query(StateQueryRequest.inStore(VaultTopology.mirrorStore(retentionClass))
                            .withQuery(new BucketCounts())
                            .requireActive())
                    .getPartitionResults());
        } catch (RuntimeException e) { // Streams' own for a stop, ours for a store that closes
            throw new IllegalStateException("the vault cannot be read now: " + e.getMessage(), e);
        }
    }
}
