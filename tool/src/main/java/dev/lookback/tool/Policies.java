package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topic;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The retention policies on record, and how they change. */
final class Policies {
    private final LookbackConfig config;
    private final List<RetentionPolicy> policies;

    private Policies(LookbackConfig config, List<RetentionPolicy> policies) {
        this.config = config;
        this.policies = policies;
    }

    /** Reads the topic; before it is created there are none. */
    static Policies read(LookbackConfig config) {
        Topic<String, RetentionPolicy> topic = config.topics().retentionPolicies();
        // The last one under a key counts, as in every reader of a compacted topic.
        Map<String, RetentionPolicy> latest = new TreeMap<>();
        try (Consumer<byte[], byte[]> consumer = Kafka.consumer(config)) {
            Kafka.readAll(consumer, Kafka.partitions(consumer, topic.name()), record -> {
                if (record.value() != null) {
                    latest.put(
                            topic.key().deserializer().deserialize(topic.name(), record.key()),
                            topic.value().deserializer().deserialize(topic.name(), record.value()));
                }
                return true;
            });
        } catch (UnknownTopicOrPartitionException e) {
            return new Policies(config, List.of());
        }
        return new Policies(config, List.copyOf(latest.values()));
    }

    /** The history of a class, oldest first; empty while the configured duration holds. */
    List<RetentionPolicy> of(RetentionClass retentionClass) {
        return policies.stream()
                .filter(policy -> policy.getRetentionClass().equals(retentionClass.name()))
                .sorted(Comparator.comparingInt(RetentionPolicy::getVersion))
                .toList();
    }

    /** The version that the next policy of a class has. */
    private int nextVersion(RetentionClass retentionClass) {
        List<RetentionPolicy> history = of(retentionClass);
        return history.isEmpty() ? 1 : history.get(history.size() - 1).getVersion() + 1;
    }

    /**
     * Puts the next policy of a class on record and alters the retention of its ledger on the brokers.
     *
     * @throws ToolException if somebody else has done so at the same moment
     */
    RetentionPolicy change(RetentionClass retentionClass, Duration duration, Instant now, String by, String reason) {
        String name = retentionClass.name();
        Duration inForce = Duration.ofMillis(cutoff(retentionClass).durationMillis(now.toEpochMilli()));
        RetentionPolicy policy =
                new RetentionPolicy(name, nextVersion(retentionClass), duration.toMillis(), now, by, reason);
        // In this order nothing goes from the brokers before its deadline, whatever comes between.
        if (duration.compareTo(inForce) < 0) {
            write(policy);
            alterLedger(name, duration);
        } else {
            alterLedger(name, duration);
            write(policy);
        }
        return policy;
    }

    private void write(RetentionPolicy policy) {
        Topic<String, RetentionPolicy> topic = config.topics().retentionPolicies();
        String key = policy.getRetentionClass() + "/" + policy.getVersion();
        try (KafkaProducer<String, RetentionPolicy> producer = Kafka.producer(config, topic)) {
            Kafka.await(producer.send(new ProducerRecord<>(topic.name(), key, policy)));
        }
        if (!Policies.read(config).contains(policy)) {
            throw ToolException.failed("Somebody else has changed class " + policy.getRetentionClass()
                    + " at the same moment, and that counts; see lookback retention show");
        }
    }

    private void alterLedger(String name, Duration duration) {
        String ledger = config.topics().ledger(name).name();
        try (Admin admin = Kafka.admin(config)) {
            TopicAdmin topics = new TopicAdmin(admin, config);
            List<Change> ofLedger = topics.plan(Map.of(name, duration)).changes().stream()
                    .filter(change ->
                            change instanceof Change.Alter && change.topic().equals(ledger))
                    .toList();
            topics.apply(new TopicPlan(ofLedger));
        }
    }

    /** Whether this very policy is on record. */
    private boolean contains(RetentionPolicy policy) {
        return policies.contains(policy);
    }

    /** The cutoff of a class. */
    Cutoff cutoff(RetentionClass retentionClass) {
        return new Cutoff(retentionClass, policies);
    }

    /** The duration in force of each class. */
    Map<String, Duration> durations(InstantSource clock) {
        Map<String, Duration> durations = new HashMap<>();
        for (RetentionClass each : config.retentionClasses().all()) {
            durations.put(each.name(), Duration.ofMillis(cutoff(each).durationMillis(clock.millis())));
        }
        return durations;
    }
}
