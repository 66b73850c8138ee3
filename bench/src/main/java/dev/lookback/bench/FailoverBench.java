package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.local.FreePorts;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * One of two instances is killed under traffic, again and again: how soon the other one admits lookups from every
 * partition, and how soon it answers a request, which takes a search in every partition. Fails if the survivor restores a
 * store from its ledger's beginning, for which there are standbys.
 */
public final class FailoverBench {
    private static final double MILLIS = 1_000;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Before a blow lookups are in the ledger that came so lately. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** What an instance that has come back is given to read what it missed. */
    private static final Duration CAUGHT_UP = Duration.ofSeconds(10);

    /** The window of the request. */
    private static final Duration BACK = Duration.ofMinutes(10);

    private static final String REQUESTER = "nobody@example.org";

    /**
     * What to measure.
     *
     * @param perSecond lookups that are published in a second
     * @param trials how often one is killed
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its processes
     */
    public record Plan(
            int perSecond,
            int trials,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are too small */
        public Plan {
            if (perSecond < 100 || trials < 1) {
                throw new IllegalArgumentException("the rate begins at 100, trials at 1");
            }
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Workspace workspace;
    private final Tool tool;
    private final List<Application> instances = new ArrayList<>();

    private FailoverBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.workspace = workspace;
        this.tool = tool;
    }

    /**
     * Measures. A trial takes some 40 seconds.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if service does not come back, a store was restored from nothing, or an application
     *     fails
     */
    public static FailoverReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(Map.of(LookbackConfig.VAULT_STANDBYS, "1"));
        settings.putAll(plan.settings);
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                Tool tool = tools.apply(workspace.config())) {
            List<FailoverRun> runs = new FailoverBench(plan, watcher, clock, workspace, tool).run();
            return new FailoverReport(plan.perSecond, Runtime.getRuntime().availableProcessors(), settings, runs);
        }
    }

    private List<FailoverRun> run() throws IOException {
        List<FailoverRun> runs = new ArrayList<>();
        Requests requests = new Requests(workspace.stack(), tool, clock);
        instances.add(start(0));
        instances.add(start(1));
        instances.forEach(Application::awaitReady);
        try (Arrivals arrivals = new Arrivals(workspace.config(), plan.perSecond, clock);
                ServiceWatch service = new ServiceWatch(workspace.config())) {
            for (int trial = 1; trial <= plan.trials; trial++) {
                FailoverRun run = trial(trial, requests, arrivals, service);
                runs.add(run);
                watcher.note(FailoverReport.line(run));
            }
        } finally {
            instances.forEach(Application::stop);
        }
        return runs;
    }

    private FailoverRun trial(int trial, Requests requests, Arrivals arrivals, ServiceWatch service) {
        watcher.progress("waiting until both are up to date");
        if (trial == 1) {
            await(
                    "both instances have partitions of the vault",
                    () -> instances.stream()
                            .noneMatch(each -> each.vaultPartitions().isEmpty()));
        } else {
            Log.pause(CAUGHT_UP);
        }
        await("lookups are admitted as they come", () -> service.isUpTo(clock.millis() - FRESH.toMillis()));
        // Who has come back may be a standby of everything for a minute: then the other one is killed, which has it
        // all.
        int first = instances.get(0).vaultPartitions().size()
                        > instances.get(1).vaultPartitions().size()
                ? 0
                : 1;
        Application victim = instances.get(first);
        Application survivor = instances.get(1 - first);
        int lost = victim.vaultPartitions().size();
        int opened = survivor.storesOpenedAt().size();
        long acknowledged = arrivals.acknowledged();
        long begin = clock.millis();
        victim.kill();
        long at = clock.millis();
        ServiceWatch.Service again = service.since(at);
        Instant now = Instant.ofEpochMilli(at);
        Requests.Filed filed = requests.file(SelectorRole.REQUESTER, REQUESTER, now.minus(BACK), now);
        watcher.progress("waiting for the other one");
        long sealedAt = filed.approvedAt() + requests.answer(filed).sealedMillis();
        await("lookups come from all partitions again", again::isComplete);
        List<Long> takenOver = survivor.storesOpenedAt();
        long rebuilt = takenOver.subList(opened, takenOver.size()).stream()
                .filter(each -> each == 0)
                .count();
        if (rebuilt > 0) {
            throw new IllegalStateException(rebuilt + " stores were restored from their ledger's beginning");
        }
        double arrived = (arrivals.acknowledged() - acknowledged) * MILLIS / (clock.millis() - begin);
        instances.set(first, start(first));
        instances.get(first).awaitReady();
        return new FailoverRun(trial, lost, (again.at() - at) / MILLIS, (sealedAt - at) / MILLIS, rebuilt, arrived);
    }

    private Application start(int number) {
        Map<String, String> settings = Map.of(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        return Application.start(workspace, tool, "instance-" + number, settings, plan.javaOptions, clock);
    }

    private void await(String what, BooleanSupplier truth) {
        for (long tries = LIMIT.dividedBy(PAUSE); !truth.getAsBoolean(); tries--) {
            if (tries == 0) {
                throw new IllegalStateException("Not after " + LIMIT.toMinutes() + " minutes: " + what);
            }
            Log.pause(PAUSE);
        }
    }
}
