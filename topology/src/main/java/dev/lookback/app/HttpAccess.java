package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.HTTP_BEARER_TOKEN_FILE;
import static dev.lookback.config.LookbackConfig.HTTP_HEALTH_UNAUTHENTICATED;
import static dev.lookback.config.LookbackConfig.HTTP_HOST;
import static dev.lookback.config.LookbackConfig.HTTP_PORT;
import static dev.lookback.config.LookbackConfig.HTTP_SSL_KEYSTORE_LOCATION;
import static dev.lookback.config.LookbackConfig.HTTP_SSL_TRUSTSTORE_LOCATION;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import dev.lookback.config.LookbackConfig;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Where the HTTP endpoints answer, and whom. On loopback anybody, unless configured otherwise; elsewhere only over TLS,
 * and only who sends a bearer token, or shows a client certificate, or both if both are configured.
 *
 * @param address where to listen
 * @param tls what to speak; null: plain HTTP
 * @param clientCertificates whether callers must show one
 * @param tokens one of which callers must send; null: none
 * @param openHealth whether {@code /health/*} answers anybody
 */
record HttpAccess(
        InetSocketAddress address,
        @Nullable HttpTls tls,
        boolean clientCertificates,
        @Nullable BearerTokens tokens,
        boolean openHealth) {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /** Whether a caller may ask, and if not, what is missing. */
    enum Verdict {
        ADMITTED,
        NO_TOKEN,
        NO_CERTIFICATE
    }

    /**
     * What the settings say.
     *
     * @throws ConfigException if other machines could ask without TLS or without a credential, or a file is no good
     */
    static HttpAccess load(LookbackConfig config) {
        String host = config.text(HTTP_HOST);
        InetSocketAddress address = new InetSocketAddress(host, config.integer(HTTP_PORT));
        if (address.isUnresolved()) {
            throw new ConfigException(HTTP_HOST + "=" + host + ": this name has no address");
        }
        boolean speaksTls = config.file(HTTP_SSL_KEYSTORE_LOCATION).isPresent();
        boolean clientCertificates = config.file(HTTP_SSL_TRUSTSTORE_LOCATION).isPresent();
        boolean sendsToken = config.file(HTTP_BEARER_TOKEN_FILE).isPresent();
        if (clientCertificates && !speaksTls) {
            throw new ConfigException(HTTP_SSL_TRUSTSTORE_LOCATION + " takes " + HTTP_SSL_KEYSTORE_LOCATION
                    + ": client certificates are shown over TLS only");
        }
        boolean authenticates = clientCertificates || sendsToken;
        if (!address.getAddress().isLoopbackAddress() && !(speaksTls && authenticates)) {
            throw new ConfigException(HTTP_HOST + "=" + host + " can be reached from other machines. Set "
                    + (speaksTls ? "" : HTTP_SSL_KEYSTORE_LOCATION + " (TLS)")
                    + (speaksTls || authenticates ? "" : ", and ")
                    + (authenticates
                            ? ""
                            : HTTP_BEARER_TOKEN_FILE + " or " + HTTP_SSL_TRUSTSTORE_LOCATION + " (who may ask)")
                    + ", or leave " + HTTP_HOST + " on loopback; docs/SECURITY.md, HTTP endpoints");
        }
        return new HttpAccess(
                address,
                speaksTls ? new HttpTls(config) : null,
                clientCertificates,
                sendsToken ? new BearerTokens(config) : null,
                config.flag(HTTP_HEALTH_UNAUTHENTICATED));
    }

    /**
     * How new connections are secured, with TLS. The handshake demands a certificate, unless there are callers who need
     * none: then it takes one.
     */
    HttpsConfigurator configurator() {
        return new HttpsConfigurator(Objects.requireNonNull(tls).context()) {
            @Override
            public void configure(HttpsParameters connection) {
                SSLParameters parameters = getSSLContext().getDefaultSSLParameters();
                parameters.setProtocols(PROTOCOLS);
                if (clientCertificates && openHealth) {
                    parameters.setWantClientAuth(true);
                } else if (clientCertificates) {
                    parameters.setNeedClientAuth(true);
                }
                connection.setSSLParameters(parameters);
            }
        };
    }

    /** Whether a request may be answered; before anything else is looked at. */
    Verdict verdict(HttpExchange exchange) {
        if (openHealth && String.valueOf(exchange.getRequestURI().getPath()).startsWith(HealthServer.HEALTH)) {
            return Verdict.ADMITTED;
        }
        if (clientCertificates && !showsCertificate(exchange)) {
            return Verdict.NO_CERTIFICATE;
        }
        List<String> authorization = exchange.getRequestHeaders().getOrDefault("Authorization", List.of());
        return tokens == null || tokens.accept(authorization) ? Verdict.ADMITTED : Verdict.NO_TOKEN;
    }

    /** The handshake has failed already for one that is not good. */
    private static boolean showsCertificate(HttpExchange exchange) {
        try {
            return ((HttpsExchange) exchange).getSSLSession().getPeerCertificates().length > 0;
        } catch (SSLPeerUnverifiedException e) {
            return false;
        }
    }
}
