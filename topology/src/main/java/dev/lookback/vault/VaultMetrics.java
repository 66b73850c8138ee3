package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ExpiryReceipt;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The vault's own figures. A task's gauges vanish with the task. No label names a handle, or a token. */
final class VaultMetrics {
    private final MeterRegistry registry;

    VaultMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    OfTask ofTask(int partition) {
        return new OfTask(partition);
    }

    final class OfTask implements AutoCloseable {
        private final int partition;
        private final List<Meter> meters = new ArrayList<>();
        private final Map<String, Figures> figures = new ConcurrentHashMap<>();
        private volatile long openSearches;

        private OfTask(int partition) {
            this.partition = partition;
        }

        /** Written by the stream thread, read by whoever scrapes: plain volatile figures, no call into the stores. */
        private static final class Figures {
            private volatile long oldestPastDeadlineMillis;
            private volatile long openBuckets;
            private volatile long waitingMillis;
            private volatile long rows;
        }

        void watch(RetentionClass retentionClass) {
            Figures shown = new Figures();
            figures.put(retentionClass.name(), shown);
            Tags tags = Tags.of("class", retentionClass.name(), "partition", Integer.toString(partition));
            gauge(
                    "lookback.vault.oldest.past.deadline",
                    "How long the oldest stored lookup has been past its deadline (unreadable, bytes still stored); 0 or less: none is.",
                    "seconds",
                    tags,
                    () -> shown.oldestPastDeadlineMillis / 1000.0);
            gauge("lookback.expiry.open.buckets", "Buckets being forgotten now.", null, tags, () -> shown.openBuckets);
            gauge(
                    "lookback.expiry.waiting",
                    "How long a due bucket has waited for casework or an open search.",
                    "seconds",
                    tags,
                    () -> shown.waitingMillis / 1000.0);
            gauge("lookback.vault.rows", "Rows in the vault, RocksDB's estimate.", null, tags, () -> shown.rows);
        }

        void watchSearches() {
            gauge(
                    "lookback.searches.open",
                    "Searches that have not ended.",
                    null,
                    Tags.of("partition", Integer.toString(partition)),
                    () -> openSearches);
        }

        void openSearches(long open) {
            openSearches = open;
        }

        /** After a sweep: what it saw. The oldest bucket may be empty of rows that are past their deadline. */
        void swept(Sweeper sweeper, long now, long cutoff) {
            RetentionClass retentionClass = sweeper.retentionClass();
            Figures shown = figures.get(retentionClass.name());
            if (shown == null) {
                return;
            }
            long oldest = sweeper.oldestDueBucket();
            shown.oldestPastDeadlineMillis =
                    oldest == Long.MAX_VALUE ? 0 : cutoff - LedgerKey.bucketStart(oldest, retentionClass.bucketWidth());
            shown.openBuckets = sweeper.openBuckets();
            shown.waitingMillis = Math.max(0, now - sweeper.waitingSince());
            shown.rows = sweeper.estimatedRows();
        }

        void closed(ExpiryReceipt receipt) {
            Counter.builder("lookback.expiry.forgotten")
                    .description("Lookups forgotten: tombstones read back, receipt closed.")
                    .tag("class", receipt.getRetentionClass())
                    .register(registry)
                    .increment(receipt.getRows());
        }

        private void gauge(
                String name,
                String description,
                @org.jspecify.annotations.Nullable String unit,
                Tags tags,
                java.util.function.Supplier<Number> value) {
            meters.add(Gauge.builder(name, value)
                    .description(description)
                    .baseUnit(unit)
                    .tags(tags)
                    .register(registry));
        }

        @Override
        public void close() {
            meters.forEach(registry::remove);
            meters.clear();
        }
    }
}
