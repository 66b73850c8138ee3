package dev.lookback.topics;

import dev.lookback.registry.PortableSchema;
import dev.lookback.serde.ValueSerdes;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ClockRecord;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryOrder;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectedLookup;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.SearchResult;
import dev.lookback.v1.SearchTask;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Every topic of Lookback: its name and its serdes, and nowhere else. How a topic is created (partitions, retention,
 * what its timestamps mean) is in {@code deploy/topics.yaml}.
 *
 * <p>Each accessor makes serdes of its own, so that two threads need not share the buffers inside.
 */
public final class Topics {
    /** The retention class that always exists; its ledger carries no suffix. */
    public static final String DEFAULT_CLASS = "default";

    private final String prefix;
    private final Map<String, ?> serdeSettings;

    /**
     * The topics under a prefix.
     *
     * @param prefix put before every name; may be empty
     * @param serdeSettings settings of the serdes, {@code schema.registry.url} at least; {@link ValueSerdes} names
     *     those with which other serdes replace ours
     */
    public Topics(String prefix, Map<String, ?> serdeSettings) {
        this.prefix = prefix;
        Map<String, Object> given = new HashMap<>(serdeSettings);
        given.values().removeIf(Objects::isNull);
        this.serdeSettings = Map.copyOf(given);
    }

    /** Lookups as published. Any key. Timestamps are the broker's. */
    public Topic<byte[], LookupEvent> lookupEvents() {
        return avro("lookup-events", Serdes.ByteArray(), LookupEvent.class);
    }

    /** What was not admitted, with the original key. */
    public Topic<byte[], RejectedLookup> lookupEventsRejected() {
        return avro("lookup-events-rejected", Serdes.ByteArray(), RejectedLookup.class);
    }

    /**
     * The ledger of a retention class: {@link dev.lookback.ledger.LedgerKey} to lookup (without what
     * {@link dev.lookback.ledger.LedgerValue} leaves out), or null.
     */
    public Topic<byte[], EnrichedLookup> ledger(String retentionClass) {
        String name = retentionClass.equals(DEFAULT_CLASS) ? "lookups-enriched" : "lookups-enriched-" + retentionClass;
        return avro(name, Serdes.ByteArray(), EnrichedLookup.class);
    }

    /** Orders to write tombstones; key {@code class/partition/bucket}, in the ledger's partition. */
    public Topic<String, ExpiryOrder> expiryOrders() {
        return avro("expiry-orders", Serdes.String(), ExpiryOrder.class);
    }

    /** Receipts; key {@code class/partition/bucket}, in the ledger's partition. */
    public Topic<String, ExpiryReceipt> expiryReceipts() {
        return avro("expiry-receipts", Serdes.String(), ExpiryReceipt.class);
    }

    /** Orders to erase the lookups of a handle; key: erasure id. One partition. Timestamps are the broker's. */
    public Topic<String, Erasure> erasures() {
        return avro("erasures", Serdes.String(), Erasure.class);
    }

    /** Receipts of erasures; key {@code class/partition/erasure id}, in the ledger's partition. */
    public Topic<String, ErasureReceipt> erasureReceipts() {
        return avro("erasure-receipts", Serdes.String(), ErasureReceipt.class);
    }

    /** The history of every class's duration; key {@code class/version}. One partition. */
    public Topic<String, RetentionPolicy> retentionPolicies() {
        return avro("retention-policies", Serdes.String(), RetentionPolicy.class);
    }

    /** Searches and watermark ticks, in the ledger partition they are about; key: request id, or {@code tick/n}. */
    public Topic<String, SearchTask> searchTasks() {
        return avro("search-tasks", Serdes.String(), SearchTask.class);
    }

    /** Copies held for a request: {@link dev.lookback.ledger.PreservedKey} to lookup, or null; by request. */
    public Topic<byte[], EnrichedLookup> preservedLookups() {
        return avro("preserved-lookups", Serdes.ByteArray(), EnrichedLookup.class);
    }

    /** Casework's orders to tombstone preserved copies: key request id, value {@code PreservedKey}s end to end. */
    public Topic<String, byte[]> preservedReleases() {
        return new Topic<>(prefix + "preserved-releases", Serdes.String(), Serdes.ByteArray());
    }

    /** How searches ended; key: request id. */
    public Topic<String, SearchResult> searchResults() {
        return avro("search-results", Serdes.String(), SearchResult.class);
    }

    /** Signed commands and ticks; key: request id (of a tick: {@code tick}). Timestamps are the broker's. */
    public Topic<String, LegalRequestCommand> legalRequests() {
        return avro("legal-requests", Serdes.String(), LegalRequestCommand.class);
    }

    /** Where each request stands; key: request id. */
    public Topic<String, LegalRequestStatus> legalRequestStatus() {
        return avro("legal-request-status", Serdes.String(), LegalRequestStatus.class);
    }

    /** Sealed extracts; key: request id. */
    public Topic<String, ExtractRecord> legalRequestExtracts() {
        return avro("legal-request-extracts", Serdes.String(), ExtractRecord.class);
    }

    /** The audit chains; key: {@code chain/n}. */
    public Topic<String, AuditEntry> disclosureAudit() {
        return avro("disclosure-audit", Serdes.String(), AuditEntry.class);
    }

    /** What processes take for the time, and officers' confirmations; key: the instance, or the doubt. One partition. */
    public Topic<String, ClockRecord> clockChecks() {
        return avro("clock-checks", Serdes.String(), ClockRecord.class);
    }

    /** Every topic there is, with the ledgers of these retention classes. */
    public List<Topic<?, ?>> all(Collection<String> retentionClasses) {
        List<Topic<?, ?>> all = new ArrayList<>(List.of(lookupEvents(), lookupEventsRejected()));
        retentionClasses.forEach(retentionClass -> all.add(ledger(retentionClass)));
        all.addAll(List.<Topic<?, ?>>of(
                expiryOrders(),
                expiryReceipts(),
                erasures(),
                erasureReceipts(),
                retentionPolicies(),
                clockChecks(),
                searchTasks(),
                preservedLookups(),
                preservedReleases(),
                searchResults(),
                legalRequests(),
                legalRequestStatus(),
                legalRequestExtracts(),
                disclosureAudit()));
        return List.copyOf(all);
    }

    private <K, V extends SpecificRecord> Topic<K, V> avro(String name, Serde<K> key, Class<V> type) {
        return new Topic<>(
                prefix + name,
                key,
                ValueSerdes.of(type, serdeSettings),
                PortableSchema.of(SpecificData.getForClass(type).getSchema(type)));
    }
}
