package dev.lookback.tool;

import static dev.lookback.config.LookbackConfig.HTTP_BEARER_TOKEN_FILE;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.app.BearerTokens;
import dev.lookback.app.HttpTls;
import dev.lookback.config.LookbackConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What an instance of the vault says of one partition that it is in charge of: the part of {@code GET /vault} that audits
 * need.
 *
 * @param position the rows are those of the ledger read up to this offset (exclusive); -1 if of no single one
 * @param buckets rows by bucket
 * @param fingerprints by bucket the sum of the keys' {@link dev.lookback.ledger.KeyFingerprint}s
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record VaultHolding(
        String retentionClass, int partition, long position, Map<Long, Long> buckets, Map<Long, Long> fingerprints) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** It reads every key that it has. */
    private static final Duration ANSWER = Duration.ofMinutes(15);

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    private static final int TRIES = 30;
    private static final int OK = 200;
    private static final int NOT_NOW = 503;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Answer(List<VaultHolding> partitions) {}

    /**
     * Asks an instance, with the certificate and the token of whoever asks, and trusting whom he trusts: the settings
     * {@code http.ssl.*} and {@code http.bearer.token.file}.
     *
     * @param instance where it answers, {@code https://host:port}
     * @throws ToolException if it does not answer, does not let in who asks, or goes on saying that it cannot now
     * @throws org.apache.kafka.common.config.ConfigException if the settings are no good
     */
    static List<VaultHolding> ask(URI instance, LookbackConfig config) {
        HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(CONNECT);
        if ("https".equals(instance.getScheme())) {
            client.sslContext(new HttpTls(config).context());
        }
        HttpClient http = client.build();
        String base = instance.toString().replaceAll("/+$", "");
        HttpRequest.Builder asking =
                HttpRequest.newBuilder(URI.create(base + "/vault")).timeout(ANSWER);
        if (config.file(HTTP_BEARER_TOKEN_FILE).isPresent() && mayCarryToken(instance)) {
            asking.header("Authorization", "Bearer " + BearerTokens.read(config).get(0));
        }
        HttpRequest request = asking.build();
        try {
            for (int i = 0; i < TRIES; i++) {
                HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == OK) {
                    return JSON.readValue(answer.body(), Answer.class).partitions();
                }
                if (answer.statusCode() == UNAUTHORIZED || answer.statusCode() == FORBIDDEN) {
                    throw ToolException.unavailable(request.uri() + " does not let in who asks: "
                            + HTTP_BEARER_TOKEN_FILE + " and http.ssl.keystore.* say what to show (--vault)");
                }
                if (answer.statusCode() != NOT_NOW) {
                    throw ToolException.unavailable(
                            request.uri() + " answers with status " + answer.statusCode() + " (--vault)");
                }
                Thread.sleep(BETWEEN_TRIES.toMillis());
            }
        } catch (JsonProcessingException e) {
            throw ToolException.unavailable(
                    request.uri() + " does not answer as a vault of this version does (--vault)");
        } catch (IOException e) {
            throw ToolException.unavailable(request.uri() + " does not answer: " + e.getMessage() + " (--vault)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw ToolException.unavailable(request.uri() + " cannot say now what it holds; try again (--vault)");
    }

    /** In plain HTTP through a network a token would be anybody's to read. */
    static boolean mayCarryToken(URI instance) {
        if ("https".equals(instance.getScheme())) {
            return true;
        }
        InetAddress address = new InetSocketAddress(String.valueOf(instance.getHost()), 0).getAddress();
        return address != null && address.isLoopbackAddress();
    }
}
