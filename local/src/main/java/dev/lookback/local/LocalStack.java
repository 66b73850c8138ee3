package dev.lookback.local;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.topics.Change;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.registry.RegistryAdmin;
import dev.lookback.retention.RetentionClass;
import dev.lookback.seal.KeyFiles;
import dev.lookback.topics.SchemaSet;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * Everything that Lookback needs around it, on one machine: broker and registry as processes of their own, topics and
 * schemas applied, sample GeoIP databases, keys, seven officers, and a configuration that names it all. It lives in one
 * directory and can be started there again, with its data, keys and ids as they were.
 */
public final class LocalStack implements AutoCloseable {
    /** The officer who submits requests. */
    public static final String INTAKE_OFFICER = "officer-intake";

    /** The officer who approves them. */
    public static final String APPROVING_OFFICER = "officer-approver";

    /** The officer who must approve as well where one does not suffice. */
    public static final String SECOND_APPROVING_OFFICER = "officer-approver-2";

    /** The officer who reads what others did. */
    public static final String AUDITOR = "officer-auditor";

    /** The officer who changes how long lookups are kept. */
    public static final String RETENTION_OFFICER = "officer-retention";

    /** The officer who must agree when it is to be shorter. */
    public static final String SECOND_RETENTION_OFFICER = "officer-retention-2";

    /** The officer who orders erasures. */
    public static final String ERASING_OFFICER = "officer-eraser";

    private static final String KAFKA = "kafka.";
    private static final String REGISTRY_URL = "schema.registry.url";
    private static final String SEALING_KEY = "sealing";
    private static final long GEO_IP_SEED = 1;
    private static final int PASSWORD_BYTES = 16;

    private final Path directory;
    private final @Nullable BrokerProcess broker;
    private final @Nullable LocalRegistry registry;
    private final LookbackConfig config;

    private LocalStack(
            Path directory, @Nullable BrokerProcess broker, @Nullable LocalRegistry registry, LookbackConfig config) {
        this.directory = directory;
        this.broker = broker;
        this.registry = registry;
        this.config = config;
    }

    /**
     * Starts the stack and waits until all of it answers.
     *
     * @param directory new or used before
     * @param settings for the application, beyond or instead of what the stack sets
     * @param clock dates the GeoIP databases
     * @throws IllegalStateException if broker or registry do not start; the message names the log
     */
    public static LocalStack start(Path directory, Map<String, String> settings, InstantSource clock) {
        return start(directory, settings, Map.of(), clock);
    }

    /**
     * The same with settings of the broker.
     *
     * @param brokerSettings replace or add to those of {@link LocalBroker}
     */
    public static LocalStack start(
            Path directory, Map<String, String> settings, Map<String, String> brokerSettings, InstantSource clock) {
        return start(directory, settings, FreePorts.next(), brokerSettings, clock);
    }

    /**
     * The same with a broker whose settings name its port.
     *
     * @param settings for the application; if not everybody can talk to the broker, its {@code kafka.*} must say how. If
     *     they name a registry, it is used, and none is started
     * @param brokerPort loopback port for clients
     */
    public static LocalStack start(
            Path directory,
            Map<String, String> settings,
            int brokerPort,
            Map<String, String> brokerSettings,
            InstantSource clock) {
        return start(
                directory,
                settings,
                home -> BrokerProcess.start(brokerPort, home.resolve("broker"), brokerSettings, client(settings)),
                BrokerProcess::bootstrapServers,
                clock);
    }

    /**
     * The same beside brokers that somebody else has started, and stops.
     *
     * @param bootstrapServers theirs
     */
    public static LocalStack beside(
            String bootstrapServers, Path directory, Map<String, String> settings, InstantSource clock) {
        return start(directory, settings, home -> null, none -> bootstrapServers, clock);
    }

