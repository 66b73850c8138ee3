package dev.lookback.ingest;

import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.serde.AvroSerializer;
import dev.lookback.v1.LookupEvent;
import io.apicurio.registry.resolver.ParsedSchemaImpl;
import io.apicurio.registry.resolver.SchemaLookupResult;
import io.apicurio.registry.resolver.SchemaParser;
import io.apicurio.registry.resolver.SchemaResolver;
import io.apicurio.registry.resolver.client.RegistryClientFacade;
import io.apicurio.registry.resolver.data.Record;
import io.apicurio.registry.resolver.strategy.ArtifactReference;
import io.apicurio.registry.resolver.strategy.ArtifactReferenceResolverStrategy;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.Serializer;

/** Whose serializer the publisher of lookups uses. Ingest must not know the difference. */
enum Publisher {
    OURS {
        @Override
        Serializer<LookupEvent> unconfigured() {
            return new AvroSerializer<>();
        }
    },
    /** Apicurio's, with a schema of its own under an id of its own: it registers what the class says, Java's strings and all. */
    APICURIO {
        @Override
        Serializer<LookupEvent> unconfigured() {
            return new AvroKafkaSerializer<>();
        }
    };

    abstract Serializer<LookupEvent> unconfigured();

    /** A serializer that finds its registry by the setting {@code schema.registry.url}. */
    Serializer<LookupEvent> serializer(Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("apicurio.registry.schema-resolver", Resolver.class.getName());
        all.put("apicurio.registry.use-id", "contentId"); // the id that its Confluent API gives out
        Serializer<LookupEvent> serializer = unconfigured();
        serializer.configure(all, false);
        return serializer;
    }

    /** Lets Apicurio's serializer register in the registry of this process. */
    public static final class Resolver implements SchemaResolver<Schema, Object> {
        private InMemorySchemaRegistry registry;
        private SchemaParser<Schema, Object> parser;

        @Override
        public void configure(Map<String, ?> settings, SchemaParser<Schema, Object> parser) {
            String url = settings.get("schema.registry.url").toString();
            this.registry = InMemorySchemaRegistry.of(url.substring(InMemorySchemaRegistry.SCHEME.length()));
            this.parser = parser;
        }

        @Override
        public SchemaLookupResult<Schema> resolveSchema(Record<Object> record) {
            Schema schema = parser.getSchemaFromData(record).getParsedSchema();
            return SchemaLookupResult.<Schema>builder()
                    .contentId(registry.register("lookup-events-value", schema))
                    .parsedSchema(new ParsedSchemaImpl<Schema>().setParsedSchema(schema))
                    .build();
        }

        @Override
        public SchemaLookupResult<Schema> resolveSchemaByArtifactReference(ArtifactReference reference) {
            throw new UnsupportedOperationException("a publisher reads nothing");
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
}
