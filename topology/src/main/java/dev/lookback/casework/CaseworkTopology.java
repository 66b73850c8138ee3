package dev.lookback.casework;

import dev.lookback.clock.Timekeeper;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.officers.Officers;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.Search;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import dev.lookback.v1.SelectorRole;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Casework: from a signed request to a sealed extract, and to the release of what was copied for it.
 *
 * <pre>
 *  legal-requests ───► read-commands ─┐          ┌──► search-tasks
 *  search-results ───► read-results ──┤          ├──► legal-request-status
 *  preserved-lookups ─► read-copies ──┼─► cases ─┼──► legal-request-extracts
 *        └────────────► mirror-copies │   │ │ │  ├──► disclosure-audit
 *                            │        │   │ │ │  └──► preserved-releases ──► release ──► preserved-lookups
 *                      preserved-copies ◄─┘ │ └► audit-chain                 (tombstones)
 *  legal-request-status ─► known-requests ──┘──► cases
 *  erasures, retention-policies ─► audit-chain
 * </pre>
 *
 * Releasing is a sub-topology of its own: a task that produced to the topic it mirrors would lose its place in it. To
 * be run with exactly_once_v2, reading committed records only. Retention and settings: {@link CaseworkSettings}.
 */
public final class CaseworkTopology {
    /** Store of case files, by request id; changelogged. */
    public static final String CASES = "cases";

    /** Store of the audit chain's head; changelogged. */
    public static final String AUDIT_CHAIN = "audit-chain";

    /** Store of the time of the latest record of legal-requests; changelogged. */
    public static final String RECEIVED = "received";

    static final String LATEST = "latest";

    /** Mirror of preserved-lookups. */
    public static final String COPIES = "preserved-copies";

    static final String CHAIN_HEAD = "head";

    static final String COMMANDS_SOURCE = "legal-requests-source";
    static final String RESULTS_SOURCE = "search-results-source";
    static final String COPIES_SOURCE = "preserved-lookups-source";
    static final String RELEASES_SOURCE = "preserved-releases-source";
    static final String ERASURES_SOURCE = "audited-erasures-source";
    static final String POLICIES_SOURCE = "audited-policies-source";
    static final String READ_ERASURES = "read-erasures";
    static final String READ_POLICIES = "read-policies";
    static final String READ_COMMANDS = "read-commands";
    static final String READ_RESULTS = "read-results";
    static final String READ_COPIES = "read-copies";
    static final String MIRROR_COPIES = "mirror-copies";
    static final String KEEP_CASES = "keep-cases";
    static final String RELEASE = "release";
    static final String TASKS_SINK = "search-tasks-sink";
    static final String STATUS_SINK = "legal-request-status-sink";
    static final String EXTRACTS_SINK = "legal-request-extracts-sink";
    static final String AUDIT_SINK = "disclosure-audit-sink";
    static final String RELEASES_SINK = "preserved-releases-sink";
    static final String TOMBSTONES_SINK = "preserved-lookups-sink";

    private final Topics topics;
    private final CaseProcessor.Shared shared;
    private final String software;

    /**
     * Casework with its parts.
     *
     * @param topics names and serdes
     * @param settings what can be tuned
     * @param policy what may be disclosed under which instrument
     * @param officers who may sign commands
     * @param sealingKey Ed25519; seals extracts
     * @param tokens the token key of the ledgers
     * @param ledgerPartitions partitions of search-tasks and every ledger ({@code n})
     * @param requestPartitions partitions of legal-requests and its like ({@code m})
     * @param software name and version, stated in manifests
     * @param meters where metrics go
     * @param time by which cases end and extracts are dated
     */
    public CaseworkTopology(
            Topics topics,
            CaseworkSettings settings,
            DisclosurePolicy policy,
            Officers officers,
            KeyPair sealingKey,
            Tokens tokens,
            int ledgerPartitions,
            int requestPartitions,
            String software,
            MeterRegistry meters,
            Timekeeper time) {
        this.topics = topics;
        this.software = software;
        this.shared = new CaseProcessor.Shared(
                settings,
                policy,
                officers,
                tokens,
                sealingKey,
                ledgerPartitions,
                requestPartitions,
                new CaseworkMetrics(meters),
                time);
    }

