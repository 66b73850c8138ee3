package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where settings come from: an option of every command that needs them. */
final class Settings {
    private static final String VARIABLE = "LOOKBACK_CONFIG";
    private static final Path DEFAULT = Path.of("lookback.properties");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Properties file with settings. Otherwise the one that LOOKBACK_CONFIG names, or"
                    + " ./lookback.properties if it is there. LOOKBACK_… variables win over it.")
    private @Nullable Path file;

    /** Reads and checks them. */
    LookbackConfig load(Map<String, String> environment) {
        return load(environment, Map.of());
    }

    /** The same with settings from other options, which win. */
    LookbackConfig load(Map<String, String> environment, Map<String, String> overrides) {
        Path found = file(environment);
        Map<String, String> checked = new HashMap<>(environment);
        checked.remove(VARIABLE);
        if (found != null && !Files.isReadable(found)) {
            throw ToolException.usage("There is no readable file " + found + " (--config)");
        }
        return LookbackConfig.load(found, checked, overrides);
    }

    private @Nullable Path file(Map<String, String> environment) {
        if (file != null) {
            return file;
        }
        String named = environment.get(VARIABLE);
        if (named != null) {
            return Path.of(named);
        }
        return Files.exists(DEFAULT) ? DEFAULT : null;
    }
}
