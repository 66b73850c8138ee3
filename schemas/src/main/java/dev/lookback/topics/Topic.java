package dev.lookback.topics;

import org.apache.kafka.common.serialization.Serde;

/**
 * A topic and how its records are read and written.
 *
 * @param name full name, prefix included
 * @param key serde of its keys
 * @param value serde of its values
 */
public record Topic<K, V>(String name, Serde<K> key, Serde<V> value) {}
