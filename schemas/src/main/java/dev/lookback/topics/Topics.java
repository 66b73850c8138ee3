package dev.lookback.topics;

import dev.lookback.serde.ValueSerdes;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.EnrichedLookup;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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
        return new Topic<>(prefix + "lookup-events", Serdes.ByteArray(), avro(LookupEvent.class));
    }

    /** What was not admitted, with the original key. */
    public Topic<byte[], RejectedLookup> lookupEventsRejected() {
        return new Topic<>(prefix + "lookup-events-rejected", Serdes.ByteArray(), avro(RejectedLookup.class));
    }

    /** The ledger of a retention class: {@link dev.lookback.ledger.LedgerKey} to lookup, or null. */
    public Topic<byte[], EnrichedLookup> ledger(String retentionClass) {
        String name = retentionClass.equals(DEFAULT_CLASS) ? "lookups-enriched" : "lookups-enriched-" + retentionClass;
        return new Topic<>(prefix + name, Serdes.ByteArray(), avro(EnrichedLookup.class));
    }

    /** Orders to write tombstones; key {@code class/partition/bucket}, in the ledger's partition. */
    public Topic<String, ExpiryOrder> expiryOrders() {
        return new Topic<>(prefix + "expiry-orders", Serdes.String(), avro(ExpiryOrder.class));
    }

    /** Receipts; key {@code class/partition/bucket}, in the ledger's partition. */
    public Topic<String, ExpiryReceipt> expiryReceipts() {
        return new Topic<>(prefix + "expiry-receipts", Serdes.String(), avro(ExpiryReceipt.class));
    }

    /** The history of every class's duration; key {@code class/version}. One partition. */
    public Topic<String, RetentionPolicy> retentionPolicies() {
        return new Topic<>(prefix + "retention-policies", Serdes.String(), avro(RetentionPolicy.class));
    }

    /** Searches and watermark ticks, in the ledger partition they are about; key: request id, or {@code tick/n}. */
    public Topic<String, SearchTask> searchTasks() {
        return new Topic<>(prefix + "search-tasks", Serdes.String(), avro(SearchTask.class));
    }

    /** Copies held for a request: {@link dev.lookback.ledger.PreservedKey} to lookup, or null; by request. */
    public Topic<byte[], EnrichedLookup> preservedLookups() {
        return new Topic<>(prefix + "preserved-lookups", Serdes.ByteArray(), avro(EnrichedLookup.class));
    }

    /** Casework's orders to tombstone preserved copies: key request id, value {@code PreservedKey}s end to end. */
    public Topic<String, byte[]> preservedReleases() {
        return new Topic<>(prefix + "preserved-releases", Serdes.String(), Serdes.ByteArray());
    }

    /** How searches ended; key: request id. */
    public Topic<String, SearchResult> searchResults() {
        return new Topic<>(prefix + "search-results", Serdes.String(), avro(SearchResult.class));
    }

    /** Signed commands and ticks; key: request id (of a tick: {@code tick}). Timestamps are the broker's. */
    public Topic<String, LegalRequestCommand> legalRequests() {
        return new Topic<>(prefix + "legal-requests", Serdes.String(), avro(LegalRequestCommand.class));
    }

    /** Where each request stands; key: request id. */
    public Topic<String, LegalRequestStatus> legalRequestStatus() {
        return new Topic<>(prefix + "legal-request-status", Serdes.String(), avro(LegalRequestStatus.class));
    }

    /** Sealed extracts; key: request id. */
    public Topic<String, ExtractRecord> legalRequestExtracts() {
        return new Topic<>(prefix + "legal-request-extracts", Serdes.String(), avro(ExtractRecord.class));
    }

    /** The audit chains; key: {@code chain/n}. */
    public Topic<String, AuditEntry> disclosureAudit() {
        return new Topic<>(prefix + "disclosure-audit", Serdes.String(), avro(AuditEntry.class));
    }

    private <T extends SpecificRecord> Serde<T> avro(Class<T> type) {
        return ValueSerdes.of(type, serdeSettings);
    }
}
