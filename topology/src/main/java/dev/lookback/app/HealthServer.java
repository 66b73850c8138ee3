package dev.lookback.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigException;

/**
 * Answers {@code /health/live}, {@code /health/ready}, {@code /metrics} and what else it is given to {@link #serve}. The
 * JDK's own server: a few GETs without log-in need no framework.
 */
final class HealthServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JSON_TYPE = "application/json";
    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    /** One scrape and two probes at a time. */
    private static final int THREADS = 3;

    private final HttpServer server;
    private final ExecutorService threads;
    private final String host;

    /**
     * Starts to answer.
     *
     * @param port 0 for any
     * @param dead what has stopped for good; while there is something, live is 503
     * @param notReady what is not ready; while there is something, ready is 503
     * @throws ConfigException if the address cannot be bound
     */
    HealthServer(
            String host,
            int port,
            Supplier<List<String>> dead,
            Supplier<List<String>> notReady,
            PrometheusMeterRegistry meters) {
        this.host = host;
        try {
            this.server = HttpServer.create(new InetSocketAddress(host, port), 0);
        } catch (IOException e) {
            throw new ConfigException("http.host=" + host + ", http.port=" + port + ": " + e.getMessage());
        }
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "http");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/health/live", exchange -> health(exchange, "live", dead.get()));
        server.createContext("/health/ready", exchange -> health(exchange, "ready", notReady.get()));
        server.createContext(
                "/metrics",
                exchange -> answer(exchange, OK, "text/plain; version=0.0.4; charset=utf-8", meters.scrape()));
        server.start();
    }

    /** Answers a path with an object as JSON; 503 with the reason while there is none. */
    void serve(String path, Supplier<?> body) {
        server.createContext(path, exchange -> {
            String json;
            try {
                json = json(body.get());
            } catch (IllegalStateException e) {
                answer(exchange, UNAVAILABLE, JSON_TYPE, json(Map.of("reason", String.valueOf(e.getMessage()))));
                return;
            }
            answer(exchange, OK, JSON_TYPE, json);
        });
    }

    URI address() {
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + server.getAddress().getPort());
    }

    private static void health(HttpExchange exchange, String name, List<String> reasons) throws IOException {
        int status = reasons.isEmpty() ? OK : UNAVAILABLE;
        answer(exchange, status, JSON_TYPE, json(Map.of(name, reasons.isEmpty(), "reasons", reasons)));
    }

    private static String json(Object body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        try (exchange) {
            boolean get = exchange.getRequestMethod().equals("GET");
            byte[] bytes = (get ? body : "").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(get ? status : METHOD_NOT_ALLOWED, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
