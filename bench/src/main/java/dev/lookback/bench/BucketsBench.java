package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.local.FreePorts;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topics;
import dev.lookback.v1.SelectorRole;
import dev.lookback.vault.VaultTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** What wide and narrow buckets cost a search for one requester: the price of how late a bucket may be due. */
public final class BucketsBench {
    private static final double MILLIS = 1_000;

    /** Filling takes time, too. */
    private static final Duration ROOM = Duration.ofHours(2);

    private static final Duration MOST_LATE = Duration.ofDays(30);

    /** Files and caches get warm. */
    private static final int WARM_UP = 5;

    private static final int SEARCHES = 50;
    private static final int REQUESTS = 5;

    /**
     * What to measure.
     *
     * @param widths of buckets, one after the other
     * @param lookups in the vault
     * @param span over which they occurred
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            List<Duration> widths,
            long lookups,
            Duration span,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if there is nothing to measure, or it reaches back too far */
        public Plan {
            if (widths.isEmpty() || lookups < 1) {
                throw new IllegalArgumentException("at least one width and one lookup");
            }
            if (span.plus(ROOM).compareTo(MOST_LATE) > 0 || span.compareTo(Duration.ofMinutes(1)) < 0) {
                throw new IllegalArgumentException("the span goes from a minute to "
                        + MOST_LATE.minus(ROOM).toHours() + "h: ingest.max.late ends at 30 days");
            }
        }
    }

    private BucketsBench() {}

    /**
     * Measures. Takes minutes for millions of lookups.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if the application fails; the message then holds the end of its log
     */
    public static BucketsReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        List<BucketsRun> runs = new ArrayList<>();
        for (Duration width : plan.widths) {
            watcher.progress("starting a broker and a registry");
            Map<String, String> settings = new HashMap<>();
            settings.put(LookbackConfig.INGEST_MAX_LATE, plan.span.plus(ROOM).toMinutes() + "m");
            settings.put(LookbackConfig.CLASS_PREFIX + Topics.DEFAULT_CLASS + ".bucket", width.toMillis() + "ms");
            settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
            settings.putAll(plan.settings);
            try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                    Tool tool = tools.apply(workspace.config())) {
                BucketsRun run = measure(plan, width, workspace, tool, watcher, clock);
                runs.add(run);
                watcher.note(BucketsReport.line(run));
            }
        }
        return new BucketsReport(
                plan.lookups,
                plan.span.toSeconds() / (double) Duration.ofHours(1).toSeconds(),
                Runtime.getRuntime().availableProcessors(),
                plan.settings,
                runs);
    }

    private static BucketsRun measure(
            Plan plan, Duration width, Workspace workspace, Tool tool, Watcher watcher, Clock clock)
            throws IOException {
        Instant end = clock.instant();
        Instant begin = end.minus(plan.span);
        workspace.fill(new WindowTraffic(plan.lookups).window(begin, end), plan.lookups, watcher, clock);
        Application application = Application.start(workspace, tool, Set.of(), plan.javaOptions, clock);
        List<Double> answered = new ArrayList<>();
        Load.Reading atBegin;
        Holding largest;
        try {
            application.awaitMirrored(plan.lookups, watcher);
            Requests requests = new Requests(workspace.stack(), tool, clock);
            atBegin = application.load();
            for (int i = 0; i < REQUESTS; i++) {
                watcher.progress("searching: request " + (i + 1));
                answered.add(requests.search(SelectorRole.REQUESTER, "nobody-" + i + "@example.org", begin, end)
                                .millis()
                        / MILLIS);
            }
            largest = application.vault().stream()
                    .max(Comparator.comparingInt(each -> each.buckets().size()))
                    .orElseThrow();
        } catch (RuntimeException e) {
            throw application.explained(e);
        }
        double other = application.load().since(atBegin).other();
        application.stop();
        return seek(workspace.config(), width, largest, Spread.of(answered), other);
    }

    private static BucketsRun seek(
            LookbackConfig config, Duration width, Holding largest, Spread answered, double otherCores) {
        RetentionClass retained =
                Objects.requireNonNull(config.retentionClasses().get(Topics.DEFAULT_CLASS));
        Path store = Seeks.store(
                ClientSettings.stateDir(config, Role.VAULT), VaultTopology.mirrorStore(retained), largest.partition());
        List<Double> millis = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        long seeks = 0;
        try (Seeks reader = Seeks.open(store, config.longInteger(LookbackConfig.VAULT_MEMORY_BYTES))) {
            for (int i = -WARM_UP; i < SEARCHES; i++) {
                Seeks.Searched searched = reader.search();
                if (i >= 0) {
                    millis.add(searched.millis());
                    micros.add(searched.millis() * MILLIS / searched.seeks());
                    seeks = Math.max(seeks, searched.seeks());
                }
            }
        }
        return new BucketsRun(
                width.toMillis() / MILLIS,
                largest.buckets().size(),
                seeks,
                Spread.of(micros).median(),
                Spread.of(millis),
                answered,
                otherCores);
    }
}
