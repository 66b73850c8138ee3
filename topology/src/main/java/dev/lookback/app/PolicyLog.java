package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.TOKEN_KEY_FILE;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officers;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.RetentionPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and writes the topic retention-policies from outside the topologies. */
public final class PolicyLog {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyLog.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration READ_TIMEOUT = Duration.ofMinutes(1);

    private final LookbackConfig config;
    private final Officers officers;
    private final Map<String, Object> clientSettings;
    private final Topic<String, RetentionPolicy> topic;

    /**
     * The log of a cluster.
     *
     * @param clientSettings for Kafka's clients, where the configuration does not set them
     */
    public PolicyLog(LookbackConfig config, Officers officers, Map<String, Object> clientSettings) {
        this.config = config;
        this.officers = officers;
        this.clientSettings = Map.copyOf(clientSettings);
        this.topic = config.topics().retentionPolicies();
    }

    /**
     * A record of the topic.
     *
     * @param policy what it says; null if it is none
     * @param verdict what became of it
     */
    public record Entry(
            long offset, Instant appendedAt, @Nullable RetentionPolicy policy, PolicyHistory.Verdict verdict) {}

    /**
     * The topic as it was read.
     *
     * @param history what the records come to
     * @param entries every record, in order
     */
    public record Reading(PolicyHistory history, List<Entry> entries) {
        /** Copies the entries. */
        public Reading {
            entries = List.copyOf(entries);
        }

        /** {@link Tokens#keyCheck} of the key with which the ledgers are written; empty: it is not on record yet. */
        Optional<String> tokenKeyCheck() {
            return entries.stream()
                    .map(entry -> entry.policy)
                    .filter(policy -> policy != null && policy.getVersion() == 1)
                    .map(RetentionPolicy::getTokenKeyCheck)
                    .filter(Objects::nonNull)
                    .findFirst();
        }

        /** Records that change nothing, but for those that are nothing unusual. */
        public List<Entry> refused() {
            return entries.stream()
                    .filter(entry -> entry.verdict instanceof PolicyHistory.Refused refused
                            && !refused.flaw().isUsual())
                    .toList();
        }
    }

