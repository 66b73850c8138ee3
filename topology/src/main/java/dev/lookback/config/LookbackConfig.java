package dev.lookback.config;

import dev.lookback.handle.Tokens;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.topics.Topics;
import dev.lookback.v1.Service;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * All settings of one process: Lookback's own, those passed on to Kafka's clients ({@code kafka.*}, and {@code
 * ingest.kafka.*} and the like for the clients of one role) and those of the schema registry. Read from a properties file, then the environment ({@code LOOKBACK_INGEST_MAX_LATE} for
 * {@code ingest.max.late}), then what the caller gives; the later wins. {@code ${provider:path:key}} is resolved by
 * Kafka's config providers. docs/CONFIGURATION.md lists every setting. Immutable.
 */
public final class LookbackConfig {
    public static final String TOPIC_PREFIX = "topic.prefix";
    public static final String APPLICATION_ID_PREFIX = "application.id.prefix";
    public static final String ROLES = "roles";
    public static final String STATE_DIR = "state.dir";
    public static final String TOKEN_KEY_FILE = "token.key.file";
    public static final String COMMIT_INTERVAL = "commit.interval";
    public static final String CLOCK_JUMP_MAX = "clock.jump.max";
    public static final String CLOCK_CHECK_INTERVAL = "clock.check.interval";
    public static final String HTTP_HOST = "http.host";
    public static final String HTTP_PORT = "http.port";
    public static final String HTTP_SSL_KEYSTORE_LOCATION = "http.ssl.keystore.location";
    public static final String HTTP_SSL_KEYSTORE_PASSWORD = "http.ssl.keystore.password";
    public static final String HTTP_SSL_TRUSTSTORE_LOCATION = "http.ssl.truststore.location";
    public static final String HTTP_SSL_TRUSTSTORE_PASSWORD = "http.ssl.truststore.password";
    public static final String HTTP_BEARER_TOKEN_FILE = "http.bearer.token.file";
    public static final String HTTP_HEALTH_UNAUTHENTICATED = "http.health.unauthenticated";
    public static final String TOPICS_FILE = "topics.file";
    public static final String TOPICS_PARTITIONS_EVENTS = "topics.partitions.events";
    public static final String TOPICS_PARTITIONS_LEDGERS = "topics.partitions.ledgers";
    public static final String TOPICS_PARTITIONS_REQUESTS = "topics.partitions.requests";
    public static final String TOPICS_REPLICATION = "topics.replication";
    public static final String ACLS_FILE = "acls.file";
    public static final String INGEST_MAX_LATE = "ingest.max.late";
    public static final String INGEST_MAX_FUTURE = "ingest.max.future";
    public static final String INGEST_MAX_RECORD_BYTES = "ingest.max.record.bytes";
    public static final String INGEST_REGISTRY_WAIT = "ingest.registry.wait";
    public static final String INGEST_REGISTRY_BACKOFF = "ingest.registry.backoff";
    public static final String INGEST_PROGRESS_INTERVAL = "ingest.progress.interval";
    public static final String INGEST_PROGRESS_REPEAT = "ingest.progress.repeat";
    public static final String INGEST_THREADS = "ingest.threads";
    public static final String GEOIP_CITY_DATABASE = "geoip.city.database";
    public static final String GEOIP_ASN_DATABASE = "geoip.asn.database";
    public static final String GEOIP_REFRESH_INTERVAL = "geoip.refresh.interval";
    public static final String CUSTODY_CLASS = "custody.class";
    public static final String CUSTODY_KEYSTORE_LOCATION = "custody.keystore.location";
    public static final String CUSTODY_KEYSTORE_PASSWORD = "custody.keystore.password";
    public static final String RETENTION_MIN = "retention.min";
    public static final String RETENTION_MAX = "retention.max";
    public static final String RETENTION_CLASSES = "retention.classes";
    public static final String VAULT_THREADS = "vault.threads";
    public static final String VAULT_STANDBYS = "vault.standbys";
    public static final String VAULT_WORK_INTERVAL = "vault.work.interval";
    public static final String VAULT_WORK_BUDGET = "vault.work.budget";
    public static final String VAULT_SLICE_ROWS = "vault.slice.rows";
    public static final String VAULT_ORDER_KEYS = "vault.order.keys";
    public static final String VAULT_OPEN_BUCKETS = "vault.open.buckets";
    public static final String VAULT_ORDER_REPEAT = "vault.order.repeat";
    public static final String VAULT_EXPIRY_GRACE = "vault.expiry.grace";
    public static final String VAULT_WAIT_ALERT = "vault.wait.alert";
    public static final String VAULT_FLUSH_INTERVAL = "vault.flush.interval";
    public static final String VAULT_MEMORY_BYTES = "vault.memory.bytes";
    public static final String CASEWORK_THREADS = "casework.threads";
    public static final String CASEWORK_COMMIT_INTERVAL = "casework.commit.interval";
    public static final String CASEWORK_MEMORY_BYTES = "casework.memory.bytes";
    public static final String TICKER_INTERVAL = "ticker.interval";
    public static final String OFFICERS_FILE = "officers.file";
    public static final String DISCLOSURE_POLICY_FILE = "disclosure.policy.file";
    public static final String SEALING_KEYSTORE_LOCATION = "sealing.keystore.location";
    public static final String SEALING_KEYSTORE_PASSWORD = "sealing.keystore.password";
    public static final String SEALING_KEYSTORE_ALIAS = "sealing.keystore.alias";
    public static final String CASEWORK_APPROVAL_TIMEOUT = "casework.approval.timeout";
    public static final String CASEWORK_EXTRACT_RETENTION = "casework.extract.retention";
    public static final String CASEWORK_CASE_RETENTION = "casework.case.retention";
    public static final String CASEWORK_COMMAND_MAX_AGE = "casework.command.max.age";
    public static final String CASEWORK_PART_BYTES = "casework.part.bytes";
    public static final String CASEWORK_SLICE_INTERVAL = "casework.slice.interval";
    public static final String CASEWORK_SLICE_BUDGET = "casework.slice.budget";
    public static final String CASEWORK_FLUSH_INTERVAL = "casework.flush.interval";
    public static final String CASEWORK_ROLL_INTERVAL = "casework.roll.interval";
    public static final String CASEWORK_PRESERVATION_DURATION = "casework.preservation.duration";
    public static final String CASEWORK_COLLECT_INTERVAL = "casework.collect.interval";
    public static final String CASEWORK_AUDIT_CHECKPOINT_INTERVAL = "casework.audit.checkpoint.interval";

