package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.local.Directories;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** How soon {@code lookback run} is ready: with nothing there, with a vault to restore, and with its state at hand. */
public final class StartupBench {
    private static final long SEED = 7;
    private static final double MILLIS = 1_000;

    /**
     * What to measure.
     *
     * @param lookups in the ledger, for the starts that find some
     * @param runs how many starts of each kind
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long lookups, int runs, Path parent, boolean keep, Map<String, String> settings, List<String> javaOptions) {
        /** @throws IllegalArgumentException if there is nothing to measure */
        public Plan {
            if (lookups < 1 || runs < 1) {
                throw new IllegalArgumentException("lookups and runs begin at 1");
            }
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Workspace workspace;
    private final Tool tool;
    private final List<StartupRun> runs = new ArrayList<>();

    private StartupBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.workspace = workspace;
        this.tool = tool;
    }

    /**
     * Measures.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if the application fails, or a start did not find what it was to find
     */
    public static StartupReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(plan.settings);
        settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                Tool tool = tools.apply(workspace.config())) {
            StartupBench bench = new StartupBench(plan, watcher, clock, workspace, tool);
            bench.run();
            return new StartupReport(
                    plan.lookups, Runtime.getRuntime().availableProcessors(), plan.settings, bench.runs);
        }
    }

    private void run() {
        for (int run = 1; run <= plan.runs; run++) {
            forget();
            start(StartupRun.Kind.EMPTY, run);
        }
        fill();
        for (int run = 1; run <= plan.runs; run++) {
            forget();
            start(StartupRun.Kind.RESTORE, run);
            start(StartupRun.Kind.AGAIN, run);
        }
    }

    private void forget() {
        for (Role each : Role.values()) {
            Directories.delete(ClientSettings.stateDir(workspace.config(), each));
        }
    }

    private void fill() {
        SampleTraffic traffic = new SampleTraffic(
                SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), clock);
        workspace.fill(traffic::next, plan.lookups, watcher, clock);
        Application application = Application.start(workspace, tool, Set.of(), plan.javaOptions, clock);
        try {
            application.awaitMirrored(plan.lookups, watcher);
        } catch (RuntimeException e) {
            throw application.explained(e);
        } finally {
            application.stop();
        }
    }

    private void start(StartupRun.Kind kind, int run) {
        watcher.progress("starting: " + kind + " " + run + "/" + plan.runs);
        long begin = clock.millis();
        Application application = Application.start(workspace, tool, Set.of(), plan.javaOptions, clock);
        try {
            application.awaitReady();
            double seconds = (clock.millis() - begin) / MILLIS;
            long peak = application.peakBytes();
            long rows = application.vault().stream().mapToLong(Holding::rows).sum();
            if (kind == StartupRun.Kind.EMPTY ? rows != 0 : rows != plan.lookups) {
                throw new IllegalStateException("The vault holds " + rows + " rows at the start");
            }
            StartupRun done = new StartupRun(kind, run, seconds, rows, peak);
            runs.add(done);
            watcher.note(StartupReport.line(done));
        } catch (RuntimeException e) {
            throw application.explained(e);
        } finally {
            application.stop();
        }
    }
}
