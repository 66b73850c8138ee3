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
 * How fast the vault forgets while lookups arrive. It is filled with rows of several windows of time; then lookups keep
 * coming, and the retention is shortened again and again, each time by one window, whose rows are due at once. In the end
 * vault and ledger must hold the same rows.
 */
public final class ForgetBench {
    private static final double MILLIS = 1_000;

    /** Somebody looks at the lag once a second: once, then, before lookups arrive. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    /**
     * What to measure.
     *
     * @param rows how many become due at a time
     * @param buckets over how many buckets these are spread
     * @param bucket width of a bucket
     * @param perSecond lookups that arrive meanwhile
     * @param runs how often
     * @param rest how long lookups arrive before, each time
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long rows,
            int buckets,
            Duration bucket,
            int perSecond,
            int runs,
            Duration rest,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are too small, or the windows reach back too far */
        public Plan {
            if (rows < 1 || buckets < 1 || runs < 1 || perSecond < 0) {
                throw new IllegalArgumentException("rows, buckets and runs begin at 1, the rate at 0");
            }
            Windows.settings(runs, buckets, bucket);
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
    private final Application application;

    private ForgetBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.tool = tool;
        this.stack = workspace.stack();
        this.config = workspace.config();
        this.receipts = new Receipts(tool, watcher, clock);
        this.windows = new Windows(plan.runs, plan.buckets, config, clock.millis());
        WindowTraffic traffic = new WindowTraffic(plan.rows);
        long[] made = {0};
        workspace.fill(
                () -> {
                    if (made[0] % plan.rows == 0) {
                        int window = (int) (made[0] / plan.rows);
                        traffic.window(windows.start(windows.begin(window)), windows.start(windows.end(window)));
                    }
                    made[0]++;
                    return traffic.get();
                },
                plan.rows * plan.runs,
                watcher,
                clock);
        application = Application.startWatched(workspace, plan.javaOptions, clock);
    }

    /**
     * Measures. Takes some minutes for millions of rows.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if vault and ledger differ in the end, or the application fails; the message then
     *     holds the end of its log
     */
    public static ForgetReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(Windows.settings(plan.runs, plan.buckets, plan.bucket));
        settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        settings.putAll(plan.settings);
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                Tool tool = tools.apply(workspace.config())) {
            return new ForgetBench(plan, watcher, clock, workspace, tool).run();
        }
    }

    private ForgetReport run() throws IOException {
        try (Log log = new Log(config)) {
            application.awaitMirrored(plan.rows * plan.runs, watcher);
            List<ForgetRun> runs = new ArrayList<>();
            long atRest = clock.millis();
            Log.pause(SETTLED);
            try (Arrivals arrivals = new Arrivals(config, plan.perSecond, clock)) {
                for (int run = 0; run < plan.runs; run++) {
                    ForgetRun done = measure(run, arrivals, atRest);
                    runs.add(done);
                    watcher.note(ForgetReport.line(done));
                }
                arrivals.stop();
            }
            application.awaitMirrored(0, watcher);
            watcher.progress("comparing the vault with its ledger");
            long kept = LedgerRows.requireSame(log, application, windows.begin(plan.runs));
            return new ForgetReport(
                    plan.rows,
                    plan.buckets,
                    plan.bucket.toMillis() / MILLIS,
                    plan.perSecond,
                    Runtime.getRuntime().availableProcessors(),
                    plan.settings,
                    kept,
                    runs);
        } catch (RuntimeException e) {
            throw application.explained(e);
        }
    }

    private ForgetRun measure(int run, Arrivals arrivals, long atRest) {
        watcher.progress("lookups arrive; nothing is due");
        Load.Reading before = application.load();
        Log.pause(plan.rest);

        long begin = clock.millis();
        Load.Reading atBegin = application.load();
        long arrivedBefore = arrivals.acknowledged();
        Instant now = Instant.ofEpochMilli(begin);
        if (run > 0 && windows.isDue(run, keptBefore, now)) {
            throw new IllegalStateException("The run before took so long that the next bucket was due by itself; take"
                    + " wider buckets, or fewer rows");
        }
        Duration kept = windows.forgetting(run, now);
        keptBefore = kept;
        tool.retain(stack, Topics.DEFAULT_CLASS, kept);
        Receipts.Closed closed = receipts.await(windows.begin(run), windows.end(run), plan.rows);
        Load.Reading atEnd = application.load();
        long arrived = arrivals.acknowledged() - arrivedBefore;

        LagMeter lag = application.lag(atRest);
        double seconds = (closed.lastAt() - begin) / MILLIS;
        return new ForgetRun(
                run + 1,
                plan.rows,
                seconds,
                plan.rows / seconds,
                arrived * MILLIS / (atEnd.at() - atBegin.at()),
                lag.between(before.at(), begin),
                lag.between(begin, atEnd.at()),
                closed.lateness(),
                atBegin.since(before),
                atEnd.since(atBegin),
                application.peakBytes());
    }

    private Duration keptBefore = Duration.ZERO;
}