    /**
     * All records; none if the topic does not exist.
     *
     * @throws KafkaException if the cluster does not answer
     */
    public Reading read() {
        PolicyHistory history = new PolicyHistory(officers);
        List<Entry> entries = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                with(ClientSettings.consumer(config), ConsumerConfig.configNames()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            if (!consumer.listTopics().containsKey(topic.name())) {
                return new Reading(history, entries);
            }
            TopicPartition partition = new TopicPartition(topic.name(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            long polls = READ_TIMEOUT.dividedBy(POLL);
            while (consumer.position(partition) < end) {
                if (polls-- == 0) {
                    throw new TimeoutException(topic.name() + " could not be read to its end in " + READ_TIMEOUT);
                }
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    if (each.value() != null) {
                        entries.add(judge(history, each));
                    }
                }
            }
        }
        return new Reading(history, entries);
    }

    private Entry judge(PolicyHistory history, ConsumerRecord<byte[], byte[]> record) {
        Instant appendedAt = Instant.ofEpochMilli(record.timestamp());
        try {
            RetentionPolicy policy = topic.value().deserializer().deserialize(topic.name(), record.value());
            return new Entry(record.offset(), appendedAt, policy, history.append(policy, appendedAt));
        } catch (SerializationException e) {
            return new Entry(
                    record.offset(), appendedAt, null, new PolicyHistory.Refused(PolicyHistory.Flaw.MALFORMED));
        }
    }

    /**
     * Puts a record on the topic, and reads back what became of it there: somebody else's may have come first.
     *
     * @throws KafkaException if the cluster does not answer; the record may be there all the same
     */
    public PolicyHistory.Verdict write(RetentionPolicy policy) {
        RecordMetadata written;
        Map<String, Object> settings = with(ClientSettings.producer(config), ProducerConfig.configNames());
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        try (Producer<String, RetentionPolicy> producer = new KafkaProducer<>(
                settings, topic.key().serializer(), topic.value().serializer())) {
            String key = policy.getRetentionClass() + "/" + policy.getVersion();
            written = producer.send(new ProducerRecord<>(topic.name(), key, policy))
                    .get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
        return read().entries.stream()
                .filter(entry -> entry.offset == written.offset())
                .findFirst()
                .orElseThrow(() -> new KafkaException("What was written to " + topic.name() + " is not there"))
                .verdict;
    }

    private Map<String, Object> with(Map<String, Object> settings, Set<String> known) {
        Map<String, Object> all = new HashMap<>(clientSettings);
        all.keySet().retainAll(known);
        all.putAll(settings);
        return all;
    }

    /**
     * Demands the token key of the ledgers, which the first start puts on record. Puts version 1 on record, from
     * configuration, for every class that has no policy; says so when configuration and the policy in force differ, in
     * which case the policy holds.
     *
     * @throws ConfigException if the token key is another one
     */
    void bootstrap(Clock clock, Tokens tokens) {
        Reading reading = read();
        demandTokenKey(reading, tokens);
        for (RetentionPolicy each : missing(config, reading.history, clock.instant())) {
            write(RetentionPolicy.newBuilder(each)
                    .setTokenKeyCheck(tokens.keyCheck())
                    .build());
            LOG.info(
                    "Retention class {}: first policy, {}",
                    each.getRetentionClass(),
                    Durations.format(Duration.ofMillis(each.getDurationMillis())));
        }
        differences(config, reading.history, clock.instant()).forEach(LOG::warn);
        if (reading.tokenKeyCheck().isEmpty()) {
            recordTokenKey(tokens);
        }
    }

    /** Whoever comes first decides, so it is read back. */
    private void recordTokenKey(Tokens tokens) {
        Reading reading = read();
        if (reading.tokenKeyCheck().isEmpty()) { // the classes are older than the check
            write(RetentionPolicy.newBuilder(
                            reading.history.of(Topics.DEFAULT_CLASS).get(0))
                    .setTokenKeyCheck(tokens.keyCheck())
                    .build());
            reading = read();
        }
        demandTokenKey(reading, tokens);
    }

    /**
     * Demands that a token key is the one with which the ledgers are written: with another one nothing in them would be
     * found. Passes before the first start.
     *
     * @throws ConfigException if it is another one
     * @throws KafkaException if the cluster does not answer
     */
    public void demandTokenKey(Tokens tokens) {
        demandTokenKey(read(), tokens);
    }

    private void demandTokenKey(Reading reading, Tokens tokens) {
        String onRecord = reading.tokenKeyCheck().orElse(tokens.keyCheck());
        if (!onRecord.equals(tokens.keyCheck())) {
            throw new ConfigException(TOKEN_KEY_FILE + "=" + config.text(TOKEN_KEY_FILE)
                    + ": not the key with which these ledgers are written, so nothing in them would be found (key check"
                    + " value " + tokens.keyCheck() + "; on record in " + topic.name() + ": " + onRecord
                    + "). Put that key back; a new one takes topics of its own (docs/SECURITY.md, Rotation)");
        }
    }

    static List<RetentionPolicy> missing(LookbackConfig config, PolicyHistory history, Instant now) {
        return config.retentionClasses().all().stream()
                .filter(each -> history.version(each.name()) == 0)
                .map(each -> RetentionPolicy.newBuilder()
                        .setRetentionClass(each.name())
                        .setVersion(1)
                        .setDurationMillis(each.initialDuration().toMillis())
                        .setEffectiveFrom(now)
                        .setChangedBy(PolicyHistory.CONFIGURATION)
                        .setReason("first start with this class")
                        .build())
                .toList();
    }

    static List<String> differences(LookbackConfig config, PolicyHistory history, Instant now) {
        List<String> differences = new ArrayList<>();
        for (RetentionClass each : config.retentionClasses().all()) {
            Cutoff cutoff = new Cutoff(each, history.of(each.name()));
            Duration inForce = Duration.ofMillis(cutoff.durationMillis(now.toEpochMilli()));
            if (!inForce.equals(each.initialDuration())) {
                differences.add("Retention class " + each.name() + ": configuration says "
                        + Durations.format(each.initialDuration()) + ", policy "
                        + cutoff.policyVersion(now.toEpochMilli()) + " says " + Durations.format(inForce)
                        + "; the policy holds (lookback retention set changes it)");
            }
        }
        return differences;
    }
}
