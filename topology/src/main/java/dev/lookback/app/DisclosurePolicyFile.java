package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.DISCLOSURE_POLICY_FILE;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.SecretFile;
import dev.lookback.disclosure.DisclosurePolicies;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InvalidPolicyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;

/** The disclosure policy that the settings name, or the one that is packed in. */
public final class DisclosurePolicyFile {
    private DisclosurePolicyFile() {}

    /**
     * Reads it.
     *
     * @throws ConfigException if the file cannot be read or is no policy; says all that is wrong with it
     */
    public static DisclosurePolicy load(LookbackConfig config) {
        Optional<Path> named = config.file(DISCLOSURE_POLICY_FILE);
        if (named.isEmpty()) {
            return DisclosurePolicies.builtIn();
        }
        Path file = named.get();
        try {
            DisclosurePolicy policy = read(file);
            SecretFile.demandUnalterable(DISCLOSURE_POLICY_FILE, file);
            return policy;
        } catch (IOException e) {
            throw new ConfigException(DISCLOSURE_POLICY_FILE + "=" + file + ": there is no readable file");
        } catch (InvalidPolicyException e) {
            throw new ConfigException(
                    DISCLOSURE_POLICY_FILE + "=" + file + ": no policy (docs/DISCLOSURE-POLICY.md)\n" + e.getMessage());
        }
    }

    /**
     * Reads a policy from any file.
     *
     * @throws IOException if it cannot be read
     * @throws InvalidPolicyException naming everything that is wrong with it
     */
    public static DisclosurePolicy read(Path file) throws IOException, InvalidPolicyException {
        try (InputStream in = Files.newInputStream(file)) {
            return DisclosurePolicies.parse(in.readNBytes(DisclosurePolicies.MOST_BYTES + 1)); // one more is too large
        }
    }
}
