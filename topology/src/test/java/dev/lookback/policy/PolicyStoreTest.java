package dev.lookback.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.RetentionPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
    private final PolicyDesk desk = new PolicyDesk();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PolicyStore store =
            new PolicyStore(topics, new RetentionClasses(List.of(TEN_SECONDS)), PolicyDesk.OFFICERS, meters, "test");
    private TestInputTopic<String, byte[]> input;
    private TestInputTopic<byte[], byte[]> questions;
    private TestOutputTopic<byte[], Long> answers;

    @BeforeEach
    void start() {
        Topology topology = new Topology();
        store.addTo(topology);
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
        pipe(desk.first("default", Duration.ofSeconds(10), Instant.EPOCH));
        assertThat(cutoff()).isEqualTo(NOW - 10_000);
        desk.set("default", Duration.ofSeconds(3), Instant.ofEpochMilli(NOW - 1))
                .forEach(this::pipe);
        assertThat(cutoff()).isEqualTo(NOW - 3_000);
        assertThat(version()).isEqualTo(2);
    }

    @Test
    void aPolicyIsNeitherTakenBackNorHiddenByGarbage() {
        pipe(desk.first("default", Duration.ofSeconds(3), Instant.EPOCH));
        input.pipeInput("default/1", null);
        input.pipeInput("default/1", "garbage".getBytes(StandardCharsets.UTF_8));
        input.pipeInput(null, "garbage".getBytes(StandardCharsets.UTF_8));
        pipe(desk.first("default", Duration.ofSeconds(1), Instant.EPOCH));
        assertThat(cutoff()).isEqualTo(NOW - 3_000);
        assertThat(refused(PolicyHistory.Flaw.MALFORMED)).isEqualTo(2);
        assertThat(refused(PolicyHistory.Flaw.VERSION_TAKEN)).isEqualTo(1);
    }

    @Test
    void whatIsNotSignedByOfficersOfRetentionChangesNothingAndIsCounted() {
        pipe(desk.first("default", Duration.ofSeconds(10), Instant.EPOCH));
        Instant now = Instant.ofEpochMilli(NOW);
        RetentionPolicy unsigned = desk.change("default", Duration.ofSeconds(1), now);
        unsigned.setSignatures(List.of());
        pipe(unsigned);
        pipe(desk.change("default", Duration.ofSeconds(30), now, PolicyDesk.ALICE, PolicyDesk.STRANGER));
        RetentionPolicy proposal = desk.change("default", Duration.ofSeconds(1), now);
        pipe(proposal);
        pipe(PolicyDesk.approval(proposal, PolicyDesk.ALICE, now));
        assertThat(cutoff()).isEqualTo(NOW - 10_000);
        assertThat(version()).isEqualTo(1);
        assertThat(refused(PolicyHistory.Flaw.UNSIGNED)).isEqualTo(1);
        assertThat(refused(PolicyHistory.Flaw.BAD_SIGNATURE)).isEqualTo(1);
        assertThat(refused(PolicyHistory.Flaw.SELF_APPROVED)).isEqualTo(1);

        pipe(PolicyDesk.approval(proposal, PolicyDesk.BOB, now));
        assertThat(cutoff()).isEqualTo(NOW - 1_000);
    }

    @Test
    void theVersionIsShownWithoutAnybodyAsking() {
        assertThat(version()).isZero();
        pipe(desk.first("default", Duration.ofSeconds(10), Instant.EPOCH));
        assertThat(version()).isEqualTo(1);
    }

    private double version() {
        return meters.get(PolicyStore.VERSION_METER)
                .tags("class", "default", "role", "test")
                .gauge()
                .value();
    }

    private double refused(PolicyHistory.Flaw flaw) {
        return meters.get(PolicyStore.REFUSED_METER)
                .tags("reason", flaw.name())
                .gauge()
                .value();
    }

    private void pipe(RetentionPolicy policy) {
        input.pipeInput(
                policy.getRetentionClass() + "/" + policy.getVersion(),
                policies.value().serializer().serialize(policies.name(), policy),
                policy.getEffectiveFrom());
    }

    private long cutoff() {
        questions.pipeInput(new byte[0], new byte[0]);
        return answers.readValue();
    }

    private final class Asking implements Processor<byte[], byte[], byte[], Long> {
        private ProcessorContext<byte[], Long> context;

        @Override
        public void init(ProcessorContext<byte[], Long> context) {
            this.context = context;
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            context.forward(new Record<>(record.key(), store.cutoff(TEN_SECONDS).at(NOW), 0));
        }
    }
}
