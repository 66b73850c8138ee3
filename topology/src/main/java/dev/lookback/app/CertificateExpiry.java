package dev.lookback.app;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;

/**
 * Until when those certificates are valid by which this process shows who it is: to whoever asks its HTTP endpoints, to
 * brokers under each role, and to the schema registry. Files are read whenever metrics are, so that a new one counts.
 */
final class CertificateExpiry {
    private static final ConfigDef SSL = new ConfigDef().withClientSslSupport();
    private static final String SSL_PREFIX = "ssl.";
    private static final String REGISTRY = "schema.registry.";
    private static final double MILLIS_PER_SECOND = 1_000;

    private CertificateExpiry() {}

    /** A gauge {@code lookback.certificate.expiry.time} (seconds since 1970) for each keystore that is configured. */
    static void bindTo(MeterRegistry meters, LookbackConfig config) {
        Map<String, Map<String, Object>> all = new HashMap<>();
        all.put("http", HttpTls.settings(config));
        all.put("kafka", ClientSettings.admin(config));
        for (Role role : config.roles()) {
            all.put(role.label() + ".kafka", ClientSettings.admin(config, role));
        }
        all.put("schema.registry", registry(config));
        all.forEach((client, settings) -> {
            if (expiry(settings).isPresent()) {
                Gauge.builder("lookback.certificate.expiry.time", settings, CertificateExpiry::seconds)
                        .description("When the first certificate in the keystore of a client or server expires")
                        .baseUnit("seconds")
                        .tag("keystore", client)
                        .strongReference(true)
                        .register(meters);
            }
        });
    }

    private static Map<String, Object> registry(LookbackConfig config) {
        Map<String, Object> ssl = new HashMap<>();
        config.serdeSettings().forEach((name, value) -> {
            if (name.startsWith(REGISTRY + SSL_PREFIX)) {
                ssl.put(name.substring(REGISTRY.length()), value);
            }
        });
        return ssl;
    }

    private static double seconds(Map<String, Object> settings) {
        OptionalLong expiry = expiry(settings);
        return expiry.isPresent() ? expiry.getAsLong() / MILLIS_PER_SECOND : Double.NaN;
    }

    /** Empty if there is no keystore, or if it cannot be read: whoever needs it says so. */
    private static OptionalLong expiry(Map<String, Object> settings) {
        Map<String, Object> ssl = new HashMap<>(settings);
        ssl.keySet().removeIf(name -> !name.startsWith(SSL_PREFIX));
        try (DefaultSslEngineFactory files = new DefaultSslEngineFactory()) {
            files.configure(SSL.parse(ssl));
            return expiries(files.keystore()).min();
        } catch (KafkaException | KeyStoreException e) {
            return OptionalLong.empty();
        }
    }

    private static LongStream expiries(@Nullable KeyStore store) throws KeyStoreException {
        LongStream.Builder all = LongStream.builder();
        if (store != null) {
            for (String alias : Collections.list(store.aliases())) {
                Certificate[] chain = store.getCertificateChain(alias);
                Stream.of(chain == null ? new Certificate[0] : chain)
                        .filter(X509Certificate.class::isInstance)
                        .forEach(each ->
                                all.add(((X509Certificate) each).getNotAfter().getTime()));
            }
        }
        return all.build();
    }
}
