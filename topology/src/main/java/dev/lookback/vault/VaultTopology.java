package dev.lookback.vault;

import dev.lookback.clock.Timekeeper;
import dev.lookback.custody.KeyCustody;
import dev.lookback.custody.LookupCipher;
import dev.lookback.erasure.Erasures;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.PreservedKey;
import dev.lookback.officers.Officers;
import dev.lookback.policy.PolicyStore;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.OpenSearch;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The vault: for each retention class a mirror of its ledger; expiry and erasing, which order tombstones and leave
 * receipts; and search, which copies what a request may disclose. One sub-topology, one task for each ledger partition.
 *
 * <pre>
 *  lookups-enriched[-class] ─► mirror ─► [rows]
 *                                          │
 *  expiry-receipts ─► expiry ◄─────────────┤  ─► expiry-orders, expiry-receipts
 *  erasure-receipts ► erasing ◄────────────┤  ─► expiry-orders, erasure-receipts
 *  search-tasks ────► search ◄─────────────┘  ─► preserved-lookups, search-results
 * </pre>
 *
 * It runs at least once: whatever it writes may be repeated. It never writes to a ledger: a task that produces to the
 * topic behind its own store loses rows after a restart (docs/RATIONALE.md).
 */
public final class VaultTopology {
    static final String SEARCHES_STORE = "open-searches";
    static final String RECEIPTS_STORE = "receipts";
    static final String WATERMARK_STORE = "watermark";
    static final String ERASURE_RECEIPTS_STORE = "erasure-receipts";
    static final String LATE_ROWS_STORE = "late-rows";

    static final String TASKS_SOURCE = "search-tasks-source";
    static final String SEARCH = "search";
    static final String PRESERVED_SINK = "preserved-lookups-sink";
    static final String RESULTS_SINK = "search-results-sink";
    static final String RECEIPTS_SOURCE = "expiry-receipts-source";
    static final String EXPIRY = "expiry";
    static final String RECEIPTS_SINK = "expiry-receipts-sink";
    static final String ORDERS_SINK = "expiry-orders-sink";
    static final String ERASURE_RECEIPTS_SOURCE = "erasure-receipts-source";
    static final String ERASING = "erasing";
    static final String ERASURE_RECEIPTS_SINK = "erasure-receipts-sink";

    private final Parts parts;
    private final VaultResources resources;
    private final VaultDisk disk;
    private final KeyExpiry keys;

    /**
     * A vault.
     *
     * @param settings its settings
     * @param topics names and serdes
     * @param classes all retention classes
     * @param tokens the tokens of requesters, as ingest makes them
     * @param officers who may change retention and order erasures
     * @param custody the keys under which ingest encrypts; null: it does not
     * @param resources what the stores share; to be closed after the application that runs this
     * @param meters where the vault's own figures go
     * @param nanoTime a clock for measuring durations, nanoseconds, {@code System::nanoTime} in production
     * @param time by which buckets are due
     */
    public VaultTopology(
            VaultSettings settings,
            Topics topics,
            RetentionClasses classes,
            Tokens tokens,
            Officers officers,
            @Nullable KeyCustody custody,
            VaultResources resources,
            MeterRegistry meters,
            LongSupplier nanoTime,
            Timekeeper time) {
        this.parts = new Parts(
                settings,
                topics,
                classes,
                tokens,
                new PolicyStore(topics, classes, officers, meters, "vault"),
                new Erasures(topics, officers, meters, "vault"),
                custody,
                new VaultMetrics(meters),
                ThreadLocal.withInitial(() -> new WorkBudget(settings.workBudget(), nanoTime)),
                nanoTime,
                time);
        this.resources = resources;
        this.disk = new VaultDisk(resources, classes, meters);
        this.keys = new KeyExpiry(custody, classes, settings.expiryGrace(), time, meters);
    }

    /** The cutoff of a class; null before this process has read a policy of it. From any thread. */
    public @Nullable Cutoff knownCutoff(RetentionClass retentionClass, long now) {
        Cutoff cutoff = parts.policies().cutoff(retentionClass);
        return cutoff.policyVersion(now) == 0 ? null : cutoff;
    }

