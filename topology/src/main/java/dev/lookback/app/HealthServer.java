package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.HTTP_BEARER_TOKEN_FILE;
import static dev.lookback.config.LookbackConfig.HTTP_HOST;
import static dev.lookback.config.LookbackConfig.HTTP_PORT;
import static dev.lookback.config.LookbackConfig.HTTP_SSL_TRUSTSTORE_LOCATION;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /health/live}, {@code /health/ready}, {@code /metrics} and what else it is given to {@link #serve}, to
 * whom {@link HttpAccess} lets in. No answer repeats anything of its request.
 */
final class HealthServer implements AutoCloseable {
    /** How long a caller may take to send a request, and again to take the answer. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Begins the paths that probes ask for. */
    static final String HEALTH = "/health/";

    private static final Logger LOG = LoggerFactory.getLogger(HealthServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JSON_TYPE = "application/json";
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int FAILED = 500;
    private static final int UNAVAILABLE = 503;
    private static final String GET = "GET";
    private static final String HEAD = "HEAD";

    /** Some scrapes and probes, and room for many that are slow. */
    private static final int MOST_CONNECTIONS = 100;

    /** Kept for a next request; well below, or those that nobody uses any more would keep others out. */
    private static final int MOST_IDLE_CONNECTIONS = 30;

    private static final int MOST_REQUEST_HEADERS = 50;
    private static final int MOST_REQUEST_HEADER_BYTES = 16 * 1024;

    static {
        // For the whole JVM, and read once, before its first server is made. Of a body 64 KiB at most are read away.
        limit("jdk.httpserver.maxConnections", MOST_CONNECTIONS);
        limit("sun.net.httpserver.maxIdleConnections", MOST_IDLE_CONNECTIONS);
        limit("sun.net.httpserver.maxReqHeaders", MOST_REQUEST_HEADERS);
        limit("sun.net.httpserver.maxReqHeaderSize", MOST_REQUEST_HEADER_BYTES);
    }

    private record Answer(int status, String type, String body) {}

    private final HttpAccess access;
    private final HttpServer server;
    private final HttpThreads threads;
    private final Map<String, Supplier<Answer>> resources = new ConcurrentHashMap<>();

    /**
     * Starts to answer.
     *
     * @param patience how long a caller may take to send a request, and again to take the answer
     * @param dead what has stopped for good; while there is something, live is 503
     * @param notReady what is not ready; while there is something, ready is 503
     * @throws ConfigException if the address cannot be bound
     */
    HealthServer(
            HttpAccess access,
            Duration patience,
            Supplier<List<String>> dead,
            Supplier<List<String>> notReady,
            PrometheusMeterRegistry meters) {
        this.access = access;
        try {
            this.server = create(access);
        } catch (IOException e) {
            throw new ConfigException(HTTP_HOST + "=" + access.address().getHostString() + ", " + HTTP_PORT + "="
                    + access.address().getPort() + ": " + e.getMessage());
        }
        this.threads = new HttpThreads(MOST_CONNECTIONS, patience);
        resources.put(HEALTH + "live", () -> health("live", dead.get()));
        resources.put(HEALTH + "ready", () -> health("ready", notReady.get()));
        resources.put("/metrics", () -> new Answer(OK, METRICS_TYPE, meters.scrape()));
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private static HttpServer create(HttpAccess access) throws IOException {
        if (access.tls() == null) {
            return HttpServer.create(access.address(), 0);
        }
        HttpsServer server = HttpsServer.create(access.address(), 0);
        server.setHttpsConfigurator(access.configurator());
        return server;
    }

    private static void limit(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }

    /** Answers a path with an object as JSON; 503 with the reason while there is none. */
    void serve(String path, Supplier<?> body) {
        resources.put(path, () -> {
            try {
                return new Answer(OK, JSON_TYPE, json(body.get()));
            } catch (IllegalStateException e) {
                return reason(UNAVAILABLE, String.valueOf(e.getMessage()));
            }
        });
    }

    URI address() {
        InetSocketAddress bound = server.getAddress();
        String host = access.address().getHostString();
        return URI.create((access.tls() == null ? "http://" : "https://")
                + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort());
    }

    private void handle(HttpExchange exchange) throws IOException {
        Answer answer = threads.find(() -> answer(exchange));
        try (exchange) {
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            switch (answer.status()) {
                case UNAUTHORIZED -> exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
                case METHOD_NOT_ALLOWED -> exchange.getResponseHeaders().set("Allow", GET + ", " + HEAD);
                default -> {}
            }
            if (exchange.getRequestMethod().equals(HEAD)) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(answer.status(), -1);
            } else {
                exchange.sendResponseHeaders(answer.status(), body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }

    private Answer answer(HttpExchange exchange) {
        try {
            switch (access.verdict(exchange)) {
                case NO_TOKEN -> {
                    return reason(
                            UNAUTHORIZED,
                            "send 'Authorization: Bearer' and a token from the file that " + HTTP_BEARER_TOKEN_FILE
                                    + " names");
                }
                case NO_CERTIFICATE -> {
                    return reason(
                            FORBIDDEN,
                            "show a certificate of an authority in the file that " + HTTP_SSL_TRUSTSTORE_LOCATION
                                    + " names");
                }
                case ADMITTED -> {}
            }
            if (!Set.of(GET, HEAD).contains(exchange.getRequestMethod())) {
                return reason(METHOD_NOT_ALLOWED, "only " + GET + " and " + HEAD);
            }
            Supplier<Answer> resource =
                    resources.get(String.valueOf(exchange.getRequestURI().getPath()));
            return resource == null ? reason(NOT_FOUND, "there is nothing here") : resource.get();
        } catch (RuntimeException e) {
            LOG.warn("A request could not be answered", e);
            return reason(FAILED, "the log says why");
        }
    }

    private static Answer health(String name, List<String> reasons) {
        return new Answer(
                reasons.isEmpty() ? OK : UNAVAILABLE,
                JSON_TYPE,
                json(Map.of(name, reasons.isEmpty(), "reasons", reasons)));
    }

    private static Answer reason(int status, String reason) {
        return new Answer(status, JSON_TYPE, json(Map.of("reason", reason)));
    }

    private static String json(Object body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
