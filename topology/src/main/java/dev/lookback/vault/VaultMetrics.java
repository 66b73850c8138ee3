package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The vault's own figures, under {@code lookback.vault}, {@code lookback.expiry}, {@code lookback.receipts},
 * {@code lookback.orders} and {@code lookback.searches}. A task's gauges vanish with the task; counters are there from
 * the start, so that their first increase is one. No label names a handle, or a token.
 *
 * <p>What must not look fresh when its thread is stuck is an instant, not an age: whoever reads it subtracts, by a clock
 * of his own.
 */
final class VaultMetrics {
    /** What lateness is counted by; the last ones are {@code vault.expiry.grace} and the 24 hours that are promised. */
    private static final Duration[] LATENESS = {
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        Duration.ofHours(1),
        Duration.ofHours(4),
        Duration.ofHours(24)
    };

    private static final Duration LATENESS_MAX_OVER = Duration.ofHours(1);
    private static final double MILLIS = 1000.0;

    private final MeterRegistry registry;

    VaultMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    ErasureMetrics erasures(int partition) {
        return new ErasureMetrics(registry, partition);
    }

    OfTask ofTask(int partition) {
        return new OfTask(partition);
    }

    final class OfTask implements AutoCloseable {
        private final int partition;
        private final List<Meter> meters = new ArrayList<>();
        private final Map<String, Figures> figures = new ConcurrentHashMap<>();
        private volatile long openSearches;
        private volatile @Nullable Long oldestSearch;
        private volatile @Nullable Long watermark;
        private @Nullable Counter searchesOvertaken;

        private OfTask(int partition) {
            this.partition = partition;
        }

        /** Written by the stream thread, read by whoever scrapes: plain volatile figures, no call into the stores. */
        private static final class Figures {
            private volatile @Nullable Long oldestDueAt;
            private volatile @Nullable Long turnAt;
            private volatile @Nullable Long lastLatenessMillis;
            private volatile long openBuckets;
            private volatile long dueBuckets;
            private volatile long dueRows;
            private volatile long waitingMillis;
            private volatile long rows;
            private volatile long notOpened;
            private volatile long notClosed;
            private final Counter forgotten;
            private final Counter repeated;
            private final Timer lateness;
            private final Map<ReceiptPhase, Counter> receipts = new EnumMap<>(ReceiptPhase.class);

            private Figures(MeterRegistry registry, String retentionClass) {
                forgotten = Counter.builder("lookback.expiry.forgotten")
                        .description("Lookups forgotten: tombstones read back, receipt closed.")
                        .tag("class", retentionClass)
                        .register(registry);
                repeated = Counter.builder("lookback.orders.repeated")
                        .description(
                                "Times that a bucket's expiry orders were sent again, because no tombstone had come"
                                        + " back for vault.order.repeat.")
                        .tag("class", retentionClass)
                        .register(registry);
                lateness = Timer.builder("lookback.expiry.lateness")
                        .description("How long after it was due a bucket was gone, for each receipt closed;"
                                + " the maximum is of the last hour.")
                        .tag("class", retentionClass)
                        .serviceLevelObjectives(LATENESS)
                        .distributionStatisticExpiry(LATENESS_MAX_OVER)
                        .register(registry);
                for (ReceiptPhase phase : ReceiptPhase.values()) {
                    receipts.put(
                            phase,
                            Counter.builder("lookback.receipts.read")
                                    .description("Receipts read back from expiry-receipts.")
                                    .tag("class", retentionClass)
                                    .tag("phase", phase.name())
                                    .register(registry));
                }
            }
        }

        void watch(RetentionClass retentionClass) {
            Figures shown = new Figures(registry, retentionClass.name());
            figures.put(retentionClass.name(), shown);
            Tags tags = Tags.of("class", retentionClass.name(), "partition", Integer.toString(partition));
            instant(
                    "lookback.vault.oldest.due.timestamp",
                    "When the oldest bucket that holds a lookup is due (the last deadline in it); not a number while"
                            + " nothing is stored.",
                    tags,
                    () -> shown.oldestDueAt);
            instant(
                    "lookback.expiry.turn.timestamp",
                    "When the sweep last looked at this class and partition.",
                    tags,
                    () -> shown.turnAt);
            instant(
                    "lookback.expiry.lateness.last",
                    "How long after it was due the last bucket was gone; not a number before the first.",
                    tags,
                    () -> shown.lastLatenessMillis);
            gauge("lookback.expiry.open.buckets", "Buckets being forgotten now.", null, tags, () -> shown.openBuckets);
            gauge(
                    "lookback.expiry.backlog.buckets",
                    "Buckets that are due and not forgotten: those being forgotten, and every hour (or bucket's width)"
                            + " between the first and the last of those that have not been begun.",
                    null,
                    tags,
                    () -> shown.dueBuckets);
            gauge(
                    "lookback.expiry.backlog.rows",
                    "Rows in buckets that are due and not forgotten. A bucket counts whole until its receipt is closed;"
                            + " what has not been begun is RocksDB's estimate.",
                    null,
                    tags,
                    () -> shown.dueRows);
            gauge(
                    "lookback.expiry.waiting",
                    "How long a due bucket has waited for casework or an open search.",
                    "seconds",
                    tags,
                    () -> shown.waitingMillis / MILLIS);
            gauge("lookback.vault.rows", "Rows in the vault, RocksDB's estimate.", null, tags, () -> shown.rows);
            missing("OPENED", tags, () -> shown.notOpened);
            missing("CLOSED", tags, () -> shown.notClosed);
        }

