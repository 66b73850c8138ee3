package dev.lookback.tool;

import dev.lookback.app.OfficersFile;
import dev.lookback.config.LookbackConfig;
import dev.lookback.erasure.Barrier;
import dev.lookback.erasure.SignedErasure;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officers;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.ErasureReceipt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Erasures as their topics show them. Used by one thread. */
final class ErasureLog implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);

    private final LookbackConfig config;
    private final @Nullable Officers officers;
    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;

    /**
     * The erasures of a cluster.
     *
     * @param officers who may order them; null if the list of officers is not at hand: then signatures are not checked
     */
    ErasureLog(LookbackConfig config, @Nullable Officers officers) {
        this.config = config;
        this.officers = officers;
        this.consumer = Kafka.consumer(config);
    }

    /**
     * A record on erasures.
     *
     * @param at its instant
     * @param officer who ordered it; empty if that was not checked, or is not proven
     * @param flaw why it changes nothing; empty if it is sound, or was not checked
     */
    record Ordered(Erasure erasure, Instant at, String officer, String flaw) {}

    /** Which receipt of an erasure. */
    record Receipt(String retentionClass, int partition, int sequence) implements Comparable<Receipt> {
        private static final Comparator<Receipt> ORDER = Comparator.comparing(Receipt::retentionClass)
                .thenComparingInt(Receipt::partition)
                .thenComparingInt(Receipt::sequence);

        @Override
        public int compareTo(Receipt other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * What the receipts say of one erasure.
     *
     * @param expected how many partitions of how many classes have to have one
     * @param latest the latest receipt of each sequence, in the order of class, partition and sequence
     */
    record Progress(int expected, NavigableMap<Receipt, ErasureReceipt> latest) {
        Progress(int expected) {
            this(expected, new TreeMap<>());
        }

        /** Partitions in which nothing is left. */
        long closed() {
            return latest.values().stream()
                    .filter(each -> each.getSequence() == 0 && each.getClosedAt() != null)
                    .count();
        }

        /** Whether nothing is left anywhere. */
        boolean isDone() {
            return closed() >= expected && latest.values().stream().allMatch(each -> each.getClosedAt() != null);
        }

        /** Rows by class, of all receipts so far. */
        Map<String, Long> rows() {
            Map<String, Long> rows = new LinkedHashMap<>();
            latest.values().forEach(each -> rows.merge(each.getRetentionClass(), each.getRows(), Long::sum));
            return rows;
        }
    }

    /** Every record, oldest first, sound or not. */
    List<Ordered> all() {
        Topic<String, Erasure> topic = config.topics().erasures();
        List<Ordered> all = new ArrayList<>();
        Kafka.readAll(consumer, Kafka.partitions(consumer, topic.name()), record -> {
            if (record.value() != null) {
                try {
                    Erasure erasure = topic.value().deserializer().deserialize(topic.name(), record.value());
                    all.add(ordered(erasure, Instant.ofEpochMilli(record.timestamp()), all));
                } catch (SerializationException e) {
                    // No erasure: it has neither id nor anything else to show. The application counts such records.
                }
            }
            return true;
        });
        return all;
    }

    /**
     * The erasures that are in force.
     *
     * @throws ToolException if there are erasures, but no list of officers to check them by
     */
    static List<Barrier> barriers(LookbackConfig config) {
        Officers officers = officers(config);
        List<Ordered> all;
        try (ErasureLog log = new ErasureLog(config, officers)) {
            all = log.all();
        } catch (UnknownTopicOrPartitionException e) {
            return List.of();
        }
        if (officers == null && !all.isEmpty()) {
            throw ToolException.usage("There are erasures, and " + LookbackConfig.OFFICERS_FILE
                    + " is needed to tell who ordered them: set it to the officers' list");
        }
        return all.stream()
                .filter(each -> each.flaw().isEmpty())
                .map(each -> new Barrier(
                        each.erasure().getId(),
                        each.erasure().getToken(),
                        each.erasure().getRole(),
                        each.at().toEpochMilli()))
                .toList();
    }

    /** The list of officers; null if it is not at hand. */
    static @Nullable Officers officers(LookbackConfig config) {
        Optional<Path> file = config.file(LookbackConfig.OFFICERS_FILE);
        if (file.isEmpty() || !Files.isReadable(file.get())) {
            return null;
        }
        return OfficersFile.load(config);
    }

    private Ordered ordered(Erasure erasure, Instant at, List<Ordered> before) {
        if (officers == null) {
            return new Ordered(erasure, at, "", "");
        }
        SignedErasure.Reading reading = SignedErasure.read(erasure, officers, at);
        if (reading instanceof SignedErasure.Unsound unsound) {
            return new Ordered(erasure, at, "", unsound.flaw().name());
        }
        String officer = ((SignedErasure.Sound) reading).officer().id();
        boolean isRepeated = before.stream()
                .anyMatch(
                        each -> each.flaw().isEmpty() && each.erasure().getId().equals(erasure.getId()));
        return new Ordered(erasure, at, officer, isRepeated ? "REPEATED" : "");
    }

    /** One erasure; null if there is none with this id. */
    @Nullable
    Ordered find(UUID id) {
        return all().stream()
                .filter(each -> each.erasure().getId().equals(id.toString())
                        && each.flaw().isEmpty())
                .findFirst()
                .orElse(null);
    }

    /** Puts an erasure on record; its instant, once the brokers have it. */
    Instant write(Erasure erasure) {
        Topic<String, Erasure> topic = config.topics().erasures();
        try (KafkaProducer<String, Erasure> producer = Kafka.producer(config, topic)) {
            return Instant.ofEpochMilli(
                    Kafka.await(producer.send(new ProducerRecord<>(topic.name(), erasure.getId(), erasure)))
                            .timestamp());
        }
    }

    /**
     * What the receipts say of erasures, by their ids.
     *
     * @param limit how long to wait until the first of them is done; zero: not at all
     * @param said called whenever there is something new while waiting
     */
    Map<String, Progress> progress(List<String> ids, Duration limit, InstantSource clock, Consumer<Progress> said) {
        Topic<String, ErasureReceipt> topic = config.topics().erasureReceipts();
        List<TopicPartition> partitions = Kafka.partitions(consumer, topic.name());
        int expected = partitions.size() * config.retentionClasses().all().size();
        Map<String, Progress> progress = new LinkedHashMap<>();
        ids.forEach(id -> progress.put(id, new Progress(expected)));
        Kafka.readAll(consumer, partitions, record -> {
            add(progress, topic, record);
            return true;
        });
        Progress first = ids.isEmpty() ? null : progress.get(ids.get(0));
        long end = clock.millis() + limit.toMillis();
        while (first != null && !limit.isZero() && !first.isDone() && clock.millis() < end) {
            said.accept(first);
            // Reading the past has left the consumer where the future begins.
            consumer.poll(POLL).forEach(record -> add(progress, topic, record));
        }
        return progress;
    }

    private static void add(
            Map<String, Progress> progress,
            Topic<String, ErasureReceipt> topic,
            ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        ErasureReceipt receipt = topic.value().deserializer().deserialize(topic.name(), record.value());
        Progress of = progress.get(receipt.getErasureId());
        if (of != null) {
            Receipt key = new Receipt(receipt.getRetentionClass(), receipt.getPartition(), receipt.getSequence());
            // Of several that open one thing the first counts; a receipt that is closed stays so.
            of.latest.merge(
                    key,
                    receipt,
                    (known, next) -> known.getClosedAt() == null && next.getClosedAt() != null ? next : known);
        }
    }

    /**
     * A request that may hold copies of what was erased.
     *
     * @param receivedAt when it was received
     * @param releasedAt when its copies were let go; null: not yet
     */
    record Hold(
            String requestId, Instant receivedAt, @Nullable Instant releasedAt) {}

    /** Requests about the same handle that held copies when an erasure came: from disclosure-audit. */
    List<Hold> holds(Ordered ordered) {
        Topics topics = config.topics();
        Topic<String, AuditEntry> topic = topics.disclosureAudit();
        String token = "token=" + Tokens.format(ordered.erasure().getToken());
        Map<String, Instant> received = new LinkedHashMap<>();
        Map<String, Instant> searched = new LinkedHashMap<>();
        Map<String, Instant> released = new LinkedHashMap<>();
        Kafka.readAll(consumer, Kafka.partitions(consumer, topic.name()), record -> {
            if (record.value() != null) {
                AuditEntry entry = topic.value().deserializer().deserialize(topic.name(), record.value());
                String id = entry.getRequestId();
                switch (entry.getAction()) {
                    case "SUBMITTED", "CORRECTED", "INVALID" -> received.putIfAbsent(id, entry.getAt());
                    case "RELEASED" -> released.put(id, entry.getAt());
                    case "SEARCH" -> {
                        if (List.of(entry.getDetail().split(" ", -1)).contains(token)) {
                            searched.putIfAbsent(id, entry.getAt());
                        }
                    }
                    default -> {}
                }
            }
            return true;
        });
        List<Hold> holds = new ArrayList<>();
        searched.forEach((id, at) -> {
            Hold hold = new Hold(id, received.getOrDefault(id, at), released.get(id));
            boolean wasOpen = hold.releasedAt() == null || hold.releasedAt().isAfter(ordered.at());
            if (hold.receivedAt().isBefore(ordered.at()) && wasOpen) {
                holds.add(hold);
            }
        });
        return holds;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
