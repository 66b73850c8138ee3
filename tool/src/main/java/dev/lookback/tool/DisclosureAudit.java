package dev.lookback.tool;

import dev.lookback.casework.AuditVerifier;
import dev.lookback.casework.SignedHead;
import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import dev.lookback.v1.AuditEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/** The audit of disclosures as its topic shows it. Used by one thread. */
final class DisclosureAudit implements AutoCloseable {
    /** In the order of time; what was written in one millisecond, in the order of the chains. */
    static final Comparator<AuditEntry> BY_TIME = Comparator.comparing(AuditEntry::getAt)
            .thenComparingInt(AuditEntry::getPartition)
            .thenComparingLong(AuditEntry::getSequence);

    /** The brokers' clocks and ours need not agree, and brokers look for what has aged only now and then. */
    private static final Duration MARGIN = Duration.ofDays(1);

    private final LookbackConfig config;
    private final Topic<String, AuditEntry> topic;
    private final Consumer<byte[], byte[]> consumer;

    DisclosureAudit(LookbackConfig config) {
        this.config = config;
        this.topic = config.topics().disclosureAudit();
        this.consumer = Kafka.consumer(config);
    }

    /** Takes what the topic holds. */
    interface Reader {
        /** An entry, in the order of its chain. */
        void entry(AuditEntry entry);

        /** A record that is none. */
        default void unreadable(int partition) {}
    }

    /** Reads all that is there when it begins, partition after partition. */
    void read(Reader reader) {
        for (TopicPartition partition : Kafka.partitions(consumer, topic.name())) {
            Kafka.readAll(consumer, List.of(partition), record -> {
                AuditEntry entry = entry(record);
                if (entry == null) {
                    reader.unreadable(record.partition());
                } else {
                    reader.entry(entry);
                }
                return true;
            });
        }
    }

    /** Verifies every chain. */
    SortedMap<Integer, AuditVerifier.Verdict> verify(AuditVerifier.Terms terms, List<SignedHead> heads) {
        SortedMap<Integer, AuditVerifier.Verdict> verdicts = new TreeMap<>();
        for (TopicPartition partition : Kafka.partitions(consumer, topic.name())) {
            AuditVerifier verifier = new AuditVerifier(partition.partition(), terms, heads);
            Kafka.readAll(consumer, List.of(partition), record -> {
                AuditEntry entry = entry(record);
                if (entry == null) {
                    verifier.addUnreadable();
                } else {
                    verifier.add(entry);
                }
                return true;
            });
            verdicts.put(partition.partition(), verifier.verdict());
        }
        // A chain that is not there at all.
        for (SignedHead each : heads) {
            verdicts.computeIfAbsent(
                    each.partition(), partition -> new AuditVerifier(partition, terms, heads).verdict());
        }
        return verdicts;
    }

    private @Nullable AuditEntry entry(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return null;
        }
        try {
            return topic.value().deserializer().deserialize(topic.name(), record.value());
        } catch (SerializationException e) {
            return null;
        }
    }

    /** Since when nothing can have aged out of the topic; null if the brokers do not say. */
    @Nullable
    Instant keptSince(Instant now) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
        try (Admin admin = Kafka.admin(config)) {
            ConfigEntry retention = Kafka.await(
                            admin.describeConfigs(List.of(resource)).all())
                    .values()
                    .iterator()
                    .next()
                    .get(TopicConfig.RETENTION_MS_CONFIG);
            long retentionMillis = retention == null ? -1 : Long.parseLong(retention.value());
            return retentionMillis < 0
                    ? Instant.EPOCH
                    : now.minusMillis(retentionMillis).plus(MARGIN);
        } catch (AuthorizationException e) {
            return null;
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
