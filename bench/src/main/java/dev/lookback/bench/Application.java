package dev.lookback.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.local.ChildJvm;
import dev.lookback.topics.Topics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** {@code lookback run} in a process of its own, and what can be asked of it. */
final class Application {
    /** How often it is asked whether it is ready: nothing shorter is known of a start. */
    static final Duration PAUSE = Duration.ofMillis(100);

    private static final Duration READY_LIMIT = Duration.ofMinutes(2);
    private static final int OK = 200;

    /** More than two lines of looks. */
    private static final int LOOKS_TAIL_BYTES = 16 * 1024;

    private static final String DIRECTORY = "run";
    private static final Pattern OF_PARTITION =
            Pattern.compile("(?m)^lookback_expiry_turn_timestamp_seconds\\{[^}]*partition=\"(\\d+)\"");
    private static final Pattern OPENED_AT = Pattern.compile(": opened at position (\\d+) of its ledger");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ChildJvm process;
    private final Path directory;
    private final LookbackConfig config;
    private final long brokerPid;
    private final Clock clock;
    private final HttpClient http = HttpClient.newHttpClient();

    private Application(ChildJvm process, Path directory, LookbackConfig config, long brokerPid, Clock clock) {
        this.process = process;
        this.directory = directory;
        this.config = config;
        this.brokerPid = brokerPid;
        this.clock = clock;
    }

    /**
     * Starts it.
     *
     * @param roles what it runs; empty: all roles
     */
    static Application start(Workspace workspace, Tool tool, Set<Role> roles, List<String> javaOptions, Clock clock) {
        List<String> command = new ArrayList<>(tool.runCommand(workspace.stack().configFile()));
        if (!roles.isEmpty()) {
            command.add("--role");
            command.add(roles.stream().map(Role::name).collect(Collectors.joining(",")));
        }
        return start(workspace, command, javaOptions, clock);
    }

    /**
     * Starts one of several, all roles, in a directory of its own.
     *
     * @param name of the directory
     * @param settings in which it differs from the others, besides its state directory
     */
    static Application start(
            Workspace workspace,
            Tool tool,
            String name,
            Map<String, String> settings,
            List<String> javaOptions,
            Clock clock) {
        Path directory = workspace.directory(name);
        Path configFile = workspace.configFile(directory, settings);
        return new Application(
                workspace.start(directory, javaOptions, tool.runCommand(configFile)),
                directory,
                LookbackConfig.load(configFile, Map.of(), Map.of()),
                workspace.stack().broker().pid(),
                clock);
    }

    /** Starts it with all roles and with somebody inside who looks at its lag once a second: {@link #lag}. */
    static Application startWatched(Workspace workspace, List<String> javaOptions, Clock clock) {
        return startWatched(workspace, WatchedApplication.INTERVAL, javaOptions, clock);
    }

    /** The same, with a look at every interval. */
    static Application startWatched(Workspace workspace, Duration interval, List<String> javaOptions, Clock clock) {
        List<String> command = List.of(
                WatchedApplication.class.getName(),
                workspace.stack().configFile().toString(),
                workspace.directory(DIRECTORY).toString(),
                String.valueOf(interval.toMillis()));
        return start(workspace, command, javaOptions, clock);
    }

    private static Application start(Workspace workspace, List<String> command, List<String> javaOptions, Clock clock) {
        Path directory = workspace.directory(DIRECTORY);
        return new Application(
                workspace.start(directory, javaOptions, command),
                directory,
                workspace.config(),
                workspace.stack().broker().pid(),
                clock);
    }

    /** Its lags, if it was started so; counted from an instant (milliseconds since the epoch) when it had none. */
    LagMeter lag(long atRest) {
        return LagMeter.read(directory.resolve(WatchedApplication.LOOKS_FILE), atRest);
    }

