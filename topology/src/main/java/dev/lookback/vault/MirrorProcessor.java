package dev.lookback.vault;

import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** Applies every record of a ledger to its mirror, just as restoring does. */
final class MirrorProcessor implements Processor<byte[], byte[], Void, Void> {
    private final String storeName;
    private @Nullable ProcessorContext<Void, Void> context;
    private @Nullable VaultStore mirror;

    private MirrorProcessor(String storeName) {
        this.storeName = storeName;
    }

    static ProcessorSupplier<byte[], byte[], Void, Void> supplier(String storeName) {
        return () -> new MirrorProcessor(storeName);
    }

    @Override
    public void init(ProcessorContext<Void, Void> processorContext) {
        context = processorContext;
        mirror = processorContext.getStateStore(storeName);
    }

    @Override
    public void process(Record<byte[], byte[]> ledgerRecord) {
        ProcessorContext<Void, Void> current = context;
        VaultStore store = mirror;
        if (current == null || store == null) {
            throw new IllegalStateException("init() has not been called");
        }
        Optional<RecordMetadata> metadata = current.recordMetadata();
        if (metadata.isEmpty()) {
            throw new IllegalStateException("A ledger record has no offset");
        }
        store.apply(ledgerRecord.key(), ledgerRecord.value(), metadata.get().offset());
    }
}
