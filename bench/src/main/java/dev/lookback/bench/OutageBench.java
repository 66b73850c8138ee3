package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.local.FreePorts;
import dev.lookback.topics.Topics;
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
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * The first start after an outage of the vault that was longer than the whole retention: how soon everything overdue is
 * forgotten. Fails if anything overdue is disclosed meanwhile, or if the vault holds a row in the end that its ledger
 * does not, or the other way round.
 */
public final class OutageBench {
    private static final double MILLIS = 1_000;
    private static final Duration BUCKET = Duration.ofHours(1);

    /** How far behind the overdue rows the cutoff comes to lie. */
    private static final Duration BEYOND = Duration.ofMillis(500);

    /** Of what a request asks about. */
    private static final String REQUESTER = "overdue@example.org";

    private static final int MATCHES = 100;

    /** One row in so many is young and stays. */
    private static final int PER_KEPT = 20;

    private static final Duration YOUNG = Duration.ofMinutes(1);

    /** Of the ledger's records behind what the vault has stored, so many are deleted, too: its next one is among them. */
    private static final int BEHIND = 100;

    /**
     * What to measure.
     *
     * @param rows how many are overdue
     * @param buckets over how many buckets of an hour these are spread
     * @param perSecond lookups that arrive during the start
     * @param runs how often, for each kind of outage
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long rows,
            int buckets,
            int perSecond,
            int runs,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are too small or too great */
        public Plan {
            if (rows < 10 * MATCHES || runs < 1 || perSecond < 0) {
                throw new IllegalArgumentException("rows begin at " + 10 * MATCHES + ", runs at 1, the rate at 0");
            }
            if (buckets < 1 || buckets > 9) {
                throw new IllegalArgumentException("buckets go from 1 to 9: ingest.max.late is 12 hours");
            }
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Workspace workspace;
    private final Tool tool;
    private final LookbackConfig config;
    private final Requests requests;
    private final Receipts receipts;
    private final WindowTraffic traffic;
    private final long fromBucket;
    private final long toBucket;

    private OutageBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) throws IOException {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.workspace = workspace;
        this.tool = tool;
        this.config = workspace.config();
        this.requests = new Requests(workspace.stack(), tool, clock);
        this.receipts = new Receipts(tool, watcher, clock);
        this.traffic = new WindowTraffic(plan.rows);
        // Even the shortest retention allowed can reach all of it.
        this.toBucket = LedgerKey.bucketOf(
                clock.millis() - config.duration(LookbackConfig.RETENTION_MIN).toMillis(), BUCKET);
        this.fromBucket = toBucket - plan.buckets;
    }

