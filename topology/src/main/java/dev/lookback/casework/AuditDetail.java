package dev.lookback.casework;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The detail of an audit entry: {@code key=value} pairs in order, a space between two. A value that is empty or holds
 * anything but plain visible characters is in double quotes, with {@code \"}, {@code \\}, {@code \n}, {@code \r},
 * {@code \t} and {@code \}{@code u0000} for what would otherwise break the line, or show as something that it is not.
 */
public final class AuditDetail {
    private static final int HEX = 16;
    private static final int ESCAPED_LENGTH = 4;

    private AuditDetail() {}

    /**
     * The text of some pairs.
     *
     * @param pairs key, value, key, value, …; keys are letters and digits, values go by their {@code toString()}, and a
     *     pair whose value is null is left out
     * @throws IllegalArgumentException if a key is missing, comes twice or is of another form
     */
    public static String of(@Nullable Object... pairs) {
        if (pairs.length % 2 != 0) {
            throw new IllegalArgumentException("Pairs come in twos");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            String key = String.valueOf(pairs[i]);
            if (!isKey(key)) {
                throw new IllegalArgumentException("A key is letters and digits");
            }
            Object value = pairs[i + 1];
            if (value != null && values.put(key, value.toString()) != null) {
                throw new IllegalArgumentException("The key " + key + " comes twice");
            }
        }
        StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> {
            text.append(text.length() == 0 ? "" : " ").append(key).append('=');
            write(value, text);
        });
        return text.toString();
    }

    /**
     * The pairs of a text, in order.
     *
     * @throws IllegalArgumentException if it has no such form; the message holds nothing of it
     */
    public static Map<String, String> parse(String text) {
        return new Parser(text).pairs();
    }

    private static boolean isKey(String text) {
        return !text.isEmpty() && text.chars().allMatch(AuditDetail::isOfKey);
    }

    private static boolean isOfKey(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static void write(String value, StringBuilder text) {
        if (!value.isEmpty() && value.codePoints().allMatch(AuditDetail::isPlain)) {
            text.append(value);
            return;
        }
        text.append('"');
        value.codePoints().forEach(c -> {
            switch (c) {
                case '"', '\\' -> text.append('\\').append((char) c);
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (isVisible(c) || c == ' ') {
                        text.appendCodePoint(c);
                    } else {
                        for (char unit : Character.toChars(c)) {
                            text.append("\\u").append(HexFormat.of().toHexDigits(unit));
                        }
                    }
                }
            }
        });
        text.append('"');
    }

    private static boolean isPlain(int c) {
        return c != '"' && c != '\\' && c != '=' && isVisible(c);
    }

    /** Whether a character shows as itself: no control, no other blank, nothing that turns the direction of a line. */
    private static boolean isVisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** Reads a text from left to right, once. */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        Map<String, String> pairs() {
            Map<String, String> pairs = new LinkedHashMap<>();
            while (at < text.length()) {
                if (!pairs.isEmpty()) {
                    expect(' ');
                }
                int begin = at;
                while (at < text.length() && isOfKey(text.charAt(at))) {
                    at++;
                }
                String key = text.substring(begin, at);
                expect('=');
                String value = at < text.length() && text.charAt(at) == '"' ? quoted() : plain();
                if (key.isEmpty() || pairs.put(key, value) != null) {
                    throw malformed();
                }
            }
            return pairs;
        }

        private String plain() {
            int begin = at;
            while (at < text.length() && isPlain(text.codePointAt(at))) {
                at += Character.charCount(text.codePointAt(at));
            }
            if (at == begin) {
                throw malformed();
            }
            return text.substring(begin, at);
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            expect('"');
            while (true) {
                char c = next();
                if (c == '"') {
                    return value.toString();
                }
                value.append(c == '\\' ? escaped() : c);
            }
        }

        private char escaped() {
            char c = next();
            return switch (c) {
                case '"', '\\' -> c;
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'u' -> {
                    int code = 0;
                    for (int i = 0; i < ESCAPED_LENGTH; i++) {
                        int digit = Character.digit(next(), HEX);
                        if (digit < 0) {
                            throw malformed();
                        }
                        code = code * HEX + digit;
                    }
                    yield (char) code;
                }
                default -> throw malformed();
            };
        }

        private void expect(char wanted) {
            if (next() != wanted) {
                throw malformed();
            }
        }

        private char next() {
            if (at >= text.length()) {
                throw malformed();
            }
            return text.charAt(at++);
        }

        private static IllegalArgumentException malformed() {
            return new IllegalArgumentException("Not key=value pairs");
        }
    }

    /** The value of a key that must be there. */
    static String required(Map<String, String> pairs, String key) {
        String value = pairs.get(key);
        if (value == null) {
            throw new IllegalArgumentException("There is no " + key);
        }
        return value;
    }
}