    /** Begins the settings of one retention class: {@code retention.class.<name>.duration}. */
    public static final String CLASS_PREFIX = "retention.class.";

    static final String CLASS_DURATION = "duration";
    public static final String CLASS_BUCKET = "bucket";
    static final String CLASS_CALLING_CODES = "calling.codes";
    static final String CLASS_SERVICES = "services";

    private static final String CUSTODY_PREFIX = "custody.";

    /** Begins settings that only a {@code custody.class} of one's own knows. */
    static final String CUSTODY_PARAM_PREFIX = CUSTODY_PREFIX + "param.";

    /** Begins settings for Kafka's clients: {@code kafka.}, and {@code ingest.kafka.} for those of one role. */
    static final String KAFKA_PREFIX = "kafka.";

    static final String BOOTSTRAP_SERVERS = KAFKA_PREFIX + "bootstrap.servers";
    static final String REGISTRY_URL = "schema.registry.url";

    /** Settings that go to the serdes as they are, under Confluent's names. */
    static final List<String> SERDE_PREFIXES = List.of("schema.registry.", "basic.auth.", "bearer.auth.");

    static final Set<String> SERDE_NAMES = Set.of(
            "auto.register.schemas",
            "use.latest.version",
            "http.connect.timeout.ms",
            "http.read.timeout.ms",
            "max.retries",
            "retries.wait.ms",
            "retries.max.wait.ms");

    static final ConfigDef SETTINGS = Definition.settings();

    private static final Pattern SECRET =
            Pattern.compile(".*(pass|secret|credential|token|jaas|private|keystore\\.key|user\\.info).*");
    private static final String KEYSTORE = "keystore.location";
    private static final String SOURCE = ".source"; // says where secrets are, and is none
    private static final Pattern CLASS_SETTING = Pattern.compile("retention\\.class\\.([^.]+)\\.(.+)");

    private static final Duration LONGEST_COLLECT_DEFAULT = Duration.ofMinutes(30);

    /** How far off a name of a client's setting may be to be taken for a slip, not for a plug-in's setting. */
    private static final int SLIP = 2;

