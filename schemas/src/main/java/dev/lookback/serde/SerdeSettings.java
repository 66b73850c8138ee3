package dev.lookback.serde;

import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.registry.SchemaRegistry;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/** Settings of the serdes, under the names that Confluent's own serdes use. */
record SerdeSettings(SchemaRegistry registry, boolean autoRegister) {
    static final String URL = "schema.registry.url";
    static final String AUTO_REGISTER = "auto.register.schemas";

    static SerdeSettings of(Map<String, ?> settings) {
        Object url = settings.get(URL);
        if (!(url instanceof String text) || !text.startsWith(InMemorySchemaRegistry.SCHEME)) {
            throw new ConfigException(URL, url, "a registry of scheme mock:// is all that is supported");
        }
        Object autoRegister = settings.get(AUTO_REGISTER);
        return new SerdeSettings(
                InMemorySchemaRegistry.of(text.substring(InMemorySchemaRegistry.SCHEME.length())),
                autoRegister == null || Boolean.parseBoolean(autoRegister.toString()));
    }
}
