package dev.lookback.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RetentionPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSchemaRegistryTest {
    private static final String SUBJECT = "lookup-events-value";
    private static final Schema SCHEMA = PortableSchema.of(LookupEvent.getClassSchema());
    private static final String PASSWORD = "test-password";

    private static final String ENUM = "{'type': 'enum', 'name': 'E', 'symbols': ['A']}";

    private final FakeRegistry server = new FakeRegistry();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void asksForAnIdOnce() {
        HttpSchemaRegistry client = client(Map.of());
        int id = client.register(SUBJECT, SCHEMA);

        assertThat(client.register(SUBJECT, SCHEMA)).isEqualTo(id);
        assertThat(client.byId(id)).isEqualTo(SCHEMA);
        assertThat(client.byId(id)).isEqualTo(SCHEMA);
        assertThat(server.requests())
                .containsExactly("POST /api/subjects/" + SUBJECT + "/versions", "GET /api/schemas/ids/" + id);
    }

    @Test
    void looksUpWithoutRegistering() {
        HttpSchemaRegistry client = client(Map.of());
        assertThatThrownBy(() -> client.idOf(SUBJECT, SCHEMA))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("no such schema here")
                .hasMessageContaining(SUBJECT);
        int id = server.schemas().register(SUBJECT, SCHEMA);

        assertThat(client.idOf(SUBJECT, SCHEMA)).isEqualTo(id);
        assertThat(server.requests()).containsOnly("POST /api/subjects/" + SUBJECT);
    }

    @Test
    void knowsSubjectsVersionsAndLevels() {
        HttpSchemaRegistry client = client(Map.of());
        assertThat(client.subjects()).isEmpty();
        assertThat(client.versions(SUBJECT)).isEmpty();
        assertThat(client.compatibility(SUBJECT)).isEmpty();

        client.register(SUBJECT, SCHEMA);
        client.register(SUBJECT, RetentionPolicy.getClassSchema());
        client.setCompatibility(SUBJECT, "BACKWARD_TRANSITIVE");

        assertThat(client.subjects()).containsExactly(SUBJECT);
        assertThat(client.versions(SUBJECT)).containsExactly(SCHEMA, RetentionPolicy.getClassSchema());
        assertThat(client.compatibility(SUBJECT)).contains("BACKWARD_TRANSITIVE");
    }

    @Test
    void repeatsWhatMayPass() {
        server.failWith(500, "oops").failWith(503, "").failWith(429, "{\"error_code\":429}");
        assertThat(client(Map.of()).register(SUBJECT, SCHEMA)).isPositive();
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void givesUpAfterItsRetries() {
        for (int i = 0; i < 10; i++) {
            server.failWith(503, "");
        }
        assertThatThrownBy(() -> client(Map.of("max.retries", 2)).byId(1))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining(server.url() + "/schemas/ids/1")
                .hasMessageContaining("503");
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void turnsToTheNextEndpoint() throws IOException {
        try (FakeRegistry replica = server.replica()) {
            server.failWith(500, "");
            String urls = "http://localhost:" + closedPort() + "," + server.url() + " , " + replica.url() + "/";
            HttpSchemaRegistry client = client(Map.of("schema.registry.url", urls, "max.retries", 0));
            int id = client.register(SUBJECT, SCHEMA);

            assertThat(server.schemas().byId(id)).isEqualTo(SCHEMA);
            assertThat(server.requests()).hasSize(1);
            assertThat(replica.requests()).hasSize(1);
        }
    }

    @Test
    void nothingListens() throws IOException {
        String url = "http://someone:secret-word@localhost:" + closedPort() + "/apis";
        assertThatThrownBy(() -> client(Map.of("schema.registry.url", url)).byId(1))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("/apis/schemas/ids/1")
                .hasMessageNotContaining("secret-word");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | <html>Please sign in</html>", // a portal
                "200 | {}", // no schema in it
                "302 | ''",
                "401 | {\"error_code\":401}", // credentials being rotated
                "403 | {\"error_code\":403}",
                "404 | <html>nginx</html>", // a wrong path
                "404 | {\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}",
            })
    void aServerThatIsNoRegistryIsNotTheRecordsFault(int status, String body) {
        server.failWith(status, body);
        assertThatThrownBy(() -> client(Map.of("max.retries", 0)).byId(1))
                .isInstanceOf(RegistryUnavailableException.class);
    }

    @Test
    void anUnknownIdIsNotAskedForAgainAtOnce() {
        HttpSchemaRegistry client = client(Map.of());
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> client.byId(7)).isInstanceOf(UnknownSchemaException.class);
        }
        assertThat(server.requests()).hasSize(1);

        for (int i = 0; i < 7; i++) {
            server.schemas()
                    .register(
                            SUBJECT,
                            new Schema.Parser().parse("{\"type\":\"fixed\",\"name\":\"F\",\"size\":" + i + "}"));
        }
        now.set(now.get().plus(HttpSchemaRegistry.USELESS_ID_MEMORY));
        assertThat(client.byId(7).getFixedSize()).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void idsThatNoRegistryGivesAreNotAskedFor(int id) {
        assertThatThrownBy(() -> client(Map.of()).byId(id)).isInstanceOf(UnknownSchemaException.class);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void passesARefusalOn() {
        server.failWith(409, "{\"error_code\":409,\"message\":\"field node: no default\"}");
        assertThatThrownBy(() -> client(Map.of()).register(SUBJECT, SCHEMA))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("field node: no default")
                .hasMessageContaining(SUBJECT);
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"schema\":\"{}\",\"schemaType\":\"JSON\"}",
                "{\"schema\":\"not a schema\"}",
                "{\"schema\":\"{\\\"type\\\":\\\"missing.Type\\\"}\"}"
            })
    void aSchemaThatIsNotAvro(String body) {
        server.failWith(200, body);
        assertThatThrownBy(() -> client(Map.of()).byId(1))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("schema id 1");
    }

    @Test
    void fetchesWhatASchemaRefersTo() {
        String inner = "{'type': 'enum', 'name': 'E', 'namespace': 'n', 'symbols': ['A']}";
        String middle = "{'type': 'record', 'name': 'M', 'namespace': 'n', 'fields': [{'name': 'e', 'type': 'n.E'}]}";
        String outer = "{'type': 'record', 'name': 'O', 'namespace': 'n', 'fields': ["
                + "{'name': 'm', 'type': 'n.M'}, {'name': 'e', 'type': 'n.E'}]}";
        server.failWith(200, schema(outer, "n/M 2", "e 1"))
                .failWith(200, schema(middle, "e 1"))
                .failWith(200, schema(inner));
        HttpSchemaRegistry client = client(Map.of());
        Schema whole = new Schema.Parser()
                .parse(outer.replace("'n.M'", middle.replace("'n.E'", inner)).replace('\'', '"'));

        assertThat(client.byId(7)).isEqualTo(whole);
        assertThat(client.byId(7)).isEqualTo(whole);
        assertThat(server.requests())
                .containsExactly(
                        "GET /api/schemas/ids/7",
                        "GET /api/subjects/n%2FM/versions/2",
                        "GET /api/subjects/e/versions/1");
        assertThat(client.subjects()).as("no answer was left over").isEmpty();
    }

    @Test
    void fetchesWhatAVersionRefersTo() {
        server.failWith(200, "[3]").failWith(200, schema("'E'", "e 1")).failWith(200, schema(ENUM));
        assertThat(client(Map.of()).versions(SUBJECT))
                .singleElement()
                .extracting(Schema::getEnumSymbols)
                .isEqualTo(List.of("A"));
    }

    @Test
    void aReferenceThatIsNotThereIsTheSchemasFault() {
        HttpSchemaRegistry client = client(Map.of());
        server.failWith(200, schema("'E'", "e 1")).failWith(404, "{\"error_code\":40402}");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> client.byId(7))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("e version 1")
                    .hasMessageContaining("schema id 7");
        }
        assertThat(server.requests()).as("not asked again at once").hasSize(2);

        now.set(now.get().plus(HttpSchemaRegistry.USELESS_ID_MEMORY));
        server.failWith(200, schema("'E'", "e 1")).failWith(200, schema(ENUM));
        assertThat(client.byId(7).getEnumSymbols()).containsExactly("A");
    }

    @Test
    void aReferenceThatCannotBeAskedForIsNot() {
        HttpSchemaRegistry client = client(Map.of("max.retries", 0));
        server.failWith(200, schema("'E'", "e 1")).failWith(503, "");
        assertThatThrownBy(() -> client.byId(7)).isInstanceOf(RegistryUnavailableException.class);

        server.failWith(200, schema("'E'", "e 1")).failWith(200, schema(ENUM));
        assertThat(client.byId(7).getEnumSymbols()).containsExactly("A");
    }

    @Test
    void referencesWithoutEndAreNotFollowedWithoutEnd() {
        for (int i = 0; i < 2 * HttpSchemaRegistry.MAX_REFERENCES; i++) {
            server.failWith(200, schema("'string'", "s " + i));
        }
        assertThatThrownBy(() -> client(Map.of()).byId(7))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("references");
        assertThat(server.requests()).hasSize(1 + HttpSchemaRegistry.MAX_REFERENCES);
    }

    @Test
    void referencesInACircleEnd() {
        for (int i = 0; i < 10; i++) {
            server.failWith(200, schema("{'type': 'array', 'items': 'E'}", "e 1"));
        }
        assertThatThrownBy(() -> client(Map.of()).byId(7)).isInstanceOf(SerializationException.class);
        assertThat(server.requests()).hasSize(2);
    }

    /** The registry's answer with a schema (in single quotes) and its references ("subject version"). */
    private static String schema(String text, String... references) {
        ObjectNode answer = new ObjectMapper().createObjectNode();
        answer.put("schema", text.replace('\'', '"'));
        for (String reference : references) {
            String[] parts = reference.split(" ");
            answer.withArray("references")
                    .addObject()
                    .put("subject", parts[0])
                    .put("version", Integer.parseInt(parts[1]));
        }
        return answer.toString();
    }

    @Test
    void subjectsAreEncoded() {
        assertThat(client(Map.of()).versions("a b/c")).isEmpty();
        assertThat(server.requests()).containsExactly("GET /api/subjects/a%20b%2Fc/versions");
    }

    @Test
    void signsIn() {
        String inUrl = server.url().replace("//", "//someone:a%20word@");
        client(Map.of("schema.registry.url", inUrl)).subjects();
        client(Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "other:word"))
                .subjects();
        client(Map.of("bearer.auth.token", "a.b.c")).subjects();
        client(Map.of()).subjects();

        assertThat(server.authorizations())
                .containsExactly("Basic " + base64("someone:a word"), "Basic " + base64("other:word"), "Bearer a.b.c");
    }

    @Test
    void equalSettingsShareAClient() {
        Map<String, Object> settings = settings(Map.of());
        assertThat(RegistryAdmin.of(settings)).isSameAs(RegistryAdmin.of(new HashMap<>(settings)));
        settings.put("bearer.auth.token", "a.b.c");
        assertThat(RegistryAdmin.of(settings)).isNotSameAs(RegistryAdmin.of(settings(Map.of())));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "schema.registry.url | ftp://host",
                "schema.registry.url | not a url",
                "schema.registry.url | ''",
                "basic.auth.credentials.source | SASL_INHERIT",
                "basic.auth.credentials.source | USER_INFO",
                "max.retries | many",
                "http.read.timeout.ms | 0",
                "schema.registry.ssl.truststore.locaton | /there",
                "schema.registry.ssl.truststore.location | /not/there",
                "schema.registry.ssl.endpoint.identification.algorithm | ''",
            })
    void namesTheWrongSetting(String name, String value) {
        String shown = name.startsWith("schema.registry.ssl.truststore.location") ? "schema.registry.ssl." : name;
        assertThatThrownBy(() -> client(Map.of(name, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(shown);
    }

    @Test
    void theUrlIsMissing() {
        assertThatThrownBy(() -> RegistryAdmin.of(Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("schema.registry.url");
    }

    @Test
    void showsNoCredentials() {
        RegistrySettings settings = RegistrySettings.of(settings(Map.of(
                "schema.registry.url", "http://someone:secret-word@host/x",
                "schema.registry.ssl.truststore.password", "secret-store")));
        assertThat(settings + " " + settings.endpoints())
                .contains("http://host/x")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PKCS12", "JKS", "PEM"})
    void trustsWhatItIsToldToTrust(String type, @TempDir Path dir) throws Exception {
        Path identity = dir.resolve("server.p12");
        keytool(
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-keystore",
                identity.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD);
        Path certificate = dir.resolve("server.pem");
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-keystore",
                identity.toString(),
                "-storepass",
                PASSWORD,
                "-file",
                certificate.toString());
        Map<String, Object> trust = new HashMap<>();
        trust.put("schema.registry.ssl.truststore.type", type);
        if (type.equals("PEM")) {
            trust.put("schema.registry.ssl.truststore.location", certificate.toString());
        } else {
            Path store = dir.resolve("trust");
            keytool(
                    "-importcert",
                    "-noprompt",
                    "-alias",
                    "server",
                    "-file",
                    certificate.toString(),
                    "-keystore",
                    store.toString(),
                    "-storetype",
                    type,
                    "-storepass",
                    PASSWORD);
            trust.put("schema.registry.ssl.truststore.location", store.toString());
            trust.put("schema.registry.ssl.truststore.password", PASSWORD);
        }
        try (FakeRegistry secured = new FakeRegistry(context(identity))) {
            trust.put("schema.registry.url", secured.url());
            assertThat(client(trust).subjects()).isEmpty();

            assertThatThrownBy(() -> client(Map.of("schema.registry.url", secured.url(), "max.retries", 0))
                            .subjects())
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessageContaining("SSL");
        }
    }

    private static SSLContext context(Path identity) throws Exception {
        KeyStore store = KeyStore.getInstance(identity.toFile(), PASSWORD.toCharArray());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("keytool", ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).as(() -> read(output)).isZero();
        Files.delete(output);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private HttpSchemaRegistry client(Map<String, ?> more) {
        InstantSource clock = now::get;
        return new HttpSchemaRegistry(RegistrySettings.of(settings(more)), clock);
    }

    private Map<String, Object> settings(Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("schema.registry.url", server.url(), "retries.wait.ms", 1));
        settings.putAll(more);
        return settings;
    }
}
