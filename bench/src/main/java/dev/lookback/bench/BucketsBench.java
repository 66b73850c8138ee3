package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.handle.Handle;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.local.Directories;
import dev.lookback.local.FreePorts;
import dev.lookback.retention.RetentionClass;
import dev.lookback.topics.Topics;
import dev.lookback.vault.VaultTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a search for one requester costs, by the width of a bucket: the price of how late a bucket may be due. With
 * everything in the vault, and right after half of it has expired.
 */
public final class BucketsBench {
    /** Rows of a requester who is looked for. */
    public static final int MANY = 10_000;

    public static final int FEW = 9;

    private static final double MILLIS = 1_000;

    /** Filling takes time, too. */
    private static final Duration ROOM = Duration.ofHours(2);

    private static final Duration MOST_LATE = Duration.ofDays(30);
    private static final int SEARCHES = 200;
    private static final String NOBODY = "nobody@example.org";

    /**
     * What to measure.
     *
     * @param widths of buckets, one after the other
     * @param lookups in the vault
     * @param span over which they occurred
     * @param restored whether the vault is restored from its ledgers first
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            List<Duration> widths,
            long lookups,
            Duration span,
            boolean restored,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        private static final long LEAST_LOOKUPS = 8L * (MANY + FEW);

        /** @throws IllegalArgumentException if there is too little to measure, or it reaches back too far */
        public Plan {
            if (widths.isEmpty() || lookups < LEAST_LOOKUPS) {
                throw new IllegalArgumentException("at least one width and " + LEAST_LOOKUPS + " lookups");
            }
            if (span.plus(ROOM).compareTo(MOST_LATE) > 0 || span.compareTo(Duration.ofHours(1)) < 0) {
                throw new IllegalArgumentException("the span goes from an hour to "
                        + MOST_LATE.minus(ROOM).toHours() + "h: ingest.max.late ends at 30 days");
            }
        }
    }

    private final Plan plan;
    private final Duration width;
    private final Workspace workspace;
    private final LookbackConfig config;
    private final Tool tool;
    private final Watcher watcher;
    private final Clock clock;
    private final RetentionClass retained;

    private BucketsBench(Plan plan, Duration width, Workspace workspace, Tool tool, Watcher watcher, Clock clock) {
        this.plan = plan;
        this.width = width;
        this.workspace = workspace;
        this.config = workspace.config();
        this.tool = tool;
        this.watcher = watcher;
        this.clock = clock;
        this.retained = Objects.requireNonNull(config.retentionClasses().get(Topics.DEFAULT_CLASS));
    }

    /**
     * Measures. Takes minutes for millions of lookups.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if a search does not find what there is, or the application fails; the message then
     *     holds the end of its log
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
                runs.addAll(new BucketsBench(plan, width, workspace, tool, watcher, clock).run());
            }
        }
        return new BucketsReport(
                plan.lookups,
                plan.span.toSeconds() / (double) Duration.ofHours(1).toSeconds(),
                plan.restored,
                Runtime.getRuntime().availableProcessors(),
                plan.settings,
                runs);
    }

    private static String requester(Stage stage, int rows) {
        return stage.label() + "-" + rows + "@example.org";
    }

    private List<BucketsRun> run() {
        Instant end = clock.instant();
        Instant begin = end.minus(plan.span);
        // What is sought after expiry lies in the last third, so that none of it expires with the older half.
        long young = plan.lookups * 2 / 3;
        WindowTraffic traffic = new WindowTraffic(plan.lookups)
                .window(begin, end)
                .marking(requester(Stage.BEFORE, FEW), FEW)
                .marking(requester(Stage.BEFORE, MANY), MANY)
                .marking(requester(Stage.AFTER, FEW), FEW, young)
                .marking(requester(Stage.AFTER, MANY), MANY, young);
        workspace.fill(traffic, plan.lookups, watcher, clock);

        List<BucketsRun> runs = new ArrayList<>();
        List<Holding> vault = new ArrayList<>();
        double otherCores = withApplication(application -> {
            application.awaitMirrored(plan.lookups, watcher);
            vault.addAll(application.vault());
        });
        if (plan.restored) {
            watcher.progress("restoring");
            Directories.delete(ClientSettings.stateDir(config, Role.VAULT));
            otherCores = withApplication(Application::awaitReady);
        }
        runs.addAll(seek(Stage.BEFORE, 0, vault, otherCores));
        long kept = LedgerKey.bucketOf(begin.plus(plan.span.dividedBy(2)).toEpochMilli(), width);
        otherCores = withApplication(application -> {
            application.awaitReady();
            expire(kept, vault);
        });
        runs.addAll(seek(Stage.AFTER, kept, vault, otherCores));
        return runs;
    }

    /** Runs it, and stops it right after the work is done; how many cores others kept busy meanwhile. */
    private double withApplication(Consumer<Application> work) {
        Application application = Application.start(workspace, tool, Set.of(), plan.javaOptions, clock);
        try {
            Load.Reading before = application.load();
            work.accept(application);
            return application.load().since(before).other();
        } catch (RuntimeException e) {
            throw application.explained(e);
        } finally {
            application.stop();
        }
    }

    /** Forgets all buckets before one. */
    private void expire(long keptBucket, List<Holding> vault) {
        long due = vault.stream().mapToLong(each -> each.rowsBefore(keptBucket)).sum();
        Instant cutoff = Instant.ofEpochMilli(LedgerKey.bucketStart(keptBucket, width));
        tool.retain(workspace.stack(), Topics.DEFAULT_CLASS, Duration.between(cutoff, clock.instant()));
        new Receipts(tool, watcher, clock).await(0, keptBucket, due);
    }

    private List<BucketsRun> seek(Stage stage, long fromBucket, List<Holding> vault, double otherCores) {
        watcher.progress("searching");
        List<BucketsRun> runs = new ArrayList<>();
        runs.add(seek(stage, fromBucket, NOBODY, 0, vault, otherCores));
        runs.add(seek(stage, fromBucket, requester(stage, FEW), FEW, vault, otherCores));
        runs.add(seek(stage, fromBucket, requester(stage, MANY), MANY, vault, otherCores));
        runs.forEach(run -> watcher.note(BucketsReport.line(run)));
        return runs;
    }

    private BucketsRun seek(
            Stage stage, long fromBucket, String requester, int rows, List<Holding> vault, double otherCores) {
        long token = config.tokens().token(Handle.parse(requester).normalised());
        int partitions =
                config.optionalInteger(LookbackConfig.TOPICS_PARTITIONS_LEDGERS).orElseThrow();
        int partition = LedgerKey.partition(token, partitions);
        Path store = Seeks.store(
                ClientSettings.stateDir(config, Role.VAULT), VaultTopology.mirrorStore(retained), partition);
        List<Double> millis = new ArrayList<>();
        Seeks.Searched first;
        try (Seeks reader = Seeks.open(store, config.longInteger(LookbackConfig.VAULT_MEMORY_BYTES))) {
            first = reader.search(token, fromBucket);
            for (int i = 0; i < SEARCHES; i++) {
                millis.add(reader.search(token, fromBucket).millis());
            }
        }
        if (first.rows() != rows) {
            throw new IllegalStateException("A search found " + first.rows() + " rows instead of " + rows);
        }
        long buckets = vault.stream()
                .filter(each -> each.partition() == partition)
                .flatMap(each -> each.buckets().keySet().stream())
                .filter(each -> each >= fromBucket)
                .count();
        return new BucketsRun(
                width.toMillis() / MILLIS,
                stage,
                rows,
                buckets,
                first.seeks(),
                first.millis(),
                Percentiles.of(millis),
                otherCores);
    }
}
