package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.HTTP_SSL_KEYSTORE_LOCATION;
import static dev.lookback.config.LookbackConfig.HTTP_SSL_KEYSTORE_PASSWORD;
import static dev.lookback.config.LookbackConfig.HTTP_SSL_TRUSTSTORE_LOCATION;
import static dev.lookback.config.LookbackConfig.HTTP_SSL_TRUSTSTORE_PASSWORD;

import dev.lookback.config.LookbackConfig;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key, and the authorities trusted, of the HTTP endpoints or of who asks them: {@code http.ssl.*}. Read by Kafka's own
 * code, which also notices that a file has been replaced.
 */
public final class HttpTls {
    private static final Logger LOG = LoggerFactory.getLogger(HttpTls.class);
    private static final ConfigDef SETTINGS = new ConfigDef().withClientSslSupport();
    private static final String TYPE = "PKCS12";

    private final Map<String, Object> settings;
    private final SSLContext context;
    private volatile DefaultSslEngineFactory files;

    /**
     * Reads keystore and truststore, as far as they are configured.
     *
     * @throws ConfigException if one cannot be read, or has no key or no certificate in it
     */
    public HttpTls(LookbackConfig config) {
        this.settings = SETTINGS.parse(settings(config));
        this.files = load();
        SSLContext first = files.sslContext();
        this.context = new SSLContext(new Current(), first.getProvider(), first.getProtocol()) {};
    }

    /** As Kafka names them ({@code ssl.*}); empty if none is configured. They hold passwords. */
    static Map<String, Object> settings(LookbackConfig config) {
        Map<String, Object> given = new HashMap<>();
        config.file(HTTP_SSL_KEYSTORE_LOCATION).ifPresent(file -> {
            given.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, TYPE);
            given.put(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG, file.toString());
            given.put(
                    SslConfigs.SSL_KEYSTORE_PASSWORD_CONFIG,
                    config.password(HTTP_SSL_KEYSTORE_PASSWORD).value());
        });
        config.file(HTTP_SSL_TRUSTSTORE_LOCATION).ifPresent(file -> {
            given.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, TYPE);
            given.put(SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG, file.toString());
            given.put(
                    SslConfigs.SSL_TRUSTSTORE_PASSWORD_CONFIG,
                    config.password(HTTP_SSL_TRUSTSTORE_PASSWORD).value());
        });
        return given;
    }

    /** For all connections; those that are made after a {@link #refresh} go by the new files. */
    public SSLContext context() {
        return context;
    }

    /**
     * Reads the files again if one has been replaced.
     *
     * @throws ConfigException if what has come is no good; what there was stays in force, and the next call tries again
     */
    void refresh() {
        if (files.shouldBeRebuilt(settings)) {
            files = load();
        }
    }

    private DefaultSslEngineFactory load() {
        DefaultSslEngineFactory loaded = new DefaultSslEngineFactory();
        try {
            loaded.configure(settings);
            checkKeystore(loaded.keystore());
            checkTruststore(loaded.truststore());
        } catch (KafkaException | KeyStoreException e) {
            throw new ConfigException("http.ssl.*: " + e.getMessage());
        }
        return loaded;
    }

    /** Without a key every handshake would fail. */
    private static void checkKeystore(@Nullable KeyStore store) throws KeyStoreException {
        if (store == null) {
            return;
        }
        boolean found = false;
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias) && store.getCertificate(alias) instanceof X509Certificate certificate) {
                found = true;
                LOG.info(
                        "The certificate in {} is valid until {}",
                        HTTP_SSL_KEYSTORE_LOCATION,
                        certificate.getNotAfter().toInstant());
            }
        }
        if (!found) {
            throw new ConfigException(HTTP_SSL_KEYSTORE_LOCATION + ": there is no key with a certificate in it");
        }
    }

    /** A truststore that is read without its password looks empty. */
    private static void checkTruststore(@Nullable KeyStore store) throws KeyStoreException {
        if (store != null && Collections.list(store.aliases()).isEmpty()) {
            throw new ConfigException(HTTP_SSL_TRUSTSTORE_LOCATION + ": there is no certificate in it");
        }
    }

    /** Leaves everything to the context that is in force: the JDK's server takes no other one once it runs. */
    private final class Current extends SSLContextSpi {
        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trusted, SecureRandom random) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return files.sslContext().createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return files.sslContext().createSSLEngine(host, port);
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return files.sslContext().getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return files.sslContext().getServerSocketFactory();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return files.sslContext().getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return files.sslContext().getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return files.sslContext().getDefaultSSLParameters();
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return files.sslContext().getSupportedSSLParameters();
        }
    }
}
