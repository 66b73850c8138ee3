package dev.lookback.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With Kafka Streams' own stores, under the settings that casework is given. */
class StoreMemoryTest {
    private static final long LIMIT = 9_000_000;
    private static final int VALUE_BYTES = 100_000;
    private static final int ROWS = 400;

    @TempDir
    Path directory;

    @Test
    void all_stores_together_stay_within_the_limit() {
        Properties settings = new Properties();
        settings.putAll(ClientSettings.streams(
                Example.config(LookbackConfig.CASEWORK_MEMORY_BYTES, String.valueOf(LIMIT)), Role.CASEWORK));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        long before = StoreMemory.used(LIMIT);
        try (TopologyTestDriver driver = new TopologyTestDriver(copies("first", "second"), settings)) {
            TestInputTopic<String, byte[]> input =
                    driver.createInputTopic("in", new StringSerializer(), new ByteArraySerializer());
            long most = 0;
            for (int row = 0; row < ROWS; row++) {
                input.pipeInput("row-" + row, new byte[VALUE_BYTES]);
                most = Math.max(most, StoreMemory.used(LIMIT));
            }
            // 80 MB have gone through two stores, each of which would have kept 48 MB of them in memtables.
            assertThat(most - before).isGreaterThan(VALUE_BYTES).isLessThanOrEqualTo(LIMIT);
        }
    }

    private static Topology copies(String... stores) {
        Topology topology = new Topology();
        topology.addSource(
                "source", Serdes.String().deserializer(), Serdes.ByteArray().deserializer(), "in");
        for (String store : stores) {
            topology.addProcessor(
                    "into-" + store,
                    () -> new ContextualProcessor<String, byte[], Void, Void>() {
                        @Override
                        public void process(Record<String, byte[]> record) {
                            KeyValueStore<String, byte[]> rows = context().getStateStore(store);
                            rows.put(record.key(), record.value());
                        }
                    },
                    "source");
            topology.addStateStore(
                    Stores.keyValueStoreBuilder(
                            Stores.persistentKeyValueStore(store), Serdes.String(), Serdes.ByteArray()),
                    "into-" + store);
        }
        return topology;
    }
}
