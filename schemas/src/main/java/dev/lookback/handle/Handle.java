package dev.lookback.handle;

import dev.lookback.v1.HandleKind;
import java.util.Locale;

/**
 * A handle in the form that searches compare. Cheap rules, meant for the hot path: a number is E.164 (plus sign, first
 * digit not 0, 7 to 15 digits, separators dropped), an address is {@code local@domain} in lower case, 254 characters at
 * most. Request intake knows more about numbers (national forms); it arrives at the same normal form.
 *
 * @param kind what it looks like
 * @param normalised the form that is compared and hashed; as given where it is neither number nor address
 */
public record Handle(HandleKind kind, String normalised) {
    private static final int MIN_DIGITS = 7;
    private static final int MAX_DIGITS = 15;
    private static final int MAX_ADDRESS = 254;
    private static final int MAX_LOCAL_PART = 64;
    private static final char DELETE = 0x7f;
    private static final char REPLACEMENT = '\ufffd'; // what a decoder puts where bytes are no UTF-8
    private static final char KELVIN_SIGN = '\u212a'; // its lower case is the letter k: someone else's address

    /** Reads a handle; never fails: what is neither number nor address is {@link HandleKind#OTHER}, as given. */
    public static Handle parse(String text) {
        String number = number(text);
        if (number != null) {
            return new Handle(HandleKind.PHONE, number);
        }
        if (isAddress(text)) {
            return new Handle(HandleKind.EMAIL, text.toLowerCase(Locale.ROOT));
        }
        return new Handle(HandleKind.OTHER, text);
    }

    private static @org.jspecify.annotations.Nullable String number(String text) {
        int length = text.length();
        if (length < MIN_DIGITS + 1 || text.charAt(0) != '+') {
            return null;
        }
        int digits = 0;
        for (int i = 1; i < length; i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                if (digits == 0 && c == '0') {
                    return null;
                }
                digits++;
            } else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')') {
                return null;
            }
        }
        if (digits < MIN_DIGITS || digits > MAX_DIGITS) {
            return null;
        }
        return digits == length - 1 ? text : withoutSeparators(text, digits);
    }

    private static String withoutSeparators(String text, int digits) {
        StringBuilder number = new StringBuilder(digits + 1).append('+');
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                number.append(c);
            }
        }
        return number.toString();
    }

    private static boolean isAddress(String text) {
        int at = text.indexOf('@');
        int length = text.length();
        if (at < 1 || at > MAX_LOCAL_PART || length > MAX_ADDRESS || at != text.lastIndexOf('@')) {
            return false;
        }
        int dot = text.lastIndexOf('.');
        if (dot < at + 2 || dot == length - 1) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == DELETE) {
                return false;
            }
            if (c > DELETE) {
                int point = text.codePointAt(i);
                if (isDeceptive(point)) {
                    return false;
                }
                i += Character.charCount(point) - 1;
            }
        }
        return true;
    }

    /** Whether a character is a space, cannot be seen, stands for bytes that are no text, or becomes another in lower case. */
    private static boolean isDeceptive(int point) {
        return switch (Character.getType(point)) {
            case Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE -> true;
            default -> point == REPLACEMENT || point == KELVIN_SIGN;
        };
    }

    /** Personal data stays out of logs: the kind alone. */
    @Override
    public String toString() {
        return "Handle[" + kind + "]";
    }
}
