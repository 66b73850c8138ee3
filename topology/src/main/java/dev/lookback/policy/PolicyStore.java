package dev.lookback.policy;

import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.RetentionPolicy;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic retention-policies as a global store in memory: {@link #addTo} wires it into a topology, an instance reads
 * it from one processor. Read whole before the topology's own tasks start, and followed from then on, so a new policy is
 * in force everywhere within seconds.
 *
 * <p>Values stay raw in the store and are decoded by who reads them: a registry that does not answer, or a value that is
 * no policy, must not end the thread that keeps the store for everyone.
 *
 * <p>An instance belongs to one processor and its thread.
 */
public final class PolicyStore {
    /** Name of the global store. */
    public static final String STORE = "retention-policies";

    static final String SOURCE = "retention-policies-source";
    static final String PROCESSOR = "retention-policies-update";

    private static final Logger LOG = LoggerFactory.getLogger(PolicyStore.class);

    private final Topic<String, RetentionPolicy> topic;
    private final ReadOnlyKeyValueStore<String, byte[]> store;
    private int unreadable;

    /** The policies as seen from a processor, in whose {@code init} this is called. */
    public PolicyStore(ProcessorContext<?, ?> context, Topics topics) {
        this.topic = topics.retentionPolicies();
        this.store = context.getStateStore(STORE);
    }

    /** Adds the store, its source and its processor to a topology. */
    public static void addTo(Topology topology, Topics topics) {
        topology.addGlobalStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
                        .withLoggingDisabled(),
                SOURCE,
                new StringDeserializer(),
                new ByteArrayDeserializer(),
                topics.retentionPolicies().name(),
                PROCESSOR,
                Update::new);
    }

    /**
     * The cutoff of a class under all policies known by now.
     *
     * @throws dev.lookback.registry.RegistryUnavailableException if a policy cannot be decoded for now; call again later
     */
    public Cutoff cutoff(RetentionClass retentionClass) {
        return new Cutoff(retentionClass, policies());
    }

    private List<RetentionPolicy> policies() {
        List<RetentionPolicy> policies = new ArrayList<>();
        int failures = 0;
        Deserializer<RetentionPolicy> deserializer = topic.value().deserializer();
        try (KeyValueIterator<String, byte[]> entries = store.all()) {
            while (entries.hasNext()) {
                KeyValue<String, byte[]> entry = entries.next();
                try {
                    policies.add(deserializer.deserialize(topic.name(), entry.value));
                } catch (SerializationException e) {
                    failures++;
                }
            }
        }
        if (failures != unreadable) {
            LOG.error("{} of the records in {} are no retention policies and are passed over", failures, topic.name());
            unreadable = failures;
        }
        return policies;
    }

    /** Puts what the topic says. A policy is never taken back, so a null value changes nothing. */
    private static final class Update implements Processor<String, byte[], Void, Void> {
        private @Nullable KeyValueStore<String, byte[]> store;

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            if (store != null && record.key() != null && record.value() != null) {
                store.put(record.key(), record.value());
            }
        }
    }
}