    /**
     * Measures how old what lies in the files is, for the vault's figures; to be called now and then, by one thread of
     * its own.
     *
     * @param now milliseconds since the epoch
     */
    public void measureDisk(long now) {
        disk.measure(now, each -> knownCutoff(each, now));
    }

    /**
     * Destroys the keys of lookups that must not be readable any more, if they are encrypted; to be called now and then, by
     * one thread of its own.
     *
     * @param wall milliseconds since the epoch
     */
    public void destroyKeys(long wall) {
        keys.destroyKeys(wall, each -> knownCutoff(each, wall));
    }

    /** What the processors need. Budgets belong to threads: all tasks of a thread share one. */
    record Parts(
            VaultSettings settings,
            Topics topics,
            RetentionClasses classes,
            Tokens tokens,
            PolicyStore policies,
            Erasures erasures,
            @Nullable KeyCustody custody,
            VaultMetrics metrics,
            ThreadLocal<WorkBudget> budgets,
            LongSupplier nanoTime,
            Timekeeper time) {
        WorkBudget budgetOfThread() {
            return budgets.get();
        }

        LedgerReader reader(RetentionClass retentionClass) {
            return new LedgerReader(
                    topics.ledger(retentionClass.name()), new LookupCipher(custody, retentionClass.name()));
        }
    }

    /** Name of the store that mirrors the ledger of a class. */
    public static String mirrorStore(RetentionClass retentionClass) {
        return "rows-" + retentionClass.name();
    }

    /**
     * The topology. Its small stores live in memory, restored from their changelogs: open searches name handles, which no
     * file of RocksDB then holds; receipts come to some 2 MB a year for each class and partition with hour buckets.
     */
    public Topology build() {
        return build(Stores::inMemoryKeyValueStore);
    }

