package dev.lookback.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.casework.Command.Approve;
import dev.lookback.casework.Command.Ask;
import dev.lookback.casework.Command.Instrument;
import dev.lookback.casework.Command.InstrumentType;
import dev.lookback.casework.Command.Submit;
import dev.lookback.casework.CommandCodec;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.local.ChildJvm;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalStack;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.topics.Topics;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.ReceiptPhase;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * How soon legal requests are answered from a full vault, and right after half of it has expired. The application runs
 * in a process of its own, as {@code lookback run} does; every extract is verified and counted.
 */
public final class SearchBench {
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration READY_LIMIT = Duration.ofMinutes(2);
    private static final Duration CASE_LIMIT = Duration.ofMinutes(5);

    /** No receipt for so long means that expiry is stuck. */
    private static final Duration STUCK = Duration.ofMinutes(2);

    static final List<SelectorRole> ROLES = List.of(SelectorRole.REQUESTER, SelectorRole.QUERIED);
    private static final double MILLIS = 1_000;

    private static final Instrument PAPER =
            new Instrument(InstrumentType.COURT_ORDER, "Bench 1/26", "Example District Court", "Nowhere");

    /**
     * What to measure.
     *
     * @param lookups how many fill the vault, even
     * @param matches how many of them each search is to find, even
     * @param runs how many requests of each kind, each about another handle
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of its process
     */
    public record Plan(
            long lookups,
            int matches,
            int runs,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if numbers are odd, too small, or do not fit */
        public Plan {
            if (runs < 1 || matches < 2 || matches % 2 != 0 || lookups % 2 != 0) {
                throw new IllegalArgumentException("lookups and matches must be even, from 2, and runs begin at 1");
            }
            // The subjects of the second stage have as many again among what expires.
            long marked = 3L * ROLES.size() * 2 * runs * matches;
            if (lookups < marked) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT, "%,d matches in each of %,d runs need %,d lookups", matches, runs, marked));
            }
        }
    }

    /** What people do with the {@code lookback} command, which knows how. */
    public interface Tool extends AutoCloseable {
        /** Main class and arguments of {@code lookback run}. */
        List<String> runCommand(Path configFile);

        /** From now on {@link #await} sees what happens to a request. */
        void follow(UUID request);

        /** Sends a signed command; returns when the brokers have it. */
        void post(UUID request, String jws);

        /** The next status of the request that is followed with this state; null if none comes in time. */
        @Nullable
        LegalRequestStatus await(UUID request, CaseState state, Duration limit);

        /**
         * Verifies the extract of a sealed request.
         *
         * @throws IllegalStateException if there is none, or it is not sound
         */
        Manifest verified(UUID request, PublicKey key);

        /** Changes how long the lookups of a class are kept, as the stack's officers of retention. */
        void retain(LocalStack stack, String retentionClass, Duration duration);

        /** All receipts so far. */
        List<ExpiryReceipt> receipts();

        @Override
        void close();
    }

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Workspace workspace;
    private final Tool tool;
    private final LookbackConfig config;
    private final List<Subject> subjects = new ArrayList<>();
    private final SearchTraffic traffic;
    private final Instant trafficEnd;
    private final PrivateKey intake;
    private final PrivateKey approver;
    private final PublicKey seal;
    private final ChildJvm application;
    private final HttpClient http = HttpClient.newHttpClient();

    private SearchBench(Plan plan, Watcher watcher, Clock clock, Workspace workspace, Tool tool) throws IOException {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
        this.workspace = workspace;
        this.tool = tool;
        this.config = workspace.config();
        for (Stage stage : Stage.values()) {
            for (int run = 1; run <= plan.runs; run++) {
                for (SelectorRole role : ROLES) {
                    subjects.add(new Subject(stage, run, role, false));
                    subjects.add(new Subject(stage, run, role, true));
                }
            }
        }
        LocalStack stack = workspace.stack();
        intake = stack.officerKeys(LocalStack.INTAKE_OFFICER).getPrivate();
        approver = stack.officerKeys(LocalStack.APPROVING_OFFICER).getPrivate();
        seal = KeyFiles.readPublicKey(stack.sealingPublicKey());
        trafficEnd = Instant.ofEpochMilli(clock.millis());
        traffic = new SearchTraffic(plan.lookups, plan.matches, subjects, trafficEnd);
        workspace.fill(traffic::get, plan.lookups, watcher, clock);
        application =
                workspace.start(workspace.directory("run"), plan.javaOptions, tool.runCommand(stack.configFile()));
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
            awaitMirrored();
            long filledPeak = peakBytes();
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
            throw application.isAlive()
                    ? e
                    : new IllegalStateException("The application has ended. " + application.logTail(), e);
        }
    }

    private long peakBytes() {
        return Proc.peakResidentBytes(application.pid());
    }

    private void awaitMirrored() {
        LongConsumer heard = committed -> {
            requireAlive();
            watcher.progress(Texts.progress("filling the vault", Math.min(committed, plan.lookups), plan.lookups));
        };
        try (Log log = new Log(config)) {
            log.awaitCommitted(
                    config.applicationId(Role.INGEST),
                    Set.of(config.topics().lookupEvents().name()),
                    heard);
            log.awaitCommitted(
                    config.applicationId(Role.VAULT),
                    Set.of(config.topics().ledger(Topics.DEFAULT_CLASS).name()),
                    heard);
        }
        for (long tries = READY_LIMIT.dividedBy(PAUSE); get("/health/ready") == null; tries--) {
            if (tries == 0) {
                throw new IllegalStateException("The application is not ready after " + READY_LIMIT);
            }
            Log.pause(PAUSE);
        }
    }

    private void requireAlive() {
        if (!application.isAlive()) {
            throw new IllegalStateException("The application has ended");
        }
    }

    /** The answer to a GET; null while there is none. */
    private @Nullable JsonNode get(String path) {
        requireAlive();
        URI uri = URI.create("http://127.0.0.1:" + config.integer(LookbackConfig.HTTP_PORT) + path);
        try {
            HttpResponse<String> answer =
                    http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? new ObjectMapper().readTree(answer.body()) : null;
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (IOException e) {
            return null;
        }
    }

    private SearchReport.Phase measure(Stage stage, long rows) {
        Sampler.Sample begin = sample();
        List<Answer> answers = new ArrayList<>();
        for (Subject subject : subjects) {
            if (subject.stage() == stage) {
                watcher.progress("searching, " + stage.label() + " expiry: request " + (answers.size() + 1));
                Answer answer = answer(subject);
                answers.add(answer);
                watcher.note(SearchReport.line(answer));
            }
        }
        SearchReport.Phase phase =
                new SearchReport.Phase(stage, rows, sample().otherCores(begin), peakBytes(), answers);
        requireRows(rows);
        return phase;
    }

    private Sampler.Sample sample() {
        return Sampler.sample(
                Map.of(), application.pid(), workspace.stack().broker().pid(), clock);
    }

    /** Afterwards, because the vault reads every key to count them. */
    private void requireRows(long wanted) {
        JsonNode vault = get("/vault");
        if (vault == null) {
            throw new IllegalStateException("The vault does not say what it holds");
        }
        long rows = 0;
        for (JsonNode each : vault.path("partitions")) {
            rows += each.path("rows").asLong();
        }
        if (rows != wanted) {
            throw new IllegalStateException("The vault holds " + rows + " rows, not " + wanted);
        }
    }

    private Answer answer(Subject subject) {
        UUID id = UUID.randomUUID();
        Submit submit = new Submit(
                id,
                UUID.randomUUID(),
                clock.instant(),
                PAPER,
                List.of(new Ask(subject.role(), subject.handle())),
                traffic.begin(),
                trafficEnd);
        String submitted = CommandCodec.sign(submit, LocalStack.INTAKE_OFFICER, intake);
        Approve approve = new Approve(id, UUID.randomUUID(), clock.instant(), CommandCodec.digest(submitted));
        String approved = CommandCodec.sign(approve, LocalStack.APPROVING_OFFICER, approver);

        tool.follow(id);
        long submittedAt = clock.millis();
        tool.post(id, submitted);
        Double searched = null;
        if (!subject.atOnce()) {
            await(id, CaseState.AWAITING_APPROVAL);
            searched = (clock.millis() - submittedAt) / MILLIS;
        }
        long approvedAt = clock.millis();
        tool.post(id, approved);
        LegalRequestStatus status = await(id, CaseState.SEALED);
        long sealedAt = clock.millis();

        Manifest manifest = tool.verified(id, seal);
        if (manifest.totals().lookups() != plan.matches) {
            throw new IllegalStateException("The extract for " + subject + " holds "
                    + manifest.totals().lookups() + " lookups, not " + plan.matches);
        }
        Instant appendedAt = Instant.parse(manifest.chronology().approvedAt());
        return new Answer(
                subject,
                searched,
                (sealedAt - approvedAt) / MILLIS,
                Duration.between(appendedAt, status.getAt()).toMillis() / MILLIS);
    }

    private LegalRequestStatus await(UUID id, CaseState state) {
        LegalRequestStatus status = tool.await(id, state, CASE_LIMIT);
        if (status == null) {
            throw new IllegalStateException("A request is not " + state + " after " + CASE_LIMIT);
        }
        return status;
    }

    private SearchReport.Expiry expire(long rows) {
        long begin = clock.millis();
        tool.retain(workspace.stack(), Topics.DEFAULT_CLASS, SearchTraffic.KEPT);
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
                return new SearchReport.Expiry(now, (end - begin) / MILLIS, peakBytes());
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
