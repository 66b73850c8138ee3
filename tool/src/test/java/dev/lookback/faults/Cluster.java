package dev.lookback.faults;

import static org.awaitility.Awaitility.await;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.e2e.Instance;
import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.e2e.LogScan;
import dev.lookback.e2e.ToolProcess;
import dev.lookback.e2e.Traffic;
import dev.lookback.local.LocalStack;
import dev.lookback.local.OpenPolicy;
import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import dev.lookback.seal.KeyFiles;
import dev.lookback.topics.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Everything: {@link Brokers}, a registry, up to three instances of the application, traffic, officers, and an
 * {@link Observer} who sees it all.
 */
final class Cluster implements AutoCloseable {
    static final int PARTITIONS = 4;
    static final int INSTANCES = 3;
    static final Duration LIMIT = Duration.ofMinutes(10);
    static final Rules RULES =
            new Rules(Duration.ofSeconds(60), Duration.ofSeconds(5), Set.of("+1", "+33", "+44", "+61"));
    static final Clock CLOCK = Clock.systemUTC();
    static final Duration SELDOM = Duration.ofMillis(100);
    private static final Duration OFTEN = Duration.ofMillis(10);
    private static final int REQUESTERS = 5_000;
    private static final int ASKED_FROM = 20;
    private static final int ASKED = 25;
    private static final int DISK_MIB = 512;
    private static final String LINGER_MILLIS = "100";
    private static final int STOP_SECONDS = 20;
    private static final Duration DELIVERY = Duration.ofMinutes(15);

    final Path directory;
    final Brokers brokers;
    final LocalStack stack;
    final Admin admin;
    final Topics topics;
    final List<Guarantee> guarantees;
    final Observer observer;
    final Inquirer inquirer;
    final List<Instance> instances = new ArrayList<>();

    private final Traffic traffic;
    private final TrafficPublisher publisher;
    private final Set<Path> scanned = new HashSet<>();
    private final List<Path> mounts = new ArrayList<>();
    private final int rate;
    private long rested;
    private int hanging;

    /**
     * Starts everything but the instances of the application.
     *
     * @param rate lookups a second
     * @param inquiries how often a request is filed
     * @param disks whether one instance and one broker get a disk of their own, if this may be done
     * @param logLevel of everything in the first instance that is not Lookback's own, which is at debug anyway
     * @param recording takes all observations; null: they are not kept
     */
    Cluster(
            Path directory,
            long seed,
            int rate,
            Duration inquiries,
            boolean disks,
            String logLevel,
            @Nullable List<Observation> recording)
            throws IOException {
        this.directory = directory;
        this.rate = rate;
        if (disks) {
            mount("broker-2");
            mount("instance-1/state");
        }
        brokers = new Brokers(
                directory, Map.of("log.retention.check.interval.ms", "5000", "log.segment.delete.delay.ms", "1000"));
        Map<String, String> settings = new HashMap<>(Map.of(
                "kafka.bootstrap.servers",
                brokers.throughProxies(),
                "retention.classes",
                Rules.SHORT,
                "retention.min",
                "1s",
                "retention.class.short.duration",
                RULES.kept().toSeconds() + "s",
                "retention.class.short.bucket",
                RULES.width().toSeconds() + "s",
                "retention.class.short.calling.codes",
                String.join(",", RULES.callingCodes()),
                "topics.replication",
                String.valueOf(Brokers.COUNT),
                "topics.partitions.ledgers",
                String.valueOf(PARTITIONS),
                "vault.standbys",
                "1",
                "geoip.refresh.interval",
                "1s"));
        settings.putAll(Map.of(
                "commit.interval",
                "2s",
                "casework.commit.interval",
                "500ms",
                // Fewer and larger requests: brokers and followers have little of the machine.
                "ingest.kafka.producer.linger.ms",
                LINGER_MILLIS,
                // The least that brokers allow: after a kill -9 the others wait this long for the dead.
                "kafka.main.consumer.session.timeout.ms",
                "6000",
                "kafka.main.consumer.heartbeat.interval.ms",
                "1500"));
        settings.putAll(OpenPolicy.settings(directory));
        stack = LocalStack.beside(brokers.bootstrapServers(), directory.resolve("stack"), settings, CLOCK);
        LookbackConfig config = stack.config();
        topics = config.topics();
        admin = Admin.create(direct(ClientSettings.admin(config)));
        guarantees = Guarantees.all(RULES, KeyFiles.readPublicKey(stack.sealingPublicKey()));
        observer = new Observer(
                config, direct(ClientSettings.consumer(config)), new Evidence(RULES, guarantees), CLOCK, recording);
        SampleTraffic sample =
                new SampleTraffic(seed, REQUESTERS, SampleTraffic.Trouble.SOME, LocalStack.geoIp(), CLOCK);
        Map<String, Object> patient = direct(ClientSettings.producer(config));
        patient.put("delivery.timeout.ms", (int) DELIVERY.toMillis());
        patient.put("max.block.ms", DELIVERY.toMillis());
        patient.put("linger.ms", LINGER_MILLIS);
        publisher = new TrafficPublisher(topics.lookupEvents(), patient, "faults", CLOCK);
        traffic = new Traffic(sample, publisher);
        inquirer = new Inquirer(
                stack,
                patient,
                observer,
                CLOCK,
                seed,
                inquiries,
                asked(sample, each -> !RULES.retentionClass(each).equals(Rules.SHORT)),
                asked(sample, each -> RULES.retentionClass(each).equals(Rules.SHORT)));
        for (int i = 0; i < INSTANCES; i++) {
            Path home = directory.resolve("instance-" + i);
            instances.add(new Instance(
                    stack.configFile(),
                    home,
                    Map.of(),
                    List.of(
                            // Started again and again, it never gets as far as what the second compiler is for.
                            "-XX:TieredStopAtLevel=1",
                            "-Dorg.slf4j.simpleLogger.defaultLogLevel=" + (i == 0 ? logLevel : "info"),
                            "-Dorg.slf4j.simpleLogger.log.dev.lookback=debug")));
        }
    }

