package dev.lookback.policy;

import dev.lookback.officers.Officers;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.RetentionPolicy;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic retention-policies as a global store in memory: {@link #addTo} wires it into a topology, whose processors all
 * ask one instance. Read whole before the topology's own tasks start, and followed from then on, so a new policy is in
 * force everywhere within seconds.
 *
 * <p>Every record is kept, in the order of the topic, and judged once ({@link PolicyHistory}). It stays raw until
 * somebody asks: a registry that does not answer, or a value that is no policy, must not end the thread that keeps the
 * store for everyone.
 *
 * <p>Safe for use by several threads. Meters: {@code lookback.retention.policy.version{class,role}}, the latest version
 * that the role of this process goes by, and {@code lookback.retention.policies.refused{reason,role}}.
 */
public final class PolicyStore {
    /** Name of the global store. */
    public static final String STORE = "retention-policies";

    static final String SOURCE = "retention-policies-source";
    static final String PROCESSOR = "retention-policies-update";
    static final String VERSION_METER = "lookback.retention.policy.version";
    static final String REFUSED_METER = "lookback.retention.policies.refused";

    private static final Logger LOG = LoggerFactory.getLogger(PolicyStore.class);

    private final Topic<String, RetentionPolicy> topic;
    private final Officers officers;
    private final Map<PolicyHistory.Flaw, Integer> refused = new EnumMap<>(PolicyHistory.Flaw.class);
    private final Map<String, Cutoff> cutoffs = new HashMap<>();
    private PolicyHistory history;
    private @Nullable KeyValueStore<Long, byte[]> store;
    private long nextOffset;
    private long judged;

    /**
     * The policies as one topology sees them.
     *
     * @param role of the topology, for its meters
     */
    public PolicyStore(Topics topics, RetentionClasses classes, Officers officers, MeterRegistry meters, String role) {
        this.topic = topics.retentionPolicies();
        this.officers = officers;
        this.history = new PolicyHistory(officers);
        for (RetentionClass each : classes.all()) {
            Gauge.builder(VERSION_METER, this, policies -> policies.version(each))
                    .description("The latest version of the class's policy that this process knows.")
                    .tags("class", each.name(), "role", role)
                    .register(meters);
        }
        for (PolicyHistory.Flaw each : PolicyHistory.Flaw.values()) {
            Gauge.builder(REFUSED_METER, this, policies -> policies.refused(each))
                    .description("Records in retention-policies that change nothing, by reason.")
                    .tags("reason", each.name(), "role", role)
                    .register(meters);
        }
    }

    /** Adds the store, its source and its processor to a topology. */
    public void addTo(Topology topology) {
        topology.addGlobalStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.Long(), Serdes.ByteArray())
                        .withLoggingDisabled(),
                SOURCE,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topic.name(),
                PROCESSOR,
                Update::new);
    }

    /**
     * The cutoff of a class under all valid policies known by now.
     *
     * @throws dev.lookback.registry.RegistryUnavailableException if a policy cannot be decoded for now; call again later
     */
    public synchronized Cutoff cutoff(RetentionClass retentionClass) {
        judgeWhatIsNew();
        return cutoffs.computeIfAbsent(retentionClass.name(), name -> new Cutoff(retentionClass, history.of(name)));
    }

    private synchronized double version(RetentionClass retentionClass) {
        try {
            judgeWhatIsNew();
        } catch (RetriableException e) {
            LOG.debug("The schema registry does not answer; what was known before counts", e);
        }
        return history.version(retentionClass.name());
    }

    private synchronized int refused(PolicyHistory.Flaw flaw) {
        return refused.getOrDefault(flaw, 0);
    }

    private synchronized void follow(KeyValueStore<Long, byte[]> current) {
        if (store != current) {
            store = current;
            history = new PolicyHistory(officers);
            cutoffs.clear();
            refused.clear();
            nextOffset = 0;
            judged = 0;
        }
    }

    private void judgeWhatIsNew() {
        // The store only grows, so this says whether there is anything new. Asked thousands of times a second.
        if (store == null || store.approximateNumEntries() == judged) {
            return;
        }
        try (KeyValueIterator<Long, byte[]> entries = store.range(nextOffset, null)) {
            while (entries.hasNext()) {
                KeyValue<Long, byte[]> entry = entries.next();
                judge(entry.key, ByteBuffer.wrap(entry.value));
                nextOffset = entry.key + 1;
                judged++;
            }
        }
    }

    private void judge(long offset, ByteBuffer entry) {
        Instant appendedAt = Instant.ofEpochMilli(entry.getLong());
        byte[] value = new byte[entry.remaining()];
        entry.get(value);
        PolicyHistory.Verdict verdict;
        try {
            verdict = history.append(topic.value().deserializer().deserialize(topic.name(), value), appendedAt);
        } catch (SerializationException e) {
            verdict = new PolicyHistory.Refused(PolicyHistory.Flaw.MALFORMED);
        }
        if (verdict instanceof PolicyHistory.Refused no) {
            refused.merge(no.flaw(), 1, Integer::sum);
            if (!no.flaw().isUsual()) {
                LOG.error(
                        "{}, offset {}: refused, {}; it changes nothing. See: lookback retention show",
                        topic.name(),
                        offset,
                        no.flaw());
            }
        } else {
            cutoffs.clear();
        }
    }

    /** Keeps every record under its offset, behind the instant at which the broker had it. */
    private final class Update implements Processor<byte[], byte[], Void, Void> {
        private @Nullable KeyValueStore<Long, byte[]> kept;
        private @Nullable ProcessorContext<Void, Void> context;

        @Override
        public void init(ProcessorContext<Void, Void> given) {
            context = given;
            kept = given.getStateStore(STORE);
            follow(kept);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            if (kept != null && context != null && record.value() != null) {
                long offset = context.recordMetadata().orElseThrow().offset();
                byte[] entry = ByteBuffer.allocate(Long.BYTES + record.value().length)
                        .putLong(record.timestamp())
                        .put(record.value())
                        .array();
                kept.put(offset, entry);
            }
        }
    }
}
