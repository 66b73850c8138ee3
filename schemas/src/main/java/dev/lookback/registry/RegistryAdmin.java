package dev.lookback.registry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;

/** What keeping a registry in order needs, beyond what serdes need. Failures as in {@link SchemaRegistry}. */
public interface RegistryAdmin extends SchemaRegistry {
    /** The subjects that have at least one schema. */
    Set<String> subjects();

    /** Every version of a subject, oldest first; empty if there is no such subject. */
    List<Schema> versions(String subject);

    /** The compatibility level that was set on a subject ({@code BACKWARD_TRANSITIVE}, …); empty: it has none. */
    Optional<String> compatibility(String subject);

    /** Sets the compatibility level of a subject, which need not have a schema yet. */
    void setCompatibility(String subject, String level);

    /**
     * A client of the registry that {@code schema.registry.url} names. Equal settings share one client in the process,
     * so that what it has learned is asked once.
     *
     * @throws org.apache.kafka.common.config.ConfigException naming the setting that is missing or wrong
     */
    static RegistryAdmin of(Map<String, ?> settings) {
        Object url = settings.get(RegistrySettings.URL);
        if (url != null && url.toString().startsWith(InMemorySchemaRegistry.SCHEME)) {
            return InMemorySchemaRegistry.of(url.toString().substring(InMemorySchemaRegistry.SCHEME.length()));
        }
        return HttpSchemaRegistry.shared(RegistrySettings.of(settings));
    }
}
