package dev.lookback.config.bound;

import static dev.lookback.config.Example.config;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForgettingPageTest {
    private static final Path PAGE = Path.of("../docs/FORGETTING.md");

    /** To write it anew: {@code -Dtest=ForgettingPageTest -Dupdate=true}. */
    @Test
    void the_table_says_what_the_command_says_of_the_defaults() throws IOException {
        List<DiskBound> bounds = DiskBounds.of(InForce.asDelivered(config()));
        String page = Files.readString(PAGE);
        if (Boolean.getBoolean("update")) {
            Files.writeString(PAGE, ForgettingPage.with(page, bounds));
        }
        assertThat(PAGE).content().isEqualTo(ForgettingPage.with(page, bounds));
    }
}
