package dev.lookback.serde;

import dev.lookback.registry.RegistryUnavailableException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Serdes of Avro values: ours, or others that speak the Confluent wire format, by class name. Others get the same
 * settings, together with what makes Confluent's and Apicurio's read generated records.
 */
public final class ValueSerdes {
    /** Class of a serializer to use instead of {@link AvroSerializer}. */
    public static final String SERIALIZER_CLASS = "value.serializer.class";

    /** Class of a deserializer to use instead of {@link AvroDeserializer}. */
    public static final String DESERIALIZER_CLASS = "value.deserializer.class";

    /** Confluent's and Apicurio's names for: give me the generated classes; register what the .avsc files say. */
    private static final Map<String, ?> FOR_OTHERS = Map.of(
            "specific.avro.reader", true,
            "apicurio.registry.use-specific-avro-reader", true,
            "avro.remove.java.properties", true);

    private ValueSerdes() {}

    /**
     * A configured serde for the values of one record type.
     *
     * @throws ConfigException naming the setting that is missing or wrong
     */
    public static <T extends SpecificRecord> Serde<T> of(Class<T> type, Map<String, ?> settings) {
        return Serdes.serdeFrom(serializer(settings), deserializer(type, settings));
    }

    private static <T extends SpecificRecord> Serializer<T> serializer(Map<String, ?> settings) {
        Object name = settings.get(SERIALIZER_CLASS);
        if (name == null) {
            Serializer<T> own = new AvroSerializer<>();
            own.configure(settings, false);
            return own;
        }
        @SuppressWarnings("unchecked") // serializers of any Avro record, as Confluent's and Apicurio's are
        Serializer<T> other = (Serializer<T>) instance(SERIALIZER_CLASS, name, Serializer.class);
        other.configure(forOthers(settings), false);
        return other;
    }

    private static <T extends SpecificRecord> Deserializer<T> deserializer(Class<T> type, Map<String, ?> settings) {
        Object name = settings.get(DESERIALIZER_CLASS);
        if (name == null) {
            Deserializer<T> own = new AvroDeserializer<>(type);
            own.configure(settings, false);
            return own;
        }
        Deserializer<?> other = instance(DESERIALIZER_CLASS, name, Deserializer.class);
        other.configure(forOthers(settings), false);
        return new Foreign<>(type, other);
    }

    private static Map<String, Object> forOthers(Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>(FOR_OTHERS);
        all.putAll(settings);
        return all;
    }

    private static <T> T instance(String setting, Object name, Class<T> base) {
        try {
            return name instanceof Class<?> type
                    ? base.cast(Utils.newInstance(type))
                    : Utils.newInstance(name.toString(), base);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            throw new ConfigException(setting, name, "no " + base.getSimpleName() + " on the class path");
        }
    }

    /** Someone else's deserializer, kept to the promises of ours: the record type, the exceptions, silence about data. */
    private record Foreign<T>(Class<T> type, Deserializer<?> other) implements Deserializer<T> {
        @Override
        public @Nullable T deserialize(String topic, byte @Nullable [] data) {
            return checked(() -> other.deserialize(topic, data));
        }

        @Override
        public @Nullable T deserialize(String topic, Headers headers, byte @Nullable [] data) {
            return checked(() -> other.deserialize(topic, headers, data));
        }

        private @Nullable T checked(Supplier<@Nullable Object> reading) {
            Object record;
            try {
                record = reading.get();
            } catch (RetriableException e) {
                throw new RegistryUnavailableException(
                        "No schema registry: " + e.getClass().getSimpleName(), e);
            } catch (RuntimeException | StackOverflowError e) {
                if (isUnavailable(e.getCause())) {
                    throw new RegistryUnavailableException("No schema registry", e);
                }
                throw new SerializationException(
                        "Not a " + type.getSimpleName() + ": " + e.getClass().getSimpleName());
            }
            if (record != null && !type.isInstance(record)) {
                throw new SerializationException("Not a " + type.getSimpleName());
            }
            return type.cast(record);
        }

        private static boolean isUnavailable(@Nullable Throwable cause) {
            if (cause == null) {
                return false;
            }
            // Confluent's RestClientException is no class of ours to name; its message ends with the registry's code.
            boolean refused = cause.getClass().getSimpleName().equals("RestClientException")
                    && !String.valueOf(cause.getMessage()).contains("error code: 404");
            // Not every IOException: Avro reports bad bytes as one.
            return refused
                    || cause instanceof SSLException
                    || cause.getClass().getPackageName().startsWith("java.net");
        }

        @Override
        public void close() {
            other.close();
        }
    }
}
