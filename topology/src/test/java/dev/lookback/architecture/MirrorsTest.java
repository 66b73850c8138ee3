package dev.lookback.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.casework.CaseworkSettings;
import dev.lookback.casework.CaseworkTopology;
import dev.lookback.clock.Timekeeper;
import dev.lookback.disclosure.TestPolicies;
import dev.lookback.geo.GeoLookup;
import dev.lookback.handle.Tokens;
import dev.lookback.ingest.IngestSettings;
import dev.lookback.ingest.IngestTopology;
import dev.lookback.officers.Officers;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topics;
import dev.lookback.vault.LedgerStart;
import dev.lookback.vault.VaultResources;
import dev.lookback.vault.VaultSettings;
import dev.lookback.vault.VaultTopology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/**
 * No task writes to a topic that it mirrors: Streams would take the offset of what it wrote for how far the mirror has
 * read, and skip all between the two after a restart. The rule here is stricter: no sub-topology writes to any topic
 * that it reads, except for one that is no mirror.
 */
class MirrorsTest {
    private static final Topics TOPICS = new Topics("", Map.of("schema.registry.url", "mock://mirrors"));
    private static final Tokens TOKENS = new Tokens(new byte[Tokens.KEY_LENGTH]);
    private static final RetentionClasses CLASSES =
            new RetentionClasses(List.of(retentionClass("short"), retentionClass("default")));

    @Test
    void noTaskWritesToATopicThatItMirrors() throws Exception {
        assertThat(writtenAndRead(ingest())).isEmpty();
        assertThat(writtenAndRead(vault()))
                .as("read back as an ordinary source, into a store with a changelog of its own")
                .containsExactly(
                        TOPICS.erasureReceipts().name(), TOPICS.expiryReceipts().name());
        assertThat(writtenAndRead(casework())).isEmpty();
    }

    @Test
    void theMirrorsAreLookedAt() throws Exception {
        assertThat(readBesideStores(vault()))
                .contains(
                        TOPICS.ledger("default").name(), TOPICS.ledger("short").name());
        assertThat(readBesideStores(casework()))
                .contains(TOPICS.preservedLookups().name());
    }

    @Test
    void aTaskThatDoesIsFound() {
        Topology wrong = new Topology();
        wrong.addReadOnlyStateStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("mirror"), Serdes.Bytes(), Serdes.Bytes()),
                "source",
                Serdes.Bytes().deserializer(),
                Serdes.Bytes().deserializer(),
                "mirrored",
                "processor",
                Idle::new);
        wrong.addSink("sink", "mirrored", "processor");
        assertThat(writtenAndRead(wrong)).containsExactly("mirrored");
        assertThat(readBesideStores(wrong)).containsExactly("mirrored");
    }

    private static final class Idle
            extends ContextualProcessor<
                    org.apache.kafka.common.utils.Bytes, org.apache.kafka.common.utils.Bytes, Void, Void> {
        @Override
        public void process(Record<org.apache.kafka.common.utils.Bytes, org.apache.kafka.common.utils.Bytes> record) {}
    }

    private static Set<String> writtenAndRead(Topology topology) {
        Set<String> both = new TreeSet<>();
        for (TopologyDescription.Subtopology each : topology.describe().subtopologies()) {
            Set<String> read = read(each);
            for (TopologyDescription.Node node : each.nodes()) {
                if (node instanceof TopologyDescription.Sink sink) {
                    assertThat(sink.topic())
                            .as("a sink's topic is known beforehand")
                            .isNotNull();
                    if (read.contains(sink.topic())) {
                        both.add(sink.topic());
                    }
                }
            }
        }
        return both;
    }

    private static Set<String> readBesideStores(Topology topology) {
        Set<String> topics = new TreeSet<>();
        for (TopologyDescription.Subtopology each : topology.describe().subtopologies()) {
            boolean stores = each.nodes().stream()
                    .anyMatch(node -> node instanceof TopologyDescription.Processor processor
                            && !processor.stores().isEmpty());
            if (stores) {
                topics.addAll(read(each));
            }
        }
        return topics;
    }

    private static Set<String> read(TopologyDescription.Subtopology subtopology) {
        Set<String> topics = new TreeSet<>();
        for (TopologyDescription.Node node : subtopology.nodes()) {
            if (node instanceof TopologyDescription.Source source) {
                topics.addAll(source.topicSet());
            }
        }
        return topics;
    }

    private static RetentionClass retentionClass(String name) {
        Set<String> prefixes = name.equals("default") ? Set.of() : Set.of("+46");
        return new RetentionClass(name, Duration.ofHours(1), Duration.ofDays(30), prefixes, Set.of());
    }

    private static Topology ingest() {
        return new IngestTopology(
                        TOPICS,
                        CLASSES,
                        TOKENS,
                        new Officers(List.of()),
                        null,
                        GeoLookup.none(),
                        partition -> OptionalLong.empty(),
                        IngestSettings.DEFAULTS,
                        new SimpleMeterRegistry(),
                        Timekeeper.trusting())
                .get();
    }

    private static Topology vault() {
        try (VaultResources resources = new VaultResources(8 << 20, LedgerStart.ZERO)) {
            return new VaultTopology(
                            VaultSettings.DEFAULTS,
                            TOPICS,
                            CLASSES,
                            TOKENS,
                            new Officers(List.of()),
                            null,
                            resources,
                            new SimpleMeterRegistry(),
                            () -> 0,
                            Timekeeper.trusting())
                    .build();
        }
    }

    private static Topology casework() throws Exception {
        return new CaseworkTopology(
                        TOPICS,
                        CaseworkSettings.DEFAULTS,
                        TestPolicies.OPEN,
                        new Officers(List.of()),
                        KeyPairGenerator.getInstance("Ed25519").generateKeyPair(),
                        TOKENS,
                        1,
                        1,
                        "test",
                        new SimpleMeterRegistry(),
                        Timekeeper.trusting())
                .topology();
    }
}
