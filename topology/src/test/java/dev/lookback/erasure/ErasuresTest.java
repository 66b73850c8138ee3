package dev.lookback.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.SelectorRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What counts as an erasure, and what changes nothing. */
class ErasuresTest {
    private static final Instant AT = Instant.parse("2026-05-01T12:00:00Z");
    private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000009");

    private final Topics topics = new Topics("", Map.of("schema.registry.url", "mock://erasures"));
    private final Topic<String, Erasure> topic = topics.erasures();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Erasures erasures = new Erasures(topics, ErasureOfficer.OFFICERS, meters, "test");
    private TopologyTestDriver driver;
    private TestInputTopic<String, byte[]> input;
    private TestInputTopic<byte[], byte[]> refresh;

    @BeforeEach
    void start() {
        Topology topology = new Topology();
        erasures.addTo(topology);
        topology.addSource("refresh", new ByteArrayDeserializer(), new ByteArrayDeserializer(), "refresh")
                .addProcessor("refreshing", Refreshing::new, "refresh");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "erasures");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        driver = new TopologyTestDriver(topology, settings);
        input = driver.createInputTopic(topic.name(), new StringSerializer(), new ByteArraySerializer());
        refresh = driver.createInputTopic("refresh", new ByteArraySerializer(), new ByteArraySerializer());
    }

    private final class Refreshing extends ContextualProcessor<byte[], byte[], Void, Void> {
        @Override
        public void init(ProcessorContext<Void, Void> context) {
            super.init(context);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            erasures.refresh(Erasures.store(context()));
        }
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    private static Erasure order() {
        return ErasureOfficer.order(ID, 42, SelectorRole.EITHER, AT);
    }

    private void append(Erasure erasure, Instant at) {
        input.pipeInput(erasure.getId(), topic.value().serializer().serialize(topic.name(), erasure), at);
    }

    private List<Barrier> known() {
        refresh.pipeInput(new byte[0]);
        return erasures.current().all();
    }

    @Test
    void itsInstantIsTheBrokersAndNotTheOfficers() {
        append(order(), AT.plusSeconds(3));
        assertThat(erasures.current().all())
                .as("nothing is known before a refresh")
                .isEmpty();
        assertThat(known())
                .containsExactly(new Barrier(
                        ID.toString(),
                        42,
                        SelectorRole.EITHER,
                        AT.plusSeconds(3).toEpochMilli()));
        assertThat(meters.get("lookback.erasures.known").gauge().value()).isEqualTo(1);
    }

    @Test
    void theFirstOfAnIdCountsAndNothingTakesItBack() {
        append(order(), AT);
        append(order(), AT.plusSeconds(60));
        append(ErasureOfficer.forged(ID, 43, SelectorRole.REQUESTER, AT), AT);
        input.pipeInput(ID.toString(), (byte[]) null, AT);
        assertThat(known()).extracting(Barrier::instant).containsExactly(AT.toEpochMilli());
        append(ErasureOfficer.order(UUID.randomUUID(), 42, SelectorRole.EITHER, AT), AT);
        assertThat(known()).hasSize(2);
    }

    @Test
    void nobodyErasesWhatCameFromAnAddress() {
        assertThatThrownBy(() -> ErasureOfficer.order(ID, 42, SelectorRole.SOURCE, AT))
                .isInstanceOf(IllegalArgumentException.class);
        Erasure source = order();
        source.setRole(SelectorRole.SOURCE);
        assertThat(SignedErasure.read(source, ErasureOfficer.OFFICERS, AT))
                .isEqualTo(new SignedErasure.Unsound(SignedErasure.Flaw.MALFORMED));
        append(source, AT);
        assertThat(known()).isEmpty();
    }

    @Test
    void whatIsNotSignedByWhoMayChangesNothing() {
        Erasure altered = order();
        altered.setToken(43);
        append(altered, AT);
        Erasure wider = ErasureOfficer.order(ID, 42, SelectorRole.REQUESTER, AT);
        wider.setRole(SelectorRole.EITHER);
        append(wider, AT);
        Erasure unsigned = order();
        unsigned.setSignature("");
        append(unsigned, AT);
        append(ErasureOfficer.forged(ID, 42, SelectorRole.EITHER, AT), AT);
        append(order(), AT.plus(SignedErasure.MAX_AGE).plusMillis(1));
        append(order(), AT.minus(SignedErasure.MAX_AHEAD).minusMillis(1));
        Erasure nameless = order();
        nameless.setId("me");
        append(nameless, AT);
        input.pipeInput("garbage", new byte[] {1, 2, 3}, AT);
        assertThat(known()).isEmpty();
        assertThat(meters.get("lookback.erasures.unsound").gauge().value()).isEqualTo(8);
        append(order(), AT.plus(SignedErasure.MAX_AGE));
        assertThat(known()).hasSize(1);
    }

    @Test
    void saysWhatIsWrong() {
        Erasure altered = order();
        altered.setReason("another");
        assertThat(SignedErasure.read(altered, ErasureOfficer.OFFICERS, AT))
                .isEqualTo(new SignedErasure.Unsound(SignedErasure.Flaw.OTHER_CONTENT));
        assertThat(SignedErasure.read(
                        ErasureOfficer.forged(ID, 1, SelectorRole.QUERIED, AT), ErasureOfficer.OFFICERS, AT))
                .isEqualTo(new SignedErasure.Unsound(SignedErasure.Flaw.ROLE_MISSING));
        assertThat(SignedErasure.read(order(), new Officers(List.of()), AT))
                .isEqualTo(new SignedErasure.Unsound(SignedErasure.Flaw.NOT_SIGNED));
        Officers retired = new Officers(List.of(new Officer(
                "eraser", Set.of(Officer.Role.ERASURE), ErasureOfficer.KEY.getPublic(), null, AT.plusSeconds(1))));
        assertThat(SignedErasure.read(order(), retired, AT)).isInstanceOf(SignedErasure.Sound.class);
        assertThat(SignedErasure.read(order(), retired, AT.plusSeconds(1)))
                .isEqualTo(new SignedErasure.Unsound(SignedErasure.Flaw.NOT_SIGNED));
        assertThat(SignedErasure.read(order(), ErasureOfficer.OFFICERS, AT.plus(Duration.ofDays(2))))
                .isEqualTo(new SignedErasure.Unsound(SignedErasure.Flaw.STALE));
    }

    @Test
    void refusesToSignWithoutAReason() {
        assertThatThrownBy(() -> SignedErasure.sign(
                        ID, 1, SelectorRole.EITHER, " ", AT, "eraser", ErasureOfficer.KEY.getPrivate()))
                .hasMessageContaining("1 to 500 characters");
    }
}