    /** The topology, its small stores (not the mirrors) from these suppliers, given their names. */
    public Topology build(Function<String, KeyValueBytesStoreSupplier> stores) {
        Topology topology = new Topology();
        Topics topics = parts.topics();
        parts.policies().addTo(topology);
        parts.erasures().addTo(topology);

        Topic<String, SearchTask> tasks = topics.searchTasks();
        topology.addSource(
                TASKS_SOURCE, tasks.key().deserializer(), tasks.value().deserializer(), tasks.name());
        topology.addProcessor(SEARCH, SearchProcessor.supplier(parts), TASKS_SOURCE);

        Topic<String, ExpiryReceipt> receipts = topics.expiryReceipts();
        topology.addSource(
                RECEIPTS_SOURCE, receipts.key().deserializer(), receipts.value().deserializer(), receipts.name());
        topology.addProcessor(EXPIRY, ExpiryProcessor.supplier(parts), RECEIPTS_SOURCE);

        Topic<String, ErasureReceipt> erasureReceipts = topics.erasureReceipts();
        topology.addSource(
                ERASURE_RECEIPTS_SOURCE,
                erasureReceipts.key().deserializer(),
                erasureReceipts.value().deserializer(),
                erasureReceipts.name());
        topology.addProcessor(ERASING, ErasureProcessor.supplier(parts), ERASURE_RECEIPTS_SOURCE);

        for (RetentionClass each : parts.classes().all()) {
            addMirror(topology, each);
        }
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                        stores.apply(SEARCHES_STORE),
                        Serdes.String(),
                        SingleObjectSerde.of(OpenSearch.getEncoder(), OpenSearch.getDecoder())),
                SEARCH,
                EXPIRY,
                ERASING);
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                        stores.apply(RECEIPTS_STORE),
                        Serdes.String(),
                        SingleObjectSerde.of(ExpiryReceipt.getEncoder(), ExpiryReceipt.getDecoder())),
                SEARCH,
                EXPIRY);
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(WATERMARK_STORE), Serdes.Integer(), Serdes.Long())
                        .withLoggingDisabled(),
                SEARCH,
                EXPIRY,
                ERASING);
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                        stores.apply(ERASURE_RECEIPTS_STORE),
                        Serdes.String(),
                        SingleObjectSerde.of(ErasureReceipt.getEncoder(), ErasureReceipt.getDecoder())),
                SEARCH,
                ERASING);
        topology.addStateStore(
                Stores.keyValueStoreBuilder(stores.apply(LATE_ROWS_STORE), Serdes.String(), Serdes.ByteArray()),
                ERASING);
        for (RetentionClass each : parts.classes().all()) {
            topology.connectProcessorAndStateStores(mirrorProcessor(each), LATE_ROWS_STORE);
        }

        topology.addSink(
                PRESERVED_SINK,
                topics.preservedLookups().name(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                (StreamPartitioner<byte[], byte[]>) (topic, key, value, partitions) ->
                        only(RequestPartitioner.partition(PreservedKey.requestId(key), partitions)),
                SEARCH);
        Topic<String, SearchResult> results = topics.searchResults();
        topology.addSink(
                RESULTS_SINK,
                results.name(),
                results.key().serializer(),
                results.value().serializer(),
                (StreamPartitioner<String, SearchResult>) (topic, key, value, partitions) ->
                        only(RequestPartitioner.partition(UUID.fromString(key), partitions)),
                SEARCH);
        topology.addSink(
                RECEIPTS_SINK,
                receipts.name(),
                receipts.key().serializer(),
                receipts.value().serializer(),
                (StreamPartitioner<String, ExpiryReceipt>)
                        (topic, key, value, partitions) -> only(value.getPartition()),
                EXPIRY);
        Topic<String, ExpiryOrder> orders = topics.expiryOrders();
        topology.addSink(
                ORDERS_SINK,
                orders.name(),
                orders.key().serializer(),
                orders.value().serializer(),
                (StreamPartitioner<String, ExpiryOrder>)
                        (topic, key, value, partitions) -> only(Integer.parseInt(key.split("/", -1)[1])),
                EXPIRY,
                ERASING);
        topology.addSink(
                ERASURE_RECEIPTS_SINK,
                erasureReceipts.name(),
                erasureReceipts.key().serializer(),
                erasureReceipts.value().serializer(),
                (StreamPartitioner<String, ErasureReceipt>)
                        (topic, key, value, partitions) -> only(value.getPartition()),
                ERASING);
        return topology;
    }

    private void addMirror(Topology topology, RetentionClass retentionClass) {
        String store = mirrorStore(retentionClass);
        String ledger = parts.topics().ledger(retentionClass.name()).name();
        topology.addReadOnlyStateStore(
                new MirrorBuilder(store, ledger, resources, parts.settings(), parts.nanoTime()),
                store + "-source",
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                ledger,
                mirrorProcessor(retentionClass),
                MirrorProcessor.supplier(parts, retentionClass));
        topology.connectProcessorAndStateStores(SEARCH, store);
        topology.connectProcessorAndStateStores(EXPIRY, store);
        topology.connectProcessorAndStateStores(ERASING, store);
    }

    private static String mirrorProcessor(RetentionClass retentionClass) {
        return mirrorStore(retentionClass) + "-mirror";
    }

    private static Optional<Set<Integer>> only(int partition) {
        return Optional.of(Set.of(partition));
    }

    /** Builds mirrors; they have neither a cache nor a changelog of their own. */
    private record MirrorBuilder(
            String name, String ledger, VaultResources resources, VaultSettings settings, LongSupplier nanoTime)
            implements StoreBuilder<VaultStore> {
        @Override
        public StoreBuilder<VaultStore> withCachingEnabled() {
            return this;
        }

        @Override
        public StoreBuilder<VaultStore> withCachingDisabled() {
            return this;
        }

        @Override
        public StoreBuilder<VaultStore> withLoggingEnabled(@Nullable Map<String, String> config) {
            throw new UnsupportedOperationException("The ledger is the changelog of a mirror");
        }

        @Override
        public StoreBuilder<VaultStore> withLoggingDisabled() {
            return this;
        }

        @Override
        public VaultStore build() {
            return new VaultStore(name, ledger, resources, settings.flushInterval(), nanoTime);
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
}
