package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.Example;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.config.acls.AclsFile;
import dev.lookback.config.topics.TopicsFile;
import dev.lookback.config.topics.WantedTopic;
import dev.lookback.custody.KeyCustody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each setting changes what is built from the configuration. A setting that is not here fails
 * {@link #every_setting_is_here}; how the objects behave is their own tests' matter.
 */
class SettingsTakeEffectTest {
    @TempDir
    static Path dir;

    /**
     * A setting, another value for it, and what must come out then.
     *
     * @param seen what is built from the configuration
     */
    private record Effect(String value, Function<LookbackConfig, Object> seen, Object expected) {}

    private static Map<String, Effect> effects() {
        Map<String, Effect> all = new TreeMap<>();
        all.put(
                TOPIC_PREFIX,
                new Effect("eu.", config -> config.topics().lookupEvents().name(), "eu.lookup-events"));
        all.put(
                APPLICATION_ID_PREFIX,
                new Effect("eu-", config -> streams(config, Role.VAULT, "application.id"), "eu-vault"));
        all.put(ROLES, new Effect("vault", LookbackConfig::roles, java.util.Set.of(Role.VAULT)));
        all.put(
                STATE_DIR,
                new Effect("/data", config -> ClientSettings.stateDir(config, Role.VAULT), Path.of("/data/vault")));
        all.put(TOKEN_KEY_FILE, new Effect(keyFile(), config -> config.tokens().token("x") != 0, true));
        all.put(
                COMMIT_INTERVAL,
                new Effect("3s", config -> streams(config, Role.INGEST, "commit.interval.ms"), 3_000L));
        all.put(CLOCK_JUMP_MAX, new Effect("7s", config -> config.duration(CLOCK_JUMP_MAX), Duration.ofSeconds(7)));
        all.put(
                CLOCK_CHECK_INTERVAL,
                new Effect("7s", config -> config.duration(CLOCK_CHECK_INTERVAL), Duration.ofSeconds(7)));
        all.put(HTTP_HOST, new Effect("::1", config -> config.text(HTTP_HOST), "::1"));
        all.put(HTTP_PORT, new Effect("0", config -> config.integer(HTTP_PORT), 0));
        all.put(
                HTTP_SSL_KEYSTORE_LOCATION,
                new Effect("/k.p12", config -> httpRefusal(config).contains("SSL keystore /k.p12"), true));
        all.put(
                HTTP_SSL_KEYSTORE_PASSWORD,
                new Effect(
                        "open",
                        config -> config.password(HTTP_SSL_KEYSTORE_PASSWORD).value(),
                        "open"));
        all.put(
                HTTP_SSL_TRUSTSTORE_LOCATION,
                new Effect("/t.p12", config -> httpRefusal(config).contains("client certificates"), true));
        all.put(
                HTTP_SSL_TRUSTSTORE_PASSWORD,
                new Effect(
                        "open",
                        config -> config.password(HTTP_SSL_TRUSTSTORE_PASSWORD).value(),
                        "open"));
        all.put(
                HTTP_BEARER_TOKEN_FILE,
                new Effect(keyFile(), config -> HttpAccess.load(config).tokens() != null, true));
        all.put(
                HTTP_HEALTH_UNAUTHENTICATED,
                new Effect("true", config -> HttpAccess.load(config).openHealth(), true));
        all.put(TOPICS_FILE, new Effect("/none", SettingsTakeEffectTest::topicsFailure, true));
        all.put(
                TOPICS_PARTITIONS_EVENTS,
                new Effect("2", config -> topic(config, "lookup-events").partitions(), 2));
        all.put(
                TOPICS_PARTITIONS_LEDGERS,
                new Effect("4", config -> topic(config, "expiry-orders").partitions(), 4));
        all.put(
                TOPICS_PARTITIONS_REQUESTS,
                new Effect("5", config -> topic(config, "legal-requests").partitions(), 5));
        all.put(
                TOPICS_REPLICATION,
                new Effect("2", config -> topic(config, "legal-requests").replication(), (short) 2));
        all.put(
                ACLS_FILE,
                new Effect(
                        aclsFile(),
                        config -> config.file(ACLS_FILE).isEmpty()
                                ? List.of()
                                : AclsFile.load(config).principals("publisher"),
                        List.of("User:routing")));
        all.put(
                INGEST_MAX_LATE,
                new Effect("1h", config -> RoleSettings.ingest(config).maxLate(), Duration.ofHours(1)));
        all.put(
                INGEST_MAX_FUTURE,
                new Effect(
                        "1m",
                        config -> List.of(
                                RoleSettings.ingest(config).maxFuture(),
                                topic(config, "lookups-enriched")
                                        .settings()
                                        .get("retention.ms")
                                        .value()),
                        List.of(
                                Duration.ofMinutes(1),
                                Long.toString(
                                        Duration.ofDays(30).plusMinutes(61).toMillis()))));
        all.put(
                INGEST_MAX_RECORD_BYTES,
                new Effect("1000", config -> RoleSettings.ingest(config).maxRecordBytes(), 1000));
        all.put(
                INGEST_REGISTRY_WAIT,
                new Effect("7s", config -> RoleSettings.ingest(config).registryWait(), Duration.ofSeconds(7)));
        all.put(
                INGEST_REGISTRY_BACKOFF,
                new Effect("7s", config -> RoleSettings.ingest(config).registryBackoff(), Duration.ofSeconds(7)));
        all.put(
                INGEST_PROGRESS_INTERVAL,
                new Effect("7s", config -> RoleSettings.ingest(config).progressInterval(), Duration.ofSeconds(7)));
        all.put(
                INGEST_PROGRESS_REPEAT,
                new Effect("7s", config -> RoleSettings.ingest(config).progressRepeat(), Duration.ofSeconds(7)));
        all.put(INGEST_THREADS, new Effect("3", config -> streams(config, Role.INGEST, "num.stream.threads"), 3));
        all.put(
                GEOIP_CITY_DATABASE,
                new Effect("/c.mmdb", config -> config.requiredFile(GEOIP_CITY_DATABASE), Path.of("/c.mmdb")));
        all.put(
                GEOIP_ASN_DATABASE,
                new Effect("/a.mmdb", config -> config.requiredFile(GEOIP_ASN_DATABASE), Path.of("/a.mmdb")));
        all.put(
                GEOIP_REFRESH_INTERVAL,
                new Effect("9s", config -> config.duration(GEOIP_REFRESH_INTERVAL), Duration.ofSeconds(9)));
        all.put(RETENTION_MIN, new Effect("31d", config -> "accepted", null));
        all.put(RETENTION_MAX, new Effect("29d", config -> "accepted", null));
        all.put(RETENTION_CLASSES, new Effect("other", config -> "accepted", null));
        all.put(VAULT_THREADS, new Effect("4", config -> streams(config, Role.VAULT, "num.stream.threads"), 4));
        all.put(VAULT_STANDBYS, new Effect("1", config -> streams(config, Role.VAULT, "num.standby.replicas"), 1));
        all.put(
                VAULT_WORK_INTERVAL,
                new Effect("7s", config -> RoleSettings.vault(config).workInterval(), Duration.ofSeconds(7)));
        all.put(
                VAULT_WORK_BUDGET,
                new Effect("7s", config -> RoleSettings.vault(config).workBudget(), Duration.ofSeconds(7)));
        all.put(
                VAULT_SLICE_ROWS,
                new Effect("7", config -> RoleSettings.vault(config).sliceRows(), 7));
        all.put(
                VAULT_ORDER_KEYS,
                new Effect("7", config -> RoleSettings.vault(config).orderKeys(), 7));
        all.put(
                VAULT_OPEN_BUCKETS,
                new Effect("7", config -> RoleSettings.vault(config).openBuckets(), 7));
        all.put(
                VAULT_ORDER_REPEAT,
                new Effect("7s", config -> RoleSettings.vault(config).orderRepeat(), Duration.ofSeconds(7)));
        all.put(
                VAULT_EXPIRY_GRACE,
                new Effect("7s", config -> RoleSettings.vault(config).expiryGrace(), Duration.ofSeconds(7)));
        all.put(
                VAULT_WAIT_ALERT,
                new Effect("7s", config -> RoleSettings.vault(config).waitAlert(), Duration.ofSeconds(7)));
        all.put(
                VAULT_FLUSH_INTERVAL,
                new Effect("7s", config -> RoleSettings.vault(config).flushInterval(), Duration.ofSeconds(7)));
        all.put(
                VAULT_MEMORY_BYTES,
                new Effect("20000000", config -> config.longInteger(VAULT_MEMORY_BYTES), 20_000_000L));
        all.put(CASEWORK_THREADS, new Effect("2", config -> streams(config, Role.CASEWORK, "num.stream.threads"), 2));
        all.put(
                CASEWORK_COMMIT_INTERVAL,
                new Effect("50ms", config -> streams(config, Role.CASEWORK, "commit.interval.ms"), 50L));
        all.put(
                CASEWORK_MEMORY_BYTES,
                new Effect(
                        "20000000",
                        config -> streams(config, Role.CASEWORK, "lookback.store.memory.bytes"),
                        20_000_000L));
        all.put(TICKER_INTERVAL, new Effect("3s", config -> config.duration(TICKER_INTERVAL), Duration.ofSeconds(3)));
        all.put(OFFICERS_FILE, new Effect("/o.yaml", config -> config.requiredFile(OFFICERS_FILE), Path.of("/o.yaml")));
        all.put(
                DISCLOSURE_POLICY_FILE,
                new Effect(
                        "../deploy/disclosure-policy-subpoena.yaml",
                        config -> DisclosurePolicyFile.load(config).name(),
                        "court orders, search warrants and subpoenas"));
        all.put(
                CUSTODY_CLASS,
                new Effect(
                        Keys.class.getName(),
                        config -> Custody.load(config) instanceof Keys keys ? keys.settings.get("class") : "none",
                        Keys.class.getName()));
        all.put(
                CUSTODY_KEYSTORE_LOCATION,
                new Effect("/k.p12", config -> config.custodySettings().get("keystore.location"), "/k.p12"));
        all.put(
                CUSTODY_KEYSTORE_PASSWORD,
                new Effect("open", config -> config.custodySettings().get("keystore.password"), "open"));
        all.put(
                SEALING_KEYSTORE_LOCATION,
                new Effect("/s.p12", config -> config.requiredFile(SEALING_KEYSTORE_LOCATION), Path.of("/s.p12")));
        all.put(
                SEALING_KEYSTORE_PASSWORD,
                new Effect(
                        "open",
                        config -> config.password(SEALING_KEYSTORE_PASSWORD).value(),
                        "open"));
        all.put(SEALING_KEYSTORE_ALIAS, new Effect("a", config -> config.text(SEALING_KEYSTORE_ALIAS), "a"));
        all.put(
                CASEWORK_APPROVAL_TIMEOUT,
                new Effect("2d", config -> RoleSettings.casework(config).approvalTimeout(), Duration.ofDays(2)));
        all.put(
                CASEWORK_EXTRACT_RETENTION,
                new Effect("2d", config -> RoleSettings.casework(config).extractRetention(), Duration.ofDays(2)));
        all.put(
                CASEWORK_CASE_RETENTION,
                new Effect("2d", config -> RoleSettings.casework(config).caseRetention(), Duration.ofDays(2)));
        all.put(
                CASEWORK_COMMAND_MAX_AGE,
                new Effect("2d", config -> RoleSettings.casework(config).commandMaxAge(), Duration.ofDays(2)));
        all.put(
                CASEWORK_PART_BYTES,
                new Effect("2000", config -> RoleSettings.casework(config).partBytes(), 2000));
        all.put(
                CASEWORK_SLICE_INTERVAL,
                new Effect("7s", config -> RoleSettings.casework(config).sliceInterval(), Duration.ofSeconds(7)));
        all.put(
                CASEWORK_SLICE_BUDGET,
                new Effect("7s", config -> RoleSettings.casework(config).sliceBudget(), Duration.ofSeconds(7)));
        all.put(
                CASEWORK_FLUSH_INTERVAL,
                new Effect("7s", config -> RoleSettings.casework(config).flushInterval(), Duration.ofSeconds(7)));
        all.put(
                CASEWORK_ROLL_INTERVAL,
                new Effect("7s", config -> RoleSettings.casework(config).rollInterval(), Duration.ofSeconds(7)));
        all.put(
                CASEWORK_PRESERVATION_DURATION,
                new Effect("2d", config -> config.duration(CASEWORK_PRESERVATION_DURATION), Duration.ofDays(2)));
        all.put(CASEWORK_COLLECT_INTERVAL, new Effect("7s", LookbackConfig::collectInterval, Duration.ofSeconds(7)));
        all.put(
                CASEWORK_AUDIT_CHECKPOINT_INTERVAL,
                new Effect("7s", config -> config.duration(CASEWORK_AUDIT_CHECKPOINT_INTERVAL), Duration.ofSeconds(7)));
        return all;
    }

    @Test
    void every_setting_is_here() {
        assertThat(effects().keySet()).isEqualTo(new java.util.TreeSet<>(LookbackConfig.names()));
    }

    @TestFactory
    Stream<DynamicTest> each_changes_what_is_built() {
        return effects().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Effect effect = entry.getValue();
                    assertThat(seen(effect, Example.settings())).isNotEqualTo(effect.expected());
                    assertThat(seen(effect, Example.settings(entry.getKey(), effect.value())))
                            .isEqualTo(effect.expected());
                }));
    }

    @Test
    void without_configuration_topologies_have_their_own_defaults() {
        LookbackConfig config = Example.config();
        assertThat(RoleSettings.ingest(config)).isEqualTo(dev.lookback.ingest.IngestSettings.DEFAULTS);
        assertThat(RoleSettings.vault(config)).isEqualTo(dev.lookback.vault.VaultSettings.DEFAULTS);
        assertThat(RoleSettings.casework(config)).isEqualTo(dev.lookback.casework.CaseworkSettings.DEFAULTS);
    }

    /** Null where the configuration is refused. */
    private static Object seen(Effect effect, Map<String, String> settings) {
        try {
            return effect.seen().apply(LookbackConfig.of(settings));
        } catch (ConfigException e) {
            return null;
        }
    }

    private static String httpRefusal(LookbackConfig config) {
        try {
            HttpAccess.load(config);
            return "";
        } catch (ConfigException e) {
            return e.getMessage();
        }
    }

    private static boolean topicsFailure(LookbackConfig config) {
        try {
            return TopicsFile.load(config) == null;
        } catch (ConfigException e) {
            return true;
        }
    }

    private static Object streams(LookbackConfig config, Role role, String name) {
        return ClientSettings.streams(config, role).get(name);
    }

    private static WantedTopic topic(LookbackConfig config, String name) {
        List<WantedTopic> found = new ArrayList<>(TopicsFile.load(config).wanted());
        found.removeIf(topic -> !topic.name().equals(name));
        return found.get(0);
    }

    private static String aclsFile() {
        try {
            return Files.writeString(dir.resolve("acls.yaml"), "principals: {publisher: [User:routing]}")
                    .toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String keyFile() {
        try {
            Path file = Files.writeString(dir.resolve("token.key"), "000102030405060708090a0b0c0d0e0f");
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"))
                    .toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A custody of one's own. */
    public static final class Keys implements KeyCustody {
        private Map<String, ?> settings = Map.of();

        @Override
        public void configure(Map<String, ?> given) {
            settings = given;
        }

        @Override
        public SecretKey forSealing(String retentionClass, long bucket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SecretKey forOpening(String retentionClass, long bucket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int destroyBefore(String retentionClass, long bucket) {
            return 0;
        }

        @Override
        public int count(String retentionClass) {
            return 0;
        }
    }
}
