package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalStack;
import dev.lookback.seal.Manifest;
import dev.lookback.topics.Topics;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * How soon legal requests are answered from a full vault, and right after half of it has expired. The application runs
 * in a process of its own, as {@code lookback run} does; every extract is verified and counted.
 */
public final class SearchBench {
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** No receipt for so long means that expiry is stuck. */
    private static final Duration STUCK = Duration.ofMinutes(2);

    /** In the order in which they are measured. */
    public static final List<SelectorRole> ROLES = List.of(SelectorRole.REQUESTER, SelectorRole.QUERIED);

    private static final double MILLIS = 1_000;

    /**
     * What to measure.
     *
     * @param lookups how many fill the vault, even
     * @param matches how many of them each search is to find, even
     * @param runs how many requests of each kind, each about another handle
     * @param roles of the handles asked about: REQUESTER, QUERIED, or both
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long lookups,
            int matches,
            int runs,
            List<SelectorRole> roles,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are odd, too small, or do not fit */
        public Plan {
            roles = List.copyOf(roles);
            if (roles.isEmpty() || !ROLES.containsAll(roles)) {
                throw new IllegalArgumentException("roles are REQUESTER and QUERIED, one of them at least");
            }
            if (runs < 1 || matches < 2 || matches % 2 != 0 || lookups % 2 != 0) {
                throw new IllegalArgumentException("lookups and matches must be even, from 2, and runs begin at 1");
            }
            // The subjects of the second stage have as many again among what expires.
            long marked = 3L * roles.size() * 2 * runs * matches;
            if (lookups < marked) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT, "%,d matches in each of %,d runs need %,d lookups", matches, runs, marked));
            }
        }
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final LocalStack stack;
    private final Tool tool;
    private final List<Subject> subjects = new ArrayList<>();
    private final SearchTraffic traffic;
    private final Instant trafficEnd;
    private final Requests requests;
    private final Application application;

    private SearchBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) throws IOException {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.tool = tool;
        for (Stage stage : Stage.values()) {
            for (int run = 1; run <= plan.runs; run++) {
                for (SelectorRole role : plan.roles) {
                    subjects.add(new Subject(stage, run, role, false));
                    subjects.add(new Subject(stage, run, role, true));
                }
            }
        }
        stack = workspace.stack();
        requests = new Requests(stack, tool, clock);
        trafficEnd = Instant.ofEpochMilli(clock.millis());
        traffic = new SearchTraffic(plan.lookups, plan.matches, subjects, trafficEnd);
        workspace.fill(traffic::get, plan.lookups, watcher, clock);
        application = Application.start(workspace, tool, Set.of(), plan.javaOptions, clock);
    }

    /**
     * Measures. Takes some minutes for millions of lookups.
     *
     * @param tools makes the tool for the application's settings
     * @throws IllegalStateException if an extract is not what it should be, or the application fails; the message then
     *     holds the end of its log
     */
    public static SearchReport run(Plan plan, Function<LookbackConfig, Tool> tools, Watcher watcher, Clock clock)
            throws IOException {
        watcher.progress("starting a broker and a registry");
        Map<String, String> settings = new HashMap<>(plan.settings);
        settings.put(LookbackConfig.HTTP_PORT, String.valueOf(FreePorts.next()));
        try (Workspace workspace = Workspace.open(plan.parent, settings, plan.keep, clock);
                Tool tool = tools.apply(workspace.config())) {
            return new SearchBench(plan, watcher, clock, workspace, tool).run();
        }
    }

    private SearchReport run() throws IOException {
        try {
            application.awaitMirrored(plan.lookups, watcher);
            long filledPeak = application.peakBytes();
            SearchReport.Phase before = measure(Stage.BEFORE, plan.lookups);
            SearchReport.Expiry expiry = expire(plan.lookups / 2);
            watcher.note(SearchReport.line(expiry));
            SearchReport.Phase after = measure(Stage.AFTER, plan.lookups - plan.lookups / 2);
            return new SearchReport(
                    plan.lookups,
                    plan.matches,
                    Runtime.getRuntime().availableProcessors(),
                    plan.settings,
                    filledPeak,
                    List.of(before, after),
                    expiry);
        } catch (RuntimeException e) {
            throw application.explained(e);
        }
    }

    private SearchReport.Phase measure(Stage stage, long rows) {
        Sampler.Sample begin = application.sample();
        List<Answer> answers = new ArrayList<>();
        for (Subject subject : subjects) {
            if (subject.stage() == stage) {
                watcher.progress("searching, " + stage.label() + " expiry: request " + (answers.size() + 1));
                Answer answer = answer(subject);
                answers.add(answer);
                watcher.note(SearchReport.line(answer));
            }
        }
        SearchReport.Phase phase = new SearchReport.Phase(
                stage, rows, application.sample().otherCores(begin), application.peakBytes(), answers);
        requireRows(rows);
        return phase;
    }

    /** Afterwards, because the vault reads every key to count them. */
    private void requireRows(long wanted) {
        long rows = application.vault().stream().mapToLong(Holding::rows).sum();
        if (rows != wanted) {
            throw new IllegalStateException("The vault holds " + rows + " rows, not " + wanted);
        }
    }

    private Answer answer(Subject subject) {
        Requests.Answered answered =
                requests.ask(subject.role(), subject.handle(), traffic.begin(), trafficEnd, subject.atOnce());
        long found = answered.manifest().totals().lookups();
        if (found != plan.matches) {
            throw new IllegalStateException(
                    "The extract for " + subject + " holds " + found + " lookups, not " + plan.matches);
        }
        List<Manifest.Approval> approvals = answered.manifest().chronology().approvals();
        Instant appendedAt = Instant.parse(approvals.get(approvals.size() - 1).at());
        return new Answer(
                subject,
                subject.atOnce() ? null : answered.searchedMillis() / MILLIS,
                answered.sealedMillis() / MILLIS,
                Duration.between(appendedAt, answered.sealed().getAt()).toMillis() / MILLIS);
    }

    private SearchReport.Expiry expire(long rows) {
        long begin = clock.millis();
        tool.retain(stack, Topics.DEFAULT_CLASS, SearchTraffic.KEPT);
        long forgotten = 0;
        long patience = STUCK.dividedBy(PAUSE);
        while (true) {
            List<ExpiryReceipt> closed = tool.receipts().stream()
                    .filter(each -> each.getPhase() == ReceiptPhase.CLOSED)
                    .toList();
            long now = closed.stream().mapToLong(ExpiryReceipt::getRows).sum();
            if (now >= rows) {
                long end = closed.stream()
                        .map(ExpiryReceipt::getClosedAt)
                        .mapToLong(at -> at == null ? begin : at.toEpochMilli())
                        .max()
                        .orElse(begin);
                return new SearchReport.Expiry(now, (end - begin) / MILLIS, application.peakBytes());
            }
            patience = now > forgotten ? STUCK.dividedBy(PAUSE) : patience - 1;
            if (patience == 0) {
                throw new IllegalStateException("Expiry is stuck at " + now + " of " + rows + " rows");
            }
            forgotten = now;
            watcher.progress(Texts.progress("forgetting", now, rows));
            Log.pause(PAUSE);
        }
    }
}