    private static LocalStack start(
            Path directory,
            Map<String, String> settings,
            Function<Path, @Nullable BrokerProcess> starter,
            Function<@Nullable BrokerProcess, String> bootstrapServers,
            InstantSource clock) {
        Path home = Directories.create(directory.toAbsolutePath());
        CompletableFuture<@Nullable LocalRegistry> starting =
                CompletableFuture.supplyAsync(() -> settings.containsKey(REGISTRY_URL)
                        ? null
                        : LocalRegistry.start(FreePorts.next(), home.resolve("registry")));
        BrokerProcess broker = null;
        try {
            broker = starter.apply(home);
            Properties properties = properties(home, clock);
            @Nullable LocalRegistry registry = starting.join();
            properties.put("kafka.bootstrap.servers", bootstrapServers.apply(broker));
            if (registry != null) {
                properties.put(REGISTRY_URL, registry.url());
            }
            properties.putAll(settings);
            StringWriter text = new StringWriter();
            properties.store(text, "Written anew whenever the local stack starts");
            Path file = secret(home.resolve("lookback.properties"), text.toString());
            LookbackConfig config = LookbackConfig.load(file, Map.of(), Map.of());
            createTopics(config);
            registerSchemas(config);
            return new LocalStack(home, broker, registry, config);
        } catch (IOException | RuntimeException e) {
            if (broker != null) {
                broker.close();
            }
            starting.thenAccept(LocalStack::close).exceptionally(alreadyKnown -> null);
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            throw new IllegalStateException("The local stack did not start: " + cause.getMessage(), cause);
        }
    }

    private static Map<String, Object> client(Map<String, String> settings) {
        Map<String, Object> client = new HashMap<>();
        settings.forEach((name, value) -> {
            if (name.startsWith(KAFKA)) {
                client.put(name.substring(KAFKA.length()), value);
            }
        });
        return client;
    }

    private static Properties properties(Path home, InstantSource clock) throws IOException {
        Path keys = Directories.create(home.resolve("keys"));
        SecureRandom random = new SecureRandom();
        String password = once(keys.resolve("password"), random, PASSWORD_BYTES);
        once(keys.resolve("token.key"), random, Tokens.KEY_LENGTH);
        key(keys, SEALING_KEY, password);
        Officer intake = officer(keys, INTAKE_OFFICER, password, Officer.Role.INTAKE);
        Officer approver = officer(keys, APPROVING_OFFICER, password, Officer.Role.APPROVER);
        Officer another = officer(keys, SECOND_APPROVING_OFFICER, password, Officer.Role.APPROVER);
        Officer auditor = officer(keys, AUDITOR, password, Officer.Role.AUDITOR);
        Officer retention = officer(keys, RETENTION_OFFICER, password, Officer.Role.RETENTION);
        Officer second = officer(keys, SECOND_RETENTION_OFFICER, password, Officer.Role.RETENTION);
        Officer eraser = officer(keys, ERASING_OFFICER, password, Officer.Role.ERASURE);
        Files.writeString(
                home.resolve("officers.yaml"),
                new Officers(List.of(intake, approver, another, retention, second, eraser, auditor)).toYaml());
        Path cities = home.resolve("sample-city.mmdb");
        Path operators = home.resolve("sample-asn.mmdb");
        SampleGeoIp geoIp = geoIp();
        geoIp.writeCity(cities, clock.instant());
        geoIp.writeAsn(operators, clock.instant());
        Properties properties = new Properties();
        properties.put(LookbackConfig.TOKEN_KEY_FILE, keys.resolve("token.key").toString());
        properties.put(LookbackConfig.STATE_DIR, home.resolve("state").toString());
        properties.put(LookbackConfig.HTTP_PORT, "0");
        properties.put(LookbackConfig.TOPICS_REPLICATION, "1");
        properties.put(LookbackConfig.TOPICS_PARTITIONS_EVENTS, "4");
        properties.put(LookbackConfig.TOPICS_PARTITIONS_LEDGERS, "4");
        properties.put(LookbackConfig.TOPICS_PARTITIONS_REQUESTS, "2");
        properties.put(LookbackConfig.GEOIP_CITY_DATABASE, cities.toString());
        properties.put(LookbackConfig.GEOIP_ASN_DATABASE, operators.toString());
        properties.put(
                LookbackConfig.OFFICERS_FILE, home.resolve("officers.yaml").toString());
        properties.put(
                LookbackConfig.SEALING_KEYSTORE_LOCATION,
                keys.resolve(SEALING_KEY + ".p12").toString());
        properties.put(LookbackConfig.SEALING_KEYSTORE_PASSWORD, password);
        properties.put(LookbackConfig.SEALING_KEYSTORE_ALIAS, SEALING_KEY);
        return properties;
    }

