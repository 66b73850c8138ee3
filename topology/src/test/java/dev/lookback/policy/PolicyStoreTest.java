package dev.lookback.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PolicyStoreTest {
    private static final RetentionClass TEN_SECONDS =
            new RetentionClass("default", Duration.ofSeconds(1), Duration.ofSeconds(10), Set.of(), Set.of());
    private static final long NOW = 1_000_000;

    private final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://policies"));
    private final Topic<String, RetentionPolicy> policies = topics.retentionPolicies();
    private TopologyTestDriver driver;
    private TestInputTopic<String, byte[]> input;
    private TestInputTopic<byte[], byte[]> questions;
    private TestOutputTopic<byte[], Long> answers;

    @BeforeEach
    void start() {
        Topology topology = new Topology();
        PolicyStore.addTo(topology, topics);
        topology.addSource("questions", new ByteArrayDeserializer(), new ByteArrayDeserializer(), "questions")
                .addProcessor("asking", Asking::new, "questions")
                .addSink("answers", "answers", new ByteArraySerializer(), new LongSerializer(), "asking");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "policies");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        driver = new TopologyTestDriver(topology, settings);
        input = driver.createInputTopic(policies.name(), new StringSerializer(), new ByteArraySerializer());
        questions = driver.createInputTopic("questions", new ByteArraySerializer(), new ByteArraySerializer());
        answers = driver.createOutputTopic("answers", new ByteArrayDeserializer(), new LongDeserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void cutoffFollowsThePoliciesAsTheyCome() {
        assertThat(cutoff()).isEqualTo(NOW - 10_000);
        input.pipeInput("default/1", policy(1, 10_000, 0));
        input.pipeInput("default/2", policy(2, 3_000, NOW - 1));
        assertThat(cutoff()).isEqualTo(NOW - 3_000);
    }

    @Test
    void aPolicyIsNeitherTakenBackNorHiddenByGarbage() {
        input.pipeInput("default/1", policy(1, 3_000, 0));
        input.pipeInput("default/1", null);
        input.pipeInput("default/2", "garbage".getBytes(StandardCharsets.UTF_8));
        input.pipeInput(null, policy(2, 1, 0));
        assertThat(cutoff()).isEqualTo(NOW - 3_000);
    }

    private long cutoff() {
        questions.pipeInput(new byte[0], new byte[0]);
        return answers.readValue();
    }

    private byte[] policy(int version, long durationMillis, long effectiveFrom) {
        RetentionPolicy policy = RetentionPolicy.newBuilder()
                .setRetentionClass("default")
                .setVersion(version)
                .setDurationMillis(durationMillis)
                .setEffectiveFrom(Instant.ofEpochMilli(effectiveFrom))
                .setChangedBy("test")
                .setReason("test")
                .build();
        return policies.value().serializer().serialize(policies.name(), policy);
    }

    private final class Asking implements Processor<byte[], byte[], byte[], Long> {
        private ProcessorContext<byte[], Long> context;
        private PolicyStore store;

        @Override
        public void init(ProcessorContext<byte[], Long> context) {
            this.context = context;
            this.store = new PolicyStore(context, topics);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            context.forward(new Record<>(record.key(), store.cutoff(TEN_SECONDS).at(NOW), 0));
        }
    }
}
