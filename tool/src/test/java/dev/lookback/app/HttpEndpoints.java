package dev.lookback.app;

import dev.lookback.config.LookbackConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The HTTP endpoints of an application, without the application: an empty vault, alive and ready. */
public final class HttpEndpoints implements AutoCloseable {
    private final HttpAccess access;
    private final HealthServer server;

    /** On any free port. */
    public HttpEndpoints(Map<String, String> settings) {
        this(settings, HealthServer.PATIENCE);
    }

    HttpEndpoints(Map<String, String> settings, Duration patience) {
        access = HttpAccess.load(config(settings));
        server = new HealthServer(
                access, patience, List::of, List::of, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        server.serve("/vault", () -> Map.of("partitions", List.of()));
    }

    /** These settings, and what all configurations have. */
    public static LookbackConfig config(Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(settings);
        all.putIfAbsent("http.port", "0");
        all.put("kafka.bootstrap.servers", "127.0.0.1:1");
        all.put("schema.registry.url", "mock://http");
        return LookbackConfig.of(all);
    }

    /** Where they answer; on this machine, wherever else they do. */
    public URI address() {
        URI address = server.address();
        return URI.create(address.getScheme() + "://127.0.0.1:" + address.getPort());
    }

    void refreshTls() {
        access.tls().refresh();
    }

    @Override
    public void close() {
        server.close();
    }
}
