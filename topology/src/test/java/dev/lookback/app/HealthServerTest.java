package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lookback.config.Example;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthServerTest {
    private static final String PLANTED = "+12015550123";
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String OTHER_TOKEN = "fedcba9876543210fedcba9876543210";

    /** More than the buffers of both ends take. */
    private static final int LARGE = 50_000_000;

    private final List<String> dead = new ArrayList<>();
    private final List<String> notReady = new ArrayList<>();
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private HealthServer server = server("http.port", "0");

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        server.close();
    }

    private HealthServer server(String... settings) {
        return server(HealthServer.PATIENCE, settings);
    }

    private HealthServer server(Duration patience, String... settings) {
        HttpAccess access = HttpAccess.load(Example.config(settings));
        return new HealthServer(access, patience, () -> dead, () -> notReady, meters);
    }

    @Test
    void says_what_is_not_ready() throws Exception {
        assertThat(get("/health/ready")).satisfies(answer -> {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("\"ready\":true");
        });
        notReady.add("vault is REBALANCING");
        assertThat(get("/health/ready")).satisfies(answer -> {
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("\"ready\":false", "\"vault is REBALANCING\"");
            assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        });
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void dies_when_a_role_has() throws Exception {
        dead.add("casework has stopped for good");
        assertThat(get("/health/live").statusCode()).isEqualTo(503);
    }

    @Test
    void shows_metrics() throws Exception {
        meters.counter("lookback.ticks").increment();
        assertThat(get("/metrics").body()).contains("lookback_ticks_total 1.0");
    }

    @Test
    void serves_an_object_or_says_why_not() throws Exception {
        server.serve("/vault", () -> {
            if (!notReady.isEmpty()) {
                throw new IllegalStateException(notReady.get(0));
            }
            return Map.of(
                    "partitions",
                    List.of(new VaultReport.Holding("short", 3, 2, "ab", Map.of(7L, 2L), 9, Map.of(7L, -1L))));
        });
        assertThat(get("/vault")).satisfies(answer -> {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .isEqualTo(
                            "{\"partitions\":[{\"retentionClass\":\"short\",\"partition\":3,\"rows\":2,"
                                    + "\"keysSha256\":\"ab\",\"buckets\":{\"7\":2},\"position\":9,\"fingerprints\":{\"7\":-1}}]}");
        });
        notReady.add("vault is REBALANCING");
        assertThat(get("/vault")).satisfies(answer -> {
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("vault is REBALANCING");
        });
    }

    @Test
    void answers_nothing_else() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/metricsx").statusCode()).isEqualTo(404);
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "TRACE")) {
            HttpResponse<String> answer = send(
                    HttpRequest.newBuilder(uri("/metrics")).method(method, HttpRequest.BodyPublishers.ofString("x")));
            assertThat(answer.statusCode()).as(method).isEqualTo(405);
            assertThat(answer.headers().firstValue("allow")).hasValue("GET, HEAD");
        }
    }

    @Test
    void a_head_is_a_get_without_the_body() throws Exception {
        HttpResponse<String> head =
                send(HttpRequest.newBuilder(uri("/health/live")).method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValueAsLong("content-length"))
                .hasValue(get("/health/live").body().length());
    }

    @Test
    void no_answer_repeats_its_request() throws Exception {
        for (String path :
                List.of("/" + PLANTED, "/metrics?who=" + PLANTED, "/health/" + PLANTED, "/vault/" + PLANTED)) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(uri(path)).header("X-Forwarded-For", PLANTED));
            assertThat(answer.body() + answer.headers().map()).as(path).doesNotContain(PLANTED);
        }
        assertThat(raw("GET " + PLANTED + " " + PLANTED + "\r\n\r\n"))
                .startsWith("HTTP/1.1 4")
                .doesNotContain(PLANTED);
        assertThat(raw("GET /\\" + PLANTED + " HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 4")
                .doesNotContain(PLANTED);
    }

    @Test
    void headers_are_limited() throws IOException {
        assertThat(withHeaders(40, 300)).startsWith("HTTP/1.1 200");
        assertThat(withHeaders(1, 20_000)).as("too large").doesNotContain("200 OK");
        assertThat(withHeaders(60, 1)).as("too many").doesNotContain("200 OK");
    }

    @Test
    void connections_that_nobody_uses_any_more_keep_nobody_out() throws IOException {
        List<Socket> abandoned = new ArrayList<>();
        try {
            for (int i = 0; i < 150; i++) {
                Socket socket =
                        new Socket(server.address().getHost(), server.address().getPort());
                abandoned.add(socket);
                socket.setSoTimeout(5_000);
                socket.getOutputStream().write("GET /health/live HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                        .as("answer %s", i)
                        .isEqualTo("HTTP/1.1 200");
            }
        } finally {
            for (Socket each : abandoned) {
                each.close();
            }
        }
    }

    private String withHeaders(int count, int length) throws IOException {
        StringBuilder request = new StringBuilder("GET /health/live HTTP/1.1\r\n");
        for (int i = 0; i < count; i++) {
            request.append('X')
                    .append(i)
                    .append(": ")
                    .append("x".repeat(length))
                    .append("\r\n");
        }
        try {
            return raw(request + "\r\n");
        } catch (SocketException e) {
            return "cut off";
        }
    }

    @Test
    void what_goes_wrong_is_not_told() throws Exception {
        server.serve("/vault", () -> {
            throw new IllegalArgumentException(PLANTED);
        });
        assertThat(get("/vault").statusCode()).isEqualTo(500);
        assertThat(get("/vault").body()).doesNotContain(PLANTED);
    }

    @Test
    void a_port_in_use_is_named() {
        String port = String.valueOf(server.address().getPort());
        assertThatThrownBy(() -> server("http.port", port))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.port=" + port);
    }

    @Test
    void with_a_token_who_does_not_send_it_is_told_what_to_do() throws Exception {
        restart("http.bearer.token.file", tokens(TOKEN));

        for (String path : List.of("/metrics", "/health/live", "/health/ready", "/nothing")) {
            HttpResponse<String> none = get(path);
            assertThat(none.statusCode()).as(path).isEqualTo(401);
            assertThat(none.headers().allValues("www-authenticate")).containsExactly("Bearer");
            assertThat(none.body())
                    .isEqualTo("{\"reason\":\"send 'Authorization: Bearer' and a token from the file that"
                            + " http.bearer.token.file names\"}");
        }
        for (String wrong : List.of(
                "Bearer " + TOKEN.replace('a', 'b'),
                "Bearer " + TOKEN + "a",
                "Bearer " + TOKEN.substring(1),
                "Bearer ",
                "Bearer",
                TOKEN,
                "Basic " + TOKEN,
                "Bearer \u00e4" + TOKEN)) {
            assertThat(getWith(wrong)).as(wrong).isEqualTo(401);
        }
        assertThat(raw("GET /metrics HTTP/1.1\r\nAuthorization: Bearer " + TOKEN
                        + "\r\nAuthorization: Bearer x\r\n\r\n"))
                .startsWith("HTTP/1.1 401");
        assertThat(getWith("Bearer " + TOKEN)).isEqualTo(200);
        assertThat(getWith("bearer  " + TOKEN)).as("the scheme's case is free").isEqualTo(200);
        assertThat(raw("POST /metrics HTTP/1.1\r\n\r\n"))
                .as("before the method")
                .startsWith("HTTP/1.1 401");
    }

    @Test
    void a_token_is_changed_without_a_restart() throws Exception {
        restart("http.bearer.token.file", tokens(TOKEN));
        tokens(OTHER_TOKEN + "\n" + TOKEN);
        assertThat(getWith("Bearer " + TOKEN)).isEqualTo(200);
        assertThat(getWith("Bearer " + OTHER_TOKEN)).isEqualTo(200);
        tokens(OTHER_TOKEN);
        assertThat(getWith("Bearer " + TOKEN)).isEqualTo(401);
        assertThat(getWith("Bearer " + OTHER_TOKEN)).isEqualTo(200);

        Files.setPosixFilePermissions(directory.resolve("tokens"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(getWith("Bearer " + OTHER_TOKEN)).as("everybody may know it").isEqualTo(401);
        tokens("");
        assertThat(getWith("Bearer ")).isEqualTo(401);
        Files.delete(directory.resolve("tokens"));
        assertThat(getWith("Bearer " + OTHER_TOKEN)).isEqualTo(401);
        tokens(TOKEN);
        assertThat(getWith("Bearer " + TOKEN)).isEqualTo(200);
    }

    @Test
    void health_is_for_everybody_if_a_setting_says_so() throws Exception {
        restart("http.bearer.token.file", tokens(TOKEN), "http.health.unauthenticated", "true");
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        for (String path : List.of("/metrics", "/vault", "/health", "/health/../metrics", "/health%2f../metrics")) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\n\r\n")).as(path).doesNotStartWith("HTTP/1.1 200");
        }
        assertThat(get("/metrics").statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "short", "0123456789012345678901234567890", "with space 0123456789012345678901234567890"})
    void a_file_without_a_good_token_is_refused_and_not_quoted(String content) throws IOException {
        String file = tokens(content);
        assertThatThrownBy(() -> server("http.bearer.token.file", file))
                .isInstanceOf(ConfigException.class)
                .hasMessage("http.bearer.token.file=" + file + ": not one to 4 lines with a token of 32 to 256 letters,"
                        + " digits or -._~+/= each; `openssl rand -hex 32` makes one");
    }

    @Test
    void a_file_of_tokens_that_others_can_read_is_refused() throws IOException {
        String file = tokens(TOKEN);
        Files.setPosixFilePermissions(Path.of(file), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> server("http.bearer.token.file", file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("open to every user of this machine")
                .hasMessageNotContaining(TOKEN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void other_machines_are_answered_only_with_tls_and_a_credential(String host) throws IOException {
        assertThatThrownBy(() -> server("http.host", host, "http.port", "0"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("http.host=" + host + " can be reached from other machines. Set"
                        + " http.ssl.keystore.location (TLS), and http.bearer.token.file or"
                        + " http.ssl.truststore.location (who may ask), or leave http.host on loopback;"
                        + " docs/SECURITY.md, HTTP endpoints");
        String file = tokens(TOKEN);
        assertThatThrownBy(() -> server("http.host", host, "http.bearer.token.file", file))
                .hasMessageContaining("Set http.ssl.keystore.location (TLS), or leave");
        assertThatThrownBy(() -> server("http.host", host, "http.ssl.keystore.location", "/none"))
                .hasMessageContaining(
                        "Set http.bearer.token.file or http.ssl.truststore.location (who may ask), or leave");
        assertThatThrownBy(() -> server("http.host", host, "http.ssl.truststore.location", "/none"))
                .hasMessageContaining("http.ssl.truststore.location takes http.ssl.keystore.location");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "::1", "localhost"})
    void on_loopback_nothing_is_needed(String host) {
        assertThat(HttpAccess.load(Example.config("http.host", host)).tls()).isNull();
    }

    /** As many as there are threads would be enough, if anybody waited for them. */
    @Test
    void slow_callers_hold_nobody_up_and_are_cut_off() throws Exception {
        server.close();
        server = server(Duration.ofSeconds(3), "http.port", "0");
        List<Socket> slow = new ArrayList<>();
        try {
            for (String begun :
                    List.of("G", "GET /metrics HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")) {
                for (int i = 0; i < 10; i++) {
                    slow.add(connect(begun));
                }
            }
            long begin = System.nanoTime();
            assertThat(get("/health/live").statusCode()).isEqualTo(200);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
            for (Socket each : slow) {
                each.setSoTimeout(20_000);
                assertThat(isCutOff(each)).isTrue();
            }
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
    }

    @Test
    void who_does_not_take_the_answer_is_cut_off() throws Exception {
        server.close();
        server = server(Duration.ofMillis(500), "http.port", "0");
        server.serve("/vault", () -> "x".repeat(LARGE));
        try (Socket slow = connect("GET /vault HTTP/1.1\r\n\r\n")) {
            await().atMost(Duration.ofSeconds(20)).until(HealthServerTest::isWriting);
            await().atMost(Duration.ofSeconds(20)).until(() -> !isWriting());
        }
    }

    @Test
    void an_answer_that_takes_long_to_find_is_given() throws Exception {
        server.close();
        server = server(Duration.ofMillis(200), "http.port", "0");
        CountDownLatch never = new CountDownLatch(1);
        server.serve("/vault", () -> {
            try {
                return never.await(1, TimeUnit.SECONDS) ? "early" : "late";
            } catch (InterruptedException e) {
                return "interrupted";
            }
        });
        assertThat(get("/vault").body()).isEqualTo("\"late\"");
    }

    private void restart(String... settings) {
        server.close();
        List<String> all = new ArrayList<>(List.of(settings));
        all.addAll(List.of("http.port", "0"));
        server = server(all.toArray(String[]::new));
    }

    /** A file that its owner alone can read. */
    private String tokens(String content) throws IOException {
        Path file = directory.resolve("tokens");
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    private Socket connect(String begun) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.address().getPort());
        socket.getOutputStream().write(begun.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static boolean isWriting() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .anyMatch(frame -> frame.getClassName().equals(HealthServer.class.getName())
                        && frame.getMethodName().equals("handle"));
    }

    /** Whatever it was told before; a socket that stays open runs into its timeout. */
    private static boolean isCutOff(Socket socket) throws IOException {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = connect(request)) {
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private int getWith(String authorization) throws IOException {
        String answer = raw("GET /metrics HTTP/1.1\r\nAuthorization: " + authorization + "\r\n\r\n");
        return Integer.parseInt(answer.split(" ", 3)[1]);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return server.address().resolve(path);
    }
}
