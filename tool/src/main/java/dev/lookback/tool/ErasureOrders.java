package dev.lookback.tool;

import dev.lookback.app.OfficersFile;
import dev.lookback.config.LookbackConfig;
import dev.lookback.erasure.SignedErasure;
import dev.lookback.officers.Officers;
import dev.lookback.topics.Topic;
import dev.lookback.v1.Erasure;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The erasures that count: those that an officer has signed. */
final class ErasureOrders {
    private ErasureOrders() {}

    /**
     * The token of each, by the erasure's id.
     *
     * @throws ConfigException if the list of officers (officers.file) cannot be read
     */
    static Map<String, Long> read(LookbackConfig config, Consumer<byte[], byte[]> consumer) {
        Topic<String, Erasure> topic = config.topics().erasures();
        Map<String, Long> tokens = new HashMap<>();
        Officers officers = OfficersFile.load(config);
        try {
            Kafka.readAll(consumer, Kafka.partitions(consumer, topic.name()), record -> {
                if (record.value() != null) {
                    Erasure erasure = topic.value().deserializer().deserialize(topic.name(), record.value());
                    Instant appendedAt = Instant.ofEpochMilli(record.timestamp());
                    if (SignedErasure.read(erasure, officers, appendedAt) instanceof SignedErasure.Sound) {
                        tokens.putIfAbsent(erasure.getId(), erasure.getToken());
                    }
                }
                return true;
            });
        } catch (UnknownTopicOrPartitionException e) {
            return Map.of(); // not created yet
        }
        return tokens;
    }
}
