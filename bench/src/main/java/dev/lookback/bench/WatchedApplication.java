package dev.lookback.bench;

import dev.lookback.app.LookbackApp;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.topics.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * The application with all its roles, as {@code lookback run} has them, and a thread that writes down now and then where
 * lookup-events and the ledger end and how much of them has been taken up. Only from inside can that be seen without
 * delay: what is committed is seconds old.
 */
public final class WatchedApplication {
    /** Lines of JSON, each a {@link LagMeter.Look}. */
    static final String LOOKS_FILE = "looks.jsonl";

    /** As often as most measurements need it. */
    static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Log log;
    private final Map<String, TopicCounts> counts = new HashMap<>();
    private final Path file;
    private final Clock clock;

    private WatchedApplication(LookbackConfig config, LookbackApp app, Path file, Clock clock) {
        this.log = new Log(config);
        this.file = file;
        this.clock = clock;
        count(app, Role.INGEST, config.topics().lookupEvents().name());
        count(app, Role.VAULT, config.topics().ledger(Topics.DEFAULT_CLASS).name());
    }

    private void count(LookbackApp app, Role role, String topic) {
        counts.put(topic, new TopicCounts(app.streams(role), TopicCounts.TAKEN, Set.of(topic)));
    }

    /** The arguments: the configuration, where {@value #LOOKS_FILE} goes, and how many milliseconds are between looks. */
    public static void main(String[] args) throws Exception {
        LookbackConfig config = LookbackConfig.load(Path.of(args[0]), Map.of(), Map.of());
        try (LookbackApp app = LookbackApp.start(config)) {
            Runtime.getRuntime().addShutdownHook(new Thread(app::close, "stop"));
            WatchedApplication watched =
                    new WatchedApplication(config, app, Path.of(args[1]).resolve(LOOKS_FILE), Clock.systemUTC());
            try (ScheduledThread looking = new ScheduledThread(watched::look, Long.parseLong(args[2]))) {
                app.awaitEnd();
            }
        }
    }

    private record ScheduledThread(ScheduledExecutorService thread) implements AutoCloseable {
        ScheduledThread(Runnable work, long intervalMillis) {
            this(Executors.newSingleThreadScheduledExecutor(task -> {
                Thread made = new Thread(task, "lag-looks");
                made.setDaemon(true);
                return made;
            }));
            thread.scheduleWithFixedDelay(work, 0, intervalMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }

    /** A failure ends the looking; whoever reads the file finds that nobody looked. */
    private void look() {
        try {
            long at = clock.millis();
            Map<String, Map<Integer, Long>> ends = byTopic(log.ends(List.copyOf(counts.keySet())));
            Map<String, Map<Integer, Long>> taken = new HashMap<>();
            counts.values().forEach(each -> taken.putAll(byTopic(each.get())));
            Files.writeString(
                    file,
                    new LagMeter.Look(at, ends, taken).toLine(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (Exception e) {
            throw new IllegalStateException("Looking at the lag failed", e);
        }
    }

    private static Map<String, Map<Integer, Long>> byTopic(Map<TopicPartition, Long> figures) {
        Map<String, Map<Integer, Long>> byTopic = new HashMap<>();
        figures.forEach((partition, figure) -> byTopic.computeIfAbsent(partition.topic(), each -> new HashMap<>())
                .put(partition.partition(), figure));
        return byTopic;
    }
}
