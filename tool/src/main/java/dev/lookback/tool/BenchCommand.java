package dev.lookback.tool;

import dev.lookback.bench.BucketsBench;
import dev.lookback.bench.BucketsReport;
import dev.lookback.bench.FailoverBench;
import dev.lookback.bench.FailoverReport;
import dev.lookback.bench.ForgetBench;
import dev.lookback.bench.ForgetReport;
import dev.lookback.bench.GrowthBench;
import dev.lookback.bench.GrowthReport;
import dev.lookback.bench.IngestBench;
import dev.lookback.bench.IngestReport;
import dev.lookback.bench.Job;
import dev.lookback.bench.OutageBench;
import dev.lookback.bench.OutageReport;
import dev.lookback.bench.Report;
import dev.lookback.bench.ReverseBench;
import dev.lookback.bench.ReverseReport;
import dev.lookback.bench.SearchBench;
import dev.lookback.bench.SearchReport;
import dev.lookback.bench.StartupBench;
import dev.lookback.bench.StartupReport;
import dev.lookback.bench.SustainedBench;
import dev.lookback.bench.SustainedReport;
import dev.lookback.bench.Watcher;
import dev.lookback.config.Durations;
import dev.lookback.config.LookbackConfig;
import dev.lookback.local.SampleGeoIp;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "bench",
        description = "Measure Lookback on this machine, with a broker and a registry of its own. Needs Linux.",
        footer = {
            "",
            "Examples:",
            "  lookback bench ingest",
            "  lookback bench ingest --events 300000 --pairs 2 --json",
            "  lookback bench ingest --jobs handwritten,flink,passthrough",
            "  lookback bench smoke",
            "  lookback bench search",
            "  lookback bench search --role requester --runs 25",
            "  lookback bench reverse --rate max",
            "  lookback bench forget --runs 3 --bucket 15m",
            "  lookback bench sustained",
            "  lookback bench growth --rows 33000000 --csv growth.csv --svg growth.svg",
            "  lookback bench outage --runs 1",
            "  lookback bench failover --trials 5",
            "  lookback bench startup --lookups 10000000",
            "  lookback bench buckets",
        })
final class BenchCommand {
    private static final String DIRECTORY = ".lookback/bench";
    private static final String MAX = "max";

    /** As many as leave two runs of each under two minutes. */
    private static final long SMOKE_EVENTS = 600_000;

    private final Surroundings surroundings;

    BenchCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What every measurement can be told. */
    static final class Common {
        @Option(
                names = "--dir",
                paramLabel = "DIR",
                defaultValue = DIRECTORY,
                description = "Where temporary data goes; it is removed in the end. Default: ${DEFAULT-VALUE}")
        private Path directory = Path.of(DIRECTORY);

        @Option(names = "--keep", description = "Let that stay, for its logs.")
        private boolean keep;

        @Option(
                names = "--set",
                paramLabel = "NAME=VALUE",
                description = "A setting of the application in place of its default; may be repeated.")
        private Map<String, String> settings = Map.of();

        @Option(
                names = "--java-option",
                paramLabel = "OPTION",
                description = "An option of the measured processes' virtual machines; may be repeated.")
        private List<String> javaOptions = List.of();

        @Option(
                names = "--csv",
                paramLabel = "FILE",
                description = "Write what was measured there, too: a line for each run.")
        private @Nullable Path csv;
    }