    /**
     * Lookups and rows that had not been taken up when somebody looked last, beyond those that had been taken up before
     * anybody counted. Reads the end of a file alone, so it can be asked often.
     */
    long untaken() {
        try (RandomAccessFile file = new RandomAccessFile(
                directory.resolve(WatchedApplication.LOOKS_FILE).toFile(), "r")) {
            byte[] tail = new byte[(int) Math.min(file.length(), LOOKS_TAIL_BYTES)];
            file.seek(file.length() - tail.length);
            file.readFully(tail);
            String text = new String(tail, StandardCharsets.UTF_8);
            int end = text.lastIndexOf('\n');
            int begin = text.lastIndexOf('\n', end - 1) + 1;
            return LagMeter.Look.parse(text.substring(begin, end)).untaken();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Freezes it while something is done, which then costs it nothing. */
    void whileFrozen(Runnable work) {
        process.whileFrozen(work);
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.kill();
    }

    /** The partitions of the vault that it is in charge of; none while it does not say so. */
    Set<String> vaultPartitions() {
        String metrics = get("/metrics");
        return metrics == null
                ? Set.of()
                : OF_PARTITION
                        .matcher(metrics)
                        .results()
                        .map(each -> each.group(1))
                        .collect(Collectors.toSet());
    }

    /** The positions of their ledgers at which it has opened stores of the vault, in all its lives, in order. */
    List<Long> storesOpenedAt() {
        try {
            return OPENED_AT
                    .matcher(Files.readString(directory.resolve(Workspace.PROCESS_LOG)))
                    .results()
                    .map(each -> Long.valueOf(each.group(1)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops it in good order, and waits until it is gone. */
    void stop() {
        process.close();
    }

    /**
     * Waits until ingest and vault have committed all there is, and everything is ready.
     *
     * @param lookups how many there are, for who watches
     */
    void awaitMirrored(long lookups, Watcher watcher) {
        LongConsumer heard = committed -> {
            requireAlive();
            watcher.progress(Texts.progress("filling the vault", Math.min(committed, lookups), lookups));
        };
        try (Log log = new Log(config)) {
            log.awaitCommitted(
                    config.applicationId(Role.INGEST),
                    Set.of(config.topics().lookupEvents().name()),
                    heard);
            log.awaitCommitted(config.applicationId(Role.VAULT), Set.of(ledger()), heard);
        }
        awaitReady();
    }

    /** Waits until ingest has committed all there is. */
    void awaitAdmitted() {
        try (Log log = new Log(config)) {
            log.awaitCommitted(
                    config.applicationId(Role.INGEST),
                    Set.of(config.topics().lookupEvents().name()),
                    committed -> requireAlive());
        }
    }

    /** Waits until {@code /health/ready} says so. */
    void awaitReady() {
        for (long tries = READY_LIMIT.dividedBy(PAUSE); get("/health/ready") == null; tries--) {
            if (tries == 0) {
                throw new IllegalStateException("The application is not ready after " + READY_LIMIT);
            }
            Log.pause(PAUSE);
        }
    }

    /** The ledger of class {@code default}. */
    String ledger() {
        return config.topics().ledger(Topics.DEFAULT_CLASS).name();
    }

    /** The answer to a GET; null while there is none. */
    @Nullable
    String get(String path) {
        requireAlive();
        URI uri = URI.create("http://127.0.0.1:" + config.integer(LookbackConfig.HTTP_PORT) + path);
        try {
            HttpResponse<String> answer =
                    http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == OK ? answer.body() : null;
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (IOException e) {
            return null;
        }
    }

    /** What the vault holds, by partition. It reads every key to say so. */
    List<Holding> vault() {
        String vault = get("/vault");
        if (vault == null) {
            throw new IllegalStateException("The vault does not say what it holds");
        }
        try {
            return JSON.readValue(vault, new TypeReference<Map<String, List<Holding>>>() {}).values().stream()
                    .flatMap(List::stream)
                    .sorted(Comparator.comparing(Holding::retentionClass).thenComparing(Holding::partition))
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException("The vault's answer cannot be read", e);
        }
    }

    /** The most memory it has had resident. */
    long peakBytes() {
        return Proc.peakResidentBytes(process.pid());
    }

    /** What it, the broker and the machine have spent. */
    Sampler.Sample sample() {
        return Sampler.sample(Map.of(), process.pid(), brokerPid, clock);
    }

    /** The same, with this process told apart. */
    Load.Reading load() {
        return Load.Reading.take(process.pid(), brokerPid, clock);
    }

    void requireAlive() {
        if (!process.isAlive()) {
            throw new IllegalStateException("The application has ended");
        }
    }

    /** A failure, with the end of the log if it is that the application has ended. */
    RuntimeException explained(RuntimeException failure) {
        return process.isAlive()
                ? failure
                : new IllegalStateException("The application has ended. " + process.logTail(), failure);
    }
}
