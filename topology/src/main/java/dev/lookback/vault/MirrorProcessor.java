package dev.lookback.vault;

import dev.lookback.erasure.Barrier;
import dev.lookback.erasure.Barriers;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Applies every record of a ledger to its mirror, just as restoring does, and notices rows that arrive although an
 * erasure covers them. While there is no erasure, or the lookup occurred after all of them, that is one comparison.
 */
final class MirrorProcessor implements Processor<byte[], byte[], Void, Void> {
    private final VaultTopology.Parts parts;
    private final RetentionClass retentionClass;
    private final LedgerReader reader;
    private @Nullable ProcessorContext<Void, Void> context;
    private @Nullable VaultStore mirror;
    private @Nullable LateRows late;

    private MirrorProcessor(VaultTopology.Parts parts, RetentionClass retentionClass) {
        this.parts = parts;
        this.retentionClass = retentionClass;
        this.reader = parts.reader(retentionClass);
    }

    static ProcessorSupplier<byte[], byte[], Void, Void> supplier(
            VaultTopology.Parts parts, RetentionClass retentionClass) {
        return () -> new MirrorProcessor(parts, retentionClass);
    }

    @Override
    public void init(ProcessorContext<Void, Void> processorContext) {
        context = processorContext;
        mirror = processorContext.getStateStore(VaultTopology.mirrorStore(retentionClass));
        late = new LateRows(processorContext.getStateStore(VaultTopology.LATE_ROWS_STORE));
    }

    @Override
    public void process(Record<byte[], byte[]> ledgerRecord) {
        ProcessorContext<Void, Void> current = context;
        VaultStore store = mirror;
        LateRows lateRows = late;
        if (current == null || store == null || lateRows == null) {
            throw new IllegalStateException("init() has not been called");
        }
        Optional<RecordMetadata> metadata = current.recordMetadata();
        if (metadata.isEmpty()) {
            throw new IllegalStateException("A ledger record has no offset");
        }
        long offset = metadata.get().offset();
        byte[] key = ledgerRecord.key();
        byte[] value = ledgerRecord.value();
        if (value != null && key != null && key.length == LedgerKey.LENGTH) {
            Barrier barrier = covering(key, value);
            if (barrier != null) {
                lateRows.add(retentionClass.name(), barrier.id(), LedgerKey.bucket(key), offset);
            }
        }
        store.apply(key, value, offset);
    }

    private @Nullable Barrier covering(byte[] key, byte[] value) {
        Barriers barriers = parts.erasures().current();
        long occurredAt = LedgerKey.occurredAt(key);
        return barriers.reach(occurredAt)
                ? barriers.find(
                        occurredAt,
                        Long.MAX_VALUE,
                        LedgerKey.token(key),
                        () -> reader.queriedToken(key, value, parts.tokens()))
                : null;
    }
}
