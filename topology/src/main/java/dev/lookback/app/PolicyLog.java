package dev.lookback.app;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topic;
import dev.lookback.v1.RetentionPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and writes the topic retention-policies from outside the topologies. */
final class PolicyLog {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyLog.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration READ_TIMEOUT = Duration.ofMinutes(1);

    private final LookbackConfig config;
    private final Topic<String, RetentionPolicy> topic;

    /** The log of a cluster. */
    PolicyLog(LookbackConfig config) {
        this.config = config;
        this.topic = config.topics().retentionPolicies();
    }

    /**
     * All policies of all classes, the last of each class and version, in the order of the topic; none if the topic does
     * not exist.
     *
     * @throws KafkaException if the cluster does not answer
     */
    List<RetentionPolicy> read() {
        Map<String, RetentionPolicy> policies = new HashMap<>();
        try (Consumer<String, RetentionPolicy> consumer = new KafkaConsumer<>(
                ClientSettings.consumer(config),
                topic.key().deserializer(),
                topic.value().deserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            if (!consumer.listTopics().containsKey(topic.name())) {
                return List.of();
            }
            consumer.partitionsFor(topic.name())
                    .forEach(each -> partitions.add(new TopicPartition(each.topic(), each.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long polls = READ_TIMEOUT.dividedBy(POLL);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (polls-- == 0) {
                    throw new TimeoutException(topic.name() + " could not be read to its end in " + READ_TIMEOUT);
                }
                for (ConsumerRecord<String, RetentionPolicy> each : consumer.poll(POLL)) {
                    if (each.value() != null) {
                        policies.put(each.key(), each.value());
                    }
                }
            }
        }
        return List.copyOf(policies.values());
    }

    /**
     * Puts policies on record, and returns when the brokers have them.
     *
     * @throws KafkaException if the cluster does not answer
     */
    void write(List<RetentionPolicy> policies) {
        if (policies.isEmpty()) {
            return;
        }
        try (Producer<String, RetentionPolicy> producer = new KafkaProducer<>(
                ClientSettings.producer(config),
                topic.key().serializer(),
                topic.value().serializer())) {
            for (RetentionPolicy each : policies) {
                String key = each.getRetentionClass() + "/" + each.getVersion();
                producer.send(new ProducerRecord<>(topic.name(), key, each)).get();
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }

    /**
     * Puts version 1 on record, from configuration, for every class that has no policy; says so when configuration and
     * the policy in force differ, in which case the policy holds.
     */
    void bootstrap(Clock clock) {
        List<RetentionPolicy> present = read();
        List<RetentionPolicy> missing = missing(config, present, clock.instant());
        write(missing);
        missing.forEach(each -> LOG.info(
                "Retention class {}: first policy, {}",
                each.getRetentionClass(),
                Durations.format(Duration.ofMillis(each.getDurationMillis()))));
        differences(config, present, clock.instant()).forEach(LOG::warn);
    }

    static List<RetentionPolicy> missing(LookbackConfig config, List<RetentionPolicy> present, Instant now) {
        return config.retentionClasses().all().stream()
                .filter(each -> new Cutoff(each, present).policyVersion(now.toEpochMilli()) == 0)
                .map(each -> new RetentionPolicy(
                        each.name(),
                        1,
                        each.initialDuration().toMillis(),
                        now,
                        "configuration",
                        "first start with this class"))
                .toList();
    }

    static List<String> differences(LookbackConfig config, List<RetentionPolicy> present, Instant now) {
        List<String> differences = new ArrayList<>();
        for (RetentionClass each : config.retentionClasses().all()) {
            Cutoff cutoff = new Cutoff(each, present);
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
