package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.*;

import dev.lookback.casework.CaseworkTopology;
import dev.lookback.clock.SteadyClock;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.custody.KeyCustody;
import dev.lookback.geo.MaxMindGeo;
import dev.lookback.handle.Tokens;
import dev.lookback.ingest.IngestTopology;
import dev.lookback.officers.Officers;
import dev.lookback.seal.KeyFiles;
import dev.lookback.topics.Topics;
import dev.lookback.vault.VaultResources;
import dev.lookback.vault.VaultTopology;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process of Lookback: runs the configured roles, each as a Kafka Streams application of its own, with what they
 * need from outside. {@link #start}, then {@link #awaitEnd}, then {@link #close}.
 */
public final class LookbackApp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LookbackApp.class);

    /** How often ingest's committed positions are asked for: as often as it writes its progress. */
    private static final Duration POSITIONS_INTERVAL = Duration.ofSeconds(1);

    /** How often files and ledgers are asked for their age: as often as a scrape sees it change. */
    private static final Duration STORAGE_INTERVAL = Duration.ofSeconds(15);

    /** How often it is looked whether keys are to be destroyed: a part of the bound on cryptographic erase. */
    private static final Duration KEYS_INTERVAL = Duration.ofSeconds(15);

    /** How often the clock is looked at even if nobody asks for the time, and confirmations are looked for. */
    private static final Duration CLOCK_INTERVAL = Duration.ofSeconds(1);

    /** How often it is looked whether the files of {@code http.ssl.*} have been replaced. */
    private static final Duration TLS_INTERVAL = Duration.ofMinutes(1);

    /** In the state directory: what this instance is called in clock-checks. */
    private static final String INSTANCE_FILE = "instance.id";

    private final LookbackConfig config;
    private final Clock clock;
    private final SteadyClock time;
    private final Topics topics;
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Role, RunningRole> roles = new EnumMap<>(Role.class);
    private final Background background = new Background();
    private final List<BooleanSupplier> registryWaits = new ArrayList<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    /** Closed in the opposite order. */
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    private @Nullable HealthServer http;
    private @Nullable StateRestoreListener vaultRestores;

    private LookbackApp(LookbackConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.time = new SteadyClock(clock::millis, System::nanoTime, config.duration(CLOCK_JUMP_MAX), UUID::randomUUID);
        this.topics = config.topics();
    }

    /**
     * Checks keys, files and topics, and starts the configured roles. They are usually not ready yet when this returns:
     * {@link #notReady}.
     *
     * @throws ConfigException if something must be mended first; the message says what, and how
     * @throws KafkaException if the cluster does not answer
     */
    public static LookbackApp start(LookbackConfig config) {
        return start(config, Clock.systemUTC());
    }

    static LookbackApp start(LookbackConfig config, Clock clock) {
        LookbackApp app = new LookbackApp(config, clock);
        try {
            app.startAll();
            return app;
        } catch (RuntimeException | Error e) {
            app.close();
            throw e;
        }
    }

    private void startAll() {
        loadAhead();
        // Large files take a second or two, and are needed last.
        Future<MaxMindGeo> geo =
                config.roles().contains(Role.INGEST) ? background.once(this::geo) : new CompletableFuture<>();
        HttpAccess access = HttpAccess.load(config);
        Tokens tokens = config.tokens();
        Admin admin = open(Admin.create(ClientSettings.admin(config)));
        List<String> problems = new TopicAdmin(admin, config).problems();
        if (!problems.isEmpty()) {
            throw new ConfigException("Topics: " + String.join("\n", problems));
        }
        Officers officers = OfficersFile.load(config);
        bindJvmMetrics();
        CertificateExpiry.bindTo(meters, config);
        ClockWatch watch = watchClock(officers);
        new PolicyLog(config, officers, Map.of())
                .bootstrap(Clock.fixed(Instant.ofEpochMilli(time.now()), ZoneOffset.UTC), tokens);
        KeyCustody custody = config.roles().equals(Set.of(Role.CASEWORK)) ? null : Custody.load(config);
        for (Role role : config.roles()) {
            RoleState state = new RoleState(config, role);
            state.open();
            // What is done for a role is done under its settings: brokers may know each by a principal of its own.
            Admin ofRole = open(Admin.create(ClientSettings.admin(config, role)));
            Topology topology = switch (role) {
                case INGEST -> ingest(tokens, officers, custody, ask(geo::get), ofRole);
                case VAULT -> vault(tokens, officers, custody, ofRole);
                case CASEWORK -> casework(tokens, officers, ofRole);
            };
            roles.put(role, open(new RunningRole(config, role, state, topology, meters, clock, this::givenUp)));
        }
        HealthServer http = open(new HealthServer(access, HealthServer.PATIENCE, this::dead, this::notReady, meters));
        this.http = http;
        if (roles.containsKey(Role.VAULT)) {
            streams(Role.VAULT).setGlobalStateRestoreListener(Objects.requireNonNull(vaultRestores));
            http.serve("/vault", new VaultReport(streams(Role.VAULT), config.retentionClasses())::read);
        }
        LOG.info("Health and metrics at {}", http.address());
        HttpTls tls = access.tls();
        if (tls != null) {
            background.every(TLS_INTERVAL, "reading the files of http.ssl.*", tls::refresh);
        }
        startRoles();
        background.every(CLOCK_INTERVAL, "watching the clock", watch::turn);
    }

    /** What takes a fifth of a second each at its first use, begun beside what comes before that. */
    private void loadAhead() {
        background.once(SSLContext::getDefault); // every HTTP client makes one, for plain HTTP, too
        if (!config.roles().equals(Set.of(Role.INGEST))) { // whose stores are in memory
            background.once(() -> {
                RocksDB.loadLibrary();
                return null;
            });
        }
    }

    /** All at once: each waits until its global stores have been read. */
    private void startRoles() {
        List<Future<Void>> starts = roles.values().stream()
                .map(each -> background.<Void>once(() -> {
                    each.start();
                    return null;
                }))
                .toList();
        starts.forEach(each -> ask(each::get));
    }

    /** Compares the clock with the brokers' before anything is decided by it. */
    private ClockWatch watchClock(Officers officers) {
        ClockLog log = open(new ClockLog(config));
        ClockWatch watch = new ClockWatch(
                time,
                log,
                System::nanoTime,
                config.duration(CLOCK_CHECK_INTERVAL),
                instanceId(),
                host(),
                config.file(OFFICERS_FILE).isPresent() ? officers : null,
                this::cannotGoOn);
        watch.bindTo(meters);
        watch.start();
        return watch;
    }

    private String instanceId() {
        Path file = Path.of(config.text(STATE_DIR), INSTANCE_FILE);
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (!Files.exists(file)) {
                Files.writeString(file, UUID.randomUUID().toString());
            }
            return UUID.fromString(Files.readString(file).strip()).toString();
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(STATE_DIR + ": " + file + " cannot be made or holds no UUID; delete it: " + e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return ""; // it is for people
        }
    }

    private MaxMindGeo geo() {
        return new MaxMindGeo(
                config.file(GEOIP_CITY_DATABASE).orElse(null),
                config.file(GEOIP_ASN_DATABASE).orElse(null),
                meters);
    }

    private Topology ingest(
            Tokens tokens, Officers officers, @Nullable KeyCustody custody, MaxMindGeo geo, Admin admin) {
        background.every(config.duration(GEOIP_REFRESH_INTERVAL), "looking at the GeoIP files", geo::refresh);
        GroupPositions positions = new GroupPositions(
                admin, config.applicationId(Role.INGEST), topics.lookupEvents().name());
        background.every(POSITIONS_INTERVAL, "asking for ingest's positions", positions::refresh);
        IngestTopology ingest = new IngestTopology(
                topics,
                config.retentionClasses(),
                tokens,
                officers,
                custody,
                geo,
                positions,
                RoleSettings.ingest(config),
                meters,
                time);
        registryWaits.add(ingest::waitsForRegistry);
        return ingest.get();
    }

    private Topology vault(Tokens tokens, Officers officers, @Nullable KeyCustody custody, Admin admin) {
        VaultResources shared = open(new VaultResources(
                config.longInteger(VAULT_MEMORY_BYTES), (topic, partition) -> ledgerStart(admin, topic, partition)));
        vaultRestores = shared.restores();
        VaultTopology vault = new VaultTopology(
                RoleSettings.vault(config),
                topics,
                config.retentionClasses(),
                tokens,
                officers,
                custody,
                shared,
                meters,
                System::nanoTime,
                time);
        LedgerAge ledgers = new LedgerAge(admin, topics, config.retentionClasses(), meters);
        background.every(STORAGE_INTERVAL, "looking at how old what is stored is", () -> {
            long now = time.now();
            vault.measureDisk(now);
            ledgers.measure(each -> vault.knownCutoff(each, now));
        });
        if (custody != null) {
            background.every(KEYS_INTERVAL, "destroying keys", () -> destroyKeys(vault, admin));
        }
        return vault.build();
    }

    /** Only by policies that are up to date: by one that has since been lengthened, keys would go for ever too early. */
    private void destroyKeys(VaultTopology vault, Admin admin) throws Exception {
        RunningRole running = roles.get(Role.VAULT);
        if (running == null || running.streams().state() != KafkaStreams.State.RUNNING) {
            return; // it may not have read all policies yet
        }
        TopicPartition policies = new TopicPartition(topics.retentionPolicies().name(), 0);
        admin.listOffsets(Map.of(policies, OffsetSpec.latest()))
                .all()
                .get(); // fails where the brokers are out of reach
        vault.destroyKeys(time.now());
    }

    private Topology casework(Tokens tokens, Officers officers, Admin admin) {
        Ticker ticker = open(new Ticker(config, admin, meters));
        background.every(config.duration(TICKER_INTERVAL), "the ticker", ticker::tick);
        Partitions partitions = new Partitions(admin);
        KeyPair sealingKey = SealingKey.load(config);
        LOG.info("Sealing with key {}", KeyFiles.keyId(sealingKey.getPublic()));
        return new CaseworkTopology(
                        topics,
                        RoleSettings.casework(config),
                        DisclosurePolicyFile.load(config),
                        officers,
                        sealingKey,
                        tokens,
                        ask(() -> partitions.count(topics.searchTasks().name())),
                        ask(() -> partitions.count(topics.legalRequests().name())),
                        Version.SOFTWARE,
                        meters,
                        time)
                .topology();
    }

    private static long ledgerStart(Admin admin, String topic, int partition) {
        TopicPartition asked = new TopicPartition(topic, partition);
        return ask(() -> admin.listOffsets(Map.of(asked, OffsetSpec.earliest()))
                .partitionResult(asked)
                .get()
                .offset());
    }

    private void bindJvmMetrics() {
        new JvmMemoryMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new UptimeMetrics().bindTo(meters);
        open(new JvmGcMetrics()).bindTo(meters);
        new DiskSpaceMetrics(new File(config.text(STATE_DIR))).bindTo(meters);
    }

    /** Where {@code /health/live}, {@code /health/ready} and {@code /metrics} answer. */
    public URI address() {
        if (http == null) {
            throw new IllegalStateException("Not started");
        }
        return http.address();
    }

    /** What is not ready; empty once every role runs. For people and for {@code /health/ready}. */
    public List<String> notReady() {
        List<String> reasons = new ArrayList<>(dead());
        roles.forEach((role, running) -> {
            KafkaStreams.State state = running.streams().state();
            if (state != KafkaStreams.State.RUNNING) {
                reasons.add(role.label() + " is " + state);
            }
        });
        if (registryWaits.stream().anyMatch(BooleanSupplier::getAsBoolean)) {
            reasons.add("ingest waits for the schema registry");
        }
        return reasons;
    }

    private List<String> dead() {
        return end.isCompletedExceptionally()
                ? List.of("a role has stopped for good, or the clock went back")
                : List.of();
    }

    /** The Kafka Streams application of a role that this process runs; for queries of its stores. */
    public KafkaStreams streams(Role role) {
        RunningRole running = roles.get(role);
        if (running == null) {
            throw new IllegalArgumentException("This process does not run " + role.label());
        }
        return running.streams();
    }

    /** All metrics of this process. */
    public MeterRegistry meters() {
        return meters;
    }

    private void cannotGoOn(String why) {
        if (end.completeExceptionally(new IllegalStateException(why))) {
            LOG.error(why);
        }
    }

    private void givenUp(Role role, Throwable failure) {
        end.completeExceptionally(new IllegalStateException(role.label() + " has stopped for good", failure));
    }

    /**
     * Waits until the application is closed.
     *
     * @throws ExecutionException with what happened, if a role has stopped for good; then {@link #close} and exit with
     *     an error
     */
    public void awaitEnd() throws InterruptedException, ExecutionException {
        end.get();
    }

    /** Stops all roles, finishing what is under way. May be called more than once. */
    @Override
    public synchronized void close() {
        background.close();
        while (!resources.isEmpty()) {
            AutoCloseable resource = resources.pop();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("Closing {}", resource.getClass().getSimpleName(), e);
            }
        }
        end.complete(null);
    }

    private <T extends AutoCloseable> T open(T resource) {
        resources.push(resource);
        return resource;
    }

    private interface Question<T> {
        T answer() throws ExecutionException, InterruptedException;
    }

    private static <T> T ask(Question<T> question) {
        try {
            return question.answer();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new KafkaException(e.getCause());
        }
    }
}
