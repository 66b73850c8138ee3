package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.casework.Reason;
import dev.lookback.config.LookbackConfig;
import dev.lookback.seal.Extract;
import dev.lookback.seal.ExtractCollector;
import dev.lookback.seal.FlawException;
import dev.lookback.topics.RequestPartitioner;
import dev.lookback.topics.Topic;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SignedCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Legal requests as their topics show them. Used by one thread. */
final class Cases implements AutoCloseable {
    /** Where a case stays until somebody does something. */
    static final Set<CaseState> AT_REST = Set.of(
            CaseState.AWAITING_APPROVAL,
            CaseState.PRESERVED,
            CaseState.ACTIVE,
            CaseState.SEALED,
            CaseState.CLOSED,
            CaseState.INVALID,
            CaseState.REJECTED,
            CaseState.WITHDRAWN,
            CaseState.LAPSED,
            CaseState.EXPIRED);

    /** What casework says unasked, between a command and its answer. */
    private static final Set<String> UNASKED = names(EnumSet.of(
            Reason.SEARCHES_SENT,
            Reason.SEARCHES_ENDED,
            Reason.WINDOW_OVER,
            Reason.SEALED,
            Reason.PAPER_OVERDUE,
            Reason.NON_DISCLOSURE_ENDED,
            Reason.ESTIMATED,
            Reason.LAPSED,
            Reason.EXPIRED,
            Reason.RETENTION_ENDED));

    private static final Duration POLL = Duration.ofMillis(200);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final InstantSource clock;
    private final Topic<String, LegalRequestCommand> commands;
    private final Topic<String, LegalRequestStatus> statuses;
    private final Topic<String, ExtractRecord> extracts;
    private final Producer<String, LegalRequestCommand> producer;
    private final Consumer<byte[], byte[]> consumer;

    Cases(LookbackConfig config, InstantSource clock) {
        this.clock = clock;
        this.commands = config.topics().legalRequests();
        this.statuses = config.topics().legalRequestStatus();
        this.extracts = config.topics().legalRequestExtracts();
        this.producer = Kafka.producer(config, commands);
        this.consumer = Kafka.consumer(config);
    }

    /** A submit command on record. */
    record Submitted(String sha256, JsonNode command) {}

    private static Set<String> names(Set<Reason> reasons) {
        return reasons.stream().map(Enum::name).collect(Collectors.toUnmodifiableSet());
    }

    /** What came of a command. */
    record Answer(LegalRequestStatus status, boolean accepted) {}

    /**
     * Sends a signed command and waits for what casework says to it.
     *
     * @param accepted the reasons that mean yes
     * @throws ToolException if nothing is said in time
     */
    Answer send(Command command, String jws, Set<Reason> accepted, Duration limit) {
        UUID id = command.requestId();
        follow(id);
        post(id, jws);
        LegalRequestStatus status = await(id, each -> !UNASKED.contains(each.getReason()), limit);
        if (status == null) {
            throw ToolException.unavailable("The command was sent, but casework says nothing to it within "
                    + limit.toSeconds() + " s. Is casework running, and is the officer on its list with this key?");
        }
        return new Answer(status, names(accepted).contains(status.getReason()));
    }

    /** From now on {@link #await} sees what happens to a request. */
    void follow(UUID id) {
        TopicPartition answers = new TopicPartition(statuses.name(), partition(statuses, id));
        consumer.assign(List.of(answers));
        consumer.seekToEnd(List.of(answers));
        consumer.position(answers);
    }

    /** Sends a signed command. Returns when the brokers have it. */
    void post(UUID id, String jws) {
        // The producer knows, while the consumer would ask behind a fetch that is still waiting for records.
        int partition = RequestPartitioner.partition(
                id, producer.partitionsFor(commands.name()).size());
        LegalRequestCommand value = new LegalRequestCommand(new SignedCommand(jws));
        Kafka.await(producer.send(new ProducerRecord<>(commands.name(), partition, id.toString(), value)));
    }

