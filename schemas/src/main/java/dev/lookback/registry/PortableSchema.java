package dev.lookback.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;

/**
 * Schemas as their {@code .avsc} files state them. Generated classes add {@code avro.java.string} to every string;
 * registered like that, the same schema from a publisher in another language would count as another version.
 */
public final class PortableSchema {
    private static final String JAVA_STRING = "avro.java.string";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<Schema, Schema> KNOWN = new ConcurrentHashMap<>();

    private PortableSchema() {}

    /** The schema without what only Java reads. Records written with either have the same bytes. */
    public static Schema of(Schema schema) {
        return KNOWN.computeIfAbsent(schema, PortableSchema::strip);
    }

    private static Schema strip(Schema schema) {
        try {
            JsonNode json = JSON.readTree(schema.toString());
            json.findParents(JAVA_STRING).forEach(PortableSchema::strip);
            return new Schema.Parser().parse(json.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Avro wrote a schema that is no JSON", e);
        }
    }

    private static void strip(JsonNode type) {
        ((ObjectNode) type).remove(List.of(JAVA_STRING));
    }
}
