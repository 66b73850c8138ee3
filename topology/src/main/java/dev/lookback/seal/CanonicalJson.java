package dev.lookback.seal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON to be signed: the same records always give the same bytes, fields in their order, for people to read. */
public final class CanonicalJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final DefaultIndenter INDENT = new DefaultIndenter("  ", "\n");
    private static final ObjectWriter WRITER =
            JSON.writer(new DefaultPrettyPrinter().withObjectIndenter(INDENT).withArrayIndenter(INDENT));

    private CanonicalJson() {}

    /** The bytes of a record of records, texts and numbers. */
    public static byte[] write(Object value) {
        try {
            return (WRITER.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new AssertionError("Records of text and numbers always have a JSON form", e);
        }
    }

    /**
     * Reads such a record: with all its fields, and no others, and null only where that may be.
     *
     * @throws IllegalArgumentException if the bytes are none; the message holds nothing of them
     */
    public static <T> T read(byte[] bytes, Class<T> type) {
        try {
            T value = JSON.readValue(bytes, type);
            if (!isComplete(value)) {
                throw notA(type, "null where something belongs");
            }
            return value;
        } catch (IOException e) {
            throw notA(type, e.getClass().getSimpleName());
        }
    }

    private static IllegalArgumentException notA(Class<?> type, String why) {
        return new IllegalArgumentException(
                "Not a " + type.getSimpleName().toLowerCase(java.util.Locale.ROOT) + ": " + why);
    }

    /** Jackson knows nothing of {@link Nullable}: it puts null wherever the bytes say so. */
    private static boolean isComplete(@Nullable Object value) {
        if (value instanceof Record) {
            return Arrays.stream(value.getClass().getRecordComponents()).allMatch(each -> {
                Object component = component(value, each);
                return component == null
                        ? each.getAnnotatedType().isAnnotationPresent(Nullable.class)
                        : isComplete(component);
            });
        }
        if (value instanceof Collection<?> list) {
            return list.stream().allMatch(CanonicalJson::isComplete);
        }
        if (value instanceof Map<?, ?> map) {
            return isComplete(map.values());
        }
        return value != null;
    }

    private static @Nullable Object component(Object value, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("The accessor of a record cannot be called", e);
        }
    }
}
