package dev.lookback.handover;

import java.text.Bidi;
import java.util.function.IntPredicate;

/**
 * Text as a page can show it. Nothing is dropped: what cannot be seen, changes the direction of what comes after it, or
 * is in none of the fonts is written as {@code <U+202E>}. Ranges are spelt out, because what Java says of a character
 * depends on its version, and a letter must not.
 */
final class Printable {
    /** First and last of each range of characters without a shape of their own. */
    private static final int[][] UNSEEN = {
        {0x00, 0x1f}, // controls
        {0x7f, 0xa0}, // more of them; a space that looks like another
        {0xad, 0xad}, // soft hyphen
        {0x34f, 0x34f}, // joins graphemes
        {0x61c, 0x61c}, // Arabic letter mark
        {0x115f, 0x1160}, // Hangul fillers
        {0x1680, 0x1680}, // Ogham space
        {0x17b4, 0x17b5}, // Khmer vowels without a shape
        {0x180b, 0x180f}, // Mongolian separators
        {0x2000, 0x200f}, // spaces of all widths, joiners, marks of direction
        {0x2028, 0x202f}, // separators, embeddings and overrides of direction
        {0x205f, 0x206f}, // invisible operators, isolates
        {0x3000, 0x3000}, // ideographic space
        {0x3164, 0x3164}, // Hangul filler
        {0xd800, 0xdfff}, // surrogates without their other half
        {0xfe00, 0xfe0f}, // variation selectors
        {0xfeff, 0xfeff}, // byte order mark
        {0xffa0, 0xffa0}, // Hangul filler
        {0xfff0, 0xffff}, // specials
        {0x1bca0, 0x1bca3}, // shorthand controls
        {0x1d173, 0x1d17a}, // musical controls
        {0xe0000, 0xe0fff}, // tags, more variation selectors
    };

    private static final int LATIN_LIMIT = 0x590; // nothing below it is written from right to left
    private static final String MIRRORED = "()[]{}<>\u00ab\u00bb\u2039\u203a";

    private Printable() {}

    /** The text with everything spelt out that is not seen or not in a font. */
    static String of(String text, IntPredicate inFonts) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(each -> {
            if (isUnseen(each) || !inFonts.test(each)) {
                shown.append(String.format(java.util.Locale.ROOT, "<U+%04X>", each));
            } else {
                shown.appendCodePoint(each);
            }
        });
        return shown.toString();
    }

    private static boolean isUnseen(int codePoint) {
        for (int[] range : UNSEEN) {
            if (codePoint >= range[0] && codePoint <= range[1]) {
                return true;
            }
        }
        return false;
    }

    /** Whether some of it is written from right to left. */
    static boolean isRightToLeft(String text) {
        return text.codePoints().anyMatch(each -> each >= LATIN_LIMIT)
                && Bidi.requiresBidi(text.toCharArray(), 0, text.length());
    }

    /** A line's characters in the order in which they stand on paper, from left to right. */
    static String visual(String line) {
        if (!isRightToLeft(line)) {
            return line;
        }
        Bidi bidi = new Bidi(line, Bidi.DIRECTION_LEFT_TO_RIGHT);
        int runs = bidi.getRunCount();
        byte[] levels = new byte[runs];
        Integer[] order = new Integer[runs];
        for (int i = 0; i < runs; i++) {
            levels[i] = (byte) bidi.getRunLevel(i);
            order[i] = i;
        }
        Bidi.reorderVisually(levels, 0, order, 0, runs);
        StringBuilder visual = new StringBuilder();
        for (int run : order) {
            String text = line.substring(bidi.getRunStart(run), bidi.getRunLimit(run));
            visual.append(bidi.getRunLevel(run) % 2 == 0 ? text : reversed(text));
        }
        return visual.toString();
    }

    /** Backwards; what stands above or below a letter stays after it, and brackets face the other way. */
    private static String reversed(String text) {
        StringBuilder reversed = new StringBuilder();
        int end = text.length();
        while (end > 0) {
            int start = end;
            int codePoint;
            do {
                codePoint = text.codePointBefore(start);
                start -= Character.charCount(codePoint);
            } while (start > 0 && isMark(codePoint));
            int mirrored = end - start == 1 ? MIRRORED.indexOf(text.charAt(start)) : -1;
            if (mirrored >= 0) {
                reversed.append(MIRRORED.charAt(mirrored ^ 1));
            } else {
                reversed.append(text, start, end);
            }
            end = start;
        }
        return reversed.toString();
    }

    private static boolean isMark(int codePoint) {
        return (codePoint >= 0x300 && codePoint <= 0x36f) // Latin, above and below
                || (codePoint >= 0x591
                        && codePoint <= 0x5c7
                        && Character.getType(codePoint) == Character.NON_SPACING_MARK)
                || (codePoint >= 0x610 && codePoint <= 0x61a)
                || (codePoint >= 0x64b && codePoint <= 0x65f)
                || codePoint == 0x670
                || (codePoint >= 0x6d6
                        && codePoint <= 0x6ed
                        && Character.getType(codePoint) == Character.NON_SPACING_MARK);
    }
}
