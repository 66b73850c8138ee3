package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.custody.KeystoreCustody;
import dev.lookback.local.ChildJvm;
import dev.lookback.local.Directories;
import dev.lookback.local.SampleGeoIp;
import dev.lookback.local.SampleTraffic;
import dev.lookback.retention.RetentionClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How many lookups a second go end to end: from {@code lookup-events}, filled beforehand, through ingest into the vault,
 * in alternation with a Kafka Streams job that only copies the same records.
 */
public final class IngestBench {
    private static final long SEED = 7;
    private static final Duration LOOK = Duration.ofMillis(500);

    /** Topic that jobs on Flink write. */
    public static final String FLINK_LEDGER = "flink";

    private static final String FLINK_MAIN = "dev.lookback.peers.FlinkProcess";

    /** A heap four times as large as Lookback's, so that it is not what slows it down; the rest is what Flink asks for. */
    private static final List<String> FLINK_OPTIONS = List.of(
            "-Xmx2g",
            "-XX:MaxDirectMemorySize=1g",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.time=ALL-UNNAMED");

    /**
     * What to measure.
     *
     * @param events how many lookups
     * @param pairs how many measured runs of each job
     * @param jobs what is measured, in alternation
     * @param networks how large the GeoIP databases are: what is looked up in small ones was nearly always looked up before
     * @param peers class path of the module peers, for jobs on Flink
     * @param maxOtherCores a run beside which other processes kept more cores busy is done again, twice at most
     * @param warmUp whether one run of each goes before, which counts for nothing
     * @param parent directory under which temporary data goes
     * @param keep whether that stays
     * @param settings of the application, in place of its defaults
     * @param javaOptions of the measured processes
     */
    public record Plan(
            long events,
            int pairs,
            Set<Job> jobs,
            SampleGeoIp.Size networks,
            String peers,
            double maxOtherCores,
            boolean warmUp,
            Path parent,
            boolean keep,
            Map<String, String> settings,
            List<String> javaOptions) {
        /** @throws IllegalArgumentException if what is to be restored is not there */
        public Plan {
            if (jobs.contains(Job.RESTORE) && !jobs.contains(Job.LOOKBACK)) {
                throw new IllegalArgumentException("restore needs lookback, whose vault it restores");
            }
        }
    }

    /** Above it figures are worth little. */
    public static final double MAX_OTHER_CORES = 0.1;

    private static final int TRIES = 3;

    private final Plan plan;
    private final Watcher watcher;
    private final Clock clock;
    private final Map<String, String> databases = new HashMap<>();

    /** The last run of {@link Job#LOOKBACK}, while its topics are there: its name, and how many rows it had. */
    private record Filled(String name, long rows) {}

    private Filled filled = new Filled("", 0);

    private IngestBench(Plan plan, Watcher watcher, Clock clock) {
        this.plan = plan;
        this.watcher = watcher;
        this.clock = clock;
    }

    /**
     * Measures. Takes some minutes for millions of lookups.
     *
     * @throws IllegalStateException if a process fails; the message holds the end of its log
     */
    public static IngestReport run(Plan plan, Watcher watcher, Clock clock) throws IOException {
        return new IngestBench(plan, watcher, clock).run();
    }

    private IngestReport run() throws IOException {
        watcher.progress("starting a broker and a registry");
        try (Workspace workspace = Workspace.open(plan.parent, plan.settings, plan.keep, clock)) {
            fill(workspace);
            List<Run> runs = new ArrayList<>();
            Set<Job> jobs = EnumSet.copyOf(plan.jobs);
            if (plan.warmUp) {
                for (Job job : jobs) {
                    run(workspace, job, 0, 1);
                }
            }
            for (int pair = 1; pair <= plan.pairs; pair++) {
                for (Job job : jobs) {
                    runs.add(undisturbed(workspace, job, pair));
                }
            }
            try (Log log = new Log(workspace.config())) {
                long bytes = log.bytes(
                        Set.of(workspace.config().topics().lookupEvents().name()));
                return new IngestReport(
                        plan.events,
                        Runtime.getRuntime().availableProcessors(),
                        plan.settings,
                        bytes / (double) plan.events,
                        plan.networks,
                        runs);
            }
        }
    }

    /** The last try counts, whatever else went on. */
    private Run undisturbed(Workspace workspace, Job job, int pair) throws IOException {
        Run run = run(workspace, job, pair, 1);
        watcher.note(IngestReport.line(run));
        for (int tries = 2; tries <= TRIES && run.otherCores() > plan.maxOtherCores; tries++) {
            watcher.note("  disturbed by other processes: once more");
            run = run(workspace, job, pair, tries);
            watcher.note(IngestReport.line(run));
        }
        return run;
    }

    private void fill(Workspace workspace) {
        watcher.progress("making GeoIP databases");
        SampleGeoIp geoIp = new SampleGeoIp(SEED, plan.networks);
        Path city = workspace.directory("geoip").resolve("city.mmdb");
        Path asn = city.resolveSibling("asn.mmdb");
        geoIp.writeCity(city, clock.instant());
        geoIp.writeAsn(asn, clock.instant());
        databases.put(LookbackConfig.GEOIP_CITY_DATABASE, city.toString());
        databases.put(LookbackConfig.GEOIP_ASN_DATABASE, asn.toString());
        SampleTraffic traffic =
                new SampleTraffic(SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.SOME, geoIp, clock);
        workspace.fill(traffic::next, plan.events, watcher, clock);
    }

    private Run run(Workspace workspace, Job job, int pair, int attempt) throws IOException {
        // A consumer group of its own, too: another would have read everything already. Not where that is the point.
        String name = job.label() + "-" + pair + "-" + attempt;
        LookbackConfig config = workspace.config();
        if (job != Job.RESTORE) {
            workspace.freshTopics(topicsOf(job));
        }
        Path directory = workspace.directory(name);
        Path state = directory.resolve("state");
        Map<String, String> settings = new HashMap<>(databases);
        settings.put(LookbackConfig.APPLICATION_ID_PREFIX, (job == Job.RESTORE ? filled.name : name) + "-");
        settings.put(LookbackConfig.STATE_DIR, state.toString());
        settings.put(LookbackConfig.ROLES, Role.INGEST.label() + "," + Role.VAULT.label());
        if (job == Job.ENCRYPTED) {
            Path keys = directory.resolve("keys.p12");
            KeystoreCustody.create(keys, name.toCharArray());
            settings.put(LookbackConfig.CUSTODY_CLASS, KeystoreCustody.class.getName());
            settings.put(LookbackConfig.CUSTODY_KEYSTORE_LOCATION, keys.toString());
            settings.put(LookbackConfig.CUSTODY_KEYSTORE_PASSWORD, name);
        }
        Path file = directory.resolve("assignment.json");
        long startedAt = clock.millis();
        new Assignment(
                        job,
                        workspace.stack().configFile().toString(),
                        settings,
                        directory.toString(),
                        startedAt,
                        workspace.stack().broker().pid(),
                        plan.events)
                .write(file);
        ChildJvm child = job.isFlink()
                ? workspace.start(directory, FLINK_OPTIONS, plan.peers, List.of(FLINK_MAIN, file.toString()))
                : workspace.start(
                        directory, plan.javaOptions, List.of(MeasuredProcess.class.getName(), file.toString()));
        await(child, directory, pair == 0 ? job.label() + ", warm-up" : job.label() + " " + pair + "/" + plan.pairs);
        Finish finish = Assignment.finish(directory);
        Set<String> written = topicsOf(job).isEmpty() ? ledgers(config) : topicsOf(job);
        try (Log log = new Log(config)) {
            long done = job == Job.RESTORE ? finish.rows() : plan.events;
            Run run = Run.of(job, pair, done, startedAt, finish, Workspace.bytes(state), log.bytes(written));
            Directories.delete(state);
            if (job == Job.LOOKBACK) {
                filled = new Filled(name, run.rows());
            } else if (job == Job.RESTORE && run.rows() != filled.rows) {
                throw new IllegalStateException(run.rows() + " rows were restored, of " + filled.rows);
            }
            return run;
        }
    }

    /** The topics that only this job writes; none if it writes the ledgers. */
    private static Set<String> topicsOf(Job job) {
        return switch (job) {
            case LOOKBACK, RESTORE, ENCRYPTED -> Set.of();
            case HANDWRITTEN -> Set.of(Handwritten.LEDGER);
            case FLINK, FLINK_WIDE, FLINK_BULK -> Set.of(FLINK_LEDGER);
            case PASSTHROUGH -> Set.of(MeasuredProcess.COPIES);
        };
    }

    private static Set<String> ledgers(LookbackConfig config) {
        return Set.copyOf(config.retentionClasses().all().stream()
                .map(RetentionClass::name)
                .map(each -> config.topics().ledger(each).name())
                .toList());
    }

    private void await(ChildJvm child, Path directory, String what) throws IOException {
        while (true) {
            OptionalInt status = child.awaitEnd(LOOK);
            if (status.isPresent()) {
                if (status.getAsInt() != 0) {
                    throw new IllegalStateException(
                            what + " ended with status " + status.getAsInt() + ". " + child.logTail());
                }
                return;
            }
            Path progress = directory.resolve(Assignment.PROGRESS_FILE);
            String done = Files.exists(progress) ? Files.readString(progress) : "";
            watcher.progress(Texts.progress(what, done.isEmpty() ? 0 : Long.parseLong(done), plan.events));
        }
    }
}
