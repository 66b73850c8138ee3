package dev.lookback.serde;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.v1.LookupEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParser;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * The contract as the last release had it: its schemas, and frames of every record written with them. Made once for each
 * release, by {@link #main}; a released one never changes.
 */
public final class Release {
    public static final String LAST = "0.1.0";

    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VARIANTS = 2; // each branch of every union

    /** A frame and the record in it, as Avro's JSON. Schema id n is the n-th type in alphabetical order. */
    public record Frame(String type, byte[] bytes, JsonNode record) {
        @Override
        public String toString() {
            return type;
        }
    }

    private Release() {}

    /** The schemas in a directory of {@code .avsc} files, by name. */
    public static Map<String, Schema> schemas(Path directory) {
        SchemaParser parser = new SchemaParser(); // types may be used before they are defined
        Set<String> names = new HashSet<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                parser.parse(file);
                names.add(file.getFileName().toString().replace(".avsc", ""));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return parser.getParsedNamedSchemas().stream()
                .filter(schema -> names.contains(schema.getName()))
                .collect(Collectors.toMap(Schema::getName, schema -> schema, (a, b) -> a, TreeMap::new));
    }

    public static Map<String, Schema> schemas() {
        return schemas(RESOURCES.resolve("schemas").resolve(LAST));
    }

    /** A registry of this scope that knows the release's schemas, and nothing else so far. */
    public static InMemorySchemaRegistry registry(String scope) {
        InMemorySchemaRegistry registry = InMemorySchemaRegistry.of(scope);
        schemas().forEach((name, schema) -> registry.register(name + "-value", schema));
        return registry;
    }

    public static List<Frame> frames() {
        List<Frame> frames = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(RESOURCES.resolve("wire/" + LAST + ".jsonl"))) {
                JsonNode json = JSON.readTree(line);
                frames.add(new Frame(
                        json.get("type").asText(),
                        HexFormat.of().parseHex(json.get("frame").asText()),
                        json.get("record")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frames;
    }

    /** The generated class of a type. */
    public static Class<? extends SpecificRecord> type(String name) {
        try {
            return Class.forName(LookupEvent.class.getPackageName() + "." + name)
                    .asSubclass(SpecificRecord.class);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A record as Avro's JSON. */
    public static JsonNode json(SpecificRecord record) {
        GenericDatumWriter<Object> writer =
                new GenericDatumWriter<>(record.getSchema(), SpecificData.getForClass(record.getClass()));
        return json(writer, record.getSchema(), record);
    }

    private static JsonNode json(GenericDatumWriter<Object> writer, Schema schema, Object record) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            var encoder = EncoderFactory.get().jsonEncoder(schema, out);
            writer.write(record, encoder);
            encoder.flush();
            return JSON.readTree(out.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the frames anew, from the schemas under the release's name. Run in the module's directory. */
    public static void main(String[] arguments) throws IOException {
        List<String> lines = new ArrayList<>();
        int id = 0;
        for (Schema schema : schemas().values()) {
            id++;
            for (int variant = 0; variant < VARIANTS; variant++) {
                Object record = sample(schema, "", 0, variant);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.write(WireFormat.MAGIC);
                out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
                BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
                new GenericDatumWriter<>(schema).write(record, encoder);
                ObjectNode line = JSON.createObjectNode()
                        .put("type", schema.getName())
                        .put("frame", HexFormat.of().formatHex(out.toByteArray()));
                line.set("record", json(new GenericDatumWriter<>(schema), schema, record));
                lines.add(line.toString());
            }
        }
        Path file = RESOURCES.resolve("wire/" + LAST + ".jsonl");
        Files.createDirectories(file.getParent());
        Files.write(file, lines);
    }

    private static Object sample(Schema schema, String name, int position, int variant) {
        return switch (schema.getType()) {
            case RECORD -> {
                GenericData.Record record = new GenericData.Record(schema);
                for (Schema.Field field : schema.getFields()) {
                    record.put(field.pos(), sample(field.schema(), field.name(), field.pos() + 1, variant));
                }
                yield record;
            }
            case UNION -> {
                List<Schema> types = schema.getTypes();
                yield sample(types.get(Math.min(variant, types.size() - 1)), name, position, variant);
            }
            case ENUM ->
                new GenericData.EnumSymbol(
                        schema,
                        schema.getEnumSymbols()
                                .get(variant % schema.getEnumSymbols().size()));
            case ARRAY ->
                List.of(
                        sample(schema.getElementType(), name, position, variant),
                        sample(schema.getElementType(), name, position + 1, variant));
            case STRING -> name + "-" + variant;
            case BYTES -> ByteBuffer.wrap((name + variant).getBytes(StandardCharsets.UTF_8));
            case FIXED -> new GenericData.Fixed(schema, new byte[schema.getFixedSize()]);
            case INT -> position;
            case LONG -> 1_700_000_000_000L + position;
            case DOUBLE -> position + 0.5;
            case BOOLEAN -> variant == 1;
            case NULL -> null;
            case MAP, FLOAT -> throw new IllegalStateException("No schema of ours has a " + schema.getType());
        };
    }
}