    private static List<String> asked(SampleTraffic sample, Predicate<String> wanted) {
        return IntStream.range(ASKED_FROM, REQUESTERS)
                .mapToObj(sample::handle)
                .filter(each -> each.startsWith("+") && wanted.test(each))
                .limit(ASKED)
                .toList();
    }

    private Map<String, Object> direct(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", brokers.bootstrapServers());
        return all;
    }

    // ---- disks

    /** A disk of its own, which can be full; without leave to mount one it is a directory like any other. */
    private void mount(String name) throws IOException {
        Path place = Files.createDirectories(directory.resolve(name));
        if (run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "lookback-faults", place.toString())) {
            mounts.add(place);
        }
    }

    /** Whether there are disks that can be full. */
    boolean hasDisks() {
        return mounts.size() == 2;
    }

    private static boolean run(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ---- traffic

    void resume() {
        traffic.flow(rate);
        inquirer.resume();
    }

    void pause() {
        inquirer.pause();
        traffic.pause();
    }

    /** So many more, as fast as the brokers take them; the application lags when this returns. */
    void surge(long lookups) {
        traffic.pause();
        traffic.burst(lookups);
        traffic.flow(rate);
    }

    long published() {
        return publisher.acknowledged();
    }

    // ---- instances

    Instance instance(int i) {
        return instances.get(i);
    }

    List<Instance> running() {
        return instances.stream().filter(Instance::isAlive).toList();
    }

    void start(int... which) throws IOException {
        for (int each : which) {
            instance(each).start();
        }
        for (int each : which) {
            instance(each).awaitReady();
        }
    }

    /** What a supervisor does: those of the first two that have ended by themselves are started again. */
    void restartTheDead() throws IOException {
        for (int i = 0; i < 2; i++) {
            if (!instance(i).isAlive()) {
                say("instance %s had ended; it is started again", i);
                start(i);
            }
        }
    }

    /** Whether an officer has confirmed the clocks of all instances that ask for it. */
    boolean confirmsClocks() {
        try {
            return new ToolProcess(stack, directory).confirmClock().exitCode() == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What an operator does whose casework stays behind. */
    void endHangingTransactions() {
        try {
            List<String> ended = HangingTransactions.end(admin);
            ended.forEach(each -> say("  HANGING TRANSACTION, ended as the runbook says: %s", each));
            hanging += ended.size();
        } catch (ExecutionException e) {
            throw new IllegalStateException("Transactions cannot be looked at", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many had to be ended so far. */
    int hanging() {
        return hanging;
    }

    // ---- questions

    /** Waits until all that was written before an instant has been seen. */
    void awaitSeen(long instant) {
        until(LIMIT, () -> observer.watermark() >= instant);
    }

    static void until(Duration limit, BooleanSupplier truth) {
        until(limit, OFTEN, truth);
    }

    private static void until(Duration limit, Duration interval, BooleanSupplier truth) {
        await().atMost(limit).pollDelay(Duration.ZERO).pollInterval(interval).until(truth::getAsBoolean);
    }

    /** Whether something becomes true in time. */
    static boolean becomes(Duration limit, BooleanSupplier truth) {
        return becomes(limit, OFTEN, truth);
    }

    /** The same for a question that is a lot of work. */
    static boolean becomes(Duration limit, Duration interval, BooleanSupplier truth) {
        try {
            until(limit, interval, truth);
            return true;
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            return false;
        }
    }

    static void pass(Duration time) {
        long until = CLOCK.millis() + time.toMillis();
        until(time.plusSeconds(30), () -> CLOCK.millis() >= until);
    }

    /** How many records of some topics a role has read and not committed, or not read. */
    long behind(Role role, List<String> of) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(
                        stack.config().applicationId(role))
                .partitionsToOffsetAndMetadata()
                .get();
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (String topic : of) {
            admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()
                    .forEach(each -> asked.put(new TopicPartition(topic, each.partition()), OffsetSpec.latest()));
        }
        long sum = 0;
        for (var each : admin.listOffsets(asked).all().get().entrySet()) {
            OffsetAndMetadata position = committed.get(each.getKey());
            sum += each.getValue().offset() - (position == null ? 0 : position.offset());
        }
        return sum;
    }

    long uncommitted() throws Exception {
        return behind(Role.INGEST, List.of(topics.lookupEvents().name()))
                + behind(
                        Role.VAULT,
                        List.of(
                                topics.ledger(Rules.DEFAULT).name(),
                                topics.ledger(Rules.SHORT).name()));
    }

    Map<Slice, Holding> vault() throws IOException, InterruptedException {
        Map<Slice, Holding> held = new HashMap<>();
        for (Instance each : running()) {
            held.putAll(each.vault());
        }
        return held;
    }

    // ---- rest

    /**
     * Pauses traffic, waits until nothing is due, missing or open any more, and lets the guarantees look at the vaults and
     * the logs. What does not come to rest in time is looked at as it is.
     */
    void rest() throws Exception {
        pause();
        long paused = CLOCK.millis();
        awaitSeen(paused);
        rested = CLOCK.millis() - RULES.width().toMillis();
        boolean calm = becomes(
                LIMIT,
                SELDOM,
                () -> observer.ask(evidence ->
                        evidence.overdue(rested) == 0 && evidence.open().isEmpty() && evidence.missing() == 0));
        if (!calm) {
            String left = observer.ask(evidence -> String.format(
                    "%s lookups missing, %s buckets due, %s requests open, %s",
                    evidence.missing(),
                    evidence.overdue(CLOCK.millis()),
                    evidence.open().size(),
                    evidence.unfinished(CLOCK.millis())));
            say("did not come to rest: %s", left);
        }
        Map<Slice, Holding> expected = Map.of();
        Map<Slice, Holding> found = Map.of();
        for (int tries = 0; tries < 60 && (tries == 0 || !expected.equals(found)); tries++) {
            long before = CLOCK.millis();
            found = vault();
            awaitSeen(CLOCK.millis());
            expected = observer.ask(evidence -> evidence.holdings(before, PARTITIONS));
            pass(Duration.ofMillis(tries == 0 ? 0 : 500));
        }
        Map<Slice, Holding> due = expected;
        Map<Slice, Holding> held = found;
        long acknowledged = published();
        observer.ask(evidence -> {
            guarantees.forEach(each -> {
                each.vault(due, held);
                each.upstream(acknowledged, evidence.published());
            });
            return null;
        });
        scanLogs(false);
        say(
                "at rest: %s published, %s forgotten, %s requests answered, %s rows in the vault as expected: %s",
                acknowledged,
                observer.ask(Evidence::forgotten),
                observer.ask(Evidence::answered),
                held.values().stream().mapToLong(Holding::rows).sum(),
                due.equals(held));
    }

    /** What was due by this instant was to be gone at the last rest. */
    long rested() {
        return rested;
    }

    /** Looks at what ended processes have said; at the end at all. */
    void scanLogs(boolean all) throws IOException {
        Set<Path> writing = new HashSet<>();
        running().forEach(each -> writing.add(each.log()));
        List<Path> logs;
        try (Stream<Path> files = Files.walk(directory)) {
            logs = files.filter(
                            each -> each.getFileName().toString().matches("run-\\d+\\.log|registry\\.log|broker\\.log"))
                    .filter(each -> all || !writing.contains(each))
                    .filter(each -> all || each.getFileName().toString().startsWith("run-"))
                    .filter(scanned::add)
                    .toList();
        }
        for (Path log : logs) {
            LogScan scan = observer.ask(
                    evidence -> new LogScan(Set.copyOf(evidence.handles()), Set.copyOf(evidence.addresses())));
            scan.read(log);
            guarantees.forEach(each -> each.logs(directory.relativize(log).toString(), scan.lines(), scan.found()));
        }
    }

    /** Ends the observation: what is left is judged. */
    void finish() throws Exception {
        for (Instance each : running()) {
            each.stop();
        }
        awaitSeen(CLOCK.millis());
        observer.close();
        observer.ask(evidence -> {
            evidence.finish(rested);
            return null;
        });
        scanLogs(true);
    }

    /** Says it at once, and in a file of the directory: Maven shows what tests say when they have ended. */
    void say(String format, Object... values) {
        String line = CLOCK.instant().truncatedTo(ChronoUnit.MILLIS) + " " + String.format(format, values);
        System.out.println(line);
        try {
            Files.writeString(
                    directory.resolve("progress.log"),
                    line + System.lineSeparator(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws Exception {
        List<AutoCloseable> all = new ArrayList<>();
        all.add(inquirer);
        all.add(this::stopTraffic);
        all.addAll(instances);
        all.add(observer);
        all.add(admin);
        all.add(stack);
        all.add(brokers);
        Exception failure = null;
        for (AutoCloseable each : all) {
            try {
                each.close();
            } catch (Exception e) {
                failure = e;
            }
        }
        for (Path each : mounts) {
            run("umount", "-l", each.toString());
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Upstream may not get rid of everything any more, if the test has failed. */
    private void stopTraffic() {
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(traffic::close);
        try {
            stopping.get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            say("upstream did not stop in good order");
        }
    }
}
