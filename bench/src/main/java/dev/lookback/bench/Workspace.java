package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.local.ChildJvm;
import dev.lookback.local.Directories;
import dev.lookback.local.LocalStack;
import dev.lookback.local.OpenPolicy;
import dev.lookback.local.TrafficPublisher;
import dev.lookback.v1.LookupEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * A temporary directory with a broker and a registry, and the process under measurement. All of it goes when this is
 * closed, or when the process ends.
 */
final class Workspace implements AutoCloseable {
    /** What a process started here prints, all its lives; in its directory. */
    static final String PROCESS_LOG = "process.log";

    /** As the launcher gives {@code lookback run}; the collector unless another is asked for. */
    private static final String MEMORY = "-Xmx512m";

    private static final String COLLECTOR = "-XX:+UseParallelGC";
    private static final List<String> COMPILING = List.of(
            "-XX:Tier4InvocationThreshold=50000",
            "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000",
            "-XX:Tier4BackEdgeThreshold=400000");
    private static final Pattern ANY_COLLECTOR = Pattern.compile("-XX:\\+Use\\w*GC");

    /** System property, set by the launcher: its archive of classes, which may be missing. */
    private static final String CLASSES = "lookback.classes";

    private static final long EVENTS_PER_NOTE = 20_000;
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(30);
    private static final Duration SETTLE_INTERVAL = Duration.ofMillis(200);

    private final Path directory;
    private final boolean keep;
    private final LocalStack stack;
    private final Thread hook = new Thread(this::cleanUp, "bench-clean-up");
    private final List<ChildJvm> children = new ArrayList<>();
    private boolean closed;

    private Workspace(Path directory, boolean keep, LocalStack stack) {
        this.directory = directory;
        this.keep = keep;
        this.stack = stack;
    }

    /**
     * Starts broker and registry in a new directory.
     *
     * @param parent where the directory is made
     * @param settings of the application, beyond the stack's own
     * @param keep whether the directory stays, for its logs
     */
    static Workspace open(Path parent, Map<String, String> settings, boolean keep, InstantSource clock) {
        if (!Proc.isThere()) {
            throw new IllegalStateException("Measuring needs Linux: there is no /proc here");
        }
        try {
            Path directory = Files.createTempDirectory(Directories.create(parent.toAbsolutePath()), "bench-");
            Thread early = new Thread(() -> Directories.delete(directory), "bench-clean-up-early");
            Runtime.getRuntime().addShutdownHook(early);
            // A measurement asks for more than a policy that protects anybody would let out.
            Map<String, String> all = new HashMap<>(OpenPolicy.settings(directory));
            all.putAll(settings);
            Workspace workspace =
                    new Workspace(directory, keep, LocalStack.start(directory.resolve("stack"), all, clock));
            Runtime.getRuntime().addShutdownHook(workspace.hook);
            Runtime.getRuntime().removeShutdownHook(early);
            return workspace;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    LocalStack stack() {
        return stack;
    }

    LookbackConfig config() {
        return stack.config();
    }

    /** A directory for one run. */
    Path directory(String name) {
        return Directories.create(directory.resolve(name));
    }

    /**
     * Deletes all topics but {@code lookup-events} and creates them anew, and others besides.
     *
     * @param others topics with as many partitions as a ledger, stamped by the broker
     */
    void freshTopics(Set<String> others) {
        LookbackConfig config = config();
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            String kept = config.topics().lookupEvents().name();
            List<String> old = Log.get(admin.listTopics().names()).stream()
                    .filter(each -> !each.equals(kept))
                    .toList();
            Log.get(admin.deleteTopics(old).all());
            for (long tries = SETTLE_LIMIT.dividedBy(SETTLE_INTERVAL); tries > 0; tries--) {
                Log.pause(SETTLE_INTERVAL);
                TopicAdmin topics = new TopicAdmin(admin, config);
                List<Change> missing = topics.plan(Map.of()).changes().stream()
                        .filter(Change.Create.class::isInstance)
                        .toList();
                if (missing.isEmpty() && topics.problems().isEmpty()) {
                    create(admin, others);
                    return;
                }
                topics.apply(new TopicPlan(missing));
            }
            throw new IllegalStateException(
                    "The topics could not be created anew: " + new TopicAdmin(admin, config).problems());
        }
    }

    private void create(Admin admin, Set<String> names) {
        int partitions = config().optionalInteger(LookbackConfig.TOPICS_PARTITIONS_LEDGERS)
                .orElseThrow();
        List<NewTopic> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new NewTopic(name, partitions, (short) 1)
                    .configs(Map.of("message.timestamp.type", "LogAppendTime")));
        }
        Log.get(admin.createTopics(topics).all());
    }

    /** Publishes lookups to {@code lookup-events}; returns when the broker has them all. */
    void fill(Supplier<LookupEvent> lookups, long count, Watcher watcher, Clock clock) {
        LookbackConfig config = config();
        try (TrafficPublisher publisher =
                new TrafficPublisher(config.topics().lookupEvents(), ClientSettings.producer(config), "bench", clock)) {
            long[] made = {0};
            publisher.publish(
                    () -> {
                        if (made[0]++ % EVENTS_PER_NOTE == 0) {
                            watcher.progress(Texts.progress("filling lookup-events", made[0], count));
                        }
                        return lookups.get();
                    },
                    count);
        }
    }

    /** A file with the stack's settings and others, in a directory, which also is where its state is. */
    Path configFile(Path inDirectory, Map<String, String> settings) {
        Path file = inDirectory.resolve("lookback.properties");
        Properties all = new Properties();
        try (var in = Files.newBufferedReader(stack.configFile())) {
            all.load(in);
            all.putAll(settings);
            all.put(LookbackConfig.STATE_DIR, inDirectory.resolve("state").toString());
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (var out = Files.newBufferedWriter(file)) {
                all.store(out, null);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a main class of ours, with its arguments, in a process of its own. */
    ChildJvm start(Path runDirectory, List<String> javaOptions, List<String> command) {
        List<String> options = new ArrayList<>(javaOptions);
        Path archive = Path.of(System.getProperty(CLASSES, ""));
        if (Files.isRegularFile(archive)) {
            options.add("-XX:SharedArchiveFile=" + archive);
        }
        return start(runDirectory, options, System.getProperty("java.class.path"), command);
    }

    /** Starts a main class found on another class path. */
    ChildJvm start(Path runDirectory, List<String> javaOptions, String classPath, List<String> command) {
        List<String> options = new ArrayList<>(COMPILING);
        options.add(MEMORY);
        if (javaOptions.stream().noneMatch(each -> ANY_COLLECTOR.matcher(each).matches())) {
            options.add(COLLECTOR);
        }
        options.add("-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.lookback.v1,java.lang");
        options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        options.add("-Dorg.slf4j.simpleLogger.log.dev.lookback=info");
        options.addAll(javaOptions);
        ChildJvm started = ChildJvm.start(
                "measured process", runDirectory, runDirectory.resolve(PROCESS_LOG), options, classPath, command);
        synchronized (this) {
            children.add(started);
        }
        return started;
    }

    /** How many bytes the files under a directory hold; what is not there, or vanishes meanwhile, counts as nothing. */
    static long bytes(Path root) {
        if (!Files.exists(root)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).mapToLong(Workspace::size).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void cleanUp() {
        if (closed) {
            return;
        }
        closed = true;
        children.forEach(ChildJvm::close);
        stack.close();
        if (!keep) {
            Directories.delete(directory);
        }
    }

    @Override
    public void close() {
        cleanUp();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This process is ending, and the hook has done the work.
        }
    }
}
