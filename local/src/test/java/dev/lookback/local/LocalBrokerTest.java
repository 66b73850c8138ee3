package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("server")
class LocalBrokerTest {
    @TempDir
    Path directory;

    @Test
    void servesAndLeavesNothingBehind() throws Exception {
        Path data;
        try (LocalBroker broker = LocalBroker.start()) {
            data = broker.data();
            Kafka.create(broker.bootstrapServers(), "t");
            Kafka.send(broker.bootstrapServers(), "t", new StringSerializer(), List.of("a", "b"));
            assertThat(Kafka.read(broker.bootstrapServers(), "t", new StringDeserializer(), 2))
                    .containsExactly("a", "b");
            assertThat(data).isDirectory();
        }
        assertThat(data).doesNotExist();
    }

    @Test
    void keepsItsDataAndTakesSettings() throws Exception {
        try (LocalBroker broker = LocalBroker.start(FreePorts.next(), directory, Map.of())) {
            Kafka.create(broker.bootstrapServers(), "t");
            Kafka.send(broker.bootstrapServers(), "t", new StringSerializer(), List.of("a"));
        }
        try (LocalBroker broker = LocalBroker.start(FreePorts.next(), directory, Map.of("num.partitions", "7"));
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            assertThat(Kafka.read(broker.bootstrapServers(), "t", new StringDeserializer(), 1))
                    .containsExactly("a");
            assertThat(admin.createTopics(List.of(new NewTopic("u", Optional.empty(), Optional.empty())))
                            .numPartitions("u")
                            .get())
                    .isEqualTo(7);
        }
    }

    @Test
    void startsAgainAfterAKillOnTheSamePort() throws Exception {
        BrokerProcess first = BrokerProcess.start(directory);
        Kafka.create(first.bootstrapServers(), "t");
        Kafka.send(first.bootstrapServers(), "t", new StringSerializer(), List.of("a"));
        first.kill();
        assertThat(ProcessHandle.of(first.pid()).filter(ProcessHandle::isAlive)).isEmpty();
        try (BrokerProcess second = BrokerProcess.start(first.port(), directory, Map.of())) {
            Kafka.send(second.bootstrapServers(), "t", new StringSerializer(), List.of("b"));
            assertThat(Kafka.read(second.bootstrapServers(), "t", new StringDeserializer(), 2))
                    .containsExactly("a", "b");
        }
    }

    @Test
    void aFailedStartNamesTheLog() {
        assertThatThrownBy(() ->
                        BrokerProcess.start(FreePorts.next(), directory, Map.of("log.segment.bytes", "not a number")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("broker.log")
                .hasMessageContaining("log.segment.bytes");
    }

    @Test
    void aFaultDoesNotEndThisProcess() {
        try (LocalBroker broker = LocalBroker.start()) {
            assertThat(broker.port()).isPositive();
            assertThatThrownBy(() -> Exit.halt(1, "a fault")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> Exit.exit(1, "a fault")).isInstanceOf(IllegalStateException.class);
        }
    }
}
