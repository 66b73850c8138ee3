package dev.lookback.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.utils.AppInfoParser;
import picocli.CommandLine.IVersionProvider;

/** Name and version of this software. */
final class VersionProvider implements IVersionProvider {
    /** The version of Lookback. */
    static String number() {
        Properties build = new Properties();
        try (InputStream in = VersionProvider.class.getResourceAsStream("build.properties")) {
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return build.getProperty("version");
    }

    /** The version of Kafka's clients. */
    static String kafka() {
        return AppInfoParser.getVersion();
    }

    /** For people. */
    List<String> lines() {
        return List.of("Lookback " + number(), "Kafka clients " + kafka(), "Java " + Runtime.version());
    }

    @Override
    public String[] getVersion() {
        return lines().toArray(String[]::new);
    }
}
