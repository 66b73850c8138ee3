package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.HTTP_BEARER_TOKEN_FILE;

import dev.lookback.config.LookbackConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bearer tokens (RFC 6750) that callers of the HTTP endpoints may send: {@code http.bearer.token.file}, one a line, so
 * that an old and a new one are good while callers change over. The file is read at each request. One that cannot be
 * read, or is wrong, lets nobody in.
 */
public final class BearerTokens {
    private static final Logger LOG = LoggerFactory.getLogger(BearerTokens.class);
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]{32,256}=*");
    private static final String SCHEME = "Bearer ";
    private static final int MOST = 4;

    private final LookbackConfig config;
    private final AtomicBoolean failing = new AtomicBoolean();

    /**
     * Those in the file.
     *
     * @throws ConfigException if there is no file, or it is not as it should be
     */
    BearerTokens(LookbackConfig config) {
        this.config = config;
        read(config);
    }

    /**
     * Those in the file, from top to bottom; one at least.
     *
     * @throws ConfigException if there is no file, or it is open to other users, or holds something else. The message
     *     does not say what it holds
     */
    public static List<String> read(LookbackConfig config) {
        List<String> tokens =
                config.secret(HTTP_BEARER_TOKEN_FILE).lines().map(String::strip).toList();
        if (tokens.isEmpty()
                || tokens.size() > MOST
                || !tokens.stream().allMatch(each -> TOKEN.matcher(each).matches())) {
            throw new ConfigException(HTTP_BEARER_TOKEN_FILE + "=" + config.text(HTTP_BEARER_TOKEN_FILE)
                    + ": not one to " + MOST + " lines with a token of 32 to 256 letters, digits or -._~+/= each;"
                    + " `openssl rand -hex 32` makes one");
        }
        return tokens;
    }

    /** Whether the values of the header {@code Authorization} are one good token. */
    boolean accept(List<String> authorization) {
        if (authorization.size() != 1 || !authorization.get(0).regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] sent = authorization.get(0).substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        boolean good = false;
        for (String each : current()) {
            good |= MessageDigest.isEqual(sent, each.getBytes(StandardCharsets.UTF_8)); // in constant time
        }
        return good;
    }

    private List<String> current() {
        try {
            List<String> tokens = read(config);
            if (failing.getAndSet(false)) {
                LOG.info("{} is good again", HTTP_BEARER_TOKEN_FILE);
            }
            return tokens;
        } catch (ConfigException e) {
            if (!failing.getAndSet(true)) {
                LOG.error("Nobody can ask for health and metrics: {}", e.getMessage());
            }
            return List.of();
        }
    }
}