    /**
     * Measures. Takes minutes for millions of rows.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if something overdue was disclosed, if vault and ledger differ in the end, or the
     *     application fails; the message then holds the end of its log
     */
    public static OutageReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        List<OutageRun> runs = new ArrayList<>();
        for (int run = 1; run <= plan.runs; run++) {
            for (Outage outage : Outage.values()) {
                watcher.progress("starting a broker and a registry");
                Map<String, String> settings = new HashMap<>(plan.settings);
                settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
                try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                        Tool tool = tools.apply(workspace.config());
                        Log log = new Log(workspace.config())) {
                    OutageRun done = new OutageBench(plan, watcher, clock, workspace, tool).run(outage, run, log);
                    runs.add(done);
                    watcher.note(OutageReport.line(done));
                }
            }
        }
        return new OutageReport(
                plan.rows, plan.perSecond, Runtime.getRuntime().availableProcessors(), plan.settings, runs);
    }

    private OutageRun run(Outage outage, int run, Log log) {
        fillOverdue();
        if (outage == Outage.LEDGER_WHOLE) {
            fillYoung();
        }
        long stored = storeAndStop(log);
        if (outage == Outage.LEDGER_CUT) {
            goOnWithoutTheVault(log);
        }
        tool.retain(
                workspace.stack(),
                Topics.DEFAULT_CLASS,
                Duration.between(start(toBucket).plus(BEYOND), clock.instant()));
        watcher.progress("counting the ledger's rows");
        long overdue = ledger(log).stream()
                .mapToLong(each -> each.rowsBefore(toBucket))
                .sum();

        Requests.Filed filed = requests.file(SelectorRole.REQUESTER, REQUESTER, start(fromBucket), start(toBucket));
        try (Arrivals arrivals = new Arrivals(config, plan.perSecond, clock)) {
            long begin = clock.millis();
            Application application = start(Set.of());
            try {
                Load.Reading atBegin = application.load();
                application.awaitReady();
                long readyAt = clock.millis();
                long answeredMillis = requireNothing(requests.answer(filed));
                Receipts.Closed closed = receipts.await(fromBucket, toBucket, overdue);
                Load.Reading atEnd = application.load();
                long arrived = arrivals.acknowledged();
                arrivals.stop();
                long kept = requireSameRows(application, log);
                double seconds = (closed.lastAt() - begin) / MILLIS;
                return new OutageRun(
                        outage,
                        run,
                        stored,
                        overdue,
                        (readyAt - begin) / MILLIS,
                        (closed.firstAt() - begin) / MILLIS,
                        seconds,
                        overdue / seconds,
                        (filed.approvedAt() + answeredMillis - begin) / MILLIS,
                        kept,
                        arrived * MILLIS / (atEnd.at() - begin),
                        atEnd.since(atBegin),
                        application.peakBytes());
            } catch (RuntimeException e) {
                throw application.explained(e);
            } finally {
                application.stop();
            }
        }
    }

    private Application start(Set<Role> roles) {
        return Application.start(workspace, tool, roles, plan.javaOptions, clock);
    }

    private static Instant start(long bucket) {
        return Instant.ofEpochMilli(LedgerKey.bucketStart(bucket, BUCKET));
    }

    private void fillOverdue() {
        traffic.window(start(fromBucket), start(toBucket)).marking(REQUESTER, MATCHES);
        workspace.fill(traffic, plan.rows, watcher, clock);
    }

    private void fillYoung() {
        Instant now = clock.instant();
        traffic.window(now.minus(YOUNG), now);
        workspace.fill(traffic, plan.rows / PER_KEPT, watcher, clock);
    }

    /** Fills the vault, lets a request find what will be overdue, and stops; how many rows lie in its files then. */
    private long storeAndStop(Log log) {
        Application application = start(Set.of());
        try {
            application.awaitMirrored(plan.rows, watcher);
            long found = requests.ask(SelectorRole.REQUESTER, REQUESTER, start(fromBucket), start(toBucket), false)
                    .manifest()
                    .totals()
                    .lookups();
            if (found != MATCHES) {
                throw new IllegalStateException("Before the outage a request finds " + found + ", not " + MATCHES);
            }
            return requireEqual(application, log).stream()
                    .mapToLong(Holding::rows)
                    .sum();
        } catch (RuntimeException e) {
            throw application.explained(e);
        } finally {
            application.stop();
        }
    }

    /** As many rows again come into the ledger, then the brokers delete what the vault has stored and a bit more. */
    private void goOnWithoutTheVault(Log log) {
        String ledger = config.topics().ledger(Topics.DEFAULT_CLASS).name();
        Map<TopicPartition, Long> storedUpTo = log.ends(List.of(ledger));
        fillOverdue();
        fillYoung();
        Application application = start(Set.of(Role.INGEST));
        try {
            watcher.progress("ingest goes on without the vault");
            application.awaitAdmitted();
        } catch (RuntimeException e) {
            throw application.explained(e);
        } finally {
            application.stop();
        }
        Map<TopicPartition, Long> starts = new HashMap<>();
        storedUpTo.forEach((partition, end) -> starts.put(partition, end + BEHIND));
        log.deleteBefore(starts);
    }

    private long requireNothing(Requests.Answered answered) {
        long disclosed = answered.manifest().totals().lookups();
        if (disclosed > 0) {
            throw new IllegalStateException("A request has disclosed " + disclosed + " overdue lookups");
        }
        return answered.sealedMillis();
    }

    private List<Holding> ledger(Log log) {
        return LedgerRows.read(
                log,
                Topics.DEFAULT_CLASS,
                config.topics().ledger(Topics.DEFAULT_CLASS).name());
    }

    private List<Holding> requireEqual(Application application, Log log) {
        watcher.progress("comparing the vault with its ledger");
        List<Holding> wanted = ledger(log);
        List<Holding> vault = application.vault();
        if (!vault.equals(wanted)) {
            throw new IllegalStateException("The vault holds " + vault + ", the ledger " + wanted);
        }
        return vault;
    }

    private long requireSameRows(Application application, Log log) {
        application.awaitMirrored(0, watcher);
        List<Holding> vault = requireEqual(application, log);
        long overdue =
                vault.stream().mapToLong(each -> each.rowsBefore(toBucket)).sum();
        if (overdue > 0) {
            throw new IllegalStateException("The vault still holds " + overdue + " overdue rows");
        }
        return vault.stream().mapToLong(Holding::rows).sum();
    }
}
