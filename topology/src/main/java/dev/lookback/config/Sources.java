package dev.lookback.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Where the text of settings comes from: a properties file, the environment, Kafka's config providers. */
final class Sources {
    static final String PROVIDERS = "config.providers";
    static final String ENVIRONMENT_PREFIX = "LOOKBACK_";

    /** Variables of the launcher and of images, which are no settings. */
    private static final Set<String> NOT_SETTINGS = Set.of("LOOKBACK_CONFIG", "LOOKBACK_HOME", "LOOKBACK_JAVA_OPTS");

    /** Providers that may be named without saying their class. */
    private static final Map<String, String> KNOWN_PROVIDERS = Map.of(
            "file", FileConfigProvider.class.getName(),
            "env", EnvVarConfigProvider.class.getName(),
            "directory", DirectoryConfigProvider.class.getName());

    // Groups of ConfigTransformer's pattern: ${provider:path:key}.
    private static final int PATH = 3;
    private static final int KEY = 4;

    private Sources() {}

    static Map<String, String> file(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("Configuration file " + file + " cannot be read: " + e);
        }
        Map<String, String> settings = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }

    /** {@code LOOKBACK_INGEST_MAX_LATE} is {@code ingest.max.late}; two underscores are a hyphen. */
    static Map<String, String> environment(Map<String, String> environment) {
        Map<String, String> settings = new TreeMap<>();
        environment.forEach((variable, value) -> {
            if (variable.startsWith(ENVIRONMENT_PREFIX) && !NOT_SETTINGS.contains(variable)) {
                settings.put(settingOf(variable), value);
            }
        });
        return settings;
    }

    static String variableOf(String setting) {
        return ENVIRONMENT_PREFIX + setting.replace("-", "__").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    private static String settingOf(String variable) {
        return variable.substring(ENVIRONMENT_PREFIX.length())
                .toLowerCase(Locale.ROOT)
                .replace("__", "-")
                .replace('_', '.');
    }

    /**
     * The settings with {@code ${provider:path:key}} replaced.
     *
     * @throws ConfigException naming the setting, if a provider is unknown or has no such key
     */
    static Map<String, String> resolve(Map<String, String> settings) {
        Map<String, ConfigProvider> providers = providers(settings);
        try {
            Map<String, String> resolved = new TreeMap<>();
            ConfigTransformer transformer = new ConfigTransformer(providers);
            settings.forEach((name, value) -> resolved.put(name, resolve(transformer, name, value)));
            return resolved;
        } finally {
            providers.values().forEach(provider -> Utils.closeQuietly(provider, "config provider"));
        }
    }

    static boolean isReference(@Nullable String value) {
        return value != null && ConfigTransformer.DEFAULT_PATTERN.matcher(value).find();
    }

    /** The files that a value takes something from. */
    static List<Path> files(String value) {
        return ConfigTransformer.DEFAULT_PATTERN
                .matcher(value)
                .results()
                .filter(match -> match.group(PATH) != null)
                .map(match -> file(Path.of(match.group(PATH)), match.group(KEY)))
                .toList();
    }

    private static Path file(Path named, String key) {
        return Files.isDirectory(named) ? named.resolve(key) : named;
    }

    private static String resolve(ConfigTransformer transformer, String name, String value) {
        String resolved;
        try {
            resolved = transformer.transform(Map.of(name, value)).data().getOrDefault(name, value);
        } catch (RuntimeException e) {
            throw new ConfigException(name + "=" + value + ": " + e.getMessage());
        }
        if (isReference(value) && value.equals(resolved)) {
            throw new ConfigException(name + "=" + value + ": nothing found there; is its provider listed in "
                    + PROVIDERS + ", and does the key exist?");
        }
        return resolved;
    }

    private static Map<String, ConfigProvider> providers(Map<String, String> settings) {
        Map<String, ConfigProvider> providers = new HashMap<>();
        for (String name : List.of(settings.getOrDefault(PROVIDERS, "").split(","))) {
            String provider = name.trim();
            if (provider.isEmpty()) {
                continue;
            }
            String prefix = PROVIDERS + "." + provider + ".";
            String type = settings.getOrDefault(prefix + "class", KNOWN_PROVIDERS.get(provider));
            if (type == null) {
                throw new ConfigException(PROVIDERS + "=" + settings.get(PROVIDERS) + ": " + prefix
                        + "class is missing; known without it: file, env, directory");
            }
            Map<String, String> parameters = new HashMap<>();
            settings.forEach((key, value) -> {
                if (key.startsWith(prefix + "param.")) {
                    parameters.put(key.substring(prefix.length() + "param.".length()), value);
                }
            });
            try {
                ConfigProvider made = Utils.newInstance(type, ConfigProvider.class);
                made.configure(parameters);
                providers.put(provider, made);
            } catch (ClassNotFoundException e) {
                throw new ConfigException(prefix + "class=" + type + ": no such class on the class path");
            }
        }
        return providers;
    }
}
