package dev.lookback.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The two example configurations in deploy/. */
class ExampleFilesTest {
    private static final Path MINIMAL = Path.of("../deploy/lookback.minimal.properties");
    private static final Path REFERENCE = Path.of("../deploy/lookback.reference.properties");
    private static final int COMMENT_WIDTH = 100;

    /** Known only where Lookback runs. */
    private static final Map<String, String> SECRET = Map.of(LookbackConfig.SEALING_KEYSTORE_PASSWORD, "example");

    /** To write it anew: {@code -Dtest=ExampleFilesTest -Dupdate=true}. */
    @Test
    void the_reference_has_every_setting_with_its_default() throws IOException {
        if (Boolean.getBoolean("update")) {
            Files.writeString(REFERENCE, reference());
        }
        assertThat(REFERENCE).content().isEqualTo(reference());
        assertThatCode(() -> LookbackConfig.load(REFERENCE, Map.of(), Map.of())).doesNotThrowAnyException();
    }

    @Test
    void the_minimal_file_is_enough_and_nothing_in_it_can_be_left_out() {
        Map<String, String> minimal = Sources.file(MINIMAL);
        minimal.keySet().removeAll(Set.of(Sources.PROVIDERS, LookbackConfig.SEALING_KEYSTORE_PASSWORD));
        assertThatCode(() -> start(minimal)).doesNotThrowAnyException();
        for (String name : new TreeSet<>(minimal.keySet())) {
            Map<String, String> less = new HashMap<>(minimal);
            less.remove(name);
            assertThatThrownBy(() -> start(less))
                    .as("without %s", name)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(name);
        }
    }

    /** What the application asks of its settings before it looks at files. */
    private static void start(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(SECRET);
        LookbackConfig config = LookbackConfig.of(all);
        for (String file : List.of(
                LookbackConfig.TOKEN_KEY_FILE,
                LookbackConfig.OFFICERS_FILE,
                LookbackConfig.SEALING_KEYSTORE_LOCATION)) {
            config.requiredFile(file);
        }
    }

    private static String reference() {
        StringBuilder file = new StringBuilder("""
                # Every setting with its default, generated from the definition. docs/CONFIGURATION.md says the same, and
                # what is allowed. A setting behind a # has no default. Copy the lines that you change.

                kafka.bootstrap.servers=localhost:9092
                schema.registry.url=http://localhost:8081/apis/ccompat/v7
                """);
        add(file, LookbackConfig.SETTINGS, "");
        add(file, Definition.retentionClass(true), LookbackConfig.CLASS_PREFIX + "default.");
        file.append("\n# Another class: list it in retention.classes, and give it a duration and a rule.\n");
        for (String name : Definition.retentionClass(false).names()) {
            file.append('#')
                    .append(LookbackConfig.CLASS_PREFIX)
                    .append("other.")
                    .append(name)
                    .append("=\n");
        }
        return file.toString();
    }

    private static void add(StringBuilder file, ConfigDef definition, String prefix) {
        for (String group : definition.groups()) {
            file.append("\n\n# ---- ").append(group).append('\n');
            definition.configKeys().values().stream()
                    .filter(key -> group.equals(key.group))
                    .filter(key -> prefix.isEmpty() || !isEmpty(key.defaultValue)) // `default` has no rule
                    .forEach(key -> add(file, key, prefix));
        }
    }

    private static void add(StringBuilder file, ConfigDef.ConfigKey key, String prefix) {
        file.append('\n');
        StringBuilder line = new StringBuilder("#");
        for (String word : key.documentation.split(" ")) {
            if (line.length() + 1 + word.length() > COMMENT_WIDTH) {
                file.append(line).append('\n');
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        file.append(line).append('\n');
        Object value = key.defaultValue;
        boolean none = isEmpty(value);
        file.append(none ? "#" : "")
                .append(prefix)
                .append(key.name)
                .append('=')
                .append(none ? "" : ConfigDef.convertToString(value, key.type))
                .append('\n');
    }

    private static boolean isEmpty(@Nullable Object value) {
        return value == null || value instanceof Password || value.equals("") || value.equals(List.of());
    }
}
