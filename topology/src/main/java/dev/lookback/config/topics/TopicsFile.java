package dev.lookback.config.topics;

import dev.lookback.config.LookbackConfig;
import dev.lookback.retention.RetentionClass;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads topics.yaml: the packed one ({@code deploy/topics.yaml}), or the one that {@code topics.file} names. */
public final class TopicsFile {
    private static final String PACKED = "topics.yaml";

    /** Clocks of ingest and brokers may differ by less than this. */
    private static final Duration LEDGER_MARGIN = Duration.ofHours(1);

    private static final Duration LONGEST_SEGMENT = Duration.ofHours(6);
    private static final Duration SHORTEST_SEGMENT = Duration.ofMinutes(1);

    /** Segments in a short class's duration: as with 24 h and the longest. */
    private static final int SEGMENTS = 4;

    private static final Map<String, String> PARTITION_SETTINGS = Map.of(
            "events", LookbackConfig.TOPICS_PARTITIONS_EVENTS,
            "ledgers", LookbackConfig.TOPICS_PARTITIONS_LEDGERS,
            "requests", LookbackConfig.TOPICS_PARTITIONS_REQUESTS);

    private final LookbackConfig config;
    private final Map<String, Object> root;
    private final String source;

    private TopicsFile(LookbackConfig config, Map<String, Object> root, String source) {
        this.config = config;
        this.root = root;
        this.source = source;
    }

    /**
     * Reads the file.
     *
     * @throws ConfigException if it cannot be read or is not of this form
     */
    public static TopicsFile load(LookbackConfig config) {
        Optional<Path> file = config.file(LookbackConfig.TOPICS_FILE);
        String source = file.map(Path::toString).orElse(PACKED);
        try (InputStream in = open(file)) {
            Object root = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
            return new TopicsFile(config, map(root, source, "the file"), source);
        } catch (IOException | YAMLException e) {
            throw new ConfigException(source + " cannot be read: " + e.getMessage());
        }
    }

    /** All topics as they should be, while every class is kept for its configured duration. */
    public List<WantedTopic> wanted() {
        return wanted(Map.of());
    }

    /**
     * All topics as they should be.
     *
     * @param durations the duration in force of each class; of one that is not here, the configured duration counts
     * @throws ConfigException naming the place in the file that is wrong
     */
    public List<WantedTopic> wanted(Map<String, Duration> durations) {
        List<WantedTopic> wanted = new ArrayList<>();
        child(root, "topics").forEach((name, value) -> {
            Map<String, Object> topic = map(value, source, name);
            if (Boolean.TRUE.equals(topic.get("ledger"))) {
                for (RetentionClass each : config.retentionClasses().all()) {
                    String ledger = config.topics().ledger(each.name()).name();
                    Duration duration = durations.getOrDefault(each.name(), each.initialDuration());
                    wanted.add(topic(ledger, topic, duration));
                }
            } else {
                wanted.add(topic(config.text(LookbackConfig.TOPIC_PREFIX) + name, topic, null));
            }
        });
        return wanted;
    }

    private WantedTopic topic(String name, Map<String, Object> topic, @Nullable Duration kept) {
        String family = text(topic, "family");
        Map<String, Object> familySettings = child(child(root, "families"), family);
        Map<String, WantedTopic.Setting> settings = new LinkedHashMap<>();
        addSettings(settings, child(root, "all"), kept);
        addSettings(settings, child(topic, "settings"), kept);
        return new WantedTopic(
                name,
                text(topic, "about"),
                text(topic, "timestamp"),
                family,
                Boolean.parseBoolean(text(familySettings, "keyed")),
                partitions(family, familySettings),
                replication(),
                settings);
    }

    private void addSettings(
            Map<String, WantedTopic.Setting> settings, Map<String, Object> from, @Nullable Duration kept) {
        from.forEach((name, value) -> {
            Map<String, Object> setting = map(value, source, name);
            settings.put(name, new WantedTopic.Setting(work(text(setting, "value"), kept), text(setting, "why")));
        });
    }

    private String work(String value, @Nullable Duration kept) {
        if (!value.startsWith("@")) {
            return value;
        }
        if (value.equals("@in.sync")) {
            return Integer.toString(Math.max(1, replication() - 1));
        }
        if (value.equals("@longest.retention")) {
            return retention(config.duration(LookbackConfig.RETENTION_MAX));
        }
        if (kept != null && value.equals("@ledger.retention")) {
            return retention(kept);
        }
        if (kept != null && value.equals("@ledger.segment")) {
            long part = kept.toMillis() / SEGMENTS;
            return Long.toString(Math.max(SHORTEST_SEGMENT.toMillis(), Math.min(LONGEST_SEGMENT.toMillis(), part)));
        }
        throw new ConfigException(source + ": nothing is known of " + value + " here");
    }

    /** As long as a record must be there whose lookup may be dated ahead by as much as ingest admits. */
    private String retention(Duration kept) {
        Duration future = config.duration(LookbackConfig.INGEST_MAX_FUTURE);
        return Long.toString(kept.plus(future).plus(LEDGER_MARGIN).toMillis());
    }

    private int partitions(String family, Map<String, Object> familySettings) {
        String setting = PARTITION_SETTINGS.get(family);
        Optional<Integer> own = setting == null ? Optional.empty() : config.optionalInteger(setting);
        return own.orElseGet(() -> number(familySettings, "partitions"));
    }

    private short replication() {
        return config.optionalInteger(LookbackConfig.TOPICS_REPLICATION)
                .orElseGet(() -> number(root, "replication"))
                .shortValue();
    }

    private int number(Map<String, Object> from, String name) {
        try {
            return Integer.parseInt(text(from, name));
        } catch (NumberFormatException e) {
            throw new ConfigException(source + ": " + name + " must be a whole number");
        }
    }

    private String text(Map<String, Object> from, String name) {
        Object value = from.get(name);
        if (value == null) {
            throw new ConfigException(source + ": " + name + " is missing from " + from.keySet());
        }
        return value.toString();
    }

    private Map<String, Object> child(Map<String, Object> from, String name) {
        return map(from.get(name), source, name);
    }

    private static Map<String, Object> map(@Nullable Object value, String source, String name) {
        if (!(value instanceof Map<?, ?> entries)) {
            throw new ConfigException(source + ": " + name + " must hold names and values");
        }
        Map<String, Object> map = new LinkedHashMap<>();
        entries.forEach((key, each) -> map.put(key.toString(), each));
        return map;
    }

    private static InputStream open(Optional<Path> file) throws IOException {
        if (file.isPresent()) {
            return Files.newInputStream(file.get());
        }
        InputStream packed = TopicsFile.class.getResourceAsStream(PACKED);
        if (packed == null) {
            throw new FileNotFoundException("it is missing from the class path");
        }
        return packed;
    }
}
