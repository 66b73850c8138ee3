package dev.lookback.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.registry.RegistrySettings.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;

/**
 * A registry behind the Confluent REST API, which Apicurio ({@code /apis/ccompat/v7}), Confluent, Karapace and Redpanda
 * serve. Ids are asked for once. An endpoint that does not answer, or answers 429 or 5xx, is passed over for the next;
 * after the last the round is repeated, after a wait, as often as the settings say. Safe for use by several threads.
 *
 * <p>What is not the record's fault (wrong credentials, a URL behind which there is no registry) is
 * {@link RegistryUnavailableException} too: nobody shall reject a record for it.
 */
public final class HttpSchemaRegistry implements RegistryAdmin {
    /** How long an id without a usable schema is not asked for again: a flood of bad records costs one round of calls. */
    static final Duration USELESS_ID_MEMORY = Duration.ofSeconds(1);

    /** How many schemas one schema may refer to, over however many steps. */
    static final int MAX_REFERENCES = 100;

    private static final int MAX_USELESS_IDS = 1_000;
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<RegistrySettings, HttpSchemaRegistry> SHARED = new ConcurrentHashMap<>();

    private final RegistrySettings settings;
    private final HttpClient http;
    private final InstantSource clock;
    private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
    private final Map<SubjectSchema, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, Useless> useless = new ConcurrentHashMap<>();