    /** The topology. */
    public Topology topology() {
        Duration flushInterval = shared.settings().flushInterval();
        return topology(name ->
                name.equals(COPIES) ? CopyStore.supplier(name, flushInterval) : Stores.persistentKeyValueStore(name));
    }

    /** The topology, its state in stores of these suppliers, given their names. */
    public Topology topology(Function<String, KeyValueBytesStoreSupplier> stores) {
        Topology topology = new Topology();
        addSources(topology, stores);
        topology.addProcessor(
                KEEP_CASES,
                this::caseProcessor,
                READ_COMMANDS,
                READ_RESULTS,
                READ_COPIES,
                READ_ERASURES,
                READ_POLICIES);
        topology.connectProcessorAndStateStores(KEEP_CASES, COPIES);
        topology.addStateStore(casesStore(stores), KEEP_CASES);
        topology.addStateStore(chainStore(stores), KEEP_CASES);
        topology.addStateStore(receivedStore(stores), KEEP_CASES);
        KnownRequests.addTo(topology, topics);
        addSinks(topology);
        addReleases(topology);
        return topology;
    }

    private void addSources(Topology topology, Function<String, KeyValueBytesStoreSupplier> stores) {
        addBytesSource(topology, COMMANDS_SOURCE, topics.legalRequests().name());
        topology.addProcessor(READ_COMMANDS, () -> new Readers.Commands(topics.legalRequests()), COMMANDS_SOURCE);

        Topic<String, SearchResult> results = topics.searchResults();
        topology.addSource(
                AutoOffsetReset.earliest(),
                RESULTS_SOURCE,
                results.key().deserializer(),
                results.value().deserializer(),
                results.name());
        topology.addProcessor(READ_RESULTS, Readers.Results::new, RESULTS_SOURCE);

        topology.addReadOnlyStateStore(
                new PreservedCopies.Builder(stores.apply(COPIES)),
                COPIES_SOURCE,
                Serdes.ByteArray().deserializer(),
                Serdes.ByteArray().deserializer(),
                topics.preservedLookups().name(),
                MIRROR_COPIES,
                Mirror::new);
        topology.addProcessor(READ_COPIES, Readers.Copies::new, COPIES_SOURCE);

        // Of one partition each: the first of our tasks reads them, for the audit.
        addBytesSource(topology, ERASURES_SOURCE, topics.erasures().name());
        topology.addProcessor(
                READ_ERASURES, () -> Readers.Orders.erasures(topics.erasures(), shared.officers()), ERASURES_SOURCE);
        addBytesSource(topology, POLICIES_SOURCE, topics.retentionPolicies().name());
        topology.addProcessor(
                READ_POLICIES,
                () -> Readers.Orders.policies(topics.retentionPolicies(), shared.officers()),
                POLICIES_SOURCE);
    }

    private static void addBytesSource(Topology topology, String name, String topic) {
        topology.addSource(
                AutoOffsetReset.earliest(),
                name,
                Serdes.String().deserializer(),
                Serdes.ByteArray().deserializer(),
                topic);
    }

    private CaseProcessor caseProcessor() {
        Sealer sealer = new Sealer(
                shared.settings().partBytes(),
                shared.sealingKey(),
                shared.tokens(),
                software,
                topics.preservedLookups());
        return new CaseProcessor(shared, sealer, topics.legalRequestStatus());
    }

    private static StoreBuilder<?> casesStore(Function<String, KeyValueBytesStoreSupplier> stores) {
        return Stores.keyValueStoreBuilder(stores.apply(CASES), Serdes.String(), CaseFile.serde())
                .withCachingDisabled();
    }

    private static StoreBuilder<?> chainStore(Function<String, KeyValueBytesStoreSupplier> stores) {
        return Stores.keyValueStoreBuilder(stores.apply(AUDIT_CHAIN), Serdes.String(), Serdes.ByteArray())
                .withCachingDisabled();
    }

    private static StoreBuilder<?> receivedStore(Function<String, KeyValueBytesStoreSupplier> stores) {
        return Stores.keyValueStoreBuilder(stores.apply(RECEIVED), Serdes.String(), Serdes.Long())
                .withCachingDisabled();
    }

