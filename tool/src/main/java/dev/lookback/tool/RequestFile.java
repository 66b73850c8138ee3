package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.config.NarrowYaml;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A request in a file, JSON or YAML, as one object. What its fields mean is for casework to say. */
final class RequestFile {
    /** More than a command can hold once it is signed. */
    private static final int MOST_BYTES = 256 * 1024;

    /** Levels: the request, its selectors, one of them; and two to name a mistake in. */
    private static final int MOST_LEVELS = 5;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    private RequestFile() {}

    /**
     * Reads a file.
     *
     * @throws ToolException if it is no object in JSON or YAML; quotes nothing of it, as it names people
     */
    static ObjectNode read(Path file) {
        String text = text(file);
        JsonNode root = isJson(file, text) ? json(file, text) : yaml(file, text);
        if (root instanceof ObjectNode object) {
            return object;
        }
        throw ToolException.usage(
                file + " (--file): no request; it has fields, as `lookback request submit --help` shows");
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw ToolException.usage(file + " (--file): too large; allowed: " + MOST_BYTES + " bytes");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ToolException.usage(file + " (--file): not text in UTF-8");
        } catch (IOException e) {
            throw ToolException.usage("There is no readable file " + file + " (--file)");
        }
    }

    private static boolean isJson(Path file, String text) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        boolean isNamed = name.endsWith(".json") || name.endsWith(".yaml") || name.endsWith(".yml");
        return isNamed ? name.endsWith(".json") : text.stripLeading().startsWith("{");
    }

    private static JsonNode json(Path file, String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw ToolException.usage(file + " (--file): not JSON, near line "
                    + e.getLocation().getLineNr() + ": a comma, a quote or a bracket, or a field that is there twice");
        }
    }

    private static JsonNode yaml(Path file, String text) {
        try {
            return node(NarrowYaml.load(text, MOST_BYTES, MOST_LEVELS));
        } catch (NarrowYaml.NotYamlException e) {
            throw ToolException.usage(file + " (--file): not YAML" + (e.line() == 0 ? "" : ", near line " + e.line())
                    + ": indentation, a quote or a colon, a field that is there twice, or one of & * !");
        }
    }

    private static JsonNode node(Object value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (value instanceof Map<?, ?> map) {
            ObjectNode object = nodes.objectNode();
            map.forEach((name, each) -> object.set(String.valueOf(name), node(each)));
            return object;
        }
        if (value instanceof List<?> list) {
            return nodes.arrayNode().addAll(list.stream().map(RequestFile::node).toList());
        }
        return nodes.textNode(String.valueOf(value));
    }
}
