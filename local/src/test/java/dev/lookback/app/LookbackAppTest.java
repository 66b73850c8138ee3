package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.config.topics.TopicAdmin;
import dev.lookback.config.topics.TopicPlan;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalBroker;
import dev.lookback.local.SampleGeoIp;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.RetentionPolicy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The application and its topics on a real broker. */
@Tag("server")
class LookbackAppTest {
    private static final Duration SOON = Duration.ofMinutes(1);

    @TempDir
    static Path dir;

    private static LocalBroker broker;
    private static Map<String, String> settings;

    @BeforeAll
    static void prepare() throws Exception {
        broker = LocalBroker.start();
        Path tokenKey = Files.writeString(dir.resolve("token.key"), "000102030405060708090a0b0c0d0e0f");
        Files.setPosixFilePermissions(tokenKey, PosixFilePermissions.fromString("rw-------"));
        char[] password = "sealing".toCharArray();
        KeyPair officer = KeyFiles.generate(dir.resolve("o.p12"), dir.resolve("o.pem"), password, "officer");
        KeyFiles.generate(dir.resolve("seal.p12"), dir.resolve("seal.pem"), password, "seal");
        Path officers = dir.resolve("officers.yaml");
        Files.writeString(
                officers,
                new Officers(List.of(new Officer("o1", Set.of(Officer.Role.INTAKE), officer.getPublic(), null, null)))
                        .toYaml());
        settings = Map.ofEntries(
                Map.entry("kafka.bootstrap.servers", broker.bootstrapServers()),
                Map.entry("schema.registry.url", "mock://app"),
                Map.entry("token.key.file", tokenKey.toString()),
                Map.entry("officers.file", officers.toString()),
                Map.entry("sealing.keystore.location", dir.resolve("seal.p12").toString()),
                Map.entry("sealing.keystore.password", "sealing"),
                Map.entry("sealing.keystore.alias", "seal"),
                Map.entry("state.dir", dir.resolve("state").toString()),
                Map.entry("http.port", "0"),
                Map.entry("ticker.interval", "100ms"),
                Map.entry("topics.replication", "1"),
                Map.entry("topics.partitions.events", "2"),
                Map.entry("topics.partitions.ledgers", "2"),
                Map.entry("topics.partitions.requests", "2"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void topics_are_planned_applied_and_then_as_they_should_be(TestInfo test) {
        LookbackConfig config = config(test);
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            TopicAdmin topics = new TopicAdmin(admin, config);
            TopicPlan plan = topics.plan(Map.of());
            assertThat(plan.isEmpty()).isFalse();
            topics.apply(plan);
            assertThat(topics.plan(Map.of()).changes()).isEmpty();
            assertThat(topics.problems()).isEmpty();
            TopicPlan shorter = topics.plan(Map.of("default", Duration.ofDays(25)));
            assertThat(shorter.changes()).hasSize(1);
            topics.apply(shorter);
            await().atMost(SOON)
                    .until(() ->
                            topics.plan(Map.of("default", Duration.ofDays(25))).isEmpty());
        }
    }

    @Test
    void it_does_not_start_without_topics_or_on_unequal_ones(TestInfo test) throws Exception {
        LookbackConfig config = config(test);
        assertThatThrownBy(() -> LookbackApp.start(config))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("does not exist; lookback topics apply creates it");
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            applyTopics(config);
            String tasks = config.topics().searchTasks().name();
            admin.createPartitions(Map.of(tasks, NewPartitions.increaseTo(3)))
                    .all()
                    .get();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(new TopicAdmin(admin, config).problems())
                            .singleElement()
                            .asString()
                            .contains("must have equal partition counts", tasks + "=3"));
            assertThatThrownBy(() -> LookbackApp.start(config)).hasMessageContaining("equal partition counts");
        }
    }

