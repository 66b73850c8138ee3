package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.SignedCommand;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;

/** Collects all that the topics still hold of one case. Used by one thread. */
final class CaseRecords {
    private final LookbackConfig config;
    private final UUID id;

    CaseRecords(LookbackConfig config, UUID id) {
        this.config = config;
        this.id = id;
    }

    CaseHistory read() {
        List<AuditEntry> entries = new ArrayList<>();
        try (DisclosureAudit audit = new DisclosureAudit(config)) {
            audit.read(entry -> {
                if (entry.getRequestId().equals(id.toString())) {
                    entries.add(entry);
                }
            });
        }
        CaseHistory history = new CaseHistory(id);
        try (var consumer = Kafka.consumer(config)) {
            readCommands(consumer, entries, history);
            Topic<String, ?> statuses = config.topics().legalRequestStatus();
            readAll(consumer, statuses, record -> {
                history.status(config.topics()
                        .legalRequestStatus()
                        .value()
                        .deserializer()
                        .deserialize(statuses.name(), record.value()));
            });
            entries.forEach(history::audit);
            readAll(consumer, config.topics().legalRequestExtracts(), record -> {
                Object piece = config.topics()
                        .legalRequestExtracts()
                        .value()
                        .deserializer()
                        .deserialize(record.topic(), record.value())
                        .getPiece();
                if (piece instanceof ExtractManifest manifest) {
                    history.manifest(manifest);
                }
            });
        }
        return history;
    }

    /**
     * Among the ticks of years, the commands are where the audit says that something happened: each leaves an entry of
     * the very time at which the brokers appended it, whatever came of it (or of the latest time before it in the
     * partition, if a broker's clock went back).
     */
    private void readCommands(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            List<AuditEntry> entries,
            CaseHistory history) {
        Topic<String, LegalRequestCommand> topic = config.topics().legalRequests();
        TopicPartition partition = partition(consumer, topic);
        NavigableMap<Long, ConsumerRecord<byte[], byte[]>> found = new TreeMap<>();
        TreeSet<Instant> times = new TreeSet<>();
        entries.forEach(entry -> times.add(entry.getAt()));
        for (Instant at : times) {
            Kafka.readFrom(consumer, partition, at, record -> {
                if (isOfCase(record)) {
                    found.put(record.offset(), record);
                }
                return record.timestamp() <= at.toEpochMilli();
            });
        }
        found.values().forEach(record -> command(topic, record, history));
    }

    private static void command(
            Topic<String, LegalRequestCommand> topic, ConsumerRecord<byte[], byte[]> record, CaseHistory history) {
        try {
            Object command = topic.value()
                    .deserializer()
                    .deserialize(topic.name(), record.value())
                    .getCommand();
            if (command instanceof SignedCommand signed) {
                history.command(Instant.ofEpochMilli(record.timestamp()), signed.getJws());
            }
        } catch (SerializationException unreadable) {
            // Anyone may write to that topic; the audit has an entry of it.
        }
    }

    private void readAll(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            Topic<?, ?> topic,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        Kafka.readAll(consumer, List.of(partition(consumer, topic)), record -> {
            if (isOfCase(record)) {
                reader.accept(record);
            }
            return true;
        });
    }

    private TopicPartition partition(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer, Topic<?, ?> topic) {
        int partitions = Kafka.partitions(consumer, topic.name()).size();
        return new TopicPartition(topic.name(), RequestPartitioner.partition(id, partitions));
    }

    private boolean isOfCase(ConsumerRecord<byte[], byte[]> record) {
        return record.key() != null
                && record.value() != null
                && new String(record.key(), StandardCharsets.UTF_8).equals(id.toString());
    }
}
