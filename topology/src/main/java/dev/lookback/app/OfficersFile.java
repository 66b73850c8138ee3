package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.OFFICERS_FILE;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.SecretFile;
import dev.lookback.officers.Officers;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigException;

/** The list of officers that the settings name. */
public final class OfficersFile {
    private OfficersFile() {}

    /**
     * Reads it.
     *
     * @throws ConfigException if no file is named, or it cannot be read or is not of the right form; says what is wrong
     */
    public static Officers load(LookbackConfig config) {
        Path file = config.requiredFile(OFFICERS_FILE);
        SecretFile.demandUnalterable(OFFICERS_FILE, file);
        try {
            return Officers.load(file);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(OFFICERS_FILE + "=" + file + ": " + e.getMessage());
        }
    }
}
