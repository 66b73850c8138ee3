package dev.lookback.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/** Which settings Kafka's clients know, and which of them Lookback keeps to itself. */
final class KafkaNames {
    /** Prefixes that Kafka Streams gives to the settings of one kind of client. */
    static final List<String> CLIENT_PREFIXES = List.of(
            "main.consumer.", "restore.consumer.", "global.consumer.", "consumer.", "producer.", "admin.", "topic.");

    private static final List<ConfigDef> DEFINITIONS = List.of(
            ConsumerConfig.configDef(),
            ProducerConfig.configDef(),
            AdminClientConfig.configDef(),
            StreamsConfig.configDef());

    private static final String ALL_ARRIVE = "all that is sent must arrive, and in order";
    private static final String NOTHING_SKIPPED = "no record is skipped";

    /** Set wrongly, these break promises; so they follow from settings of ours, or from the design. */
    private static final Map<String, String> OURS = Map.ofEntries(
            Map.entry("application.id", "application.id.prefix decides it"),
            Map.entry("group.id", "application.id.prefix decides it"),
            Map.entry("state.dir", "set state.dir without kafka."),
            Map.entry("num.stream.threads", "set ingest.threads, vault.threads or casework.threads"),
            Map.entry("num.standby.replicas", "set vault.standbys"),
            Map.entry("commit.interval.ms", "set commit.interval or casework.commit.interval"),
            Map.entry("processing.guarantee", "each role's guarantee is part of the design"),
            Map.entry("isolation.level", "each role's isolation is part of the design"),
            Map.entry("enable.auto.commit", "Kafka Streams commits"),
            Map.entry("auto.offset.reset", "each topology decides it"),
            Map.entry("acks", ALL_ARRIVE),
            Map.entry("enable.idempotence", ALL_ARRIVE),
            Map.entry("max.in.flight.requests.per.connection", ALL_ARRIVE),
            Map.entry("retries", ALL_ARRIVE),
            Map.entry("delivery.timeout.ms", ALL_ARRIVE),
            Map.entry("production.exception.handler", NOTHING_SKIPPED),
            Map.entry("default.production.exception.handler", NOTHING_SKIPPED),
            Map.entry("processing.exception.handler", NOTHING_SKIPPED),
            Map.entry("deserialization.exception.handler", NOTHING_SKIPPED),
            Map.entry("default.deserialization.exception.handler", NOTHING_SKIPPED),
            Map.entry("transactional.id", "Kafka Streams decides it"),
            Map.entry("key.serializer", "topics have serdes of their own"),
            Map.entry("value.serializer", "topics have serdes of their own"),
            Map.entry("key.deserializer", "topics have serdes of their own"),
            Map.entry("value.deserializer", "topics have serdes of their own"));

    private KafkaNames() {}

    /** A setting without the prefix of a kind of client. */
    static String withoutPrefix(String name) {
        for (String prefix : CLIENT_PREFIXES) {
            if (name.startsWith(prefix)) {
                return name.substring(prefix.length());
            }
        }
        return name;
    }

    /** Why Lookback keeps a setting to itself; null if it does not. */
    static @Nullable String reserved(String name) {
        return OURS.get(withoutPrefix(name));
    }

    /** What Lookback keeps to itself. */
    static List<String> reserved() {
        return OURS.keySet().stream().sorted().toList();
    }

    /** All names of all clients, without prefixes. */
    static Set<String> all() {
        Set<String> names = new TreeSet<>();
        DEFINITIONS.forEach(definition -> names.addAll(definition.names()));
        return names;
    }

    /** The definition of a setting, which may carry a prefix; null if no client knows it. */
    static ConfigDef.@Nullable ConfigKey key(String name) {
        for (ConfigDef definition : DEFINITIONS) {
            ConfigDef.ConfigKey key = definition.configKeys().get(withoutPrefix(name));
            if (key != null) {
                return key;
            }
        }
        return null;
    }
}
