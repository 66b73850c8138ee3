package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the vault's searches rely on, which Kafka Streams does and does not promise: by the time that a task's stores are
 * committed, brokers have acknowledged all that the task had sent.
 */
@Tag("server")
class CommitOrderTest {
    private static final int RECORDS = 50;
    private static final int BATCH = 10;
    private static final String STORE = "watching";

    @TempDir
    java.nio.file.Path directory;

    /** At a commit of the store: how many records had been sent, and how many the broker had. */
    private record Seen(long sent, long acknowledged) {}

    private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    private volatile long sent;

    @Test
    void aTasksStoresAreCommittedAfterWhatItSentIsAcknowledged() throws Exception {
        try (LocalBroker broker = LocalBroker.start();
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            Kafka.create(broker.bootstrapServers(), "in");
            Kafka.create(broker.bootstrapServers(), "out");
            Topology topology = new Topology();
            topology.addSource("source", new StringDeserializer(), new StringDeserializer(), "in");
            topology.addProcessor("copy", Copy::new, "source");
            topology.addStateStore(new Watching(admin), "copy");
            topology.addSink("sink", "out", new StringSerializer(), new StringSerializer(), "copy");
            Properties settings = new Properties();
            settings.putAll(Map.of(
                    "application.id", "commit-order",
                    "bootstrap.servers", broker.bootstrapServers(),
                    "state.dir", directory.toString(),
                    "commit.interval.ms", "100",
                    // Left to itself the producer would still hold all of it.
                    "producer.linger.ms", "5000",
                    "main.consumer.max.poll.records", "5",
                    "main.consumer.auto.offset.reset", "earliest"));
            try (KafkaStreams streams = new KafkaStreams(topology, settings)) {
                streams.start();
                for (int i = 0; i < RECORDS / BATCH; i++) {
                    Kafka.send(
                            broker.bootstrapServers(), "in", new StringSerializer(), Collections.nCopies(BATCH, "a"));
                }
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> !seen.isEmpty() && seen.get(seen.size() - 1).sent == RECORDS);
            }
        }
        assertThat(seen).allSatisfy(each -> assertThat(each.acknowledged).isEqualTo(each.sent));
        assertThat(seen.stream().map(Seen::sent).distinct().count())
                .as("commits between records")
                .isGreaterThan(1);
    }

    private final class Copy implements Processor<String, String, String, String> {
        private ProcessorContext<String, String> context;

        @Override
        public void init(ProcessorContext<String, String> given) {
            context = given;
        }

        @Override
        public void process(Record<String, String> record) {
            context.forward(record);
            sent++;
        }
    }

    private final class Watching implements StoreBuilder<StateStore> {
        private final Admin admin;

        Watching(Admin admin) {
            this.admin = admin;
        }

        @Override
        public StateStore build() {
            return new StateStore() {
                private boolean open;

                @Override
                public String name() {
                    return STORE;
                }

                @Override
                public void init(StateStoreContext context, StateStore root) {
                    context.register(root, (key, value) -> {});
                    open = true;
                }

                @Override
                public void commit(Map<TopicPartition, Long> changelogOffsets) {
                    TopicPartition out = new TopicPartition("out", 0);
                    try {
                        seen.add(new Seen(
                                sent,
                                admin.listOffsets(Map.of(out, OffsetSpec.latest()))
                                        .partitionResult(out)
                                        .get()
                                        .offset()));
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }

                @Override
                public void close() {
                    open = false;
                }

                @Override
                public boolean persistent() {
                    return false;
                }

                @Override
                public boolean isOpen() {
                    return open;
                }
            };
        }

        @Override
        public String name() {
            return STORE;
        }

        @Override
        public StoreBuilder<StateStore> withCachingEnabled() {
            return this;
        }

        @Override
        public StoreBuilder<StateStore> withCachingDisabled() {
            return this;
        }

        @Override
        public StoreBuilder<StateStore> withLoggingEnabled(Map<String, String> config) {
            return this;
        }

        @Override
        public StoreBuilder<StateStore> withLoggingDisabled() {
            return this;
        }

        @Override
        public Map<String, String> logConfig() {
            return Map.of();
        }

        @Override
        public boolean loggingEnabled() {
            return false;
        }
    }
}
