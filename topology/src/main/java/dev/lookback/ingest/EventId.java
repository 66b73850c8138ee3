package dev.lookback.ingest;

/** A UUID in its canonical text form, to two longs without an object between. Strict, unlike {@code UUID.fromString}. */
final class EventId {
    static final int LENGTH = 36;

    private EventId() {}

    /** Whether a text is 8-4-4-4-12 hexadecimal digits, in upper or lower case. */
    static boolean isValid(String text) {
        if (text.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            boolean fits = isHyphenAt(i) ? c == '-' : Character.digit(c, 16) >= 0 && c < 0x80;
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    /** The first 64 bits of a valid id. */
    static long high(String text) {
        return bits(text, 0, 18);
    }

    /** The last 64 bits of a valid id. */
    static long low(String text) {
        return bits(text, 19, LENGTH);
    }

    private static long bits(String text, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            if (!isHyphenAt(i)) {
                bits = bits << 4 | Character.digit(text.charAt(i), 16);
            }
        }
        return bits;
    }

    private static boolean isHyphenAt(int index) {
        return index == 8 || index == 13 || index == 18 || index == 23;
    }
}
