package dev.lookback.ingest;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The name that a publisher may give itself in the record header {@code client}: a letter, then letters, digits, dots,
 * hyphens and underscores, 40 characters at most. It becomes a metric label, so nothing that could be a number or an
 * address passes for a name.
 */
final class ClientName {
    static final String UNKNOWN = "unknown";

    private static final String HEADER = "client";
    private static final int MAX_LENGTH = 40;

    private ClientName() {}

    /** The name, or {@code unknown}. */
    static String of(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        if (header == null || header.value() == null || header.value().length > MAX_LENGTH) {
            return UNKNOWN;
        }
        String name = new String(header.value(), StandardCharsets.UTF_8);
        return isName(name) ? name : UNKNOWN;
    }

    private static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            boolean other = c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_';
            if (!letter && (i == 0 || !other)) {
                return false;
            }
        }
        return !name.isEmpty();
    }
}
