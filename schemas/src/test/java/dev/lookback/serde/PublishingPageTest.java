package dev.lookback.serde;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

/** What docs/PUBLISHING.md says of the schema is so. */
class PublishingPageTest {
    private final String page = read();

    @Test
    void explainsEveryReason() {
        Set<String> explained = new TreeSet<>(all("(?m)^\\| `([A-Z_]+)` \\|"));
        assertThat(explained)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(RejectReason.values()).map(Enum::name).toList());
    }

    @Test
    void namesTheRequiredFields() {
        String sentence = all("(?m)^Only (.*) are required").get(0);
        Set<String> named = new TreeSet<>(all(sentence, "`(\\w+)`"));
        assertThat(named)
                .containsExactlyInAnyOrderElementsOf(LookupEvent.getClassSchema().getFields().stream()
                        .filter(field -> !field.hasDefaultValue())
                        .map(Schema.Field::name)
                        .toList());
    }

    @Test
    void theJsonLineHasFieldsAndSymbolsOfTheSchema() throws IOException {
        JsonNode line =
                new ObjectMapper().readTree(all("(?s)```json\\n(.*?)```").get(0));
        line.properties().forEach(field -> {
            Schema.Field known = LookupEvent.getClassSchema().getField(field.getKey());
            assertThat(known).as(field.getKey()).isNotNull();
            if (known.schema().getType() == Schema.Type.ENUM) {
                assertThat(known.schema().getEnumSymbols())
                        .contains(field.getValue().asText());
            }
        });
    }

    @Test
    void thePythonEventHasEveryField() {
        String event = all("(?s)event = \\{(.*?)\\}").get(0);
        assertThat(all(event, "\"(\\w+)\":"))
                .containsExactlyElementsOf(LookupEvent.getClassSchema().getFields().stream()
                        .map(Schema.Field::name)
                        .toList());
    }

    private List<String> all(String regex) {
        return all(page, regex);
    }

    private static List<String> all(String text, String regex) {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(regex).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        assertThat(found).as(regex).isNotEmpty();
        return found;
    }

    private static String read() {
        try {
            return Files.readString(Path.of("../docs/PUBLISHING.md"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
