package dev.lookback.casework;

import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.util.Locale;
import java.util.UUID;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * Where the requests of all partitions stand, as far as it has been put on legal-request-status: what a case must know
 * of others. The topic is a global store in memory, and a little behind: of two requests that come within a moment,
 * neither may see the other.
 */
final class KnownRequests {
    static final String STORE = "known-requests";
    static final String SOURCE = "known-requests-source";
    static final String UPDATE = "known-requests-update";

    private final ReadOnlyKeyValueStore<String, byte[]> store;
    private final Topic<String, LegalRequestStatus> topic;

    private KnownRequests(ReadOnlyKeyValueStore<String, byte[]> store, Topic<String, LegalRequestStatus> topic) {
        this.store = store;
        this.topic = topic;
    }

    static void addTo(Topology topology, Topics topics) {
        topology.addGlobalStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
                        .withLoggingDisabled(),
                SOURCE,
                new StringDeserializer(),
                Serdes.ByteArray().deserializer(),
                topics.legalRequestStatus().name(),
                UPDATE,
                Update::new);
    }

    /** What a processor sees of it, in whose {@code init} this is called. */
    static KnownRequests in(ProcessorContext<?, ?> context, Topic<String, LegalRequestStatus> topic) {
        return new KnownRequests(context.getStateStore(STORE), topic);
    }

    /** Where a request stands; null: nothing is known of it. */
    @Nullable
    LegalRequestStatus find(UUID requestId) {
        byte[] status = store.get(requestId.toString());
        return status == null ? null : read(status);
    }

    /** How many requests of an authority were received after an instant (milliseconds), but for one of them. */
    int received(String authority, long after, UUID butFor) {
        String wanted = canonical(authority);
        int count = 0;
        try (KeyValueIterator<String, byte[]> all = store.all()) {
            while (all.hasNext()) {
                LegalRequestStatus status = read(all.next().value);
                boolean counts = status.getReceivedAt() != null
                        && status.getReceivedAt().toEpochMilli() > after
                        && status.getState() != CaseState.INVALID
                        && !status.getEstimate()
                        && !status.getRequestId().equals(butFor.toString());
                if (counts
                        && status.getAuthority() != null
                        && canonical(status.getAuthority()).equals(wanted)) {
                    count++;
                }
            }
        }
        return count;
    }

    private static String canonical(String authority) {
        return authority.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }

    private LegalRequestStatus read(byte[] status) {
        return topic.value().deserializer().deserialize(topic.name(), status);
    }

    /** Keeps what the topic says. */
    private static final class Update implements Processor<String, byte[], Void, Void> {
        private @Nullable KeyValueStore<String, byte[]> store;

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            if (store != null && record.key() != null) {
                store.put(record.key(), record.value());
            }
        }
    }
}