        private void missing(String phase, Tags tags, Supplier<Number> count) {
            gauge(
                    "lookback.receipts.missing",
                    "Buckets being forgotten whose receipt of this phase has not come for ten times"
                            + " vault.order.repeat.",
                    null,
                    tags.and("phase", phase),
                    count);
        }

        void watchWatermark() {
            instant(
                    "lookback.vault.watermark.timestamp",
                    "All requests received before this instant have been passed on by casework; not a number while"
                            + " unknown.",
                    Tags.of("partition", Integer.toString(partition)),
                    () -> watermark);
        }

        void watchSearches() {
            Tags tags = Tags.of("partition", Integer.toString(partition));
            gauge("lookback.searches.open", "Searches that have not ended.", null, tags, () -> openSearches);
            instant(
                    "lookback.searches.oldest.received.timestamp",
                    "When the oldest request with an open search was received; not a number without one.",
                    tags,
                    () -> oldestSearch);
            searchesOvertaken = Counter.builder("lookback.searches.overtaken")
                    .description("Searches that ended after something in their reach had been forgotten.")
                    .register(registry);
        }

        /** The open searches, and when the oldest request among them was received (null without one). */
        void openSearches(long open, @Nullable Long oldestReceivedAt) {
            openSearches = open;
            oldestSearch = oldestReceivedAt;
        }

        void searchOvertaken() {
            if (searchesOvertaken != null) {
                searchesOvertaken.increment();
            }
        }

        void watermark(OptionalLong known) {
            watermark = known.isPresent() ? known.getAsLong() : null;
        }

        /** After each turn of a sweep. */
        void swept(Sweeper sweeper, long now) {
            Figures shown = of(sweeper.retentionClass().name());
            if (shown != null) {
                shown.turnAt = now;
                shown.openBuckets = sweeper.openBuckets();
                shown.waitingMillis = Math.max(0, now - sweeper.waitingSince());
            }
        }

        /** Now and then: what takes a look into the store. */
        void surveyed(RetentionClass retentionClass, Sweeper.Backlog backlog, Cutoff cutoff) {
            Figures shown = of(retentionClass.name());
            if (shown == null) {
                return;
            }
            shown.oldestDueAt = backlog.oldestBucket() == Long.MAX_VALUE
                    ? null
                    : cutoff.reaches(
                            LedgerKey.bucketStart(backlog.oldestBucket() + 1, retentionClass.bucketWidth()) - 1);
            shown.dueBuckets = backlog.dueBuckets();
            shown.dueRows = backlog.dueRows();
            shown.rows = backlog.storedRows();
            shown.notOpened = backlog.notOpened();
            shown.notClosed = backlog.notClosed();
        }

        void ordersRepeated(RetentionClass retentionClass) {
            Figures shown = of(retentionClass.name());
            if (shown != null) {
                shown.repeated.increment();
            }
        }

        /** A receipt that was read back, and counts. */
        void read(ExpiryReceipt receipt) {
            Figures shown = of(receipt.getRetentionClass());
            if (shown == null) {
                return; // of a class that is no longer configured
            }
            Counter counter = shown.receipts.get(receipt.getPhase());
            if (counter != null) {
                counter.increment();
            }
            if (receipt.getPhase() == ReceiptPhase.CLOSED) {
                shown.forgotten.increment(receipt.getRows());
                Long lateness = receipt.getLatenessMillis();
                if (lateness != null) {
                    shown.lateness.record(Duration.ofMillis(Math.max(0, lateness)));
                    shown.lastLatenessMillis = lateness;
                }
            }
        }

        private @Nullable Figures of(String retentionClass) {
            return figures.get(retentionClass);
        }

        /** Milliseconds as seconds; not a number for null. */
        private void instant(String name, String description, Tags tags, Supplier<@Nullable Long> millis) {
            gauge(name, description, "seconds", tags, () -> {
                Long known = millis.get();
                return known == null ? Double.NaN : known / MILLIS;
            });
        }

        private void gauge(String name, String description, @Nullable String unit, Tags tags, Supplier<Number> value) {
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
