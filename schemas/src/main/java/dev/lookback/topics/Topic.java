package dev.lookback.topics;

import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * A topic and how its records are read and written.
 *
 * @param name full name, prefix included
 * @param key serde of its keys
 * @param value serde of its values
 * @param schema schema of its values; null where they are not Avro
 */
public record Topic<K, V>(
        String name, Serde<K> key, Serde<V> value, @Nullable Schema schema) {
    /** A topic whose values are not Avro. */
    public Topic(String name, Serde<K> key, Serde<V> value) {
        this(name, key, value, null);
    }
}
