package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.local.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether ingest stays as fast, and memory as small, as the vault grows. */
public final class GrowthBench {
    private static final double MILLIS = 1_000;
    private static final double MICROS = 1_000_000;
    private static final Duration BUCKET = Duration.ofHours(1);
    private static final int BUCKETS = 3;

    /**
     * What to measure.
     *
     * @param rows in the vault in the end
     * @param step rows that are taken up at a time
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long rows, long step, Path parent, boolean keep, Map<String, String> settings, List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are too small, or it would be too many steps */
        public Plan {
            if (step < 1 || rows < step) {
                throw new IllegalArgumentException("the step begins at 1, and there are at least as many rows");
            }
            Windows.settings(steps(rows, step), BUCKETS, BUCKET);
        }

        private static int steps(long rows, long step) {
            return (int) Math.min(Short.MAX_VALUE, rows / step);
        }

        int steps() {
            return steps(rows, step);
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Workspace workspace;
    private final LookbackConfig config;
    private final Windows windows;
    private final WindowTraffic traffic;

    private GrowthBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace) {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.workspace = workspace;
        this.config = workspace.config();
        this.windows = new Windows(plan.steps(), BUCKETS, config, clock.millis());
        this.traffic = new WindowTraffic(plan.step);
    }

    /**
     * Measures. Takes a quarter of an hour and 20 GB of disk for 33 million rows.
     *
     * @throws IllegalStateException if the application fails; the message then holds the end of its log
     */
    public static GrowthReport run(Plan plan, Watcher watcher, Clock clock) throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(Backlog.SETTINGS);
        settings.putAll(Windows.settings(plan.steps(), BUCKETS, BUCKET));
        settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        settings.putAll(plan.settings);
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock)) {
            return new GrowthBench(plan, watcher, clock, workspace).run();
        }
    }

    private GrowthReport run() {
        Application application = Application.startWatched(workspace, Backlog.LOOKS, plan.javaOptions, clock);
        try (Log log = new Log(config)) {
            application.awaitReady();
            Backlog backlog = new Backlog(workspace, application, watcher, clock);
            List<GrowthRun> runs = new ArrayList<>();
            for (int run = 0; run < plan.steps(); run++) {
                GrowthRun done = measure(run, application, backlog, log);
                runs.add(done);
                watcher.note(GrowthReport.line(done));
            }
            long rows = application.vault().stream().mapToLong(Holding::rows).sum();
            if (rows != plan.step * plan.steps()) {
                throw new IllegalStateException("The vault holds " + rows + " rows in the end");
            }
            return new GrowthReport(Runtime.getRuntime().availableProcessors(), plan.settings, runs);
        } catch (RuntimeException e) {
            throw application.explained(e);
        }
    }

    private GrowthRun measure(int run, Application application, Backlog backlog, Log log) {
        traffic.window(windows.start(windows.begin(run)), windows.start(windows.end(run)));
        long rowsBefore = plan.step * run;
        long rows = rowsBefore + plan.step;
        long begin = backlog.publish(traffic, plan.step);
        Load.Reading before = application.load();
        double seconds = (backlog.takenUp(begin, rows) - begin) / MILLIS;
        Load.Reading after = application.load();
        Load load = after.since(before);
        double spent = (after.at() - before.at()) / MILLIS * MICROS / plan.step;
        return new GrowthRun(
                run + 1,
                rowsBefore,
                plan.step,
                seconds,
                plan.step / seconds,
                load.application() * spent,
                load.broker() * spent,
                load.other(),
                application.peakBytes(),
                Workspace.bytes(ClientSettings.stateDir(config, Role.VAULT)) / (double) rows,
                log.bytes(Set.of(application.ledger())) / (double) rows);
    }
}
