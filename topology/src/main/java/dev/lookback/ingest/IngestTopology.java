package dev.lookback.ingest;

import dev.lookback.clock.Timekeeper;
import dev.lookback.custody.KeyCustody;
import dev.lookback.erasure.Erasures;
import dev.lookback.geo.GeoLookup;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officers;
import dev.lookback.policy.PolicyStore;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;

/**
 * The topology {@code ingest}, the ledgers' only writer.
 *
 * <pre>
 * lookup-events ──► admission ──┬──► ledger of each class: lookups, progress
 *                       ▲       └──► lookup-events-rejected
 *   retention-policies ─┤
 *             erasures ─┘
 *
 * expiry-orders ──► tombstoning ───► ledger of each class: tombstones
 * </pre>
 *
 * At least once. Everything is read and written as bytes, so that no record can reach a deserialization handler.
 */
public final class IngestTopology implements Supplier<Topology> {
    static final String EVENTS_SOURCE = "lookup-events-source";
    static final String ADMISSION = "admission";
    static final String REJECTED_SINK = "lookup-events-rejected-sink";
    static final String ORDERS_SOURCE = "expiry-orders-source";
    static final String TOMBSTONING = "tombstoning";

    private final Topics topics;
    private final RetentionClasses classes;
    private final IngestMetrics metrics;
    private final PolicyStore policies;
    private final RegistryWait registry;
    private final AdmissionProcessor.Parts parts;

    /**
     * What ingest is made of.
     *
     * @param officers who may change retention and order erasures
     * @param custody keys to encrypt retained lookups under; null: they are not encrypted
     * @param committed positions that the application's consumer group has committed in lookup-events
     * @param time by which lookups are judged, and admissions stamped
     */
    public IngestTopology(
            Topics topics,
            RetentionClasses classes,
            Tokens tokens,
            Officers officers,
            @Nullable KeyCustody custody,
            GeoLookup geo,
            CommittedPositions committed,
            IngestSettings settings,
            MeterRegistry meters,
            Timekeeper time) {
        this(
                topics,
                classes,
                tokens,
                officers,
                custody,
                geo,
                committed,
                settings,
                meters,
                time,
                pause -> Thread.sleep(pause.toMillis()));
    }

    IngestTopology(
            Topics topics,
            RetentionClasses classes,
            Tokens tokens,
            Officers officers,
            @Nullable KeyCustody custody,
            GeoLookup geo,
            CommittedPositions committed,
            IngestSettings settings,
            MeterRegistry meters,
            Timekeeper time,
            RegistryWait.Pause pause) {
        this.topics = topics;
        this.classes = classes;
        this.registry = new RegistryWait(settings, pause);
        this.metrics = new IngestMetrics(meters, registry);
        metrics.announce(classes);
        AdmissionRules rules = new AdmissionRules(classes, tokens, settings);
        Erasures erasures = new Erasures(topics, officers, meters, "ingest");
        this.policies = new PolicyStore(topics, classes, officers, meters, "ingest");
        this.parts = new AdmissionProcessor.Parts(
                topics, classes, rules, policies, erasures, geo, committed, settings, metrics, registry, custody, time);
    }

    /** The topology; a new one at each call, and one that runs at a time. */
    @Override
    public Topology get() {
        Topology topology = new Topology();
        policies.addTo(topology);
        parts.erasures().addTo(topology);
        addAdmission(topology);
        addTombstoning(topology);
        return topology;
    }

    /** Whether a record waits for the schema registry: not ready, then. */
    public boolean waitsForRegistry() {
        return registry.waiting() > 0;
    }

    private void addAdmission(Topology topology) {
        topology.addSource(
                        AutoOffsetReset.earliest(),
                        EVENTS_SOURCE,
                        IngestTopology::appendTime,
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer(),
                        topics.lookupEvents().name())
                .addProcessor(ADMISSION, AdmissionProcessor.supplier(parts), EVENTS_SOURCE)
                .addSink(
                        REJECTED_SINK,
                        topics.lookupEventsRejected().name(),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        ADMISSION);
        for (RetentionClass each : classes.all()) {
            addLedgerSink(topology, ledgerSink(each), each, ADMISSION);
        }
    }

    private void addTombstoning(Topology topology) {
        topology.addSource(
                        AutoOffsetReset.earliest(),
                        ORDERS_SOURCE,
                        IngestTopology::appendTime,
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer(),
                        topics.expiryOrders().name())
                .addProcessor(
                        TOMBSTONING,
                        TombstoneProcessor.supplier(topics, classes, metrics, registry, parts.time()),
                        ORDERS_SOURCE);
        for (RetentionClass each : classes.all()) {
            addLedgerSink(topology, tombstoneSink(each), each, TOMBSTONING);
        }
    }

    private void addLedgerSink(Topology topology, String name, RetentionClass retentionClass, String parent) {
        topology.addSink(
                name,
                topics.ledger(retentionClass.name()).name(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                new LedgerPartitioner(),
                parent);
    }

    static String ledgerSink(RetentionClass retentionClass) {
        return "ledger-" + retentionClass.name() + "-sink";
    }

    static String tombstoneSink(RetentionClass retentionClass) {
        return "tombstones-" + retentionClass.name() + "-sink";
    }

    /** A negative timestamp would stop the stream (Streams' default) or skip the record; neither may happen. */
    private static long appendTime(ConsumerRecord<Object, Object> record, long partitionTime) {
        return Math.max(0, record.timestamp());
    }
}