    /** A secret that is drawn at the first start and read at later ones. */
    private static String once(Path file, SecureRandom random, int length) throws IOException {
        if (!Files.exists(file)) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            secret(file, HexFormat.of().formatHex(bytes));
        }
        return Files.readString(file);
    }

    /** Writes a file that only its owner can read, whole or not at all. */
    private static Path secret(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(part, text);
        return Files.move(part, file, REPLACE_EXISTING, ATOMIC_MOVE);
    }

    private static KeyPair key(Path keys, String name, String password) throws IOException {
        Path keystore = keys.resolve(name + ".p12");
        Path publicKey = keys.resolve(name + ".pem");
        if (!Files.exists(keystore)) {
            return KeyFiles.generate(keystore, publicKey, password.toCharArray(), name);
        }
        KeyPair pair = KeyFiles.load(keystore, password.toCharArray(), name);
        Files.writeString(publicKey, KeyFiles.toPem(pair.getPublic()));
        return pair;
    }

    private static Officer officer(Path keys, String id, String password, Officer.Role role) throws IOException {
        return new Officer(id, Set.of(role), key(keys, id, password).getPublic(), null, null);
    }

    /** Creates what is missing. What is there may have been changed on purpose, a ledger's retention above all. */
    private static void createTopics(LookbackConfig config) {
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            TopicAdmin topics = new TopicAdmin(admin, config);
            List<Change> missing = topics.plan(Map.of()).changes().stream()
                    .filter(Change.Create.class::isInstance)
                    .toList();
            topics.apply(new TopicPlan(missing));
        }
    }

    private static void registerSchemas(LookbackConfig config) {
        SchemaSet.Plan plan = schemas(config).apply(RegistryAdmin.of(config.serdeSettings()));
        if (plan.isBlocked()) {
            throw new IllegalStateException("the directory holds schemas that ours cannot read: " + plan.changes());
        }
    }

    private static SchemaSet schemas(LookbackConfig config) {
        return new SchemaSet(
                config.topics(),
                config.retentionClasses().all().stream()
                        .map(RetentionClass::name)
                        .toList());
    }

    /** The application's settings. */
    public LookbackConfig config() {
        return config;
    }

    /** The file from which an application of its own process reads them. */
    public Path configFile() {
        return directory.resolve("lookback.properties");
    }

    /** All schemas that are registered. */
    public SchemaSet schemas() {
        return schemas(config);
    }

    /** The key pair of {@link #INTAKE_OFFICER}, {@link #APPROVING_OFFICER} and the others. */
    public KeyPair officerKeys(String officer) {
        try {
            return KeyFiles.load(
                    officerKeystore(officer), Files.readString(passwordFile()).toCharArray(), officer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** PKCS#12 keystore of an officer; its password is in {@link #passwordFile()}. */
    public Path officerKeystore(String officer) {
        return directory.resolve("keys").resolve(officer + ".p12");
    }

    /** File with the password of every keystore of this stack. */
    public Path passwordFile() {
        return directory.resolve("keys").resolve("password");
    }

    /** PEM file with the public key that verifies sealed extracts. */
    public Path sealingPublicKey() {
        return directory.resolve("keys").resolve(SEALING_KEY + ".pem");
    }

    /** The networks that the GeoIP databases know: for {@link SampleTraffic}. */
    public static SampleGeoIp geoIp() {
        return new SampleGeoIp(GEO_IP_SEED);
    }

    /**
     * The broker.
     *
     * @throws IllegalStateException if it is somebody else's
     */
    public BrokerProcess broker() {
        if (broker == null) {
            throw new IllegalStateException("The brokers were started by somebody else");
        }
        return broker;
    }

    /**
     * The registry.
     *
     * @throws IllegalStateException if it is somebody else's
     */
    public LocalRegistry registry() {
        if (registry == null) {
            throw new IllegalStateException("The registry was started by somebody else");
        }
        return registry;
    }

    /** Stops what was started with it, registry and broker; the directory stays. */
    @Override
    public void close() {
        close(registry);
        if (broker != null) {
            broker.close();
        }
    }

    private static void close(@Nullable LocalRegistry registry) {
        if (registry != null) {
            registry.close();
        }
    }
}
