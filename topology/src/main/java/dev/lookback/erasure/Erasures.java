package dev.lookback.erasure;

import dev.lookback.officers.Officers;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.Erasure;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic erasures as a global store in memory, and what it comes to: {@link Barriers}. Read whole before the
 * topology's own tasks start, and followed from then on. One for each topology, shared by all of its threads: each
 * record is decoded and its signature verified once.
 *
 * <p>The store holds every record under its offset, append time first, so that nobody can put another in place of one
 * that is there. Of several sound ones with one id the first counts; what is not sound changes nothing, and is counted
 * and logged.
 */
public final class Erasures {
    static final String STORE = "erasures";
    static final String SOURCE = "erasures-source";
    static final String PROCESSOR = "erasures-update";

    private static final Logger LOG = LoggerFactory.getLogger(Erasures.class);

    private final Topic<String, Erasure> topic;
    private final Officers officers;
    private final List<Barrier> sound = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private long next;
    private volatile int unsound;
    private volatile Barriers barriers = Barriers.NONE;

    /**
     * The erasures of one topology.
     *
     * @param officers who may order them, as far as they have the role ERASURE
     * @param role the topology's name, for metrics
     */
    public Erasures(Topics topics, Officers officers, MeterRegistry meters, String role) {
        this.topic = topics.erasures();
        this.officers = officers;
        Gauge.builder(
                        "lookback.erasures.known",
                        this,
                        each -> each.barriers.all().size())
                .description("Sound erasures on the topic.")
                .tag("role", role)
                .register(meters);
        Gauge.builder("lookback.erasures.unsound", this, each -> each.unsound)
                .description("Records on erasures that change nothing: not signed by who may, or altered.")
                .tag("role", role)
                .register(meters);
    }

    /** Adds the store, its source and its processor to a topology. */
    public void addTo(Topology topology) {
        topology.addGlobalStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.Long(), Serdes.ByteArray())
                        .withLoggingDisabled(),
                SOURCE,
                new StringDeserializer(),
                new ByteArrayDeserializer(),
                topic.name(),
                PROCESSOR,
                Update::new);
    }

    /** The store, as seen from a processor, in whose {@code init} this is called: for {@link #refresh}. */
    public static ReadOnlyKeyValueStore<Long, byte[]> store(ProcessorContext<?, ?> context) {
        return context.getStateStore(STORE);
    }

    /** What is known by the last refresh. Cheap; what one thread has seen is never taken back. */
    public Barriers current() {
        return barriers;
    }

    /**
     * Takes up what has come since the last refresh, whoever called it.
     *
     * @throws dev.lookback.registry.RegistryUnavailableException if a record cannot be decoded for now; what is known so
     *     far stays, call again later
     */
    public synchronized void refresh(ReadOnlyKeyValueStore<Long, byte[]> store) {
        int before = sound.size();
        try (KeyValueIterator<Long, byte[]> entries = store.range(next, Long.MAX_VALUE)) {
            while (entries.hasNext()) {
                KeyValue<Long, byte[]> entry = entries.next();
                read(entry.key, ByteBuffer.wrap(entry.value));
                next = entry.key + 1;
            }
        } finally {
            if (sound.size() > before) {
                barriers = new Barriers(sound);
            }
        }
    }

    private void read(long offset, ByteBuffer stored) {
        long appendedAt = stored.getLong();
        byte[] value = new byte[stored.remaining()];
        stored.get(value);
        Erasure erasure;
        try {
            erasure = topic.value().deserializer().deserialize(topic.name(), value);
        } catch (SerializationException e) {
            refuse(offset, "it is no erasure");
            return;
        }
        SignedErasure.Reading reading = SignedErasure.read(erasure, officers, Instant.ofEpochMilli(appendedAt));
        if (reading instanceof SignedErasure.Unsound unsoundRecord) {
            refuse(offset, unsoundRecord.flaw().name());
        } else if (ids.add(erasure.getId())) {
            sound.add(new Barrier(erasure.getId(), erasure.getToken(), erasure.getRole(), appendedAt));
            LOG.info("Erasure {} is in force", erasure.getId());
        }
    }

    private void refuse(long offset, String why) {
        unsound++;
        LOG.error("The record at offset {} of {} changes nothing: {}", offset, topic.name(), why);
    }

    /** Keeps what the topic says. An erasure is never taken back, so a null value changes nothing. */
    private static final class Update implements Processor<String, byte[], Void, Void> {
        private @Nullable ProcessorContext<Void, Void> context;
        private @Nullable KeyValueStore<Long, byte[]> store;

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            this.context = context;
            this.store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            if (store != null && context != null && record.value() != null) {
                RecordMetadata metadata = context.recordMetadata().orElseThrow();
                byte[] value = ByteBuffer.allocate(Long.BYTES + record.value().length)
                        .putLong(record.timestamp())
                        .put(record.value())
                        .array();
                store.put(metadata.offset(), value);
            }
        }
    }
}
