package dev.lookback.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.Example;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.topics.Topics;
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
    private static final LookbackConfig CONFIG = Example.config(
            "retention.classes", "short",
            "retention.class.short.duration", "30d",
            "retention.class.short.calling.codes", "+46");
    private static final Topics TOPICS = CONFIG.topics();

    @Test
    void noTaskWritesToATopicThatItMirrors() throws Exception {
        assertThat(writtenAndRead(Topologies.of(CONFIG, Role.INGEST))).isEmpty();
        assertThat(writtenAndRead(Topologies.of(CONFIG, Role.VAULT)))
                .as("read back as an ordinary source, into a store with a changelog of its own")
                .containsExactly(
                        TOPICS.erasureReceipts().name(), TOPICS.expiryReceipts().name());
        assertThat(writtenAndRead(Topologies.of(CONFIG, Role.CASEWORK))).isEmpty();
    }

    @Test
    void theMirrorsAreLookedAt() throws Exception {
        assertThat(readBesideStores(Topologies.of(CONFIG, Role.VAULT)))
                .contains(
                        TOPICS.ledger("default").name(), TOPICS.ledger("short").name());
        assertThat(readBesideStores(Topologies.of(CONFIG, Role.CASEWORK)))
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
}
