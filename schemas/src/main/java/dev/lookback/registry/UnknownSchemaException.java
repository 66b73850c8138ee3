package dev.lookback.registry;

import org.apache.kafka.common.errors.SerializationException;

/** The registry has no schema with the id that a record names. */
public final class UnknownSchemaException extends SerializationException {
    private static final long serialVersionUID = 1;

    /** For the id that nobody knows. */
    public UnknownSchemaException(int id) {
        super("The registry has no schema with id " + id);
    }
}