    /**
     * A client of its own, that shares nothing.
     *
     * @throws ConfigException if a key or trust store cannot be read
     */
    HttpSchemaRegistry(RegistrySettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                // A redirect would carry the credentials to wherever it points.
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.connectTimeout());
        if (!settings.ssl().isEmpty()) {
            try (DefaultSslEngineFactory ssl = new DefaultSslEngineFactory()) {
                ssl.configure(settings.parsedSsl());
                builder.sslContext(ssl.sslContext());
            } catch (KafkaException e) {
                ConfigException wrong = new ConfigException(RegistrySettings.SSL_PREFIX + "*: " + e.getMessage());
                wrong.initCause(e);
                throw wrong;
            }
        }
        this.http = builder.build();
    }

    /** The one client of these settings in this process. */
    public static HttpSchemaRegistry shared(RegistrySettings settings) {
        return SHARED.computeIfAbsent(settings, key -> new HttpSchemaRegistry(key, InstantSource.system()));
    }

    @Override
    public int register(String subject, Schema schema) {
        return id(subject, schema, "/subjects/" + encode(subject) + "/versions");
    }

    @Override
    public int idOf(String subject, Schema schema) {
        return id(subject, schema, "/subjects/" + encode(subject));
    }

    private int id(String subject, Schema schema, String path) {
        SubjectSchema key = new SubjectSchema(subject, schema);
        Integer known = ids.get(key);
        if (known != null) {
            return known;
        }
        Reply reply = call(
                "POST",
                path,
                JSON.createObjectNode().put("schema", schema.toString()).toString());
        if (!reply.ok()) {
            throw new SerializationException(
                    "The registry refuses " + schema.getFullName() + " under " + subject + ": " + reply.refusal());
        }
        int id = reply.field("id").asInt();
        ids.put(key, id);
        return id;
    }

    @Override
    public Schema byId(int id) {
        Schema known = schemas.get(id);
        if (known != null) {
            return known;
        }
        if (id < 1) {
            throw new UnknownSchemaException(id);
        }
        Useless before = useless.get(id);
        if (before != null && clock.instant().isBefore(before.until)) {
            throw before.reason;
        }
        try {
            Schema schema = fetch(id);
            schemas.put(id, schema);
            return schema;
        } catch (SerializationException e) {
            if (useless.size() >= MAX_USELESS_IDS) {
                useless.clear();
            }
            useless.put(id, new Useless(e, clock.instant().plus(USELESS_ID_MEMORY)));
            throw e;
        }
    }

    private Schema fetch(int id) {
        Reply reply = call("GET", "/schemas/ids/" + id, null);
        if (reply.notFound()) {
            throw new UnknownSchemaException(id);
        }
        reply.expect("show schema id " + id);
        return parse(reply, "schema id " + id);
    }

    @Override
    public Set<String> subjects() {
        Set<String> subjects = new TreeSet<>();
        for (JsonNode subject : call("GET", "/subjects", null).expect("list the subjects")) {
            subjects.add(subject.asText());
        }
        return subjects;
    }

    @Override
    public List<Schema> versions(String subject) {
        Reply numbers = call("GET", "/subjects/" + encode(subject) + "/versions", null);
        if (numbers.notFound()) {
            return List.of();
        }
        List<Schema> versions = new ArrayList<>();
        for (JsonNode number : numbers.expect("list the versions of " + subject)) {
            Reference version = new Reference(subject, number.asInt());
            Reply reply = call("GET", version.path(), null);
            reply.expect("show " + version);
            versions.add(parse(reply, version.toString()));
        }
        return List.copyOf(versions);
    }

    @Override
    public Optional<String> compatibility(String subject) {
        Reply reply = call("GET", "/config/" + encode(subject), null);
        if (reply.notFound()) {
            return Optional.empty();
        }
        reply.expect("show the compatibility of " + subject);
        return Optional.of(reply.field("compatibilityLevel").asText());
    }

    @Override
    public void setCompatibility(String subject, String level) {
        String body = JSON.createObjectNode().put("compatibility", level).toString();
        call("PUT", "/config/" + encode(subject), body).expect("set the compatibility of " + subject);
    }

    private Schema parse(Reply reply, String what) {
        return parse(reply, what, new Schema.Parser().setValidateDefaults(false), new HashSet<>());
    }

    /**
     * Parses a schema after those it refers to: publishers may register types that it uses under subjects of their own.
     * As each is fetched once, the number of references bounds the depth, too.
     */
    private Schema parse(Reply reply, String what, Schema.Parser parser, Set<Reference> fetched) {
        JsonNode type = reply.json().get("schemaType");
        if (type != null && !type.asText().equals("AVRO")) {
            throw new SerializationException(what + " is not an Avro schema but " + type.asText());
        }
        for (JsonNode each : reply.json().path("references")) {
            Reference reference = new Reference(
                    each.path("subject").asText(), each.path("version").asInt());
            if (fetched.add(reference)) {
                if (fetched.size() > MAX_REFERENCES) {
                    throw new SerializationException(what + ": more than " + MAX_REFERENCES + " references");
                }
                Reply referred = call("GET", reference.path(), null);
                referred.expect("show " + reference + " for " + what);
                parse(referred, reference.toString(), parser, fetched);
            }
        }
        try {
            return parser.parse(reply.field("schema").asText());
        } catch (AvroRuntimeException e) {
            throw new SerializationException(what + " is not a schema that Avro can read", e);
        }
    }

    /** Tries every endpoint in turn, in rounds. Returns answers 2xx, and the registry's own refusals (4xx). */
    private Reply call(String method, String path, @Nullable String body) {
        String failure = "";
        IOException cause = null;
        Duration wait = settings.retryWait();
        for (int round = 0; round <= settings.maxRetries(); round++) {
            if (round > 0) {
                pause(wait);
                wait = shorter(wait.multipliedBy(2), settings.retryMaxWait());
            }
            for (Endpoint endpoint : settings.endpoints()) {
                URI uri = URI.create(endpoint.base() + path);
                try {
                    Reply reply = send(endpoint, uri, method, body);
                    if (reply.ok() || reply.isRefusal()) {
                        return reply;
                    }
                    failure = method + " " + uri + " answers " + reply.status;
                    cause = null;
                } catch (IOException e) {
                    failure = method + " " + uri + ": " + e.getClass().getSimpleName();
                    cause = e;
                }
            }
        }
        throw new RegistryUnavailableException("No schema registry: " + failure, cause);
    }

    private Reply send(Endpoint endpoint, URI uri, String method, @Nullable String body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(settings.readTimeout())
                .header("Accept", CONTENT_TYPE + ", application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", CONTENT_TYPE);
        }
        if (endpoint.authorization() != null) {
            request.header("Authorization", endpoint.authorization());
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Reply(uri, response.statusCode(), json(response.body()));
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static JsonNode json(String body) {
        try {
            JsonNode json = JSON.readTree(body);
            return json == null ? JSON.missingNode() : json;
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    private static void pause(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private record SubjectSchema(String subject, Schema schema) {}

    /** Why an id has no usable schema, and until when it is not asked for again. */
    private record Useless(SerializationException reason, Instant until) {}

    /** A version of a subject. */
    private record Reference(String subject, int version) {
        String path() {
            return "/subjects/" + encode(subject) + "/versions/" + version;
        }

        @Override
        public String toString() {
            return subject + " version " + version;
        }
    }

    /** An answer. Its error codes are the HTTP status followed by two digits. */
    private record Reply(URI uri, int status, JsonNode json) {
        private static final int NOT_FOUND = 404;
        private static final int CONFLICT = 409;
        private static final int UNPROCESSABLE = 422;
        private static final int CODES_PER_STATUS = 100;

        boolean ok() {
            return status / 100 == 2 && !json.isMissingNode();
        }

        /** The registry has no such subject or schema. A bare 404 comes from something that is no registry. */
        boolean notFound() {
            return status == NOT_FOUND && json.path("error_code").asInt() / CODES_PER_STATUS == NOT_FOUND;
        }

        boolean isRefusal() {
            return notFound() || status == CONFLICT || status == UNPROCESSABLE;
        }

        String refusal() {
            return status + " " + json.path("message").asText();
        }

        JsonNode expect(String what) {
            if (!ok()) {
                throw new SerializationException("The registry does not " + what + ": " + refusal());
            }
            return json;
        }

        JsonNode field(String name) {
            JsonNode field = json.get(name);
            if (field == null) {
                throw new RegistryUnavailableException("No schema registry: " + uri + " answers without " + name, null);
            }
            return field;
        }
    }
}
