package dev.lookback.casework;

import dev.lookback.ledger.PreservedKey;
import java.io.File;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.CommitCallback;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The mirror of preserved-lookups: raw keys and values, in a {@link CopyStore}, with one rule of its own: of several copies under one key the first wins, whether it is read while processing or while restoring. A repeated
 * search (the vault works at least once) may copy a lookup again after its publisher sent it anew with other contents.
 * END records never get in: they have no value. (Once the broker has compacted the topic, the last copy is all there is
 * to restore. That changes no extract: each part is made once.)
 *
 * <p>What is released leaves the store with its tombstone, and the disk soon after. Whether it survives a restart is for
 * the store inside to say.
 */
final class PreservedCopies implements StateStore {
    private static final byte[] AFTER_ALL = new byte[PreservedKey.LENGTH - PreservedKey.REQUEST_LENGTH];

    static {
        Arrays.fill(AFTER_ALL, (byte) 0xff);
    }

    private final KeyValueStore<Bytes, byte[]> store;

    private PreservedCopies(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Takes what the topic holds: a copy, or null for a tombstone or END. */
    void mirror(byte[] key, byte @Nullable [] value) {
        Bytes wrapped = Bytes.wrap(key);
        if (value == null) {
            store.delete(wrapped);
        } else {
            store.putIfAbsent(wrapped, value);
        }
    }

    /**
     * The copies of a request in the order of their keys, which is that of time. To be closed.
     *
     * @param after only those after this key; null: all
     */
    KeyValueIterator<Bytes, byte[]> of(UUID requestId, byte @Nullable [] after) {
        byte[] prefix = PreservedKey.prefix(requestId);
        byte[] from = after == null ? prefix : Arrays.copyOf(after, after.length + 1);
        byte[] to = Arrays.copyOf(prefix, PreservedKey.LENGTH);
        System.arraycopy(AFTER_ALL, 0, to, PreservedKey.REQUEST_LENGTH, AFTER_ALL.length);
        return store.range(Bytes.wrap(from), Bytes.wrap(to));
    }

    /** How many there are, about. */
    long count() {
        return store.approximateNumEntries();
    }

    @Override
    public String name() {
        return store.name();
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
        store.init(new Restoring(context, this::restore), root);
    }

    private void restore(Collection<KeyValue<byte[], byte[]>> records) {
        records.forEach(record -> mirror(record.key, record.value));
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        store.commit(changelogOffsets);
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        return store.committedOffset(partition);
    }

    @Override
    @SuppressWarnings("deprecation") // the store asks for it until Kafka takes it for granted
    public boolean managesOffsets() {
        return store.managesOffsets();
    }

    @Override
    public void close() {
        store.close();
    }

    @Override
    public boolean persistent() {
        return store.persistent();
    }

    @Override
    public boolean isOpen() {
        return store.isOpen();
    }

    @Override
    public Position getPosition() {
        return store.getPosition();
    }

    /** Builds it. Neither cached nor logged: its changelog is the topic itself. */
    record Builder(KeyValueBytesStoreSupplier store) implements StoreBuilder<PreservedCopies> {
        @Override
        public String name() {
            return store.name();
        }

        @Override
        public PreservedCopies build() {
            return new PreservedCopies(store.get());
        }

        @Override
        public StoreBuilder<PreservedCopies> withCachingEnabled() {
            throw new UnsupportedOperationException("Preserved copies are not cached");
        }

        @Override
        public StoreBuilder<PreservedCopies> withCachingDisabled() {
            return this;
        }

        @Override
        public StoreBuilder<PreservedCopies> withLoggingEnabled(Map<String, String> config) {
            throw new UnsupportedOperationException("The changelog of preserved copies is their topic");
        }

        @Override
        public StoreBuilder<PreservedCopies> withLoggingDisabled() {
            return this;
        }

        @Override
        public Map<String, String> logConfig() {
            return Map.of();
        }

        @Override
        public boolean loggingEnabled() {
            return false;
        }
    }

    /** The context that the store inside sees: as it is, but with our way of restoring. */
    private record Restoring(StateStoreContext context, BatchingRestore restore) implements StateStoreContext {
        @Override
        public void register(StateStore store, StateRestoreCallback theirs) {
            context.register(store, restore);
        }

        @Override
        public void register(StateStore store, StateRestoreCallback theirs, CommitCallback onCommit) {
            context.register(store, restore, onCommit);
        }

        @Override
        public String applicationId() {
            return context.applicationId();
        }

        @Override
        public TaskId taskId() {
            return context.taskId();
        }

        @Override
        public Optional<RecordMetadata> recordMetadata() {
            return context.recordMetadata();
        }

        @Override
        public Serde<?> keySerde() {
            return context.keySerde();
        }

        @Override
        public Serde<?> valueSerde() {
            return context.valueSerde();
        }

        @Override
        public File stateDir() {
            return context.stateDir();
        }

        @Override
        public StreamsMetrics metrics() {
            return context.metrics();
        }

        @Override
        public Map<String, Object> appConfigs() {
            return context.appConfigs();
        }

        @Override
        public Map<String, Object> appConfigsWithPrefix(String prefix) {
            return context.appConfigsWithPrefix(prefix);
        }
    }

    /** A batching callback as a lambda. */
    private interface BatchingRestore extends BatchingStateRestoreCallback {
        @Override
        void restoreAll(Collection<KeyValue<byte[], byte[]>> records);
    }
}
