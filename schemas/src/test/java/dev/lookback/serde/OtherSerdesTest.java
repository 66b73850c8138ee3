package dev.lookback.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.registry.PortableSchema;
import dev.lookback.registry.RegistryUnavailableException;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.LookupEvent;
import io.apicurio.registry.resolver.ParsedSchema;
import io.apicurio.registry.resolver.ParsedSchemaImpl;
import io.apicurio.registry.resolver.SchemaLookupResult;
import io.apicurio.registry.resolver.SchemaParser;
import io.apicurio.registry.resolver.SchemaResolver;
import io.apicurio.registry.resolver.client.RegistryClientFacade;
import io.apicurio.registry.resolver.data.Record;
import io.apicurio.registry.resolver.strategy.ArtifactReference;
import io.apicurio.registry.resolver.strategy.ArtifactReferenceResolverStrategy;
import io.apicurio.registry.serde.avro.AvroKafkaDeserializer;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Serializers and deserializers that this project did not write, in the place of ours. */
class OtherSerdesTest {
    private static final String PLANTED = "+4915100000077";
    private static final LookupEvent EVENT = LookupEvent.newBuilder()
            .setEventId("0f8fad5b-d9cb-469f-a165-70867728950e")
            .setOccurredAt(Instant.ofEpochMilli(1_700_000_000_000L))
            .setRequester(PLANTED)
            .setQueried("someone@example.org")
            .setSourceIp("203.0.113.77")
            .build();
    private static final Map<String, ?> OURS = Map.of("schema.registry.url", "mock://others");

    @Test
    void oursReadsWhatApicuriosWrites() {
        Topic<byte[], LookupEvent> theirs =
                topics(ValueSerdes.SERIALIZER_CLASS, AvroKafkaSerializer.class).lookupEvents();
        byte[] frame = theirs.value().serializer().serialize(theirs.name(), EVENT);

        assertThat(new Topics("", OURS).lookupEvents().value().deserializer().deserialize(theirs.name(), frame))
                .isEqualTo(EVENT);
        assertThat(frame)
                .isEqualTo(
                        new Topics("", OURS).lookupEvents().value().serializer().serialize(theirs.name(), EVENT));
    }

    @Test
    void apicuriosReadsWhatOursWrites() {
        Topic<byte[], LookupEvent> theirs = topics(ValueSerdes.DESERIALIZER_CLASS, AvroKafkaDeserializer.class)
                .lookupEvents();
        byte[] frame = new Topics("", OURS).lookupEvents().value().serializer().serialize(theirs.name(), EVENT);

        assertThat(theirs.value().deserializer().deserialize(theirs.name(), frame))
                .isEqualTo(EVENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"value.serializer.class", "value.deserializer.class"})
    void aClassThatIsNotThere(String setting) {
        Topics topics = new Topics("", Map.of("schema.registry.url", "mock://others", setting, "no.such.Class"));
        assertThatThrownBy(topics::lookupEvents)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(setting);
    }

    @ParameterizedTest
    @ValueSource(strings = {"value.serializer.class", "value.deserializer.class"})
    void aClassThatIsNoSerde(String setting) {
        Topics topics = new Topics("", Map.of("schema.registry.url", "mock://others", setting, "java.lang.String"));
        assertThatThrownBy(topics::lookupEvents)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(setting);
    }

    @Test
    void anotherRecordIsAnError() {
        assertThatThrownBy(() -> read(StringDeserializer.class))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("LookupEvent")
                .hasMessageNotContaining(PLANTED);
    }

    @ParameterizedTest
    @ValueSource(classes = {Times.class, Unreachable.class, Forbidden.class})
    void aRegistryThatDoesNotAnswerIsNotTheRecordsFault(Class<?> deserializer) {
        assertThatThrownBy(() -> read(deserializer)).isInstanceOf(RegistryUnavailableException.class);
    }