    private final Map<String, @Nullable Object> values;
    private final Map<String, Map<String, String>> kafka;
    private final Map<String, String> serdes;
    private final Map<String, String> custody;
    private final RetentionClasses classes;

    private LookbackConfig(Reading reading) {
        this.values = reading.values;
        this.kafka = reading.kafka;
        this.serdes = reading.serdes;
        this.custody = reading.custody;
        this.classes = new RetentionClasses(reading.classes);
    }

    /**
     * Reads and checks all settings, and that files with secrets in them are closed to other users of this machine.
     *
     * @param file a properties file; null for none
     * @param environment the process's variables; only those that begin with {@code LOOKBACK_} count
     * @param overrides win over both
     * @throws ConfigException naming every setting that is unknown or wrong, its value unless that is secret, and what
     *     is allowed
     */
    public static LookbackConfig load(
            @Nullable Path file, Map<String, String> environment, Map<String, String> overrides) {
        Map<String, String> ofFile = file == null ? Map.of() : Sources.file(file);
        Map<String, String> others = new TreeMap<>(Sources.environment(environment));
        others.putAll(overrides);
        Reading reading = new Reading(ofFile, others);
        if (file != null) {
            reading.demandClosed(file);
        }
        return new LookbackConfig(reading);
    }

    /** Settings given by the caller alone. */
    public static LookbackConfig of(Map<String, String> settings) {
        return load(null, Map.of(), settings);
    }

    /** The names of all of Lookback's own settings, but those of single retention classes. */
    public static Set<String> names() {
        return SETTINGS.names();
    }

    /** A setting of type text. */
    public String text(String name) {
        return (String) value(name);
    }

    /** A setting of type duration. */
    public Duration duration(String name) {
        return Durations.parse(text(name));
    }

    /**
     * {@code casework.collect.interval}: how often what a standing order asks for is collected. Unless set, half of
     * {@code retention.min}, so that each lookup is met twice before it is forgotten, and 30
     * minutes at most.
     */
    public Duration collectInterval() {
        Object set = values.get(CASEWORK_COLLECT_INTERVAL);
        Duration half = duration(RETENTION_MIN).dividedBy(2);
        Duration usual = half.compareTo(LONGEST_COLLECT_DEFAULT) < 0 ? half : LONGEST_COLLECT_DEFAULT;
        return set == null ? usual : Durations.parse((String) set);
    }

    /** A setting that is a whole number. */
    public int integer(String name) {
        return (Integer) value(name);
    }

    /** A setting that is a whole number and may be left out. */
    public Optional<Integer> optionalInteger(String name) {
        check(name);
        return Optional.ofNullable((Integer) values.get(name));
    }

    /** A setting that is true or false. */
    public boolean flag(String name) {
        return (Boolean) value(name);
    }

    /** A setting that is a large whole number. */
    public long longInteger(String name) {
        return (Long) value(name);
    }

    /** A setting that is a password; empty unless set. */
    public Password password(String name) {
        return (Password) value(name);
    }

    /** A setting that names a file and may be left out. */
    public Optional<Path> file(String name) {
        return Optional.of(text(name)).filter(text -> !text.isBlank()).map(Path::of);
    }

    /**
     * A setting that names a file which a role needs.
     *
     * @throws ConfigException if it is left out
     */
    public Path requiredFile(String name) {
        return file(name).orElseThrow(() -> new ConfigException(name + " is missing: it must name a file"));
    }

    /**
     * What is in the file that a setting names and that is closed to other users.
     *
     * @throws ConfigException if the setting is left out, or the file cannot be read or is open to other users
     */
    public String secret(String name) {
        return SecretFile.readText(name, requiredFile(name));
    }

