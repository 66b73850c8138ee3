package dev.lookback.handover;

import dev.lookback.handover.LetterFonts.Face;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;

/**
 * Lays text out on pages, from top to bottom; then draws them, when it is known how many there are. Lengths are in points
 * (1/72 inch), from the top left corner. Layout is arithmetic alone: the same text gives the same pages everywhere.
 */
final class LetterPages {
    private static final PDRectangle SIZE = PDRectangle.A4;
    private static final double MARGIN = 62;
    private static final double FOOT = 64;
    private static final double WIDTH = SIZE.getWidth() - 2 * MARGIN;
    private static final double BOTTOM = SIZE.getHeight() - FOOT;

    private static final double TITLE_SIZE = 20;
    private static final double HEADING_SIZE = 12;
    private static final double TEXT_SIZE = 9.5;
    private static final double SMALL_SIZE = 8;
    private static final double LEADING = 1.4;
    private static final double BASELINE = 1.02; // from the top of a line, in sizes
    private static final double LABEL_WIDTH = 111;
    private static final double CELL_GAP = 8;
    private static final double INDENT = 16;
    private static final double SIGNATURE_HEIGHT = 30;

    private static final double BLACK = 0.1;
    private static final double GREY = 0.42;
    private static final double RULE = 0.72;

    private final LetterFonts fonts;
    private final List<List<Drawing>> pages = new ArrayList<>();
    private double y;

    /** Something on a page. */
    @FunctionalInterface
    private interface Drawing {
        void draw(PDPageContentStream page) throws IOException;
    }

    LetterPages(LetterFonts fonts) {
        this.fonts = fonts;
        newPage();
    }

    /** Goes on at the top of a new page. */
    void newPage() {
        pages.add(new ArrayList<>());
        y = MARGIN;
    }

    private void room(double height) {
        if (y + height > BOTTOM && y > MARGIN) {
            newPage();
        }
    }

    private List<Drawing> page() {
        return pages.get(pages.size() - 1);
    }

    /** The title, with a line below it. */
    void title(String title, String below) {
        lines(wrap(title, Face.BOLD, TITLE_SIZE, WIDTH), Face.BOLD, TITLE_SIZE, MARGIN, BLACK);
        y += 2;
        lines(wrap(below, Face.REGULAR, TEXT_SIZE, WIDTH), Face.REGULAR, TEXT_SIZE, MARGIN, GREY);
        y += 6;
        rule(MARGIN, MARGIN + WIDTH, BLACK);
        y += 8;
    }

    /** A heading; never alone at the foot of a page. */
    void heading(String text) {
        y += y > MARGIN ? 12 : 0;
        room(HEADING_SIZE * LEADING + 4 * TEXT_SIZE * LEADING);
        lines(wrap(text, Face.BOLD, HEADING_SIZE, WIDTH), Face.BOLD, HEADING_SIZE, MARGIN, BLACK);
        y += 3;
    }

    /** A paragraph. */
    void paragraph(String text) {
        lines(wrap(text, Face.REGULAR, TEXT_SIZE, WIDTH), Face.REGULAR, TEXT_SIZE, MARGIN, BLACK);
        y += 4;
    }

    /** A paragraph with a mark before it. */
    void item(String mark, String text) {
        List<String> lines = wrap(text, Face.REGULAR, TEXT_SIZE, WIDTH - INDENT);
        room(TEXT_SIZE * LEADING * Math.min(2, lines.size()));
        text(shown(mark), Face.REGULAR, TEXT_SIZE, MARGIN, BLACK);
        lines(lines, Face.REGULAR, TEXT_SIZE, MARGIN + INDENT, BLACK);
        y += 3;
    }

    /** A label, and what it is about beside it. */
    void fact(String label, String value) {
        List<String> labels = wrap(label, Face.REGULAR, TEXT_SIZE, LABEL_WIDTH - CELL_GAP);
        List<String> values = wrap(value, Face.REGULAR, TEXT_SIZE, WIDTH - LABEL_WIDTH);
        row(List.of(labels, values), List.of(MARGIN, MARGIN + LABEL_WIDTH), Face.REGULAR, TEXT_SIZE, true);
        y += 1;
    }

    /** A table; the widths are shares of the page's. A row is not cut unless it is longer than a page. */
    void table(List<String> header, List<Double> shares, List<List<String>> rows) {
        y += 4;
        List<Double> lefts = new ArrayList<>();
        double left = MARGIN;
        for (double share : shares) {
            lefts.add(left);
            left += share * WIDTH;
        }
        List<List<String>> heads = cells(header, shares, Face.BOLD);
        room(4 * SMALL_SIZE * LEADING);
        head(heads, lefts);
        for (List<String> each : rows) {
            List<List<String>> cells = cells(each, shares, Face.REGULAR);
            if (y + height(cells) > BOTTOM && height(cells) < BOTTOM - 2 * MARGIN) {
                newPage();
                head(heads, lefts);
            }
            row(cells, lefts, Face.REGULAR, SMALL_SIZE, false);
            y += 2;
            rule(MARGIN, MARGIN + WIDTH, RULE);
            y += 2;
        }
        y += 4;
    }

