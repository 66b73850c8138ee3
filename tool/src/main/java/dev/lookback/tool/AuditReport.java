package dev.lookback.tool;

import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.Instants;
import dev.lookback.tool.LedgerWindows.Range;
import dev.lookback.tool.RetentionAudit.Audited;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an audit says, for people and machines.
 *
 * @param sound whether nothing breaks the promise
 * @param readAt when it began
 * @param since what was asked for; null for everything
 * @param days one for each class and day with rows or receipts
 * @param partitions what was read of each
 * @param findings what breaks the promise
 * @param unlistedFindings how many more there are
 * @param doubts what could not be seen
 * @param vaultNotReported partitions that no instance of the vault spoke for; empty if none was asked
 */
record AuditReport(
        boolean sound,
        String readAt,
        @Nullable String since,
        List<DayTally> days,
        List<ReadPartition> partitions,
        List<Finding> findings,
        long unlistedFindings,
        List<String> doubts,
        List<String> vaultNotReported) {
    /**
     * What was read of a partition.
     *
     * @param ledger offsets of the ledger that were read
     * @param end offset after the ledger's last record
     * @param receiptsFrom receipts written before were not read; null if all were
     * @param vaultBuckets buckets of the vault that were held against the ledger
     */
    record ReadPartition(
            String retentionClass,
            int partition,
            List<Range> ledger,
            long end,
            @Nullable String receiptsFrom,
            int vaultBuckets) {}

    /** Puts one together, partition by partition. */
    static final class Builder {
        private final Instant readAt;
        private final @Nullable Instant since;
        private final boolean vaultAsked;
        private final Map<String, Map<String, DayTally>> days = new TreeMap<>();
        private final List<ReadPartition> partitions = new ArrayList<>();
        private final List<Finding> findings = new ArrayList<>();
        private final List<String> doubts = new ArrayList<>();
        private final List<String> notReported = new ArrayList<>();
        private long unlisted;

        Builder(Instant readAt, @Nullable Instant since, boolean vaultAsked) {
            this.readAt = readAt;
            this.since = since;
            this.vaultAsked = vaultAsked;
        }

        void add(RetentionClass retentionClass, Audited audited) {
            PartitionAudit.Result result = audited.result();
            Map<String, DayTally> ofClass = days.computeIfAbsent(retentionClass.name(), each -> new TreeMap<>());
            for (BucketAudit bucket : result.buckets()) {
                DayTally none = DayTally.none(retentionClass.name(), DayTally.day(bucket.bucket(), retentionClass));
                ofClass.put(none.day(), ofClass.getOrDefault(none.day(), none).plus(bucket));
            }
            findings.addAll(result.findings());
            unlisted += result.unlisted();
            String name = retentionClass.name() + "/" + result.partition();
            result.doubts().forEach(each -> doubts.add(name + ": " + each));
            if (vaultAsked && audited.asked() == 0) {
                notReported.add(name);
            }
            Instant receiptsFrom = audited.receiptsFrom();
            partitions.add(new ReadPartition(
                    retentionClass.name(),
                    result.partition(),
                    audited.read(),
                    audited.end(),
                    receiptsFrom == null ? null : Instants.format(receiptsFrom),
                    result.compared()));
        }

        AuditReport build() {
            return new AuditReport(
                    findings.isEmpty(),
                    Instants.format(readAt),
                    since == null ? null : Instants.format(since),
                    days.values().stream()
                            .flatMap(each -> each.values().stream())
                            .toList(),
                    List.copyOf(partitions),
                    List.copyOf(findings),
                    unlisted,
                    List.copyOf(doubts),
                    List.copyOf(notReported));
        }
    }

    /** Records of ledgers that were read. */
    long recordsRead() {
        return partitions.stream()
                .flatMap(each -> each.ledger().stream())
                .mapToLong(each -> each.to() - each.from())
                .sum();
    }

    /** Partitions of which a part of the ledger was left unread. */
    List<ReadPartition> partlyRead() {
        return partitions.stream().filter(each -> each.receiptsFrom() != null).toList();
    }
}