    @ParameterizedTest
    @ValueSource(classes = {Quotes.class, UnknownId.class})
    void whatIsTheRecordsFaultIsToldWithoutQuotingIt(Class<?> deserializer) {
        assertThatThrownBy(() -> read(deserializer))
                .isInstanceOf(SerializationException.class)
                .hasNoCause()
                .hasMessageNotContaining(PLANTED);
    }

    private static void read(Class<?> deserializer) {
        topics(ValueSerdes.DESERIALIZER_CLASS, deserializer)
                .lookupEvents()
                .value()
                .deserializer()
                .deserialize("lookup-events", PLANTED.getBytes(StandardCharsets.UTF_8));
    }

    private static Topics topics(String setting, Class<?> type) {
        Map<String, Object> settings = new HashMap<>(OURS);
        settings.put(setting, type.getName());
        settings.put("apicurio.registry.schema-resolver", Resolver.class.getName());
        settings.put("apicurio.registry.use-id", "contentId"); // the id that its Confluent API gives out
        return new Topics("", settings);
    }

    /** Lets Apicurio's serdes find schemas in our registry instead of one behind its own API. */
    public static final class Resolver implements SchemaResolver<Schema, Object> {
        private SchemaParser<Schema, Object> parser;

        @Override
        public void configure(Map<String, ?> settings, SchemaParser<Schema, Object> parser) {
            this.parser = parser;
        }

        @Override
        public SchemaLookupResult<Schema> resolveSchema(Record<Object> record) {
            Schema schema = PortableSchema.of(parser.getSchemaFromData(record).getParsedSchema());
            return result(InMemorySchemaRegistry.of("others").register("lookup-events-value", schema), schema);
        }

        @Override
        public SchemaLookupResult<Schema> resolveSchemaByArtifactReference(ArtifactReference reference) {
            int id = reference.getContentId().intValue();
            return result(id, InMemorySchemaRegistry.of("others").byId(id));
        }

        private static SchemaLookupResult<Schema> result(long id, Schema schema) {
            ParsedSchema<Schema> parsed = new ParsedSchemaImpl<Schema>().setParsedSchema(schema);
            return SchemaLookupResult.<Schema>builder()
                    .contentId(id)
                    .globalId(id + 1_000) // in Apicurio the two differ
                    .parsedSchema(parsed)
                    .build();
        }

        @Override
        public SchemaParser<Schema, Object> getSchemaParser() {
            return parser;
        }

        @Override
        public void setClientFacade(RegistryClientFacade facade) {}

        @Override
        public void setArtifactResolverStrategy(ArtifactReferenceResolverStrategy<Schema, Object> strategy) {}

        @Override
        public void reset() {}

        @Override
        public void close() {}
    }

    /** Named as Confluent's is. */
    private static final class RestClientException extends Exception {
        RestClientException(String message) {
            super(message);
        }
    }

    /** Fails as Confluent's would. */
    private abstract static class Failing implements Deserializer<Object> {
        @Override
        public Object deserialize(String topic, byte[] data) {
            throw failure(new String(data, StandardCharsets.UTF_8));
        }

        abstract RuntimeException failure(String data);
    }

    public static final class Times extends Failing {
        @Override
        RuntimeException failure(String data) {
            return new TimeoutException("read");
        }
    }

    public static final class Unreachable extends Failing {
        @Override
        RuntimeException failure(String data) {
            return new SerializationException("Error retrieving Avro schema", new ConnectException("refused"));
        }
    }

    public static final class Forbidden extends Failing {
        @Override
        RuntimeException failure(String data) {
            return new SerializationException("Error", new RestClientException("Unauthorized; error code: 401"));
        }
    }

    public static final class UnknownId extends Failing {
        @Override
        RuntimeException failure(String data) {
            return new SerializationException("Error", new RestClientException("Not found; error code: 40403"));
        }
    }

    public static final class Quotes extends Failing {
        @Override
        RuntimeException failure(String data) {
            return new SerializationException("Cannot read " + data, new IllegalStateException(data));
        }
    }
}
