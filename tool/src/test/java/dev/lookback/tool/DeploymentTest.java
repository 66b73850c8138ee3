package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.lookback.app.HttpEndpoints;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docker-compose.yml and what belongs to it, as far as can be seen without a container engine. */
class DeploymentTest {
    private static final Path ROOT = Path.of("..");
    private static final String SECRETS = "/keys/secrets.properties";
    private static final String INSTALL = "docker-compose is missing: apt-get install docker-compose";

    @Test
    void everyVariableIsASettingAndItsValueIsAllowed(@TempDir Path directory) throws IOException {
        Path secrets = Files.writeString(
                directory.resolve("secrets.properties"),
                "sealing.keystore.password=example\nhttp.ssl.keystore.password=example\n");
        Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rw-------")); // umask 077 in setup.sh
        int found = 0;
        for (Map.Entry<String, Map<String, String>> service : environments().entrySet()) {
            Map<String, String> variables = new HashMap<>(service.getValue());
            variables.keySet().removeIf(name -> !name.startsWith("LOOKBACK_"));
            if (variables.isEmpty()) {
                continue;
            }
            found++;
            // Compose takes $$ for a dollar sign.
            variables.replaceAll((name, value) -> value.replace("$$", "$").replace(SECRETS, secrets.toString()));
            LookbackConfig config = LookbackConfig.load(null, variables, Map.of());
            assertThat(config.password(LookbackConfig.SEALING_KEYSTORE_PASSWORD).value())
                    .as("the password that %s takes from its file", service.getKey())
                    .isEqualTo("example");
            assertThat(ClientSettings.admin(config).get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG))
                    .isEqualTo("broker:19092");
        }
        assertThat(found).as("services with settings").isEqualTo(2);
    }

    /** The application listens on every address of its container. */
    @Test
    void whatSetupMakesProtectsTheEndpoints(@TempDir Path directory) throws Exception {
        Path keys = Files.createDirectory(directory.resolve("keys"));
        Path scrape = Files.createDirectory(directory.resolve("scrape"));
        Files.writeString(keys.resolve("password"), "only-for-tests\n");
        Files.createFile(keys.resolve("complete")); // all other keys are there
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Files.setPosixFilePermissions(
                Files.writeString(bin.resolve("lookback"), "#!/bin/sh\n"),
                PosixFilePermissions.fromString("rwx------"));
        ProcessBuilder setup = new ProcessBuilder("sh", "deploy/compose/setup.sh", keys.toString(), scrape.toString())
                .directory(ROOT.toFile())
                .redirectErrorStream(true);
        setup.environment()
                .merge(
                        "PATH",
                        bin + ":" + Path.of(System.getProperty("java.home"), "bin"),
                        (path, first) -> first + ":" + path);
        for (int i = 0; i < 2; i++) { // it is run at every start
            Process process = setup.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        }

        Map<String, String> settings = new TreeMap<>();
        environments().get("lookback").forEach((variable, value) -> {
            if (variable.startsWith("LOOKBACK_HTTP_") || variable.equals("LOOKBACK_CONFIG_PROVIDERS")) {
                settings.put(
                        variable.substring("LOOKBACK_".length())
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '.'),
                        value.replace("$$", "$").replace("/keys", keys.toString()));
            }
        });
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream certificate = Files.newInputStream(scrape.resolve("http.pem"))) {
            trusted.setCertificateEntry(
                    "http", CertificateFactory.getInstance("X.509").generateCertificate(certificate));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        HttpClient prometheus = HttpClient.newBuilder().sslContext(context).build();
        try (HttpEndpoints endpoints = new HttpEndpoints(settings)) {
            HttpRequest.Builder metrics =
                    HttpRequest.newBuilder(endpoints.address().resolve("/metrics"));
            assertThat(prometheus
                            .send(metrics.build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(401);
            metrics.header("Authorization", "Bearer " + Files.readString(scrape.resolve("http.token")));
            assertThat(prometheus
                            .send(metrics.build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void theBrokerIsAsOldAsItsClients() throws IOException {
        assertThat(services().get("broker").get("image")).isEqualTo("apache/kafka:" + AppInfoParser.getVersion());
    }

    @Test
    void dockerComposeUnderstandsIt() throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder("docker-compose", "-f", "docker-compose.yml", "config", "--quiet")
                    .directory(ROOT.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(INSTALL);
            }
            System.err.println("NOT CHECKED by docker-compose. " + INSTALL);
            abort(INSTALL);
            return;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void everyFileThatAContainerIsGivenIsThere() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Map<String, Object> service : services().values()) {
            if (service.get("volumes") instanceof List<?> volumes) {
                volumes.stream()
                        .map(volume -> volume.toString().split(":", 2)[0])
                        .filter(source -> source.startsWith("."))
                        .filter(source -> !Files.exists(ROOT.resolve(source)))
                        .forEach(missing::add);
            }
        }
        assertThat(missing).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Map<String, Object>> services() throws IOException {
        Map<String, Object> compose = new Yaml(new SafeConstructor(new LoaderOptions()))
                .load(Files.readString(ROOT.resolve("docker-compose.yml")));
        return (Map<String, Map<String, Object>>) compose.get("services");
    }

    private static Map<String, Map<String, String>> environments() throws IOException {
        Map<String, Map<String, String>> environments = new TreeMap<>();
        services().forEach((name, service) -> {
            Map<String, String> variables = new HashMap<>();
            if (service.get("environment") instanceof Map<?, ?> given) {
                given.forEach((variable, value) -> variables.put(variable.toString(), value.toString()));
            }
            environments.put(name, variables);
        });
        return environments;
    }
}
