package dev.lookback.handover;

/**
 * Text in a cell. It is always in quotation marks (RFC 4180). A spreadsheet may take text that begins in a certain way for
 * a formula, and a phone number for a number without its plus sign, so such text gets an apostrophe in front; so does text
 * that begins with an apostrophe. To have the exact text back: where a quoted cell begins with an apostrophe, drop that
 * one.
 */
final class CsvText {
    private static final char GUARD = '\'';

    /** What begins a formula somewhere; the last four are what East Asian spreadsheets take for the first four. */
    private static final String RISKY = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20" + GUARD;

    private CsvText() {}

    /** A cell. */
    static String cell(String text) {
        String guarded = !text.isEmpty() && RISKY.indexOf(text.charAt(0)) >= 0 ? GUARD + text : text;
        return '"' + guarded.replace("\"", "\"\"") + '"';
    }
}