    @Command(
            description =
                    "How many lookups a second go end to end, through ingest into the vault; and, in alternation, how"
                            + " many a Kafka Streams job copies that does nothing else, what others make of the same work, or"
                            + " how fast the vault is restored from what has been written.")
    int ingest(
            @Option(
                            names = "--events",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Lookups in each run. Default: ${DEFAULT-VALUE}")
                    long events,
            @Option(
                            names = "--pairs",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "Measured runs of each job. Default: ${DEFAULT-VALUE}")
                    int pairs,
            @Option(
                            names = "--jobs",
                            paramLabel = "JOB",
                            split = ",",
                            defaultValue = "lookback,passthrough",
                            description =
                                    "What to measure beside lookback: restore, encrypted, handwritten, flink, flink-wide,"
                                            + " flink-bulk, passthrough. Default: ${DEFAULT-VALUE}")
                    List<String> jobs,
            @Option(names = "--svg", paramLabel = "FILE", description = "Draw the rates there, too.") @Nullable
                    Path svg,
            @Option(names = "--no-warm-up", description = "Leave out the run of each that goes before.")
                    boolean noWarmUp,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        if (events < 1 || pairs < 1) {
            throw ToolException.usage("--events and --pairs begin at 1");
        }
        Set<Job> chosen = EnumSet.of(Job.LOOKBACK);
        jobs.forEach(each -> chosen.add(job(each)));
        Path peers = Path.of(System.getProperty("lookback.peers", "peers/target/lib"));
        if (chosen.stream().anyMatch(Job::isFlink) && !Files.isDirectory(peers)) {
            throw ToolException.usage("The jobs on Flink are not built (" + peers
                    + " is missing): mvn -Ppeers -pl peers -am package -DskipTests");
        }
        IngestReport report = measure(
                common,
                IngestReport.head(),
                (watcher, clock) -> IngestBench.run(
                        new IngestBench.Plan(
                                events,
                                pairs,
                                chosen,
                                SampleGeoIp.Size.LARGE,
                                peers.resolve("*").toString(),
                                IngestBench.MAX_OTHER_CORES,
                                !noWarmUp,
                                common.directory,
                                common.keep,
                                common.settings,
                                common.javaOptions),
                        watcher,
                        clock));
        int status = tell(json.wanted ? json(report) : null, IngestReport.head(), report);
        write(svg, report.chart());
        return status;
    }

    @Command(
            description =
                    "For build servers: two short runs of lookback and of the copying job, in under two minutes. Fails"
                            + " if lookback's share of the other's rate is a third less than when this was last set.")
    int smoke(@Mixin Common common) throws IOException {
        IngestReport report = measure(
                common,
                IngestReport.head(),
                (watcher, clock) -> IngestBench.run(
                        new IngestBench.Plan(
                                SMOKE_EVENTS,
                                2,
                                EnumSet.of(Job.LOOKBACK, Job.PASSTHROUGH),
                                SampleGeoIp.Size.SMALL,
                                "",
                                Double.MAX_VALUE,
                                false,
                                common.directory,
                                common.keep,
                                common.settings,
                                common.javaOptions),
                        watcher,
                        clock));
        IngestReport.head().forEach(surroundings.console()::print);
        report.lines().forEach(surroundings.console()::print);
        double ratio = report.ratio(Job.LOOKBACK, Job.PASSTHROUGH).orElseThrow().median();
        surroundings
                .console()
                .print(String.format(
                        Locale.ROOT,
                        "lookback does %.3f of what the copying job does; %.3f when last set; refused below %.3f",
                        ratio,
                        IngestReport.SMOKE_RATIO,
                        IngestReport.SMOKE_BAR));
        return ratio >= IngestReport.SMOKE_BAR ? ExitCodes.OK : ExitCodes.FAILED;
    }

    @Command(
            description =
                    "How soon a legal request is answered from a vault of millions of rows, and right after half of"
                            + " it has expired. Verifies and counts every extract; fails if one is not what it should be.")
    int search(
            @Option(
                            names = "--lookups",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Lookups in the vault. Default: ${DEFAULT-VALUE}")
                    long lookups,
            @Option(
                            names = "--matches",
                            paramLabel = "N",
                            defaultValue = "10000",
                            description = "How many of them each request finds. Default: ${DEFAULT-VALUE}")
                    int matches,
            @Option(
                            names = "--runs",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "Requests of each kind. Default: ${DEFAULT-VALUE}")
                    int runs,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            split = ",",
                            defaultValue = "requester,queried",
                            description = "Roles of the handles asked about. Default: ${DEFAULT-VALUE}")
                    List<String> roles,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        SearchBench.Plan plan = planned(() -> new SearchBench.Plan(
                lookups,
                matches,
                runs,
                roles.stream().map(BenchCommand::role).toList(),
                common.directory,
                common.keep,
                common.settings,
                common.javaOptions));
        return tell(
                common,
                json,
                SearchReport.head(),
                (watcher, clock) -> SearchBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            description =
                    "What a search that reads every row costs lookups that arrive meanwhile, and how long it takes beside"
                            + " them. Verifies and counts every extract; fails if one is not what it should be.")
    int reverse(
            @Option(
                            names = "--lookups",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description =
                                    "Lookups in the vault at first, which are searched. Default: ${DEFAULT-VALUE}")
                    long lookups,
            @Option(
                            names = "--matches",
                            paramLabel = "N",
                            defaultValue = "10000",
                            description = "How many of them each request finds. Default: ${DEFAULT-VALUE}")
                    int matches,
            @Option(
                            names = "--rate",
                            paramLabel = "N",
                            defaultValue = "40000",
                            description = "Lookups that arrive in a second; or max: as many as can be taken up."
                                    + " Default: ${DEFAULT-VALUE}")
                    String rate,
            @Option(
                            names = "--rest",
                            paramLabel = "DURATION",
                            defaultValue = "10s",
                            description = "How long nothing is searched, each time. Default: ${DEFAULT-VALUE}")
                    String rest,
            @Option(
                            names = "--pairs",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "How often, with a search and without. Default: ${DEFAULT-VALUE}")
                    int pairs,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        ReverseBench.Plan plan = planned(() -> new ReverseBench.Plan(
                lookups,
                matches,
                rate(rate),
                pairs,
                duration("--rest", rest),
                common.directory,
                common.keep,
                common.settings,
                common.javaOptions));
        return tell(
                common,
                json,
                ReverseReport.head(),
                (watcher, clock) -> ReverseBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            description =
                    "How many rows a second are forgotten, tombstones read back, while lookups keep arriving; how late,"
                            + " and what becomes of the lookups' way to the vault meanwhile. Fails unless vault and ledger hold the"
                            + " same rows in the end.")
    int forget(
            @Option(
                            names = "--rows",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Rows that become due in each run. Default: ${DEFAULT-VALUE}")
                    long rows,
            @Option(
                            names = "--rate",
                            paramLabel = "N",
                            defaultValue = "20000",
                            description = "Lookups that arrive in a second. Default: ${DEFAULT-VALUE}")
                    int rate,
            @Option(
                            names = "--buckets",
                            paramLabel = "N",
                            defaultValue = "4",
                            description = "Buckets that these rows are spread over. Default: ${DEFAULT-VALUE}")
                    int buckets,
            @Option(
                            names = "--bucket",
                            paramLabel = "DURATION",
                            defaultValue = "1h",
                            description = "Width of a bucket. Default: ${DEFAULT-VALUE}")
                    String bucket,
            @Option(
                            names = "--rest",
                            paramLabel = "DURATION",
                            defaultValue = "20s",
                            description = "How long lookups arrive before each run. Default: ${DEFAULT-VALUE}")
                    String rest,
            @Option(
                            names = "--runs",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "How often. Default: ${DEFAULT-VALUE}")
                    int runs,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        ForgetBench.Plan plan = planned(() -> new ForgetBench.Plan(
                rows,
                buckets,
                duration("--bucket", bucket),
                rate,
                runs,
                duration("--rest", rest),
                common.directory,
                common.keep,
                common.settings,
                common.javaOptions));
        return tell(
                common,
                json,
                ForgetReport.head(),
                (watcher, clock) -> ForgetBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            description =
                    "How many rows a second the vault can take up while as many expire: the rate to size by; and, in"
                            + " alternation, how many while none expire, and how many expire while none arrive. What"
                            + " arrives is published while the application is frozen, so that publishing costs it nothing.")
    int sustained(
            @Option(
                            names = "--rows",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Rows that arrive and expire in each run. Default: ${DEFAULT-VALUE}")
                    long rows,
            @Option(
                            names = "--buckets",
                            paramLabel = "N",
                            defaultValue = "4",
                            description =
                                    "Buckets, of an hour each, that these are spread over. Default: ${DEFAULT-VALUE}")
                    int buckets,
            @Option(
                            names = "--runs",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "How often. Default: ${DEFAULT-VALUE}")
                    int runs,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        SustainedBench.Plan plan = planned(() -> new SustainedBench.Plan(
                rows, buckets, runs, common.directory, common.keep, common.settings, common.javaOptions));
        return tell(
                common,
                json,
                SustainedReport.head(),
                (watcher, clock) -> SustainedBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            description =
                    "Whether ingest stays as fast, and memory as small, as the vault grows. What arrives is published while"
                            + " the application is frozen, so that publishing costs it nothing.")
    int growth(
            @Option(
                            names = "--rows",
                            paramLabel = "N",
                            defaultValue = "33000000",
                            description = "Rows in the vault in the end. Default: ${DEFAULT-VALUE}")
                    long rows,
            @Option(
                            names = "--step",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Rows that are taken up at a time. Default: ${DEFAULT-VALUE}")
                    long step,
            @Option(names = "--svg", paramLabel = "FILE", description = "Draw the rates there, too.") @Nullable
                    Path svg,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        GrowthBench.Plan plan = planned(() ->
                new GrowthBench.Plan(rows, step, common.directory, common.keep, common.settings, common.javaOptions));
        GrowthReport report =
                measure(common, GrowthReport.head(), (watcher, clock) -> GrowthBench.run(plan, watcher, clock));
        int status = tell(json.wanted ? report : null, GrowthReport.head(), report);
        write(svg, report.chart());
        return status;
    }

    @Command(
            description =
                    "How soon everything overdue is forgotten at the first start after an outage of the vault that was"
                            + " longer than the whole retention, with its ledger as it was and with what the vault had stored gone"
                            + " from it. Fails if anything overdue is disclosed, or a row stays that the ledger does not hold.")
    int outage(
            @Option(
                            names = "--rows",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Rows that are overdue. Default: ${DEFAULT-VALUE}")
                    long rows,
            @Option(
                            names = "--rate",
                            paramLabel = "N",
                            defaultValue = "0",
                            description = "Lookups that arrive in a second meanwhile. Default: ${DEFAULT-VALUE}")
                    int rate,
            @Option(
                            names = "--buckets",
                            paramLabel = "N",
                            defaultValue = "4",
                            description =
                                    "Buckets, of an hour each, that the rows are spread over. Default: ${DEFAULT-VALUE}")
                    int buckets,
            @Option(
                            names = "--runs",
                            paramLabel = "N",
                            defaultValue = "3",
                            description = "How often, for each kind of outage. Default: ${DEFAULT-VALUE}")
                    int runs,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        OutageBench.Plan plan = planned(() -> new OutageBench.Plan(
                rows, buckets, rate, runs, common.directory, common.keep, common.settings, common.javaOptions));
        return tell(
                common,
                json,
                OutageReport.head(),
                (watcher, clock) -> OutageBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            description =
                    "How soon one of two instances, with a standby of everything, takes over from the other after a kill -9"
                            + " under traffic: lookups from all partitions, and a request filed right after it. Fails if a"
                            + " store is restored from its ledger's beginning.")
    int failover(
            @Option(
                            names = "--rate",
                            paramLabel = "N",
                            defaultValue = "20000",
                            description = "Lookups that arrive in a second. Default: ${DEFAULT-VALUE}")
                    int rate,
            @Option(
                            names = "--trials",
                            paramLabel = "N",
                            defaultValue = "30",
                            description = "How often one is killed. Default: ${DEFAULT-VALUE}")
                    int trials,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        FailoverBench.Plan plan = planned(() -> new FailoverBench.Plan(
                rate, trials, common.directory, common.keep, common.settings, common.javaOptions));
        return tell(
                common,
                json,
                FailoverReport.head(),
                (watcher, clock) -> FailoverBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            aliases = "restore",
            description =
                    "How soon `lookback run` is ready: with nothing there, with a vault to restore from its ledgers,"
                            + " and with the state that it left.")
    int startup(
            @Option(
                            names = "--lookups",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Lookups in the ledger. Default: ${DEFAULT-VALUE}")
                    long lookups,
            @Option(
                            names = "--runs",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "Starts of each kind. Default: ${DEFAULT-VALUE}")
                    int runs,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        StartupBench.Plan plan = planned(() -> new StartupBench.Plan(
                lookups, runs, common.directory, common.keep, common.settings, common.javaOptions));
        return tell(
                common,
                json,
                StartupReport.head(),
                (watcher, clock) -> StartupBench.run(plan, this::tool, watcher, clock));
    }

    @Command(
            description =
                    "What the width of a bucket costs: seeks and time of a search for one requester, for several widths"
                            + " after one another. A bucket is forgotten as a whole, so a narrow one is forgotten sooner.")
    int buckets(
            @Option(
                            names = "--bucket",
                            paramLabel = "DURATION",
                            split = ",",
                            defaultValue = "15m,1h,6h",
                            description = "Widths. Default: ${DEFAULT-VALUE}")
                    List<String> widths,
            @Option(
                            names = "--lookups",
                            paramLabel = "N",
                            defaultValue = "3000000",
                            description = "Lookups in the vault. Default: ${DEFAULT-VALUE}")
                    long lookups,
            @Option(
                            names = "--span",
                            paramLabel = "DURATION",
                            defaultValue = "29d",
                            description = "Over how long these occurred. Default: ${DEFAULT-VALUE}")
                    String span,
            @Option(names = "--restored", description = "Search right after the vault has been restored.")
                    boolean restored,
            @Mixin Common common,
            @Mixin Json json)
            throws IOException {
        BucketsBench.Plan plan = planned(() -> new BucketsBench.Plan(
                widths.stream().map(width -> duration("--bucket", width)).toList(),
                lookups,
                duration("--span", span),
                restored,
                common.directory,
                common.keep,
                common.settings,
                common.javaOptions));
        return tell(
                common,
                json,
                BucketsReport.head(),
                (watcher, clock) -> BucketsBench.run(plan, this::tool, watcher, clock));
    }

    /** A measurement that has been planned. */
    @FunctionalInterface
    private interface Bench<R extends Report> {
        R run(Watcher watcher, Clock clock) throws IOException;
    }

    /** Runs it, with the table's head on the screen before its lines come. */
    private <R extends Report> R measure(Common common, List<String> head, Bench<R> bench) throws IOException {
        Console console = surroundings.console();
        write(common.csv, ""); // rather found out now that it cannot be written
        head.forEach(console::note);
        R report = bench.run(watcher(console), surroundings.clock());
        write(common.csv, Csv.records(report.runs()));
        return report;
    }

    private static void write(@Nullable Path file, String text) throws IOException {
        if (file != null) {
            Files.writeString(file, text);
        }
    }

    private int tell(Common common, Json json, List<String> head, Bench<?> bench) throws IOException {
        Report report = measure(common, head, bench);
        return tell(json.wanted ? report : null, head, report);
    }

    /** Prints what was measured: as JSON if there is any, else for people. */
    private int tell(@Nullable Object json, List<String> head, Report report) {
        Console console = surroundings.console();
        if (json != null) {
            console.printJson(json);
            return ExitCodes.OK;
        }
        report.explanation().forEach(console::print);
        console.print("");
        head.forEach(console::print);
        report.lines().forEach(console::print);
        if (!report.summary().isEmpty()) {
            console.print("");
            report.summary().forEach(console::print);
        }
        return ExitCodes.OK;
    }

    private BenchTool tool(LookbackConfig config) {
        return new BenchTool(config, surroundings.clock());
    }

    private static SelectorRole role(String text) {
        return SearchBench.ROLES.stream()
                .filter(each -> each.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--role " + text + ": requester or queried"));
    }

    /** 0 for the most there can be. */
    private static int rate(String text) {
        if (text.equals(MAX)) {
            return 0;
        }
        try {
            int rate = Integer.parseInt(text);
            if (rate > 0) {
                return rate;
            }
        } catch (NumberFormatException e) {
            // No number is no rate either.
        }
        throw new IllegalArgumentException("--rate " + text + ": a whole number from 1, or " + MAX);
    }

    private static Job job(String text) {
        return Arrays.stream(Job.values())
                .filter(each -> each.label().equals(text))
                .findFirst()
                .orElseThrow(() -> ToolException.usage("--jobs " + text + ": none of "
                        + Arrays.stream(Job.values()).map(Job::label).collect(Collectors.joining(", "))));
    }

    private static Duration duration(String option, String text) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + " " + text + ": " + e.getMessage(), e);
        }
    }

    private static <T> T planned(Supplier<T> plan) {
        try {
            return plan.get();
        } catch (IllegalArgumentException e) {
            throw ToolException.usage(String.valueOf(e.getMessage()));
        }
    }

    private static Watcher watcher(Console console) {
        return new Watcher() {
            @Override
            public void progress(String line) {
                console.progress(line);
            }

            @Override
            public void note(String line) {
                console.progressDone();
                console.note(line);
            }
        };
    }

    private static Map<String, Object> json(IngestReport report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("events", report.events());
        json.put("cores", report.cores());
        json.put("settings", report.settings());
        json.put("eventBytes", report.eventBytes());
        for (Job job : report.measured()) {
            Map<String, Object> rates = new LinkedHashMap<>();
            rates.put("perSecond", report.perSecond(job));
            rates.put("perSecondWorking", report.perSecondWorking(job));
            json.put(job.label(), rates);
        }
        report.ratio(Job.LOOKBACK, Job.PASSTHROUGH).ifPresent(ratio -> json.put("ratio", ratio));
        report.ratioWorking(Job.LOOKBACK, Job.PASSTHROUGH).ifPresent(ratio -> json.put("ratioWorking", ratio));
        json.put("peakBytes", report.peakBytes());
        json.put("runs", report.runs());
        return json;
    }
}
