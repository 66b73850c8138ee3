package dev.lookback.serde;

import dev.lookback.registry.RegistryAdmin;
import dev.lookback.registry.SchemaRegistry;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/** Settings of the serdes, under the names that Confluent's own serdes use. */
record SerdeSettings(SchemaRegistry registry, boolean autoRegister) {
    static final String AUTO_REGISTER = "auto.register.schemas";
    static final String USE_LATEST = "use.latest.version";

    static SerdeSettings of(Map<String, ?> settings) {
        if (flag(settings, USE_LATEST, false)) {
            throw new ConfigException(
                    USE_LATEST,
                    true,
                    "records are written with their own schema; " + AUTO_REGISTER + "=false is enough");
        }
        return new SerdeSettings(RegistryAdmin.of(settings), flag(settings, AUTO_REGISTER, true));
    }

    private static boolean flag(Map<String, ?> settings, String name, boolean otherwise) {
        Object value = settings.get(name);
        if (value == null) {
            return otherwise;
        }
        return switch (value.toString().strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new ConfigException(name, value, "neither true nor false");
        };
    }
}
