package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.local.FreePorts;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a search that reads every row costs lookups that arrive meanwhile, and how long it takes beside them. The rows
 * that it reads occurred before, so that their number stays the same however many arrive.
 */
public final class ReverseBench {
    private static final double MILLIS = 1_000;
    private static final String HANDLE = "reverse@example.org";

    /** Over how long the rows that are searched occurred: well within {@code ingest.max.late}. */
    private static final Duration SPAN = Duration.ofHours(8);

    private static final Duration LOOKS = Duration.ofMillis(200);

    /** So that nothing of one window reaches into the next, and somebody has looked behind its end. */
    private static final Duration SETTLED = Duration.ofSeconds(5);

    /** Lookups that wait when they arrive as fast as they can be taken up: about a second's. */
    private static final long WAITING = 100_000;

    /**
     * What to measure.
     *
     * @param lookups in the vault, all of which a search reads
     * @param matches how many of them it finds
     * @param perSecond lookups that arrive; 0: as many as are taken up
     * @param pairs how often, with a search and without
     * @param rest how long lookups arrive without a search, each time
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long lookups,
            int matches,
            int perSecond,
            int pairs,
            Duration rest,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are too small */
        public Plan {
            if (matches < 1 || lookups < matches || pairs < 1 || perSecond < 0 || rest.compareTo(LOOKS) < 0) {
                throw new IllegalArgumentException("matches and pairs begin at 1, lookups at matches, the rate at 0, "
                        + "the rest at " + LOOKS.toMillis() + "ms");
            }
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final LookbackConfig config;
    private final Requests requests;
    private final Instant searchedFrom;
    private final Instant searchedTo;
    private final Application application;
    private final List<String> way;

    private ReverseBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) throws IOException {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.config = workspace.config();
        this.requests = new Requests(workspace.stack(), tool, clock);
        // What arrives from now on lies in other buckets.
        searchedTo = clock.instant().truncatedTo(ChronoUnit.HOURS);
        searchedFrom = searchedTo.minus(SPAN);
        workspace.fill(marked(), plan.lookups, watcher, clock);
        application = Application.startWatched(workspace, LOOKS, plan.javaOptions, clock);
        way = List.of(config.topics().lookupEvents().name(), application.ledger());
    }

    private Supplier<LookupEvent> marked() {
        WindowTraffic traffic = new WindowTraffic(plan.lookups).window(searchedFrom, searchedTo);
        long[] made = {0};
        return () -> {
            LookupEvent event = traffic.get();
            if ((made[0] + 1) * plan.matches / plan.lookups > made[0] * plan.matches / plan.lookups) {
                event.setQueried(HANDLE);
            }
            made[0]++;
            return event;
        };
    }

    /**
     * Measures. Takes some minutes for millions of lookups.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if an extract is not what it should be, or the application fails; the message then
     *     holds the end of its log
     */
    public static ReverseReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(plan.settings);
        settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                Tool tool = tools.apply(workspace.config())) {
            return new ReverseBench(plan, watcher, clock, workspace, tool).run();
        }
    }

    private ReverseReport run() {
        try {
            application.awaitMirrored(plan.lookups, watcher);
            long atRest = clock.millis();
            Log.pause(SETTLED);
            List<ReverseRun> runs = new ArrayList<>();
            try (Arrivals arrivals = arrivals()) {
                watcher.progress("lookups arrive; nothing is searched yet");
                Log.pause(plan.rest);
                for (int pair = 1; pair <= plan.pairs; pair++) {
                    ReverseRun done = measure(pair, arrivals, atRest);
                    runs.add(done);
                    watcher.note(ReverseReport.line(done));
                }
                arrivals.stop();
            }
            return new ReverseReport(
                    plan.lookups,
                    plan.matches,
                    plan.perSecond,
                    Runtime.getRuntime().availableProcessors(),
                    plan.settings,
                    runs);
        } catch (RuntimeException e) {
            throw application.explained(e);
        }
    }

    private Arrivals arrivals() {
        if (plan.perSecond > 0) {
            return new Arrivals(config, plan.perSecond, clock);
        }
        long before = application.untaken();
        return Arrivals.waiting(config, () -> application.untaken() - before, WAITING, clock);
    }

    /** What stood where at an instant. */
    private record Mark(Load.Reading load, long arrived) {
        long at() {
            return load.at();
        }
    }

    private record Marks(Mark begin, Mark end) {}

    private Mark mark(Arrivals arrivals) {
        return new Mark(application.load(), arrivals.acknowledged());
    }

    private Marks rest(Arrivals arrivals) {
        watcher.progress("lookups arrive; nothing is searched");
        Mark begin = mark(arrivals);
        Log.pause(plan.rest);
        return new Marks(begin, mark(arrivals));
    }

    /** First without a search and then with one, and the next time the other way round: whatever drifts, drifts both ways. */
    private ReverseRun measure(int pair, Arrivals arrivals, long atRest) {
        boolean searchedFirst = pair % 2 == 0;
        Marks without = searchedFirst ? null : rest(arrivals);
        Log.pause(SETTLED);
        watcher.progress("searching: pair " + pair + " of " + plan.pairs);
        Mark begin = mark(arrivals);
        Requests.Searched searched = requests.search(SelectorRole.QUERIED, HANDLE, searchedFrom, searchedTo);
        Mark end = mark(arrivals);
        Requests.Answered answered = requests.seal(searched);
        long found = answered.manifest().totals().lookups();
        if (found != plan.matches) {
            throw new IllegalStateException("An extract holds " + found + " lookups, not " + plan.matches);
        }
        Log.pause(SETTLED);
        if (without == null) {
            without = rest(arrivals);
            Log.pause(SETTLED);
        }
        LagMeter lag = application.lag(atRest);
        long begun = lag.takenUp(searched.submittedAt(), way);
        // Of a search this short, looks cannot tell when it began.
        long from = end.at() - begun > 2 * LOOKS.toMillis() ? begun : begin.at();
        return new ReverseRun(
                pair,
                searched.millis() / MILLIS,
                Math.min(begun - searched.submittedAt(), searched.millis()) / MILLIS,
                window(without, lag, without.begin.at()),
                window(new Marks(begin, end), lag, from),
                application.peakBytes());
    }

    private ReverseRun.Window window(Marks marks, LagMeter lag, long from) {
        long to = marks.end.at();
        return new ReverseRun.Window(
                (to - from) / MILLIS,
                (marks.end.arrived - marks.begin.arrived) * MILLIS / (to - marks.begin.at()),
                lag.takenPerSecond(way.get(0), from, to),
                lag.takenPerSecond(way.get(1), from, to),
                lag.between(from, to),
                marks.end.load.since(marks.begin.load));
    }
}
