package dev.lookback.config.bound;

import java.util.List;

/** The table in docs/FORGETTING.md, generated from the same sums as {@code lookback retention bound}. */
final class ForgettingPage {
    static final String BEGIN = "<!-- bounds: generated, see ForgettingPageTest -->";
    static final String END = "<!-- end of bounds -->";

    private ForgettingPage() {}

    /** A page with the table in it made anew. */
    static String with(String page, List<DiskBound> bounds) {
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("The page has no place for the table: " + BEGIN + " … " + END);
        }
        return page.substring(0, begin + BEGIN.length()) + "\n\n" + table(bounds) + "\n" + page.substring(end);
    }

    private static String table(List<DiskBound> bounds) {
        StringBuilder table = new StringBuilder(
                "| place | holds | gone within | counted from | the sum |\n" + "|---|---|---|---|---|\n");
        for (DiskBound each : bounds) {
            table.append("| %s | %s | %s | %s | %s |\n"
                    .formatted(each.place(), each.holds().label(), each.boundText(), each.since(), each.sumText()));
        }
        return table.toString();
    }
}
