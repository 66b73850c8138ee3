package dev.lookback.tool;

import dev.lookback.app.Version;
import java.util.List;
import org.apache.kafka.common.utils.AppInfoParser;
import picocli.CommandLine.IVersionProvider;

/** Name and version of this software. */
final class VersionProvider implements IVersionProvider {
    /** The version of Kafka's clients. */
    static String kafka() {
        return AppInfoParser.getVersion();
    }

    /** For people. */
    List<String> lines() {
        return List.of(Version.SOFTWARE, "Kafka clients " + kafka(), "Java " + Runtime.version());
    }

    @Override
    public String[] getVersion() {
        return lines().toArray(String[]::new);
    }
}
