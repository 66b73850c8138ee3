package dev.lookback.handover;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;

/**
 * The fonts of one letter, read when a character needs them and embedded as far as they are used. A character comes from
 * the first font that has it. Nothing is shaped: letters stand as they are, one after the other, so that the text that is
 * copied from the page is the text that was written.
 */
final class LetterFonts {
    private static final String FOLDER = "fonts/";

    /** For all scripts, those of most letters first; of Chinese, Japanese and Korean there is one for all three. */
    private static final List<String> SCRIPTS = List.of(
            "NotoSansArabic-Regular",
            "NotoSansHebrew-Regular",
            "NotoSansDevanagari-Regular",
            "NotoSansBengali-Regular",
            "NotoSansGurmukhi-Regular",
            "NotoSansGujarati-Regular",
            "NotoSansTamil-Regular",
            "NotoSansTelugu-Regular",
            "NotoSansKannada-Regular",
            "NotoSansThai-Regular",
            "NotoSansLao-Regular",
            "NotoSansArmenian-Regular",
            "NotoSansGeorgian-Regular",
            "DroidSansFallback");

    /** How text looks. */
    enum Face {
        REGULAR("NotoSans-Regular"),
        BOLD("NotoSans-Bold");

        private final String font;

        Face(String font) {
            this.font = font;
        }
    }

    private static final double UNITS = 1000; // of a glyph's width, in an em
    private static final int ASCII = 0x7f;

    private final PDDocument document;
    private final Map<String, Loaded> loaded = new LinkedHashMap<>();
    private final Map<Face, double[]> asciiWidths = new EnumMap<>(Face.class);

    /** Text in one font. */
    record Run(PDFont font, String text) {}

    private record Loaded(PDFont font, CmapLookup characters) {
        boolean has(int codePoint) {
            return characters.getGlyphId(codePoint) != 0;
        }
    }

    LetterFonts(PDDocument document) {
        this.document = document;
    }

    /** Whether some font has a character. */
    boolean has(int codePoint) {
        return find(codePoint, Face.REGULAR) != null;
    }

    /** The text as fonts can show it, in visual order and cut where the font changes. All of it must be in the fonts. */
    List<Run> runs(String text, Face face) {
        List<Run> runs = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        Loaded font = null;
        for (int at = 0; at < text.length(); ) {
            int codePoint = text.codePointAt(at);
            Loaded its = Objects.requireNonNull(find(codePoint, face), "a character that no font has");
            if (font != null && its != font) {
                runs.add(new Run(font.font, current.toString()));
                current.setLength(0);
            }
            font = its;
            current.appendCodePoint(codePoint);
            at += Character.charCount(codePoint);
        }
        if (font != null) {
            runs.add(new Run(font.font, current.toString()));
        }
        return runs;
    }

    /** How wide a text is, at a size, in points. */
    double width(String text, Face face, double size) {
        double width = 0;
        for (int at = 0; at < text.length(); ) {
            int codePoint = text.codePointAt(at);
            width += width(codePoint, face);
            at += Character.charCount(codePoint);
        }
        return width * size / UNITS;
    }

    private double width(int codePoint, Face face) {
        if (codePoint > ASCII) {
            Loaded font = Objects.requireNonNull(find(codePoint, face), "a character that no font has");
            return width(font, codePoint);
        }
        double[] widths = asciiWidths.computeIfAbsent(face, each -> new double[ASCII + 1]);
        if (widths[codePoint] == 0) {
            widths[codePoint] = width(load(face.font), codePoint);
        }
        return widths[codePoint];
    }

    private static double width(Loaded font, int codePoint) {
        try {
            return font.font.getStringWidth(Character.toString(codePoint));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @org.jspecify.annotations.Nullable Loaded find(int codePoint, Face face) {
        Loaded first = load(face.font);
        if (first.has(codePoint)) {
            return first;
        }
        Loaded regular = load(Face.REGULAR.font);
        if (regular.has(codePoint)) {
            return regular;
        }
        for (String each : SCRIPTS) {
            Loaded font = load(each);
            if (font.has(codePoint)) {
                return font;
            }
        }
        return null;
    }

    private Loaded load(String name) {
        return loaded.computeIfAbsent(name, this::read);
    }

    private Loaded read(String name) {
        try (InputStream in = LetterFonts.class.getResourceAsStream(FOLDER + name + ".ttf")) {
            TrueTypeFont font = new TTFParser().parse(new RandomAccessReadBuffer(Objects.requireNonNull(in, name)));
            font.setEnableGsub(false); // ligatures would be copied as something else than was written
            return new Loaded(PDType0Font.load(document, font, true), font.getUnicodeCmapLookup());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
