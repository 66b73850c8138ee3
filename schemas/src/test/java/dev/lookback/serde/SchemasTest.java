package dev.lookback.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemasTest {
    /** Enums that only Lookback writes, and that nothing could stand in for: a reader must fail on a new symbol. */
    private static final Set<String> WITHOUT_DEFAULT = Set.of("SelectorRole", "ReceiptPhase");

    private static final Map<String, Schema> CURRENT = Release.schemas(Path.of("src/main/avro"));

    @Test
    void readsWhatEveryReleaseWrote() {
        assertThat(CURRENT.keySet()).containsAll(Release.schemas().keySet());
        Release.schemas()
                .forEach((name, released) -> assertThat(incompatibilities(CURRENT.get(name), released))
                        .as(name)
                        .isEmpty());
    }

    @Test
    void theClassesAreGeneratedFromTheseSchemas() {
        CURRENT.forEach((name, schema) -> assertThat(dev.lookback.registry.PortableSchema.of(
                        org.apache.avro.specific.SpecificData.get().getSchema(Release.type(name))))
                .isEqualTo(schema));
    }

    /** The check above can fail. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a field without a default | \"fields\":[ | \"fields\":[{\"name\":\"added\",\"type\":\"string\"},",
                "another type | {\"name\":\"node\",\"type\":\"string\" | {\"name\":\"node\",\"type\":\"long\"",
                "another name | \"name\":\"requester\" | \"name\":\"asker\"",
                "no default to fall back to | \"USER_ENTRY\",\"BACKGROUND_CHECK_IN\",\"UNKNOWN\"],\"default\":\"UNKNOWN\" "
                        + "| \"BACKGROUND_CHECK_IN\",\"UNKNOWN\"]",
            })
    void noticesAnIncompatibleChange(String what, String from, String to) {
        Schema released = Release.schemas().get("LookupEvent");
        String json = released.toString();
        String changed =
                json.replaceFirst(java.util.regex.Pattern.quote(from), java.util.regex.Matcher.quoteReplacement(to));
        assertThat(changed).isNotEqualTo(json);
        Schema reader = new Schema.Parser().setValidateDefaults(false).parse(changed);
        assertThat(incompatibilities(reader, released)).isNotEmpty();
    }

    @Test
    void everythingIsDocumented() {
        List<String> silent = new ArrayList<>();
        CURRENT.values().forEach(schema -> walk(schema, new HashSet<>(), silent, new ArrayList<>()));
        assertThat(silent).isEmpty();
    }

    @Test
    void everyEnumThatMayGrowHasADefault() {
        List<String> rigid = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        CURRENT.values().forEach(schema -> walk(schema, seen, new ArrayList<>(), rigid));
        assertThat(rigid).containsExactlyInAnyOrderElementsOf(WITHOUT_DEFAULT);
    }

    private static List<Incompatibility> incompatibilities(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult()
                .getIncompatibilities();
    }

    private static void walk(Schema schema, Set<String> seen, List<String> silent, List<String> rigid) {
        switch (schema.getType()) {
            case RECORD -> {
                if (!seen.add(schema.getFullName())) {
                    return;
                }
                note(schema.getDoc(), schema.getName(), silent);
                for (Schema.Field field : schema.getFields()) {
                    note(field.doc(), schema.getName() + "." + field.name(), silent);
                    walk(field.schema(), seen, silent, rigid);
                }
            }
            case ENUM -> {
                if (!seen.add(schema.getFullName())) {
                    return;
                }
                note(schema.getDoc(), schema.getName(), silent);
                if (schema.getEnumDefault() == null) {
                    rigid.add(schema.getName());
                }
            }
            case FIXED -> note(schema.getDoc(), schema.getName(), silent);
            case UNION -> schema.getTypes().forEach(type -> walk(type, seen, silent, rigid));
            case ARRAY -> walk(schema.getElementType(), seen, silent, rigid);
            default -> {}
        }
    }

    private static void note(String doc, String name, List<String> silent) {
        if (doc == null || doc.isBlank()) {
            silent.add(name);
        }
    }
}
