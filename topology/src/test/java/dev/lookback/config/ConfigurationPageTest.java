package dev.lookback.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../docs/CONFIGURATION.md");

    /** To write it anew: {@code -Dtest=ConfigurationPageTest -Dupdate=true}. */
    @Test
    void the_page_says_what_the_definition_says() throws IOException {
        if (Boolean.getBoolean("update")) {
            Files.writeString(PAGE, ConfigurationPage.text());
        }
        assertThat(PAGE).content().isEqualTo(ConfigurationPage.text());
    }

    @Test
    void every_setting_is_on_it_with_a_sentence() {
        assertThat(ConfigurationPage.text())
                .contains(LookbackConfig.SETTINGS.names().stream()
                        .map(name -> "| `" + name + "` |")
                        .toList());
        assertThat(LookbackConfig.SETTINGS.configKeys().values())
                .allSatisfy(key -> assertThat(key.documentation).as(key.name).endsWith("."));
    }
}
