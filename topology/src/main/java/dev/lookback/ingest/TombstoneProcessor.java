package dev.lookback.ingest;

import dev.lookback.clock.Timekeeper;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.ExpiryOrder;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns expiry orders into tombstones: one for each key, in the ledger of the order's class. An order that cannot be
 * followed is counted and passed over; the vault repeats what has not come back, so nothing is forgotten for good.
 */
final class TombstoneProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(TombstoneProcessor.class);

    private final Topic<String, ExpiryOrder> orders;
    private final RetentionClasses classes;
    private final IngestMetrics metrics;
    private final RegistryWait registry;
    private final Timekeeper time;
    private ProcessorContext<byte[], byte[]> context;

    private TombstoneProcessor(
            Topics topics, RetentionClasses classes, IngestMetrics metrics, RegistryWait registry, Timekeeper time) {
        this.orders = topics.expiryOrders();
        this.classes = classes;
        this.metrics = metrics;
        this.registry = registry;
        this.time = time;
    }

    /** One processor for each partition of expiry-orders. */
    static ProcessorSupplier<byte[], byte[], byte[], byte[]> supplier(
            Topics topics, RetentionClasses classes, IngestMetrics metrics, RegistryWait registry, Timekeeper time) {
        return () -> new TombstoneProcessor(topics, classes, metrics, registry, time);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        ExpiryOrder order = decode(record);
        RetentionClass retentionClass = order == null ? null : classes.get(order.getRetentionClass());
        if (order == null || retentionClass == null || order.getLedgerKeys().remaining() % LedgerKey.LENGTH != 0) {
            refuse();
            return;
        }
        long now = time.now(context.currentSystemTimeMs());
        String sink = IngestTopology.tombstoneSink(retentionClass);
        ByteBuffer keys = order.getLedgerKeys();
        int written = 0;
        while (keys.hasRemaining()) {
            byte[] key = new byte[LedgerKey.LENGTH];
            keys.get(key);
            if (LedgerKey.isProgress(key)) {
                refuse();
                continue;
            }
            context.forward(new Record<>(key, null, now), sink);
            written++;
        }
        metrics.tombstones(retentionClass.name()).increment(written);
    }

    private @Nullable ExpiryOrder decode(Record<byte[], byte[]> record) {
        try {
            return registry.patiently(
                    () -> orders.value().deserializer().deserialize(orders.name(), record.headers(), record.value()));
        } catch (RetriableException e) {
            throw e;
        } catch (RuntimeException e) {
            return null;
        }
    }

    private void refuse() {
        RecordMetadata source = context.recordMetadata().orElseThrow();
        LOG.error("Expiry order at partition {} offset {} cannot be followed", source.partition(), source.offset());
        metrics.ordersRefused().increment();
    }
}
