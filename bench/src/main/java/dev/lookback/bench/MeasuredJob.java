package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The same work as Lookback's ingest and vault, done in another way. It has begun when it has been made. */
public interface MeasuredJob extends AutoCloseable {
    /** The consumer group whose positions say how far it has read. */
    String group();

    /** The topic that it writes to. */
    String ledger();

    /** Rows stored so far, by partition of {@link #ledger}. */
    Supplier<Map<TopicPartition, Long>> stored();

    /**
     * Looks whether it still works.
     *
     * @throws IllegalStateException if something in it has failed
     */
    void check();

    /** Events of which a row was made so far. */
    long admitted();

    /** Other events. */
    long rejected();

    /** Different rows in its store, once it is closed; 0 if it cannot say. */
    long rows();

    @Override
    void close();

    /** What a consumer is told that reads as the application's ingest does; deserializers are the caller's. */
    static Map<String, Object> consumerSettings(LookbackConfig config) {
        return clientSettings(config, List.of("main.consumer.", "consumer."));
    }

    /** What a producer is told that writes as the application's ingest does; serializers are the caller's. */
    static Map<String, Object> producerSettings(LookbackConfig config) {
        return clientSettings(config, List.of("producer."));
    }

    private static Map<String, Object> clientSettings(LookbackConfig config, List<String> prefixes) {
        Map<String, Object> all = new HashMap<>(ClientSettings.admin(config)); // brokers, and how they are reached
        ClientSettings.streams(config, Role.INGEST)
                .forEach((name, value) -> prefixes.forEach(prefix -> {
                    if (name.startsWith(prefix)) {
                        all.put(name.substring(prefix.length()), value);
                    }
                }));
        return all;
    }
}
