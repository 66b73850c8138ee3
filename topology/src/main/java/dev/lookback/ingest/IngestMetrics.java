package dev.lookback.ingest;

import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.v1.RejectReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashSet;
import java.util.Set;

/**
 * The meters of ingest: {@code lookback.lookups.admitted{class}}, {@code lookback.lookups.rejected{reason,client}},
 * {@code lookback.tombstones{class}}, {@code lookback.orders.refused} and {@code lookback.registry.waiting}. Safe for use
 * by several threads.
 */
final class IngestMetrics {
    /** Clients with a series of their own; who comes later is counted together. */
    static final int MAX_CLIENTS = 50;

    private static final String OTHER_CLIENT = "other";

    private final MeterRegistry meters;
    private final Set<String> clients = new HashSet<>();

    IngestMetrics(MeterRegistry meters, RegistryWait registry) {
        this.meters = meters;
        Gauge.builder("lookback.registry.waiting", registry, RegistryWait::waiting)
                .description("Processors that wait for the schema registry")
                .register(meters);
    }

    /** Makes series of what has not happened yet, so that the first time is an increase. */
    void announce(RetentionClasses classes) {
        for (RejectReason reason : RejectReason.values()) {
            counter(reason, OTHER_CLIENT);
        }
        for (RetentionClass each : classes.all()) {
            admitted(each.name());
            tombstones(each.name());
        }
        ordersRefused();
    }

    /** Lookups admitted to a class. To be fetched once. */
    Counter admitted(String retentionClass) {
        return meters.counter("lookback.lookups.admitted", "class", retentionClass);
    }

    /** Tombstones written for a class. */
    Counter tombstones(String retentionClass) {
        return meters.counter("lookback.tombstones", "class", retentionClass);
    }

    /** Expiry orders that could not be followed. */
    Counter ordersRefused() {
        return meters.counter("lookback.orders.refused");
    }

    /** Counts a lookup that was not admitted. */
    void rejected(RejectReason reason, String client) {
        counter(reason, bounded(client)).increment();
    }

    private Counter counter(RejectReason reason, String client) {
        return meters.counter("lookback.lookups.rejected", "reason", reason.name(), "client", client);
    }

    private synchronized String bounded(String client) {
        if (clients.contains(client)) {
            return client;
        }
        return clients.size() < MAX_CLIENTS && clients.add(client) ? client : OTHER_CLIENT;
    }
}