    /** The next status of a request, from where the consumer stands, that is looked for; null if it does not come. */
    @Nullable
    LegalRequestStatus await(UUID id, Predicate<LegalRequestStatus> wanted, Duration limit) {
        long end = clock.millis() + limit.toMillis();
        while (clock.millis() < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (isOf(record, id) && record.value() != null) {
                    LegalRequestStatus status = status(record);
                    if (wanted.test(status)) {
                        return status;
                    }
                }
            }
        }
        return null;
    }

    /** Waits until a case is where it stays until somebody does something; null if that takes too long. */
    @Nullable
    LegalRequestStatus awaitRest(UUID id, Duration limit) {
        return awaitState(id, AT_REST, limit);
    }

    /** Waits until a case is in one of these states; null if that takes too long. */
    @Nullable
    LegalRequestStatus awaitState(UUID id, Set<CaseState> wanted, Duration limit) {
        LegalRequestStatus latest = latest(id);
        // Reading the past has left the consumer where the future begins.
        return latest != null && wanted.contains(latest.getState())
                ? latest
                : await(id, each -> wanted.contains(each.getState()), limit);
    }

    /** Everything that the status topic still holds of a request, oldest first. */
    List<LegalRequestStatus> history(UUID id) {
        List<LegalRequestStatus> history = new ArrayList<>();
        TopicPartition partition = new TopicPartition(statuses.name(), partition(statuses, id));
        Kafka.readAll(consumer, List.of(partition), record -> {
            if (isOf(record, id) && record.value() != null) {
                history.add(status(record));
            }
            return true;
        });
        return history;
    }

    /** Where a request stands; null if there is none. */
    @Nullable
    LegalRequestStatus latest(UUID id) {
        List<LegalRequestStatus> history = history(id);
        LegalRequestStatus latest = history.isEmpty() ? null : history.get(history.size() - 1);
        return latest == null || latest.getState() == CaseState.UNKNOWN ? null : latest;
    }

    /** Where every request stands, by id. */
    Map<String, LegalRequestStatus> all() {
        Map<String, LegalRequestStatus> all = new TreeMap<>();
        Kafka.readAll(consumer, Kafka.partitions(consumer, statuses.name()), record -> {
            String id = new String(record.key(), StandardCharsets.UTF_8);
            if (record.value() == null) {
                all.remove(id);
            } else {
                all.put(id, status(record));
            }
            return true;
        });
        all.values().removeIf(status -> status.getState() == CaseState.UNKNOWN);
        return all;
    }

    /** The submit command that a status is about; null if it has none or the command is no longer there. */
    @Nullable
    Submitted submitted(LegalRequestStatus status) {
        Instant receivedAt = status.getReceivedAt();
        String sha256 = status.getRequestSha256();
        if (receivedAt == null || sha256 == null) {
            return null;
        }
        UUID id = UUID.fromString(status.getRequestId());
        TopicPartition partition = new TopicPartition(commands.name(), partition(commands, id));
        List<Submitted> found = new ArrayList<>();
        // Among the ticks of years, the broker knows where the instant is.
        Kafka.readFrom(consumer, partition, receivedAt, record -> {
            if (isOf(record, id)
                    && record.value() != null
                    && value(commands, record).getCommand() instanceof SignedCommand signed
                    && CommandCodec.digest(signed.getJws()).equals(sha256)) {
                found.add(new Submitted(sha256, payload(signed.getJws())));
            }
            return found.isEmpty();
        });
        return found.isEmpty() ? null : found.get(0);
    }

    /**
     * Collects the sealed extract of a request: its records go to a stream, part by part, as they come.
     *
     * @param source where they can be read then
     * @return null if the extract is not (or no longer) there, or not complete
     * @throws FlawException if what is there are not the pieces of one extract, in order
     */
    @Nullable
    Extract extract(UUID id, OutputStream records, Extract.Records source) throws IOException, FlawException {
        ExtractCollector collector = new ExtractCollector(records);
        List<Exception> failure = new ArrayList<>();
        TopicPartition partition = new TopicPartition(extracts.name(), partition(extracts, id));
        Kafka.readAll(consumer, List.of(partition), record -> {
            if (!isOf(record, id) || record.value() == null) {
                return true;
            }
            try {
                return !collector.add(value(extracts, record));
            } catch (IOException | FlawException e) {
                failure.add(e);
                return false;
            }
        });
        for (Exception each : failure) {
            if (each instanceof FlawException flaw) {
                throw flaw;
            }
            throw (IOException) each;
        }
        return collector.extract(source);
    }

    /** The extract of a request that has been sealed, in memory. */
    Extract sealed(UUID id) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        try {
            Extract extract = extract(id, records, () -> new ByteArrayInputStream(records.toByteArray()));
            if (extract == null) {
                throw new IllegalStateException("the case is sealed, but there is no extract");
            }
            return extract;
        } catch (IOException | FlawException e) {
            throw new IllegalStateException("the extract is not sound: " + e.getMessage(), e);
        }
    }

    private int partition(Topic<?, ?> topic, UUID id) {
        return RequestPartitioner.partition(
                id, Kafka.partitions(consumer, topic.name()).size());
    }

    private static boolean isOf(ConsumerRecord<byte[], byte[]> record, UUID id) {
        return record.key() != null && new String(record.key(), StandardCharsets.UTF_8).equals(id.toString());
    }

    private LegalRequestStatus status(ConsumerRecord<byte[], byte[]> record) {
        return value(statuses, record);
    }

    private static <V> V value(Topic<?, V> topic, ConsumerRecord<byte[], byte[]> record) {
        return topic.value().deserializer().deserialize(topic.name(), record.value());
    }

    /** Casework has checked the signature: this is only reading. */
    private static JsonNode payload(String jws) {
        try {
            return JSON.readTree(
                    new String(Base64.getUrlDecoder().decode(jws.split("\\.")[1]), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A command on record is not JSON");
        }
    }

    @Override
    public void close() {
        consumer.close();
        producer.close();
    }
}