    /** What this process runs. */
    public Set<Role> roles() {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Object label : (List<?>) value(ROLES)) {
            roles.add(Role.of((String) label));
        }
        return roles;
    }

    /** The Kafka Streams application, and consumer group, of a role. */
    public String applicationId(Role role) {
        return text(APPLICATION_ID_PREFIX) + role.label();
    }

    /** All retention classes. */
    public RetentionClasses retentionClasses() {
        return classes;
    }

    /** Settings of the serdes, {@code schema.registry.url} among them. */
    public Map<String, String> serdeSettings() {
        return serdes;
    }

    /** Settings of the custody of keys, all that begin with {@code custody.}, without that. They hold secrets. */
    public Map<String, String> custodySettings() {
        return custody;
    }

    /**
     * Settings for Kafka's clients, without {@code kafka.}; some carry the prefix of a kind of client.
     *
     * @param role whose own settings ({@code ingest.kafka.*}) win over those for all; null: those for all
     */
    Map<String, String> kafkaSettings(@Nullable Role role) {
        Map<String, String> all = new TreeMap<>(kafka.getOrDefault(KAFKA_PREFIX, Map.of()));
        if (role != null) {
            all.putAll(kafka.getOrDefault(kafkaPrefix(role), Map.of()));
        }
        return all;
    }

    private static String kafkaPrefix(Role role) {
        return role.label() + "." + KAFKA_PREFIX;
    }

    /** How a setting for Kafka's clients begins; null if it is another. */
    private static @Nullable String kafkaPrefixOf(String name) {
        if (name.startsWith(KAFKA_PREFIX)) {
            return KAFKA_PREFIX;
        }
        return Arrays.stream(Role.values())
                .map(LookbackConfig::kafkaPrefix)
                .filter(name::startsWith)
                .findFirst()
                .orElse(null);
    }

    /** All topics, under the prefix. */
    public Topics topics() {
        return new Topics(text(TOPIC_PREFIX), serdes);
    }

    /**
     * Tokens under the key in {@code token.key.file}.
     *
     * @throws ConfigException if the file is missing, open to other users, or holds no key of 16 bytes
     */
    public Tokens tokens() {
        return new Tokens(SecretFile.readKey(TOKEN_KEY_FILE, requiredFile(TOKEN_KEY_FILE), Tokens.KEY_LENGTH));
    }

    @Override
    public String toString() {
        return "LookbackConfig" + roles();
    }

    private Object value(String name) {
        check(name);
        return Objects.requireNonNull(values.get(name), name);
    }

    private static void check(String name) {
        if (!SETTINGS.names().contains(name)) {
            throw new IllegalArgumentException(name + " is not a setting");
        }
    }

    /** Sorts what was read into its kinds and checks it, collecting every problem before it gives up. */
    private static final class Reading {
        private final Map<String, String> ofFile;
        private final Map<String, String> raw;
        private final Map<String, String> given;
        private final List<String> problems = new ArrayList<>();
        private final Map<String, @Nullable Object> values = new HashMap<>();
        private final Map<String, Map<String, String>> kafka = new TreeMap<>();
        private final Map<String, String> serdes = new TreeMap<>();
        private final Map<String, String> custody = new TreeMap<>();
        private final List<RetentionClass> classes = new ArrayList<>();

        Reading(Map<String, String> ofFile, Map<String, String> others) {
            this.ofFile = ofFile;
            this.raw = new TreeMap<>(ofFile);
            raw.putAll(others);
            this.given = Sources.resolve(raw);
            checkFiles();
            Map<String, Map<String, String>> byClass = sort();
            values.putAll(parse(SETTINGS, "", given));
            if (problems.isEmpty()) {
                checkCollecting();
                readClasses(byClass);
            }
            require(
                    BOOTSTRAP_SERVERS,
                    kafka.getOrDefault(KAFKA_PREFIX, Map.of()).get("bootstrap.servers"));
            require(REGISTRY_URL, serdes.get(REGISTRY_URL));
            if (!problems.isEmpty()) {
                throw new ConfigException("Configuration: " + String.join("\n", problems));
            }
        }

        /** Keystores, and files that secrets are taken from. */
        private void checkFiles() {
            given.forEach((name, value) -> {
                if (name.endsWith(KEYSTORE) && !value.isBlank()) {
                    checkFile(name, Path.of(value));
                }
                if (isSecret(name)) {
                    Sources.files(raw.getOrDefault(name, "")).forEach(file -> checkFile(name, file));
                }
            });
        }

        private void checkFile(String name, Path file) {
            if (Files.isRegularFile(file)) { // whoever needs one that is not there says so
                try {
                    SecretFile.demandClosed(name, file);
                } catch (ConfigException e) {
                    problems.add(e.getMessage());
                }
            }
        }

        /** The file that settings come from, if there are secrets among them. */
        private void demandClosed(Path file) {
            ofFile.keySet().stream()
                    .filter(name -> isSecret(name) && !Sources.isReference(ofFile.get(name)))
                    .findFirst()
                    .ifPresent(name -> SecretFile.demandClosedFor(name, file));
        }

        private static boolean isSecret(String name) {
            ConfigDef.ConfigKey key = SETTINGS.configKeys().get(name);
            String kafkaPrefix = kafkaPrefixOf(name);
            if (key == null && kafkaPrefix != null) {
                key = KafkaNames.key(name.substring(kafkaPrefix.length()));
            }
            return key == null
                    ? SECRET.matcher(name).matches() && !name.endsWith(SOURCE)
                    : key.type == ConfigDef.Type.PASSWORD;
        }

        private Map<String, Map<String, String>> sort() {
            Map<String, Map<String, String>> byClass = new HashMap<>();
            given.forEach((name, value) -> {
                Matcher ofClass = CLASS_SETTING.matcher(name);
                if (name.startsWith(CUSTODY_PREFIX)) {
                    custody.put(name.substring(CUSTODY_PREFIX.length()), value);
                }
                String kafkaPrefix = kafkaPrefixOf(name);
                if (kafkaPrefix != null) {
                    addKafka(kafkaPrefix, name, value);
                } else if (SERDE_NAMES.contains(name) || SERDE_PREFIXES.stream().anyMatch(name::startsWith)) {
                    serdes.put(name, value);
                } else if (ofClass.matches()
                        && Definition.retentionClass(false).names().contains(ofClass.group(2))) {
                    byClass.computeIfAbsent(ofClass.group(1), key -> new TreeMap<>())
                            .put(ofClass.group(2), value);
                } else if (!SETTINGS.names().contains(name)
                        && !name.startsWith(Sources.PROVIDERS)
                        && !name.startsWith(CUSTODY_PARAM_PREFIX)) {
                    problems.add(shown(name) + ": no such setting; did you mean " + nearest(name) + "?");
                }
            });
            return byClass;
        }

        private void addKafka(String begin, String name, String value) {
            String plain = name.substring(begin.length());
            String reserved = KafkaNames.reserved(plain);
            ConfigDef.ConfigKey key = KafkaNames.key(plain);
            if (reserved != null) {
                problems.add(shown(name) + ": not to be set here; " + reserved);
            } else if (key != null) {
                try {
                    Object parsed = ConfigDef.parseType(name, value, key.type);
                    if (key.validator != null) {
                        key.validator.ensureValid(name, parsed);
                    }
                } catch (ConfigException e) {
                    String allowed = key.validator == null ? "type " + key.type : key.type + " " + key.validator;
                    problems.add(shown(name) + ": wrong; allowed: " + allowed);
                }
            } else {
                String nearest = nearest(name);
                // Plug-ins (interceptors, reporters, log-in handlers) have settings that nobody can list.
                if (distance(name, nearest) <= SLIP) {
                    problems.add(shown(name) + ": no client knows it; did you mean " + nearest + "?");
                }
            }
            kafka.computeIfAbsent(begin, each -> new TreeMap<>()).put(plain, value);
        }

        private Map<String, @Nullable Object> parse(ConfigDef definition, String prefix, Map<String, String> texts) {
            Map<String, @Nullable Object> parsed = new HashMap<>();
            definition.configKeys().forEach((name, key) -> {
                String text = texts.get(name);
                if (text == null && !key.hasDefault()) {
                    problems.add(prefix + name + " is missing; allowed: " + key.validator);
                    return;
                }
                try {
                    Object value = text == null ? key.defaultValue : ConfigDef.parseType(name, text, key.type);
                    key.validator.ensureValid(name, value);
                    parsed.put(name, value);
                } catch (ConfigException e) {
                    problems.add(shown(prefix + name) + ": wrong; allowed: " + key.validator);
                }
            });
            return parsed;
        }

        /** A lookup that comes and goes between two collections would be missing from an extract. */
        private void checkCollecting() {
            Object set = values.get(CASEWORK_COLLECT_INTERVAL);
            Duration most = Durations.parse((String) Objects.requireNonNull(values.get(RETENTION_MIN)))
                    .dividedBy(2);
            if (set != null && Durations.parse((String) set).compareTo(most) > 0) {
                problems.add(shown(CASEWORK_COLLECT_INTERVAL) + ": wrong; allowed: up to half of " + RETENTION_MIN
                        + " (" + Durations.format(most) + ")");
            }
        }

        private void readClasses(Map<String, Map<String, String>> byClass) {
            Set<String> names = new LinkedHashSet<>();
            for (Object name : (List<?>) Objects.requireNonNull(values.get(RETENTION_CLASSES))) {
                names.add((String) name);
            }
            names.add(Topics.DEFAULT_CLASS);
            Set<String> unlisted = new TreeSet<>(byClass.keySet());
            unlisted.removeAll(names);
            for (String name : unlisted) {
                problems.add(CLASS_PREFIX + name + ".*: there is no such class; list it in " + RETENTION_CLASSES
                        + ", now " + String.join(",", names));
            }
            for (String name : names) {
                readClass(name, byClass.getOrDefault(name, Map.of()));
            }
        }

        private void readClass(String name, Map<String, String> texts) {
            String prefix = CLASS_PREFIX + name + ".";
            Map<String, @Nullable Object> parsed =
                    parse(Definition.retentionClass(name.equals(Topics.DEFAULT_CLASS)), prefix, texts);
            if (!problems.isEmpty()) {
                return;
            }
            Duration duration = Durations.parse((String) Objects.requireNonNull(parsed.get(CLASS_DURATION)));
            Duration least = Durations.parse((String) Objects.requireNonNull(values.get(RETENTION_MIN)));
            Duration most = Durations.parse((String) Objects.requireNonNull(values.get(RETENTION_MAX)));
            if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
                problems.add(prefix + CLASS_DURATION + "=" + Durations.format(duration) + ": wrong; allowed: from "
                        + RETENTION_MIN + " (" + Durations.format(least) + ") to " + RETENTION_MAX + " ("
                        + Durations.format(most) + ")");
            }
            Set<String> codes = strings(parsed.get(CLASS_CALLING_CODES));
            Set<Service> services = strings(parsed.get(CLASS_SERVICES)).stream()
                    .map(text -> Service.valueOf(text.toUpperCase(Locale.ROOT)))
                    .collect(Collectors.toSet());
            boolean rule = !codes.isEmpty() || !services.isEmpty();
            if (rule == name.equals(Topics.DEFAULT_CLASS)) {
                problems.add(prefix + CLASS_CALLING_CODES + " and " + prefix + CLASS_SERVICES
                        + (rule ? ": default takes what no other class claims, so it has no rule" : ": one is needed"));
            }
            Duration bucket = Durations.parse((String) Objects.requireNonNull(parsed.get(CLASS_BUCKET)));
            classes.add(new RetentionClass(name, bucket, duration, codes, services));
        }

        private static Set<String> strings(@Nullable Object list) {
            Set<String> strings = new HashSet<>();
            if (list instanceof List<?> items) {
                items.forEach(item -> strings.add((String) item));
            }
            return strings;
        }

        private void require(String name, @Nullable String value) {
            if (value == null || value.isBlank()) {
                problems.add(name + " is missing");
            }
        }

        /** The setting as messages show it: with its value, unless that is secret or came from a provider. */
        private String shown(String name) {
            ConfigDef.ConfigKey key = SETTINGS.configKeys().get(name);
            boolean secret = key == null
                    ? SECRET.matcher(name).matches()
                            || SECRET.matcher(nearest(name)).matches()
                    : key.type == ConfigDef.Type.PASSWORD;
            if (secret && !Sources.isReference(raw.get(name))) {
                return name;
            }
            return name + "=" + raw.get(name);
        }

        private static String nearest(String name) {
            Set<String> known = new TreeSet<>(SETTINGS.names());
            Matcher ofClass = CLASS_SETTING.matcher(name);
            String className = ofClass.matches() ? ofClass.group(1) : Topics.DEFAULT_CLASS;
            Definition.retentionClass(false).names().forEach(each -> known.add(CLASS_PREFIX + className + "." + each));
            known.addAll(SERDE_NAMES);
            known.add(REGISTRY_URL);
            String kafkaPrefix = kafkaPrefixOf(name);
            if (kafkaPrefix != null) {
                String plain = name.substring(kafkaPrefix.length());
                String prefix = plain.substring(
                        0, plain.length() - KafkaNames.withoutPrefix(plain).length());
                KafkaNames.all().forEach(each -> known.add(kafkaPrefix + prefix + each));
            }
            known.add(BOOTSTRAP_SERVERS);
            return known.stream()
                    .min(Comparator.comparingInt(each -> distance(name, each)))
                    .orElse("");
        }
    }

    /** Levenshtein's distance: how many letters to change, add or leave out. */
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
