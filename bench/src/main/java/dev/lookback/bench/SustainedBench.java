package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalStack;
import dev.lookback.topics.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How many lookups a second the vault takes up while as many rows expire, compared with none expiring, and with expiry
 * alone. In the end vault and ledger must hold the same rows.
 */
public final class SustainedBench {
    private static final double MILLIS = 1_000;
    private static final Duration BUCKET = Duration.ofHours(1);

    /** In each run one window arrives and one expires, and then one of each at once. */
    private static final int WINDOWS_PER_RUN = 2;

    /**
     * What to measure.
     *
     * @param rows how many arrive and expire at a time
     * @param buckets over how many buckets these are spread
     * @param runs how often
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long rows,
            int buckets,
            int runs,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are too small, or the windows reach back too far */
        public Plan {
            if (rows < 1 || buckets < 1 || runs < 1) {
                throw new IllegalArgumentException("rows, buckets and runs begin at 1");
            }
            Windows.settings(windows(runs), buckets, BUCKET);
        }

        private static int windows(int runs) {
            return WINDOWS_PER_RUN * runs + 1;
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Tool tool;
    private final LocalStack stack;
    private final LookbackConfig config;
    private final Receipts receipts;
    private final Windows windows;
    private final WindowTraffic traffic;
    private final Workspace workspace;
    private final Application application;
    private long published;

    private SustainedBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.tool = tool;
        this.workspace = workspace;
        this.stack = workspace.stack();
        this.config = workspace.config();
        this.receipts = new Receipts(tool, watcher, clock);
        this.windows = new Windows(Plan.windows(plan.runs), plan.buckets, config, clock.millis());
        this.traffic = new WindowTraffic(plan.rows);
        workspace.fill(window(0), plan.rows, watcher, clock);
        published = plan.rows;
        application = Application.startWatched(workspace, Backlog.LOOKS, plan.javaOptions, clock);
    }

    /**
     * Measures. Takes some ten minutes for millions of rows.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if vault and ledger differ in the end, or the application fails; the message then
     *     holds the end of its log
     */
    public static SustainedReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(Backlog.SETTINGS);
        settings.putAll(Windows.settings(Plan.windows(plan.runs), plan.buckets, BUCKET));
        settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        settings.putAll(plan.settings);
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                Tool tool = tools.apply(workspace.config())) {
            return new SustainedBench(plan, watcher, clock, workspace, tool).run();
        }
    }

    private WindowTraffic window(int window) {
        return traffic.window(windows.start(windows.begin(window)), windows.start(windows.end(window)));
    }

    private SustainedReport run() {
        try (Log log = new Log(config)) {
            application.awaitMirrored(published, watcher);
            Backlog backlog = new Backlog(workspace, application, watcher, clock);
            List<SustainedRun> runs = new ArrayList<>();
            for (int run = 0; run < plan.runs; run++) {
                SustainedRun done = measure(run, backlog);
                runs.add(done);
                watcher.note(SustainedReport.line(done));
            }
            application.awaitMirrored(0, watcher);
            watcher.progress("comparing the vault with its ledger");
            long kept = LedgerRows.requireSame(log, application, windows.begin(Plan.windows(plan.runs) - 1));
            return new SustainedReport(
                    plan.rows, plan.buckets, Runtime.getRuntime().availableProcessors(), plan.settings, kept, runs);
        } catch (RuntimeException e) {
            throw application.explained(e);
        }
    }

    private SustainedRun measure(int run, Backlog backlog) {
        int oldest = WINDOWS_PER_RUN * run;
        Load.Reading before = application.load();

        long begin = publish(backlog, oldest + 1);
        double arriving = (backlog.takenUp(begin, published) - begin) / MILLIS;

        begin = clock.millis();
        double expiring = (expired(oldest) - begin) / MILLIS;

        begin = publish(backlog, oldest + 2);
        double expired = (expired(oldest + 1) - begin) / MILLIS;
        double arrived = (backlog.takenUp(begin, published) - begin) / MILLIS;
        return new SustainedRun(
                run + 1,
                plan.rows,
                arriving,
                expiring,
                Math.max(arrived, expired),
                arrived,
                expired,
                application.load().since(before).other(),
                application.peakBytes());
    }

    private long publish(Backlog backlog, int window) {
        long begin = backlog.publish(window(window), plan.rows);
        published += plan.rows;
        return begin;
    }

    /** Shortens the retention by a window; when its last receipt was closed. */
    private long expired(int window) {
        tool.retain(stack, Topics.DEFAULT_CLASS, windows.forgetting(window, Instant.ofEpochMilli(clock.millis())));
        return receipts.await(windows.begin(window), windows.end(window), plan.rows)
                .lastAt();
    }
}
