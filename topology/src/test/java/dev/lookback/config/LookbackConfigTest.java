package dev.lookback.config;

import static dev.lookback.config.Example.config;
import static dev.lookback.config.Example.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.handle.Tokens;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LookbackConfigTest {
    @TempDir
    Path dir;

    @Test
    void file_then_environment_then_overrides() throws IOException {
        Path file = dir.resolve("lookback.properties");
        Files.writeString(file, """
                kafka.bootstrap.servers=file:9092
                schema.registry.url=mock://file
                ingest.max.late=1h
                ingest.max.future=1m
                http.port=1
                """);
        LookbackConfig config = LookbackConfig.load(
                file,
                Map.of(
                        "LOOKBACK_INGEST_MAX_FUTURE", "2m",
                        "LOOKBACK_HTTP_PORT", "2",
                        "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS", "environment:9092",
                        "LOOKBACK_CONFIG", "/not/a/setting",
                        "PATH", "/bin"),
                Map.of("http.port", "3"));
        assertThat(config.duration("ingest.max.late")).isEqualTo(Duration.ofHours(1));
        assertThat(config.duration("ingest.max.future")).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.integer("http.port")).isEqualTo(3);
        assertThat(ClientSettings.admin(config)).containsEntry("bootstrap.servers", "environment:9092");
    }

    @Test
    void a_class_with_a_hyphen_can_be_set_from_the_environment() {
        LookbackConfig config = LookbackConfig.load(
                null,
                Map.of(
                        "LOOKBACK_RETENTION_CLASS_SHORT__TERM_DURATION", "2h",
                        "LOOKBACK_RETENTION_CLASS_SHORT__TERM_SERVICES", "video_call"),
                settings("retention.classes", "short-term"));
        assertThat(config.retentionClasses().get("short-term").initialDuration())
                .isEqualTo(Duration.ofHours(2));
        assertThat(Sources.variableOf("retention.class.short-term.duration"))
                .isEqualTo("LOOKBACK_RETENTION_CLASS_SHORT__TERM_DURATION");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ingest.max.lat|1h|ingest.max.lat=1h: no such setting; did you mean ingest.max.late?",
                "ingest.max.late|soon|ingest.max.late=soon: wrong; allowed: a duration from 1s to 30d",
                "ingest.max.late|31d|ingest.max.late=31d: wrong; allowed: a duration from 1s to 30d",
                "http.port|eighty|http.port=eighty: wrong; allowed: a whole number from 0 to 65535",
                "http.port|70000|http.port=70000: wrong; allowed: a whole number from 0 to 65535",
                "roles|ingest,valt|roles=ingest,valt: wrong; allowed: a list of ingest, vault, casework",
                "topic.prefix|a b|topic.prefix=a b: wrong; allowed: letters",
                "retention.class.default.durations|1d|did you mean retention.class.default.duration?",
                "retention.class.other.duration|1d|retention.class.other.*: there is no such class; list it in retention.classes",
                "retention.class.default.duration|31d|allowed: from retention.min (1h) to retention.max (30d)",
                "retention.class.default.services|messaging|has no rule",
                "kafka.bootstrap.server|x|did you mean kafka.bootstrap.servers?",
                "kafka.consumer.max.poll.record|5|did you mean kafka.consumer.max.poll.records?",
                "kafka.consumer.max.poll.records|many|kafka.consumer.max.poll.records=many: wrong; allowed: INT",
                "kafka.processing.guarantee|at_least_once|not to be set here",
                "kafka.main.consumer.isolation.level|read_uncommitted|not to be set here",
                "vault.kafka.group.id|x|not to be set here",
                "ingest.kafka.max.poll.record|5|did you mean ingest.kafka.max.poll.records?",
            })
    void a_wrong_setting_is_named(String name, String value, String message) {
        assertThatThrownBy(() -> config(name, value))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void all_that_is_wrong_is_said_at_once() {
        assertThatThrownBy(() -> LookbackConfig.of(Map.of("a.b", "1", "http.port", "x")))
                .hasMessageContainingAll(
                        "a.b=1", "http.port=x", "kafka.bootstrap.servers is missing", "schema.registry.url is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sealing.keystore.passwort",
                "kafka.ssl.keystore.passwort",
                "kafka.consumer.sasl.jaas.confi",
                "vault.kafka.sasl.jaas.confi"
            })
    void a_secret_is_not_shown_even_under_a_wrong_name(String name) {
        assertThatThrownBy(() -> config(name, "s3cret"))
                .hasMessageContaining(name)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void settings_of_plug_ins_pass() {
        LookbackConfig config = config("kafka.interceptor.acme.collector", "http://localhost");
        assertThat(ClientSettings.producer(config)).containsEntry("interceptor.acme.collector", "http://localhost");
    }

    @Test
    void secrets_come_from_config_providers_for_our_settings_and_the_clients() throws IOException {
        Path secrets = dir.resolve("secrets.properties");
        Files.writeString(secrets, "keystore=opensesame\njaas=module required;\n");
        permit(secrets, "rw-------");
        LookbackConfig config = config(
                "config.providers", "file",
                "sealing.keystore.password", "${file:" + secrets + ":keystore}",
                "kafka.sasl.jaas.config", "${file:" + secrets + ":jaas}",
                "basic.auth.user.info", "user:${file:" + secrets + ":keystore}");
        assertThat(config.password("sealing.keystore.password").value()).isEqualTo("opensesame");
        assertThat(ClientSettings.admin(config)).containsEntry("sasl.jaas.config", "module required;");
        assertThat(config.serdeSettings()).containsEntry("basic.auth.user.info", "user:opensesame");
        assertThat(config.toString()).doesNotContain("opensesame");
    }

    @Test
    void a_secret_that_is_not_there_stops_the_start() throws IOException {
        Path secrets = dir.resolve("secrets.properties");
        Files.writeString(secrets, "other=x\n");
        permit(secrets, "rw-------");
        String reference = "${file:" + secrets + ":keystore}";
        assertThatThrownBy(() -> config("config.providers", "file", "sealing.keystore.password", reference))
                .hasMessageContaining("sealing.keystore.password=" + reference);
        assertThatThrownBy(() -> config("sealing.keystore.password", reference))
                .hasMessageContaining("is its provider listed in config.providers");
        assertThatThrownBy(() -> config("config.providers", "vault"))
                .hasMessageContaining("config.providers.vault.class is missing");
    }

    @Test
    void retention_classes_keep_their_order_and_default_is_last() {
        LookbackConfig config = config(
                "retention.classes", "calls,germany",
                "retention.class.calls.duration", "12h",
                "retention.class.calls.bucket", "10m",
                "retention.class.calls.services", "VIDEO_CALL",
                "retention.class.germany.duration", "7d",
                "retention.class.germany.calling.codes", "+49,+4175",
                "retention.class.default.duration", "25d");
        assertThat(config.retentionClasses().all())
                .containsExactly(
                        new RetentionClass(
                                "calls",
                                Duration.ofMinutes(10),
                                Duration.ofHours(12),
                                Set.of(),
                                Set.of(Service.VIDEO_CALL)),
                        new RetentionClass(
                                "germany", Duration.ofHours(1), Duration.ofDays(7), Set.of("+49", "+4175"), Set.of()),
                        new RetentionClass("default", Duration.ofHours(1), Duration.ofDays(25), Set.of(), Set.of()));
    }

    @Test
    void a_class_of_its_own_needs_a_duration_and_a_rule() {
        assertThatThrownBy(() -> config("retention.classes", "calls", "retention.class.calls.services", "messaging"))
                .hasMessageContaining("retention.class.calls.duration is missing");
        assertThatThrownBy(() -> config("retention.classes", "calls", "retention.class.calls.duration", "1h"))
                .hasMessageContaining("one is needed");
    }

    @Test
    void the_token_key_is_read_as_hexadecimal_or_base64() throws IOException {
        byte[] key = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
        long token = new Tokens(key).token("+15550100");
        for (String text : new String[] {
            HexFormat.of().formatHex(key) + "\n", Base64.getEncoder().encodeToString(key)
        }) {
            assertThat(config("token.key.file", keyFile(text, "rw-r-----").toString())
                            .tokens()
                            .token("+15550100"))
                    .isEqualTo(token);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "000102030405060708090a0b0c0d0e0f,rw-r--r--,open to every user",
        "000102030405060708090a0b0c0d0e,rw-------,no key of 16 bytes",
        "zz0102030405060708090a0b0c0d0e0f,rw-------,no key of 16 bytes"
    })
    void a_token_key_that_is_open_or_wrong_is_refused(String text, String mode, String message) throws IOException {
        LookbackConfig config = config("token.key.file", keyFile(text, mode).toString());
        assertThatThrownBy(config::tokens)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("token.key.file=")
                .hasMessageContaining(message)
                .hasMessageNotContaining(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sealing.keystore.location",
                "custody.keystore.location",
                "kafka.ssl.keystore.location",
                "vault.kafka.ssl.keystore.location",
                "schema.registry.ssl.keystore.location"
            })
    void a_keystore_that_is_open_is_refused(String setting) throws IOException {
        Path keystore = keyFile("keys", "rw-r--r--");
        assertThatThrownBy(() -> config(setting, keystore.toString()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(setting + "=" + keystore + ": open to every user of this machine");
        permit(keystore, "rw-r-----");
        assertThat(config(setting, keystore.toString())).isNotNull();
        assertThat(config(setting, dir.resolve("none").toString()))
                .as("who needs it says so")
                .isNotNull();
        assertThat(config(
                        "kafka.ssl.truststore.location",
                        keyFile("no secret", "rw-r--r--").toString()))
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "sealing.keystore.password,file",
        "kafka.ssl.key.password,file",
        "kafka.sasl.jaas.config,file",
        "basic.auth.user.info,file",
        "sealing.keystore.password,directory"
    })
    void a_file_with_secrets_that_is_open_is_refused(String setting, String provider) throws IOException {
        Path secrets = keyFile("secret=opensesame", "rw-r--r--");
        String reference = provider.equals("file")
                ? "${file:" + secrets + ":secret}"
                : "${directory:" + dir + ":" + secrets.getFileName() + "}";
        assertThatThrownBy(() -> config("config.providers", "file,directory", setting, reference))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(setting + "=" + secrets + ": open to every user of this machine")
                .hasMessageNotContaining("opensesame");
        permit(secrets, "rw-r-----");
        assertThat(config("config.providers", "file,directory", setting, reference))
                .isNotNull();
    }

    @Test
    void a_configuration_file_with_a_secret_in_it_must_be_closed() throws IOException {
        String plain = "kafka.bootstrap.servers=b:9092\nschema.registry.url=mock://x\n"
                + "basic.auth.credentials.source=URL\n";
        assertThat(LookbackConfig.load(keyFile(plain, "rw-r--r--"), Map.of(), Map.of()))
                .isNotNull();
        for (String setting :
                new String[] {"sealing.keystore.password", "kafka.ssl.key.password", "bearer.auth.token"}) {
            Path file = keyFile(plain + setting + "=opensesame\n", "rw-r--r--");
            assertThatThrownBy(() -> LookbackConfig.load(file, Map.of(), Map.of()))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(setting + " in " + file + ": open to every user of this machine")
                    .hasMessageNotContaining("opensesame");
            permit(file, "rw-------");
            assertThat(LookbackConfig.load(file, Map.of(), Map.of())).isNotNull();
        }
    }

    @Test
    void without_a_token_key_there_are_no_tokens() {
        assertThatThrownBy(() -> config().tokens()).hasMessageContaining("token.key.file is missing");
        assertThatThrownBy(() ->
                        config("token.key.file", dir.resolve("none").toString()).tokens())
                .hasMessageContaining("cannot be read");
    }

    @Test
    void a_file_that_cannot_be_read_is_named() {
        assertThatThrownBy(() -> LookbackConfig.load(dir.resolve("none.properties"), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.properties");
    }

    @Test
    void every_setting_has_a_constant_and_the_other_way_round() throws IllegalAccessException {
        Map<String, String> constants = new HashMap<>();
        for (var field : LookbackConfig.class.getDeclaredFields()) {
            if (java.lang.reflect.Modifier.isPublic(field.getModifiers()) && field.getType() == String.class) {
                constants.put((String) field.get(null), field.getName());
            }
        }
        constants.remove(LookbackConfig.CLASS_PREFIX);
        constants.remove(LookbackConfig.CLASS_BUCKET);
        assertThat(constants.keySet()).isEqualTo(LookbackConfig.SETTINGS.names());
    }

    private Path keyFile(String text, String mode) throws IOException {
        Path file = Files.createTempFile(dir, "token", ".key");
        Files.writeString(file, text);
        return permit(file, mode);
    }

    private static Path permit(Path file, String mode) throws IOException {
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @Test
    void what_a_standing_order_asks_for_is_collected_twice_before_it_can_be_forgotten() {
        assertThat(config().collectInterval()).isEqualTo(Duration.ofMinutes(30));
        assertThat(config("retention.min", "10s").collectInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config("retention.min", "7d").collectInterval()).isEqualTo(Duration.ofMinutes(30));
        assertThat(config("retention.min", "7d", "casework.collect.interval", "1d")
                        .collectInterval())
                .isEqualTo(Duration.ofDays(1));
        assertThatThrownBy(() -> config("casework.collect.interval", "31m"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "casework.collect.interval=31m: wrong; allowed: up to half of retention.min (30m)");
    }
}
