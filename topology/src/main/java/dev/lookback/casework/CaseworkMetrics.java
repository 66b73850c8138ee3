package dev.lookback.casework;

import dev.lookback.v1.CaseState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Casework's numbers, over all its tasks in this process. */
final class CaseworkMetrics {
    private final MeterRegistry registry;
    private final Map<CaseState, AtomicLong> open = new EnumMap<>(CaseState.class);
    private final Map<Integer, Long> copies = new ConcurrentHashMap<>();
    private final Map<Integer, Long> papersOverdue = new ConcurrentHashMap<>();
    private final Counter sealed;
    private final Counter overQuota;

    CaseworkMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (CaseState state : CaseState.values()) {
            AtomicLong count = new AtomicLong();
            open.put(state, count);
            if (state != CaseState.UNKNOWN) {
                Gauge.builder("lookback.cases.open", count, AtomicLong::doubleValue)
                        .description("Cases whose copies have not all been released, by state")
                        .tag("state", state.name())
                        .register(registry);
            }
        }
        Gauge.builder("lookback.preserved.copies", copies, CaseworkMetrics::sum)
                .description("Preserved copies held, about")
                .register(registry);
        Gauge.builder("lookback.papers.overdue", papersOverdue, CaseworkMetrics::sum)
                .description("Emergency requests whose paper has not come in time")
                .register(registry);
        for (Reason reason : EnumSet.range(Reason.UNREADABLE, Reason.CASE_ENDED)) {
            refusals(reason); // there from the start, so that the first one is an increase
        }
        sealed = Counter.builder("lookback.extracts.sealed")
                .description("Extracts sealed")
                .register(registry);
        overQuota = Counter.builder("lookback.requests.over.quota")
                .description("Requests of an authority that was over its quota: they take one more approval")
                .register(registry);
    }

    private static double sum(Map<Integer, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    void opened(CaseState state) {
        count(state).incrementAndGet();
    }

    void left(CaseState state) {
        count(state).decrementAndGet();
    }

    void refused(Reason reason) {
        refusals(reason).increment();
    }

    private Counter refusals(Reason reason) {
        return Counter.builder("lookback.commands.refused")
                .description("Commands that changed nothing, by reason")
                .tag("reason", reason.name())
                .register(registry);
    }

    void sealed() {
        sealed.increment();
    }

    void overQuota() {
        overQuota.increment();
    }

    void papersOverdue(int partition, long count) {
        papersOverdue.put(partition, count);
    }

    void copies(int partition, long count) {
        copies.put(partition, count);
    }

    void forget(int partition) {
        copies.remove(partition);
        papersOverdue.remove(partition);
    }

    private AtomicLong count(CaseState state) {
        AtomicLong count = open.get(state);
        if (count == null) {
            throw new AssertionError("Every state has a count");
        }
        return count;
    }
}