    private void head(List<List<String>> cells, List<Double> lefts) {
        row(cells, lefts, Face.BOLD, SMALL_SIZE, false);
        y += 2;
        rule(MARGIN, MARGIN + WIDTH, BLACK);
        y += 2;
    }

    private List<List<String>> cells(List<String> texts, List<Double> shares, Face face) {
        List<List<String>> cells = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            cells.add(wrap(texts.get(i), face, SMALL_SIZE, shares.get(i) * WIDTH - CELL_GAP));
        }
        return cells;
    }

    private static double height(List<List<String>> cells) {
        return cells.stream().mapToInt(List::size).max().orElse(0) * SMALL_SIZE * LEADING + 4;
    }

    /** Cells beside one another, line by line, so that a page may end between any two lines. */
    private void row(List<List<String>> cells, List<Double> lefts, Face face, double size, boolean labelled) {
        int lines = cells.stream().mapToInt(List::size).max().orElse(0);
        for (int line = 0; line < lines; line++) {
            room(size * LEADING);
            for (int cell = 0; cell < cells.size(); cell++) {
                if (line < cells.get(cell).size()) {
                    double shade = labelled && cell == 0 ? GREY : BLACK;
                    text(cells.get(cell).get(line), face, size, lefts.get(cell), shade);
                }
            }
            y += size * LEADING;
        }
    }

    /** A line to write on, with what belongs there below it. */
    void blank(String label) {
        room(SIGNATURE_HEIGHT + SMALL_SIZE * LEADING);
        y += SIGNATURE_HEIGHT;
        rule(MARGIN, MARGIN + WIDTH * 0.55, BLACK);
        y += 2;
        lines(wrap(label, Face.REGULAR, SMALL_SIZE, WIDTH), Face.REGULAR, SMALL_SIZE, MARGIN, GREY);
    }

    private void lines(List<String> lines, Face face, double size, double left, double shade) {
        for (String line : lines) {
            room(size * LEADING);
            text(line, face, size, left, shade);
            y += size * LEADING;
        }
    }

    private void text(String line, Face face, double size, double left, double shade) {
        page().add(drawing(line, face, size, left, y, shade));
    }

    private Drawing drawing(String line, Face face, double size, double left, double top, double shade) {
        List<LetterFonts.Run> runs = fonts.runs(Printable.visual(line), face);
        return page -> {
            page.beginText();
            page.setNonStrokingColor((float) shade);
            page.newLineAtOffset((float) left, (float) (SIZE.getHeight() - top - size * BASELINE));
            for (LetterFonts.Run run : runs) {
                page.setFont(run.font(), (float) size);
                page.showText(run.text());
            }
            page.endText();
        };
    }

    private void rule(double from, double to, double shade) {
        double at = SIZE.getHeight() - y;
        page().add(page -> {
            page.setStrokingColor((float) shade);
            page.setLineWidth(0.5f);
            page.moveTo((float) from, (float) at);
            page.lineTo((float) to, (float) at);
            page.stroke();
        });
    }

    private String shown(String text) {
        return Printable.of(text, fonts::has);
    }

    /** Breaks at spaces, and within what is too long for a line. */
    private List<String> wrap(String text, Face face, double size, double width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        double filled = 0;
        double space = fonts.width(" ", face, size);
        for (String word : shown(text).split(" ", -1)) {
            double needed = fonts.width(word, face, size);
            if (line.length() > 0 && filled + space + needed > width) {
                lines.add(line.toString());
                line.setLength(0);
                filled = 0;
            } else if (line.length() > 0) {
                line.append(' ');
                filled += space;
            }
            if (needed <= width) {
                line.append(word);
                filled += needed;
                continue;
            }
            for (int at = 0; at < word.length(); ) {
                String each = Character.toString(word.codePointAt(at));
                double its = fonts.width(each, face, size);
                if (filled + its > width && line.length() > 0) {
                    lines.add(line.toString());
                    line.setLength(0);
                    filled = 0;
                }
                line.append(each);
                filled += its;
                at += each.length();
            }
        }
        lines.add(line.toString());
        return lines;
    }

    /** Draws all pages, each with a foot. */
    void draw(PDDocument document, String foot) throws IOException {
        for (int i = 0; i < pages.size(); i++) {
            y = BOTTOM + 14;
            String number = "Page " + (i + 1) + " of " + pages.size();
            double left = MARGIN + WIDTH - fonts.width(number, Face.REGULAR, SMALL_SIZE);
            PDPage page = new PDPage(SIZE);
            document.addPage(page);
            // Not compressed: what a deflater makes of it depends on the machine.
            try (PDPageContentStream content =
                    new PDPageContentStream(document, page, PDPageContentStream.AppendMode.OVERWRITE, false)) {
                for (Drawing each : pages.get(i)) {
                    each.draw(content);
                }
                drawing(shown(foot), Face.REGULAR, SMALL_SIZE, MARGIN, y, GREY).draw(content);
                drawing(number, Face.REGULAR, SMALL_SIZE, left, y, GREY).draw(content);
            }
        }
    }
}
