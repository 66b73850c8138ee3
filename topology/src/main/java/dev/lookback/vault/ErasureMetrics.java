package dev.lookback.vault;

import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ErasureReceipt;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Figures on erasing in one task; its gauges vanish with the task. No label names a handle, a token or an erasure. */
final class ErasureMetrics implements AutoCloseable {
    private static final double MILLIS = 1_000;

    private final MeterRegistry registry;
    private final int partition;
    private final List<Meter> meters = new ArrayList<>();
    private final Map<String, Figures> figures = new ConcurrentHashMap<>();

    ErasureMetrics(MeterRegistry registry, int partition) {
        this.registry = registry;
        this.partition = partition;
    }

    /** Written by the stream thread, read by whoever scrapes. */
    private static final class Figures {
        private volatile long pending;
        private volatile long waitingMillis;
    }

    void watch(RetentionClass retentionClass) {
        Figures shown = new Figures();
        figures.put(retentionClass.name(), shown);
        rows(retentionClass.name()); // there from the start, so that the first one is an increase
        Tags tags = Tags.of("class", retentionClass.name(), "partition", Integer.toString(partition));
        meters.add(Gauge.builder("lookback.erasures.pending", shown, each -> each.pending)
                .description("Erasures that are not carried out yet.")
                .tags(tags)
                .register(registry));
        meters.add(Gauge.builder("lookback.erasures.waiting", shown, each -> each.waitingMillis / MILLIS)
                .description("How long an erasure has waited for casework or an open search.")
                .baseUnit("seconds")
                .tags(tags)
                .register(registry));
    }

    private Counter rows(String retentionClass) {
        return Counter.builder("lookback.erasures.rows")
                .description("Lookups erased on demand: tombstones read back, receipt closed.")
                .tag("class", retentionClass)
                .register(registry);
    }

    /** After a turn. */
    void worked(Eraser eraser, long now) {
        Figures shown = figures.get(eraser.retentionClass().name());
        if (shown != null) {
            shown.pending = eraser.pending();
            shown.waitingMillis = Math.max(0, now - eraser.waitingSince());
        }
    }

    void closed(ErasureReceipt receipt) {
        rows(receipt.getRetentionClass()).increment(receipt.getRows());
    }

    @Override
    public void close() {
        meters.forEach(registry::remove);
        meters.clear();
    }
}
