package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
        Path secrets = Files.writeString(directory.resolve("secrets.properties"), "sealing.keystore.password=example");
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
