package dev.lookback.vault;

import dev.lookback.erasure.Barrier;
import dev.lookback.erasure.Barriers;
import dev.lookback.erasure.Erasures;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.OpenSearch;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.Search;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Erases. Reads the vault's own receipts of erasures back into a store, and carries erasures out in every class of its
 * partition. Holds one back while a request that was received before it can still reach what it covers: until the grace
 * is over, then erasing wins.
 */
final class ErasureProcessor implements Processor<String, ErasureReceipt, String, SpecificRecord> {
    private static final Logger log = LoggerFactory.getLogger(ErasureProcessor.class);

    private final VaultTopology.Parts parts;
    private final List<Eraser> erasers = new ArrayList<>();
    private @Nullable Task task;
    private int next;

    private ErasureProcessor(VaultTopology.Parts parts) {
        this.parts = parts;
    }

    static ProcessorSupplier<String, ErasureReceipt, String, SpecificRecord> supplier(VaultTopology.Parts parts) {
        return () -> new ErasureProcessor(parts);
    }

    private record Task(
            ProcessorContext<String, SpecificRecord> context,
            KeyValueStore<String, ErasureReceipt> receipts,
            KeyValueStore<String, OpenSearch> searches,
            ReadOnlyKeyValueStore<Long, byte[]> erasures,
            Watermark watermark,
            WorkBudget budget,
            WaitAlert alert,
            ErasureMetrics metrics) {}

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        KeyValueStore<String, ErasureReceipt> receipts = context.getStateStore(VaultTopology.ERASURE_RECEIPTS_STORE);
        int partition = context.taskId().partition();
        Task current = new Task(
                context,
                receipts,
                context.getStateStore(VaultTopology.SEARCHES_STORE),
                Erasures.store(context),
                new Watermark(context.getStateStore(VaultTopology.WATERMARK_STORE)),
                parts.budgetOfThread(),
                new WaitAlert(log, "An erasure in partition " + partition, parts.settings()),
                parts.metrics().erasures(partition));
        task = current;
        // Before the first row of the ledger: what arrives from here on is held against all of these.
        parts.erasures().refresh(current.erasures);
        Eraser.Out out = new Eraser.Out() {
            @Override
            public void receipt(String key, ErasureReceipt receipt) {
                context.forward(new Record<>(key, receipt, now(context)), VaultTopology.ERASURE_RECEIPTS_SINK);
            }

            @Override
            public void order(String key, ExpiryOrder order) {
                context.forward(new Record<>(key, order, now(context)), VaultTopology.ORDERS_SINK);
            }
        };
        for (RetentionClass each : parts.classes().all()) {
            Eraser eraser = new Eraser(
                    each,
                    partition,
                    context.getStateStore(VaultTopology.mirrorStore(each)),
                    parts.reader(each),
                    parts.tokens(),
                    receipts,
                    new LateRows(context.getStateStore(VaultTopology.LATE_ROWS_STORE)),
                    parts.settings(),
                    parts.erasures().current(),
                    out);
            erasers.add(eraser);
            current.metrics.watch(each);
        }
        context.schedule(parts.settings().workInterval(), PunctuationType.WALL_CLOCK_TIME, at -> work());
    }

    /** A receipt, read back. Of repeated ones the first counts, so all readers of the topic agree. */
    @Override
    public void process(Record<String, ErasureReceipt> read) {
        Task current = task();
        ErasureReceipt receipt = read.value();
        if (receipt == null
                || receipt.getPartition() != current.context.taskId().partition()) {
            return;
        }
        String key = Eraser.storeKey(receipt.getRetentionClass(), receipt.getErasureId());
        if (step(receipt).follows(step(current.receipts.get(key)))) {
            current.receipts.put(key, receipt);
            if (receipt.getPhase() == ReceiptPhase.CLOSED) {
                current.metrics.closed(receipt);
            }
        }
    }

    private static ReceiptStep step(@Nullable ErasureReceipt receipt) {
        return receipt == null ? ReceiptStep.NONE : new ReceiptStep(receipt.getPhase(), receipt.getSequence());
    }

    private void work() {
        Task current = task();
        parts.erasures().refresh(current.erasures);
        Barriers barriers = parts.erasures().current();
        if (barriers.all().isEmpty()) {
            return;
        }
        long now = now(current.context);
        current.budget.start();
        try {
            // Takes turns at going first, so that a class with much to erase does not starve the others.
            for (int i = 0; i < erasers.size() && !current.budget.spent(); i++) {
                Eraser eraser = erasers.get((next + i) % erasers.size());
                eraser.erase(
                        now,
                        parts.policies().cutoff(eraser.retentionClass()),
                        barriers,
                        barrier -> holdsBack(barrier, now, current),
                        current.budget);
                current.metrics.worked(eraser, now);
            }
            next = (next + 1) % erasers.size();
            current.alert.look(waitingSince(), now);
        } finally {
            current.budget.stop();
        }
    }

    private boolean holdsBack(Barrier barrier, long now, Task current) {
        if (now - barrier.instant() > parts.settings().expiryGrace().toMillis()) {
            return false;
        }
        OptionalLong known = current.watermark.value();
        if (known.isEmpty() || known.getAsLong() < barrier.instant()) {
            return true;
        }
        Instant instant = Instant.ofEpochMilli(barrier.instant());
        try (KeyValueIterator<String, OpenSearch> open = current.searches.all()) {
            while (open.hasNext()) {
                Search search = open.next().value.getSearch();
                if (search.getReceivedAt().isBefore(instant)
                        && !search.getFrom().isAfter(instant)) {
                    return true;
                }
            }
        }
        return false;
    }

    private long waitingSince() {
        return erasers.stream().mapToLong(Eraser::waitingSince).min().orElse(Long.MAX_VALUE);
    }

    private long now(ProcessorContext<?, ?> context) {
        return parts.time().now(context.currentSystemTimeMs());
    }

    @Override
    public void close() {
        erasers.forEach(Eraser::close);
        erasers.clear();
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
