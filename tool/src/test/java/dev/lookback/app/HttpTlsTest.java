package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.tool.Certificates;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP endpoints behind TLS, with real certificates. */
class HttpTlsTest {
    private static final String PASSWORD = "only-for-tests";
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private static Path directory;

    private static Path ours;
    private static Path foreign;
    private static String tokens;

    @BeforeAll
    static void makeCertificates() throws IOException, InterruptedException {
        ours = directory.resolve("ours");
        Certificates certificates = new Certificates(ours, PASSWORD);
        certificates.issue("http", "CN=lookback");
        certificates.issue("renewed", "CN=lookback");
        certificates.issue("prometheus", "CN=prometheus");
        foreign = directory.resolve("foreign");
        new Certificates(foreign, PASSWORD).issue("prometheus", "CN=prometheus");
        Path file = Files.writeString(ours.resolve("http.token"), TOKEN + "\n");
        tokens = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"))
                .toString();
    }

    private static Map<String, String> tls(String... more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "http.host",
                "0.0.0.0",
                "http.ssl.keystore.location",
                ours.resolve("http.p12").toString(),
                "http.ssl.keystore.password",
                PASSWORD));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }

    private static Map<String, String> withToken() {
        return tls("http.bearer.token.file", tokens);
    }

    private static Map<String, String> withCertificates(String... more) {
        Map<String, String> settings = tls(
                "http.ssl.truststore.location",
                ours.resolve("truststore.p12").toString(),
                "http.ssl.truststore.password",
                PASSWORD);
        settings.putAll(tls(more));
        return settings;
    }

    @Test
    void other_machines_need_the_token() throws Exception {
        try (HttpEndpoints endpoints = new HttpEndpoints(withToken())) {
            assertThat(endpoints.address().getScheme()).isEqualTo("https");
            for (String path : List.of("/health/live", "/health/ready", "/metrics", "/vault")) {
                assertThat(status(endpoints, path, null, null)).as(path).isEqualTo(401);
                assertThat(status(endpoints, path, null, TOKEN.replace('0', '1')))
                        .as(path)
                        .isEqualTo(401);
                assertThat(status(endpoints, path, null, TOKEN)).as(path).isEqualTo(200);
            }
        }
    }

    @Test
    void nothing_is_answered_in_plain_text() throws Exception {
        try (HttpEndpoints endpoints = new HttpEndpoints(withToken());
                Socket socket = new Socket("127.0.0.1", endpoints.address().getPort())) {
            socket.setSoTimeout((int) SOON.toMillis());
            socket.getOutputStream()
                    .write(("GET /health/live HTTP/1.1\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("HTTP/", "live");
        }
    }

    @Test
    void other_machines_need_a_certificate_of_our_authority() throws Exception {
        try (HttpEndpoints endpoints = new HttpEndpoints(withCertificates())) {
            assertThatThrownBy(() -> status(endpoints, "/health/live", null, null))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> status(endpoints, "/health/live", foreign, null))
                    .isInstanceOf(IOException.class);
            assertThat(status(endpoints, "/health/live", ours, null)).isEqualTo(200);
            assertThat(status(endpoints, "/metrics", ours, null)).isEqualTo(200);
        }
    }

    @Test
    void where_both_are_configured_both_are_needed() throws Exception {
        try (HttpEndpoints endpoints = new HttpEndpoints(withCertificates("http.bearer.token.file", tokens))) {
            assertThat(status(endpoints, "/metrics", ours, null)).isEqualTo(401);
            assertThatThrownBy(() -> status(endpoints, "/metrics", null, TOKEN)).isInstanceOf(IOException.class);
            assertThat(status(endpoints, "/metrics", ours, TOKEN)).isEqualTo(200);
        }
    }

    @Test
    void probes_need_no_certificate_if_a_setting_says_so() throws Exception {
        try (HttpEndpoints endpoints = new HttpEndpoints(withCertificates("http.health.unauthenticated", "true"))) {
            assertThat(status(endpoints, "/health/live", null, null)).isEqualTo(200);
            assertThat(status(endpoints, "/health/ready", null, null)).isEqualTo(200);
            assertThat(status(endpoints, "/metrics", null, null)).isEqualTo(403);
            assertThat(status(endpoints, "/vault", null, null)).isEqualTo(403);
            assertThat(status(endpoints, "/metrics", ours, null)).isEqualTo(200);
            assertThatThrownBy(() -> status(endpoints, "/health/live", foreign, null))
                    .isInstanceOf(IOException.class);
        }
    }

    /** In a JVM that has nothing against the old versions, or it would be the JVM that refuses them. */
    @Test
    void old_versions_of_tls_are_refused() throws Exception {
        Path security = Files.writeString(directory.resolve("java.security"), "jdk.tls.disabledAlgorithms=\n");
        Path output = directory.resolve("versions");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.security.properties=" + security,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Versions.class.getName(),
                        ours.toString(),
                        tokens)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(output))
                .contains("TLSv1: refused", "TLSv1.1: refused", "TLSv1.2: spoken", "TLSv1.3: spoken");
    }

    /** Says which versions of TLS the endpoints speak. */
    static final class Versions {
        public static void main(String[] args) throws Exception {
            ours = Path.of(args[0]);
            tokens = args[1];
            try (HttpEndpoints endpoints = new HttpEndpoints(withToken())) {
                for (String version : List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")) {
                    try (SSLSocket socket = connect(endpoints)) {
                        socket.setEnabledProtocols(new String[] {version});
                        socket.startHandshake();
                        System.out.println(version + ": spoken");
                    } catch (SSLException e) {
                        System.out.println(version + ": refused, " + e.getMessage());
                    }
                }
            }
        }
    }

    @Test
    void slow_handshakes_hold_nobody_up_and_are_cut_off() throws Exception {
        byte[] begun = {22, 3, 1, 0, 100, 1}; // a ClientHello that does not go on
        List<Socket> slow = new ArrayList<>();
        try (HttpEndpoints endpoints = new HttpEndpoints(withToken(), Duration.ofSeconds(3))) {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket("127.0.0.1", endpoints.address().getPort());
                slow.add(socket);
                socket.getOutputStream().write(begun);
            }
            assertThat(status(endpoints, "/health/live", null, TOKEN)).isEqualTo(200);
            for (Socket each : slow) {
                each.setSoTimeout((int) SOON.toMillis());
                each.getInputStream().readAllBytes();
            }
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
    }

    @Test
    void a_renewed_certificate_is_taken_up_without_a_restart() throws Exception {
        Path keystore = Files.copy(ours.resolve("http.p12"), directory.resolve("in-use.p12"));
        Map<String, String> settings = withToken();
        settings.put("http.ssl.keystore.location", keystore.toString());
        try (HttpEndpoints endpoints = new HttpEndpoints(settings)) {
            BigInteger before = serialNumber(endpoints);
            endpoints.refreshTls();
            assertThat(serialNumber(endpoints)).isEqualTo(before);

            Files.writeString(keystore, "half a file");
            Files.setLastModifiedTime(keystore, FileTime.from(Instant.now().plusSeconds(10)));
            assertThatThrownBy(endpoints::refreshTls)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(keystore.toString())
                    .hasMessageNotContaining(PASSWORD);
            assertThat(serialNumber(endpoints)).isEqualTo(before);

            Files.copy(ours.resolve("renewed.p12"), keystore, StandardCopyOption.REPLACE_EXISTING);
            Files.setLastModifiedTime(keystore, FileTime.from(Instant.now().plusSeconds(20)));
            endpoints.refreshTls();
            assertThat(serialNumber(endpoints)).isNotEqualTo(before);
            assertThat(status(endpoints, "/metrics", null, TOKEN)).isEqualTo(200);
        }
    }

    @Test
    void files_that_are_no_good_are_named() {
        assertThatThrownBy(() -> new HttpEndpoints(
                        tls("http.bearer.token.file", tokens, "http.ssl.keystore.password", "wrong-one")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.p12")
                .hasMessageNotContaining("wrong-one");
        assertThatThrownBy(() -> new HttpEndpoints(tls(
                        "http.bearer.token.file",
                        tokens,
                        "http.ssl.keystore.location",
                        ours.resolve("truststore.p12").toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.ssl.keystore.location: there is no key with a certificate in it");
        assertThatThrownBy(() -> new HttpEndpoints(withCertificates("http.ssl.truststore.password", "wrong-one")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("truststore.p12")
                .hasMessageNotContaining("wrong-one");
    }

    @Test
    void the_example_of_the_page_works() throws Exception {
        Matcher section = Pattern.compile("(?s)\n## HTTP endpoints\n.*?```properties\n(.*?)```")
                .matcher(Files.readString(Path.of("../docs/SECURITY.md")));
        assertThat(section.find()).isTrue();
        Path secrets = Files.writeString(
                directory.resolve("secrets.properties"), "http=" + PASSWORD + "\ntruststore=" + PASSWORD + "\n");
        Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rw-------"));
        Properties example = new Properties();
        example.load(new StringReader(section.group(1)
                .replace("/etc/lookback/secrets.properties", secrets.toString())
                .replace("/etc/lookback", ours.toString())));
        Map<String, String> settings = new HashMap<>();
        example.stringPropertyNames().forEach(name -> settings.put(name, example.getProperty(name)));
        settings.remove("http.port");
        try (HttpEndpoints endpoints = new HttpEndpoints(settings)) {
            assertThat(status(endpoints, "/metrics", ours, TOKEN)).isEqualTo(200);
            assertThat(status(endpoints, "/metrics", ours, null)).isEqualTo(401);
            assertThat(status(endpoints, "/health/live", null, null)).isEqualTo(200);
        }
    }

    /** What a caller gets who trusts our authority. */
    private static int status(HttpEndpoints endpoints, String path, @Nullable Path certificate, @Nullable String token)
            throws IOException, InterruptedException {
        URI uri = endpoints.address().resolve(path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(SOON);
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newBuilder()
                .sslContext(caller(certificate).context())
                .build()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private static HttpTls caller(@Nullable Path certificate) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "http.ssl.truststore.location",
                ours.resolve("truststore.p12").toString(),
                "http.ssl.truststore.password",
                PASSWORD));
        if (certificate != null) {
            settings.put(
                    "http.ssl.keystore.location",
                    certificate.resolve("prometheus.p12").toString());
            settings.put("http.ssl.keystore.password", PASSWORD);
        }
        return new HttpTls(HttpEndpoints.config(settings));
    }

    private static SSLSocket connect(HttpEndpoints endpoints) throws IOException {
        return (SSLSocket) caller(null)
                .context()
                .getSocketFactory()
                .createSocket("127.0.0.1", endpoints.address().getPort());
    }

    private static BigInteger serialNumber(HttpEndpoints endpoints) throws IOException {
        try (SSLSocket socket = connect(endpoints)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
        }
    }
}
