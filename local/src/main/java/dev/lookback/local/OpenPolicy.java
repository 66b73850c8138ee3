package dev.lookback.local;

import dev.lookback.config.LookbackConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A disclosure policy that protects nobody: one approval, and all of everything. For measurements and for tests of what
 * comes before disclosing; made-up people only.
 */
public final class OpenPolicy {
    private static final String OPEN = """
            name: open to everything
            quota: {requests: 1000000, within: 1m}
            instruments:
              COURT_ORDER:
                approvals: 1
                longestWindow: 3650d
                mostSelectors: 100
                disclose: {location: true, device: true, sourceAddress: true}
                reverse: {requesters: shown, mostLookups: all, moreApprovals: 0}
                addressRanges: {ipv4: 1, ipv6: 1, requesters: shown, mostLookups: all, moreApprovals: 0}
            """;

    private OpenPolicy() {}

    /**
     * Writes it.
     *
     * @param directory is created if it is not there
     * @return the setting that names it
     */
    public static Map<String, String> settings(Path directory) {
        Path file = Directories.create(directory.toAbsolutePath()).resolve("open-policy.yaml");
        try {
            Files.writeString(file, OPEN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(LookbackConfig.DISCLOSURE_POLICY_FILE, file.toString());
    }
}
