package dev.lookback.registry;

import org.apache.avro.Schema;

/** What serdes need of a schema registry. Safe for use by several threads. */
public interface SchemaRegistry {
    /**
     * The id of a schema under a subject, registering it if it is new there.
     *
     * @throws RegistryUnavailableException if the registry does not answer; worth another try
     * @throws org.apache.kafka.common.errors.SerializationException if it refuses the schema
     */
    int register(String subject, Schema schema);

    /**
     * The id of a schema that is registered under a subject.
     *
     * @throws RegistryUnavailableException if the registry does not answer; worth another try
     * @throws org.apache.kafka.common.errors.SerializationException if it is not registered there
     */
    int idOf(String subject, Schema schema);

    /**
     * The schema with an id.
     *
     * @throws RegistryUnavailableException if the registry does not answer; worth another try
     * @throws UnknownSchemaException if the registry has none with this id
     */
    Schema byId(int id);
}