    @Test
    void it_starts_is_ready_ticks_and_stops_and_starts_again(TestInfo test) throws Exception {
        LookbackConfig config = config(test);
        applyTopics(config);
        for (int start = 0; start < 2; start++) {
            LookbackApp app = LookbackApp.start(config);
            try {
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(app.notReady()).isEmpty());
                assertThat(get(app.address().resolve("/health/ready")).statusCode())
                        .isEqualTo(200);
                await().atMost(SOON)
                        .until(() ->
                                app.meters().get("lookback.ticks").counter().count() > 2);
                assertThat(get(app.address().resolve("/metrics")).body())
                        .contains("lookback_ticks_total", "kafka_stream_client_state", "jvm_memory_used_bytes");
                assertThat(Files.getPosixFilePermissions(dir.resolve("state")))
                        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            } finally {
                app.close();
            }
            app.awaitEnd();
        }
        assertThat(new PolicyLog(config, OfficersFile.load(config), Map.of())
                        .read()
                        .history()
                        .of("default"))
                .singleElement()
                .extracting(RetentionPolicy::getRetentionClass, RetentionPolicy::getVersion)
                .containsExactly("default", 1);
    }

    @Test
    void a_fault_that_stays_ends_it_with_the_cause(TestInfo test) throws Exception {
        LookbackConfig config = config(test, "roles", "ingest");
        applyTopics(config);
        try (LookbackApp app = LookbackApp.start(config);
                Admin admin = Admin.create(ClientSettings.admin(config))) {
            await().atMost(SOON).untilAsserted(() -> assertThat(app.notReady()).isEmpty());
            admin.deleteTopics(List.of(config.topics().lookupEvents().name()))
                    .all()
                    .get();
            await().dontCatchUncaughtExceptions()
                    .atMost(SOON.multipliedBy(3))
                    .untilAsserted(() -> assertThat(
                                    get(app.address().resolve("/health/live")).statusCode())
                            .isEqualTo(503));
            assertThatThrownBy(app::awaitEnd).hasMessageContaining("ingest has stopped for good");
        }
    }

    @Test
    void casework_starts_only_with_its_officers_and_its_key(TestInfo test) {
        applyTopics(config(test));
        Map<String, String> wrong = Map.of(
                "officers.file",
                dir.resolve("no-officers.yaml").toString(),
                "sealing.keystore.location",
                dir.resolve("o.p12").toString(),
                "sealing.keystore.password",
                "not the password",
                "sealing.keystore.alias",
                "nobody");
        wrong.forEach((setting, value) -> {
            String named = setting.startsWith("sealing") ? "sealing.keystore.location" : setting;
            LookbackConfig config = config(test, "roles", "casework", setting, value);
            assertThatThrownBy(() -> LookbackApp.start(config))
                    .as(setting)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(named + "=");
        });
    }

    @Test
    void it_does_not_start_with_another_token_key_than_that_of_the_ledgers(TestInfo test) throws Exception {
        LookbackConfig config = config(test, "roles", "ingest");
        applyTopics(config);
        LookbackApp.start(config).close();
        Path other = Files.writeString(dir.resolve("other.key"), "ff0102030405060708090a0b0c0d0e0f");
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-------"));
        for (String role : List.of("ingest", "vault", "casework")) {
            String[] more = {
                "roles", role, "state.dir", dir.resolve("wiped").toString(), "token.key.file", other.toString()
            };
            assertThatThrownBy(() -> LookbackApp.start(config(test, more)))
                    .as(role)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContainingAll(
                            "token.key.file=" + other, "not the key with which these ledgers are written")
                    .hasMessageNotContaining("ff0102");
        }
        LookbackApp.start(config).close();
    }

    /** Topics of a version that did not put its key on record yet. */
    @Test
    void a_token_key_that_is_not_on_record_is_recorded(TestInfo test) throws Exception {
        LookbackConfig config = config(test, "roles", "ingest");
        applyTopics(config);
        PolicyLog log = new PolicyLog(config, OfficersFile.load(config), Map.of());
        PolicyLog.missing(config, log.read().history(), Instant.now()).forEach(log::write);
        assertThat(log.read().tokenKeyCheck()).isEmpty();
        LookbackApp.start(config).close();
        LookbackApp.start(config).close();
        assertThat(log.read().tokenKeyCheck()).contains(config.tokens().keyCheck());
        assertThat(log.read().entries()).as("once").hasSize(2);
        assertThat(log.read().refused()).as("of no concern").isEmpty();
    }

    @Test
    void it_listens_where_it_is_told_and_takes_geoip_files_that_come_later(TestInfo test) throws Exception {
        int port = FreePorts.next();
        Path cities = dir.resolve("cities.mmdb");
        Path operators = dir.resolve("operators.mmdb");
        LookbackConfig config = config(
                test,
                "roles",
                "ingest",
                "http.host",
                "127.0.0.2",
                "http.port",
                String.valueOf(port),
                "geoip.city.database",
                cities.toString(),
                "geoip.asn.database",
                operators.toString(),
                "geoip.refresh.interval",
                "1s");
        applyTopics(config);
        try (LookbackApp app = LookbackApp.start(config)) {
            assertThat(app.address()).isEqualTo(URI.create("http://127.0.0.2:" + port));
            assertThat(get(app.address().resolve("/health/live")).statusCode()).isEqualTo(200);
            assertThat(app.meters().get("lookback.geoip.good").gauge().value()).isZero();
            Instant built = Instant.parse("2026-01-02T03:04:05Z");
            SampleGeoIp sample = new SampleGeoIp(1);
            sample.writeCity(cities, built);
            sample.writeAsn(operators, built);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(app.meters()
                                    .get("lookback.geoip.build.time")
                                    .gauges())
                            .hasSize(2)
                            .allMatch(gauge -> gauge.value() == built.getEpochSecond()));
        }
    }

    @Test
    void streams_of_a_role_that_does_not_run_are_refused(TestInfo test) {
        LookbackConfig config = config(test, "roles", "ingest");
        applyTopics(config);
        try (LookbackApp app = LookbackApp.start(config)) {
            assertThat(app.streams(Role.INGEST)).isNotNull();
            assertThatThrownBy(() -> app.streams(Role.VAULT)).hasMessageContaining("does not run vault");
        }
    }

    private static void applyTopics(LookbackConfig config) {
        try (Admin admin = Admin.create(ClientSettings.admin(config))) {
            TopicAdmin topics = new TopicAdmin(admin, config);
            topics.apply(topics.plan(Map.of()));
        }
    }

    /** Topics, applications and state of each test's own. */
    private static LookbackConfig config(TestInfo test, String... more) {
        String name = test.getTestMethod().orElseThrow().getName();
        Map<String, String> all = new HashMap<>(settings);
        all.put("topic.prefix", name + ".");
        all.put("application.id.prefix", name + "-");
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return LookbackConfig.of(all);
    }

    private static HttpResponse<String> get(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
