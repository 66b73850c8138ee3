package dev.lookback.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Map;

/**
 * What one partition of one class holds: in the vault by {@code GET /vault}, or in the ledger by its records.
 *
 * @param rows all rows
 * @param keysSha256 SHA-256 (hex) over all ledger keys in ascending order
 * @param buckets rows by bucket number
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Holding(String retentionClass, int partition, long rows, String keysSha256, Map<Long, Long> buckets) {
    /** Rows in buckets before one. */
    long rowsBefore(long bucket) {
        return buckets.entrySet().stream()
                .filter(each -> each.getKey() < bucket)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
