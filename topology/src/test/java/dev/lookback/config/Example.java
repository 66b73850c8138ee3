package dev.lookback.config;

import java.util.HashMap;
import java.util.Map;

/** Settings for tests: the least that is valid, and more. */
public final class Example {
    private Example() {}

    /** A valid configuration with these settings: name, value, name, value, … */
    public static LookbackConfig config(String... more) {
        return LookbackConfig.of(settings(more));
    }

    /** The least valid settings, and these. */
    public static Map<String, String> settings(String... more) {
        Map<String, String> settings = new HashMap<>();
        settings.put("kafka.bootstrap.servers", "localhost:9092");
        settings.put("schema.registry.url", "mock://example");
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }
}
