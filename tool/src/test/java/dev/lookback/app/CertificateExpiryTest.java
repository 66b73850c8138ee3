package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.LookbackConfig;
import dev.lookback.tool.Certificates;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateExpiryTest {
    private static final String PASSWORD = "only-for-tests";
    private static final String NAME = "lookback.certificate.expiry.time";

    @TempDir
    private Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void eachKeystoreHasItsOwnAndIsReadAnew() throws Exception {
        Certificates certificates = new Certificates(directory, PASSWORD);
        certificates.issue("first", "CN=first");
        certificates.issue("later", "CN=later", 30);
        Map<String, String> settings = new HashMap<>(Map.of("kafka.bootstrap.servers", "127.0.0.1:1"));
        settings.put("roles", "ingest");
        settings.put("schema.registry.url", "https://127.0.0.1:1");
        settings.putAll(keystore("kafka.ssl.", copy("first", "kafka")));
        settings.putAll(keystore("ingest.kafka.ssl.", copy("later", "ingest")));
        settings.putAll(keystore("schema.registry.ssl.", copy("first", "registry")));
        CertificateExpiry.bindTo(meters, LookbackConfig.of(settings));
        assertThat(keystores()).containsExactlyInAnyOrder("kafka", "ingest.kafka", "schema.registry");
        assertThat(seconds("kafka")).isEqualTo(expiry("first"));
        assertThat(seconds("schema.registry")).isEqualTo(expiry("first"));
        assertThat(seconds("ingest.kafka")).isEqualTo(expiry("later")).isGreaterThan(expiry("first"));
        copy("later", "kafka");
        assertThat(seconds("kafka")).isEqualTo(expiry("later"));
        Files.writeString(directory.resolve("kafka.p12"), "no keystore");
        assertThat(seconds("kafka")).isNaN();
    }

    @Test
    void whereThereIsNoneThereIsNoMetric() {
        CertificateExpiry.bindTo(meters, HttpEndpoints.config(Map.of()));
        assertThat(keystores()).isEmpty();
    }

    private Map<String, String> keystore(String prefix, Path file) {
        return Map.of(
                prefix + "keystore.location",
                file.toString(),
                prefix + "keystore.type",
                "PKCS12",
                prefix + "keystore.password",
                PASSWORD);
    }

    private Path copy(String from, String to) throws Exception {
        Path copied = Files.copy(
                directory.resolve(from + ".p12"), directory.resolve(to + ".p12"), StandardCopyOption.REPLACE_EXISTING);
        return Files.setPosixFilePermissions(copied, PosixFilePermissions.fromString("rw-------"));
    }

    private Set<String> keystores() {
        return meters.getMeters().stream()
                .map(Meter::getId)
                .filter(each -> each.getName().equals(NAME))
                .map(each -> each.getTag("keystore"))
                .collect(Collectors.toSet());
    }

    private double seconds(String keystore) {
        Gauge gauge = meters.get(NAME).tag("keystore", keystore).gauge();
        return gauge.value();
    }

    private double expiry(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve(name + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return ((X509Certificate) store.getCertificate(name)).getNotAfter().getTime() / 1_000.0;
    }
}
