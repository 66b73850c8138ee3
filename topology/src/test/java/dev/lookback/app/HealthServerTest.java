package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthServerTest {
    private final List<String> dead = new ArrayList<>();
    private final List<String> notReady = new ArrayList<>();
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final HealthServer server = new HealthServer("127.0.0.1", 0, () -> dead, () -> notReady, meters);

    @AfterEach
    void close() {
        server.close();
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
        HttpRequest post = HttpRequest.newBuilder(uri("/metrics"))
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(post, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void a_port_in_use_is_named() {
        int port = server.address().getPort();
        assertThatThrownBy(() -> new HealthServer("127.0.0.1", port, () -> dead, () -> notReady, meters))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.port=" + port);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return server.address().resolve(path);
    }
}