    private void addSinks(Topology topology) {
        Topic<String, SearchTask> tasks = topics.searchTasks();
        addSink(topology, TASKS_SINK, tasks, (topic, key, task, n) -> Optional.of(searched(task, n)));
        Topic<String, LegalRequestStatus> status = topics.legalRequestStatus();
        addSink(topology, STATUS_SINK, status, CaseworkTopology::byRequest);
        Topic<String, ExtractRecord> extracts = topics.legalRequestExtracts();
        addSink(topology, EXTRACTS_SINK, extracts, CaseworkTopology::byRequest);
        Topic<String, AuditEntry> audit = topics.disclosureAudit();
        addSink(topology, AUDIT_SINK, audit, (topic, key, entry, n) -> Optional.of(Set.of(entry.getPartition())));
        addSink(topology, RELEASES_SINK, topics.preservedReleases(), CaseworkTopology::byRequest);
    }

    private static <V> void addSink(
            Topology topology, String name, Topic<String, V> topic, StreamPartitioner<String, V> partitioner) {
        topology.addSink(
                name, topic.name(), topic.key().serializer(), topic.value().serializer(), partitioner, KEEP_CASES);
    }

    private void addReleases(Topology topology) {
        Topic<String, byte[]> releases = topics.preservedReleases();
        topology.addSource(
                AutoOffsetReset.earliest(),
                RELEASES_SOURCE,
                releases.key().deserializer(),
                releases.value().deserializer(),
                releases.name());
        topology.addProcessor(RELEASE, () -> new Release(shared.settings().rollInterval()), RELEASES_SOURCE);
        topology.addSink(
                TOMBSTONES_SINK,
                topics.preservedLookups().name(),
                Serdes.ByteArray().serializer(),
                Serdes.ByteArray().serializer(),
                (String topic, byte[] key, byte[] value, int m) -> Optional.of(Set.of(
                        PreservedKey.isRoll(key)
                                ? PreservedKey.rollPartition(key)
                                : RequestPartitioner.partition(PreservedKey.requestId(key), m))),
                RELEASE);
    }

    /** The partitions that a task is for: a requester's lookups lie in one, anything else may be in all. */
    private Set<Integer> searched(SearchTask task, int partitions) {
        if (task.getTask() instanceof Search search && search.getRole() == SelectorRole.REQUESTER) {
            return Set.of(LedgerKey.partition(shared.tokens().token(search.getHandle()), partitions));
        }
        return IntStream.range(0, partitions).boxed().collect(Collectors.toSet());
    }

    private static <V> Optional<Set<Integer>> byRequest(String topic, String key, V value, int partitions) {
        return Optional.of(Set.of(RequestPartitioner.partition(UUID.fromString(key), partitions)));
    }

    /** Keeps the mirror. */
    private static final class Mirror implements Processor<byte[], byte[], Void, Void> {
        private PreservedCopies copies;

        @SuppressWarnings("NullAway.Init") // Streams calls init() first
        Mirror() {}

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            copies = context.getStateStore(COPIES);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            if (record.key() != null && record.key().length == PreservedKey.LENGTH) {
                copies.mirror(record.key(), record.value());
            }
        }
    }

    /**
     * Turns an order to release into tombstones. And lets the brokers act on them: Kafka cleans no segment that is still
     * written to, and closes one only when the next record comes. Where no request does, a record without meaning has to.
     */
    private static final class Release extends ContextualProcessor<String, byte[], byte[], byte[]> {
        private final Duration rollInterval;

        Release(Duration rollInterval) {
            this.rollInterval = rollInterval;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            super.init(context);
            byte[] roll = PreservedKey.roll(context.taskId().partition());
            context.schedule(
                    rollInterval,
                    PunctuationType.WALL_CLOCK_TIME,
                    now -> context.forward(new Record<>(roll, null, now)));
        }

        @Override
        public void process(Record<String, byte[]> record) {
            byte[] keys = record.value();
            for (int at = 0; at + PreservedKey.LENGTH <= keys.length; at += PreservedKey.LENGTH) {
                byte[] key = Arrays.copyOfRange(keys, at, at + PreservedKey.LENGTH);
                context().forward(new Record<>(key, null, record.timestamp()));
            }
        }
    }
}
