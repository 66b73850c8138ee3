package dev.lookback.bench;

import java.util.List;

/** Bars with the range of what they are the median of, as SVG. Readable on light and dark pages. */
final class BarChart {
    /** A bar. */
    record Bar(String label, Spread figures) {}

    private static final int WIDTH = 720;
    private static final int LABEL_WIDTH = 130;
    private static final int FIGURE_WIDTH = 90;
    private static final int ROW = 34;
    private static final int BAR = 20;
    private static final int TOP = 40;
    private static final int WHISKER = 5;

    private BarChart() {}

    /** The bars from top to bottom, on a scale that begins at 0. */
    static String svg(String title, List<Bar> bars) {
        double greatest =
                bars.stream().mapToDouble(each -> each.figures.greatest()).max().orElse(1);
        double scale = (WIDTH - LABEL_WIDTH - FIGURE_WIDTH) / greatest;
        int height = TOP + ROW * bars.size();
        StringBuilder svg = new StringBuilder(Texts.format("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="14" fill="#777">
                <title>%s</title>
                <text x="0" y="20" font-weight="bold">%s</text>
                """, WIDTH, height, WIDTH, height, title, title));
        int y = TOP;
        for (Bar each : bars) {
            Spread figures = each.figures;
            double middle = y + BAR / 2.0;
            double least = LABEL_WIDTH + figures.least() * scale;
            double most = LABEL_WIDTH + figures.greatest() * scale;
            svg.append(Texts.format(
                    """
                    <text x="%d" y="%.1f" text-anchor="end">%s</text>
                    <rect x="%d" y="%d" width="%.1f" height="%d" fill="#4a90c2"/>
                    <path d="M%.1f %.1f H%.1f M%.1f %.1f V%.1f M%.1f %.1f V%.1f" stroke="#777" stroke-width="1.5" fill="none"/>
                    <text x="%.1f" y="%.1f">%,.0f</text>
                    """,
                    LABEL_WIDTH - 8,
                    middle + 5,
                    each.label,
                    LABEL_WIDTH,
                    y,
                    figures.median() * scale,
                    BAR,
                    least,
                    middle,
                    most,
                    least,
                    middle - WHISKER,
                    middle + WHISKER,
                    most,
                    middle - WHISKER,
                    middle + WHISKER,
                    Math.max(most, LABEL_WIDTH + figures.median() * scale) + 8,
                    middle + 5,
                    figures.median()));
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }
}
