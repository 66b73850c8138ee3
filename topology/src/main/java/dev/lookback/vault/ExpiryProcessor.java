package dev.lookback.vault;

import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.OpenSearch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets. Reads the vault's own receipts back into a store, and sweeps every class of its partition by the wall clock.
 * Holds back a bucket that an open search, or a request that may not have been passed on yet, can still reach: until
 * the grace is over, then forgetting wins. While the clock is in doubt it counts, opens and orders nothing.
 */
final class ExpiryProcessor implements Processor<String, ExpiryReceipt, String, SpecificRecord> {
    private static final Logger log = LoggerFactory.getLogger(ExpiryProcessor.class);

    private static final Duration SURVEY_INTERVAL = Duration.ofSeconds(1);

    private final VaultTopology.Parts parts;
    private final List<Sweeper> sweepers = new ArrayList<>();
    private @Nullable Task task;
    private int next;
    private long surveyedAt;

    private ExpiryProcessor(VaultTopology.Parts parts) {
        this.parts = parts;
    }

    static ProcessorSupplier<String, ExpiryReceipt, String, SpecificRecord> supplier(VaultTopology.Parts parts) {
        return () -> new ExpiryProcessor(parts);
    }

    private record Task(
            ProcessorContext<String, SpecificRecord> context,
            KeyValueStore<String, ExpiryReceipt> receipts,
            KeyValueStore<String, OpenSearch> searches,
            Watermark watermark,
            WorkBudget budget,
            WaitAlert alert,
            VaultMetrics.OfTask metrics) {}

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        KeyValueStore<String, ExpiryReceipt> receipts = context.getStateStore(VaultTopology.RECEIPTS_STORE);
        int partition = context.taskId().partition();
        Task current = new Task(
                context,
                receipts,
                context.getStateStore(VaultTopology.SEARCHES_STORE),
                new Watermark(context.getStateStore(VaultTopology.WATERMARK_STORE)),
                parts.budgetOfThread(),
                new WaitAlert(log, "Forgetting in partition " + partition, parts.settings()),
                parts.metrics().ofTask(partition));
        task = current;
        for (RetentionClass each : parts.classes().all()) {
            VaultStore mirror = context.getStateStore(VaultTopology.mirrorStore(each));
            sweepers.add(new Sweeper(each, partition, mirror, receipts, parts.settings(), out(each)));
            current.metrics.watch(each);
        }
        current.metrics.watchWatermark();
        context.schedule(parts.settings().workInterval(), PunctuationType.WALL_CLOCK_TIME, this::sweep);
    }

    private Sweeper.Out out(RetentionClass retentionClass) {
        ProcessorContext<String, SpecificRecord> context = task().context;
        VaultMetrics.OfTask metrics = task().metrics;
        return new Sweeper.Out() {
            @Override
            public void receipt(String key, ExpiryReceipt receipt) {
                context.forward(new Record<>(key, receipt, now(context)), VaultTopology.RECEIPTS_SINK);
            }

            @Override
            public void order(String key, ExpiryOrder order) {
                context.forward(new Record<>(key, order, now(context)), VaultTopology.ORDERS_SINK);
            }

            @Override
            public void repeated() {
                metrics.ordersRepeated(retentionClass);
            }
        };
    }

    /** A receipt, read back. Of repeated ones the first counts, so all readers of the topic agree. */
    @Override
    public void process(Record<String, ExpiryReceipt> read) {
        Task current = task();
        ExpiryReceipt receipt = read.value();
        if (receipt == null
                || receipt.getPartition() != current.context.taskId().partition()) {
            return;
        }
        String key = Sweeper.storeKey(receipt.getRetentionClass(), receipt.getBucket());
        if (step(receipt).follows(step(current.receipts.get(key)))) {
            current.receipts.put(key, receipt);
            current.metrics.read(receipt);
        }
    }

    private static ReceiptStep step(@Nullable ExpiryReceipt receipt) {
        return receipt == null ? ReceiptStep.NONE : new ReceiptStep(receipt.getPhase(), receipt.getSequence());
    }

    private void sweep(long punctuatedAt) {
        Task current = task();
        long now = parts.time().forgettingNow(current.context.currentSystemTimeMs());
        boolean maySweep = parts.time().maySweep();
        current.budget.start();
        try {
            // Takes turns at going first, so that a class with much to forget does not starve the others.
            for (int i = 0; i < sweepers.size() && !current.budget.spent(); i++) {
                Sweeper sweeper = sweepers.get((next + i) % sweepers.size());
                RetentionClass retentionClass = sweeper.retentionClass();
                Cutoff cutoff = parts.policies().cutoff(retentionClass);
                if (maySweep) {
                    sweeper.sweep(now, cutoff, guard(current, cutoff, now), current.budget);
                } else {
                    sweeper.pause();
                }
                current.metrics.swept(sweeper, now);
            }
            next = (next + 1) % sweepers.size();
            survey(current, now);
            current.alert.look(waitingSince(), now);
        } finally {
            current.budget.stop();
        }
    }

    /** Looks after the figures that need a look into the stores, whether there is time left or not: it is short. */
    private void survey(Task current, long now) {
        long present = now(current.context); // goes on where what is forgotten stands still
        if (Math.abs(present - surveyedAt) < SURVEY_INTERVAL.toMillis()) { // a clock set back must not silence them
            return;
        }
        surveyedAt = present;
        current.metrics.watermark(current.watermark.value());
        for (Sweeper each : sweepers) {
            Cutoff cutoff = parts.policies().cutoff(each.retentionClass());
            current.metrics.surveyed(each.retentionClass(), each.backlog(now, cutoff), cutoff);
        }
    }

    private long now(ProcessorContext<?, ?> context) {
        return parts.time().now(context.currentSystemTimeMs());
    }

    private Sweeper.Guard guard(Task current, Cutoff cutoff, long now) {
        return (start, end, dueAt) -> {
            if (now - dueAt > parts.settings().expiryGrace().toMillis()) {
                return false;
            }
            OptionalLong known = current.watermark.value();
            if (known.isEmpty() || Reach.unknown(known.getAsLong(), cutoff).touches(start, end)) {
                return true;
            }
            try (KeyValueIterator<String, OpenSearch> open = current.searches.all()) {
                while (open.hasNext()) {
                    KeyValue<String, OpenSearch> each = open.next();
                    if (Reach.of(each.value.getSearch(), cutoff).touches(start, end)) {
                        return true;
                    }
                }
            }
            return false;
        };
    }

    private long waitingSince() {
        return sweepers.stream().mapToLong(Sweeper::waitingSince).min().orElse(Long.MAX_VALUE);
    }

    @Override
    public void close() {
        sweepers.forEach(Sweeper::close);
        sweepers.clear();
        if (task != null) {
            task.metrics.close();
        }
    }

    private Task task() {
        Task current = task;
        if (current == null) {
            throw new IllegalStateException("init() has not been called");
        }
        return current;
    }
}
