package dev.lookback.registry;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a schema registry over HTTP, under the names that Confluent's own clients use. Equal settings share one
 * client.
 *
 * @param endpoints where the registry is, in the order in which they are tried
 * @param ssl the {@code ssl.*} settings of Kafka's clients, without the prefix {@code schema.registry.}
 * @param connectTimeout for a connection
 * @param readTimeout for an answer
 * @param maxRetries how often all endpoints are tried again
 * @param retryWait before the first retry; doubles with each
 * @param retryMaxWait at most
 */
public record RegistrySettings(
        List<Endpoint> endpoints,
        Map<String, String> ssl,
        Duration connectTimeout,
        Duration readTimeout,
        int maxRetries,
        Duration retryWait,
        Duration retryMaxWait) {

    /** Base URLs of the registry, separated by commas. */
    public static final String URL = "schema.registry.url";

    static final String BASIC_SOURCE = "basic.auth.credentials.source";
    static final String USER_INFO = "basic.auth.user.info";
    static final String BEARER_SOURCE = "bearer.auth.credentials.source";
    static final String BEARER_TOKEN = "bearer.auth.token";
    static final String CONNECT_TIMEOUT_MS = "http.connect.timeout.ms";
    static final String READ_TIMEOUT_MS = "http.read.timeout.ms";
    static final String MAX_RETRIES = "max.retries";
    static final String RETRIES_WAIT_MS = "retries.wait.ms";
    static final String RETRIES_MAX_WAIT_MS = "retries.max.wait.ms";
    static final String PREFIX = "schema.registry.";
    static final String SSL_PREFIX = PREFIX + "ssl.";

    private static final ConfigDef SSL = new ConfigDef().withClientSslSupport();

    private static final ConfigDef DEFINITION = new ConfigDef()
            .define(URL, Type.LIST, Importance.HIGH, "Base URLs of the schema registry, tried in turn.")
            .define(
                    BASIC_SOURCE,
                    Type.STRING,
                    "URL",
                    ValidString.in("URL", "USER_INFO"),
                    Importance.MEDIUM,
                    "Where user and password stand: in the URL, or in " + USER_INFO + ".")
            .define(USER_INFO, Type.PASSWORD, null, Importance.MEDIUM, "user:password, for the source USER_INFO.")
            .define(
                    BEARER_SOURCE,
                    Type.STRING,
                    "STATIC_TOKEN",
                    ValidString.in("STATIC_TOKEN"),
                    Importance.LOW,
                    "Where the bearer token comes from.")
            .define(BEARER_TOKEN, Type.PASSWORD, null, Importance.MEDIUM, "Bearer token sent with every request.")
            .define(CONNECT_TIMEOUT_MS, Type.INT, 5_000, Range.atLeast(1), Importance.LOW, "Limit on connecting.")
            .define(READ_TIMEOUT_MS, Type.INT, 10_000, Range.atLeast(1), Importance.LOW, "Limit on an answer.")
            .define(MAX_RETRIES, Type.INT, 3, Range.between(0, 100), Importance.LOW, "Rounds after the first.")
            .define(RETRIES_WAIT_MS, Type.INT, 200, Range.atLeast(0), Importance.LOW, "Wait before the first retry.")
            .define(RETRIES_MAX_WAIT_MS, Type.INT, 2_000, Range.atLeast(0), Importance.LOW, "Longest wait.");

    /**
     * One place where the registry answers.
     *
     * @param base URL without credentials and without a slash at its end
     * @param authorization value of the header Authorization; null for none
     */
    public record Endpoint(URI base, @Nullable String authorization) {
        /** The URL alone: credentials stay out of logs. */
        @Override
        public String toString() {
            return base.toString();
        }
    }

    /** Copies what it is given. */
    public RegistrySettings {
        endpoints = List.copyOf(endpoints);
        ssl = Map.copyOf(ssl);
    }

    /**
     * Reads the settings; others among them are ignored.
     *
     * @throws ConfigException naming the setting that is missing or wrong; never shows a credential
     */
    public static RegistrySettings of(Map<String, ?> settings) {
        Map<String, Object> values = DEFINITION.parse(settings);
        List<Endpoint> endpoints = new ArrayList<>();
        for (Object url : (List<?>) get(values, URL)) {
            endpoints.add(endpoint(url.toString(), values));
        }
        if (endpoints.isEmpty()) {
            throw new ConfigException(URL + " must name at least one URL");
        }
        return new RegistrySettings(
                endpoints,
                ssl(settings),
                millis(values, CONNECT_TIMEOUT_MS),
                millis(values, READ_TIMEOUT_MS),
                (Integer) get(values, MAX_RETRIES),
                millis(values, RETRIES_WAIT_MS),
                millis(values, RETRIES_MAX_WAIT_MS));
    }

    /** The parsed {@code ssl.*} settings, defaults included, as Kafka's own SSL factory takes them. */
    Map<String, Object> parsedSsl() {
        return SSL.parse(ssl);
    }

    private static Endpoint endpoint(String url, Map<String, Object> values) {
        URI uri;
        try {
            uri = new URI(url.strip());
        } catch (URISyntaxException e) {
            throw new ConfigException(URL + " holds something that is not a URL");
        }
        String scheme = uri.getScheme();
        if (scheme == null || !(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null) {
            throw new ConfigException(URL + " must hold http:// or https:// URLs (or one mock:// for tests)");
        }
        String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
        try {
            URI base = new URI(scheme, null, uri.getHost(), uri.getPort(), path, null, null);
            return new Endpoint(base, authorization(uri.getUserInfo(), values));
        } catch (URISyntaxException e) {
            throw new ConfigException(URL + " holds something that is not a URL");
        }
    }

    private static @Nullable String authorization(@Nullable String urlUserInfo, Map<String, Object> values) {
        Password token = (Password) values.get(BEARER_TOKEN);
        boolean fromUrl = get(values, BASIC_SOURCE).equals("URL");
        Password configured = (Password) values.get(USER_INFO);
        if (!fromUrl && configured == null) {
            throw new ConfigException(BASIC_SOURCE + " is USER_INFO, but " + USER_INFO + " is missing");
        }
        String userInfo = fromUrl || configured == null ? urlUserInfo : configured.value();
        if (token != null && userInfo != null) {
            throw new ConfigException(BEARER_TOKEN + " and basic authentication exclude one another");
        }
        if (token != null) {
            return "Bearer " + token.value();
        }
        return userInfo == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> ssl(Map<String, ?> settings) {
        Map<String, String> ssl = new TreeMap<>();
        settings.forEach((name, value) -> {
            if (name.startsWith(SSL_PREFIX) && value != null) {
                String plain = name.substring(PREFIX.length());
                if (!SSL.names().contains(plain)) {
                    throw new ConfigException(name + " is not a setting");
                }
                ssl.put(plain, value instanceof Password password ? password.value() : value.toString());
            }
        });
        if (ssl.getOrDefault("ssl.endpoint.identification.algorithm", "https").isBlank()) {
            throw new ConfigException(
                    SSL_PREFIX + "endpoint.identification.algorithm: host names are always verified here");
        }
        return ssl;
    }

    private static Duration millis(Map<String, Object> values, String name) {
        return Duration.ofMillis((Integer) get(values, name));
    }

    private static Object get(Map<String, Object> values, String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new ConfigException("Missing required configuration \"" + name + "\"");
        }
        return value;
    }

    /** The URLs alone: credentials and passwords stay out of logs. */
    @Override
    public String toString() {
        return "RegistrySettings" + endpoints;
    }
}
