package dev.lookback.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;

/**
 * The Confluent REST API over an {@link InMemorySchemaRegistry} of its own, on a free port of this machine. Before it
 * answers as it should, it plays the faults it is given, one a request.
 */
public final class FakeRegistry implements AutoCloseable {
    /** An answer in place of the right one. */
    public record Fault(int status, String body) {}

    static {
        // Or every answer with a body waits 40 ms for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegistryAdmin schemas;
    private final HttpServer server;
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final String scheme;

    public FakeRegistry() {
        this(null);
    }

    /** With TLS where a context is given. */
    public FakeRegistry(SSLContext tls) {
        this(new InMemorySchemaRegistry(), tls);
    }

    private FakeRegistry(RegistryAdmin schemas, SSLContext tls) {
        this.schemas = schemas;
        this.scheme = tls == null ? "http" : "https";
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            if (tls == null) {
                server = HttpServer.create(address, 0);
            } else {
                HttpsServer https = HttpsServer.create(address, 0);
                https.setHttpsConfigurator(new HttpsConfigurator(tls));
                server = https;
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        server.createContext("/", this::handle);
        server.start();
    }

    /** A second front to the same schemas. */
    public FakeRegistry replica() {
        return new FakeRegistry(schemas, null);
    }

    public String url() {
        return scheme + "://localhost:" + server.getAddress().getPort() + "/api";
    }

    public RegistryAdmin schemas() {
        return schemas;
    }

    public synchronized FakeRegistry failWith(int status, String body) {
        faults.add(new Fault(status, body));
        return this;
    }

    /** Method and path of every request, in order. */
    public List<String> requests() {
        return requests;
    }

    /** The header Authorization of every request that had one. */
    public List<String> authorizations() {
        return authorizations;
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            requests.add(exchange.getRequestMethod() + " " + path);
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (authorization != null) {
                authorizations.add(authorization);
            }
            JsonNode body = JSON.readTree(exchange.getRequestBody());
            Fault fault = faults.poll();
            Fault answer = fault != null ? fault : answer(exchange.getRequestMethod(), path, body);
            byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private Fault answer(String method, String path, JsonNode body) {
        String[] parts = path.substring(1).split("/");
        String route = method + " " + (parts.length > 1 ? parts[1] : "") + parts.length;
        return switch (route) {
            case "GET subjects2" ->
                new Fault(200, JSON.valueToTree(schemas.subjects()).toString());
            case "GET subjects4" -> versionNumbers(parts[2]);
            case "GET subjects5" -> schema(schemas.versions(parts[2]).get(Integer.parseInt(parts[4]) - 1));
            case "POST subjects3" -> lookUp(parts[2], parse(body));
            case "POST subjects4" -> id(schemas.register(parts[2], parse(body)));
            case "GET schemas4" -> byId(Integer.parseInt(parts[3]));
            case "GET config3" ->
                schemas.compatibility(parts[2])
                        .map(level -> new Fault(200, "{\"compatibilityLevel\":\"" + level + "\"}"))
                        .orElse(new Fault(404, "{\"error_code\":40408,\"message\":\"no level\"}"));
            case "PUT config3" -> {
                schemas.setCompatibility(parts[2], body.get("compatibility").asText());
                yield new Fault(200, body.toString());
            }
            default -> new Fault(404, "nothing here");
        };
    }

    private Fault versionNumbers(String subject) {
        int versions = schemas.versions(subject).size();
        if (versions == 0) {
            return new Fault(404, "{\"error_code\":40401,\"message\":\"no subject\"}");
        }
        return new Fault(
                200,
                JSON.valueToTree(java.util.stream.IntStream.rangeClosed(1, versions)
                                .toArray())
                        .toString());
    }

    private Fault lookUp(String subject, Schema schema) {
        try {
            return id(schemas.idOf(subject, schema));
        } catch (SerializationException e) {
            return new Fault(404, "{\"error_code\":40403,\"message\":\"no such schema here\"}");
        }
    }

    private Fault byId(int id) {
        try {
            return schema(schemas.byId(id));
        } catch (UnknownSchemaException e) {
            return new Fault(404, "{\"error_code\":40403,\"message\":\"no such id\"}");
        }
    }

    private static Fault schema(Schema schema) {
        ObjectNode json = JSON.createObjectNode().put("schema", schema.toString());
        return new Fault(200, json.toString());
    }

    private static Fault id(int id) {
        return new Fault(200, "{\"id\":" + id + "}");
    }

    private static Schema parse(JsonNode body) {
        return new Schema.Parser().parse(body.get("schema").asText());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
