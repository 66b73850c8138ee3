package dev.lookback.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which software this is, as manifests state it. */
public final class Version {
    /** Name and version. */
    public static final String SOFTWARE = "Lookback " + version();

    private Version() {}

    private static String version() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
