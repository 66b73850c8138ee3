package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.SEALING_KEYSTORE_ALIAS;
import static dev.lookback.config.LookbackConfig.SEALING_KEYSTORE_LOCATION;
import static dev.lookback.config.LookbackConfig.SEALING_KEYSTORE_PASSWORD;

import dev.lookback.config.LookbackConfig;
import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import org.apache.kafka.common.config.ConfigException;

/** The system's own key: it seals extracts and certificates. */
public final class SealingKey {
    private SealingKey() {}

    /**
     * The key that the settings name.
     *
     * @throws ConfigException if they name none, or none that can be read
     */
    public static KeyPair load(LookbackConfig config) {
        Path file = config.requiredFile(SEALING_KEYSTORE_LOCATION);
        try {
            return KeyFiles.load(
                    file,
                    config.password(SEALING_KEYSTORE_PASSWORD).value().toCharArray(),
                    config.text(SEALING_KEYSTORE_ALIAS));
        } catch (IOException e) {
            throw new ConfigException(SEALING_KEYSTORE_LOCATION + "=" + file + ": " + e.getMessage());
        }
    }
}
