package dev.lookback.tool;

import dev.lookback.casework.Command;
import dev.lookback.casework.CommandCodec;
import dev.lookback.casework.Problem;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.v1.SelectorRole;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is wrong with a request, in words: the field, what is wrong with it, and what is allowed. */
final class RequestProblems {
    private static final String AN_INSTANT = "an instant (2026-01-31T00:00:00Z) or a date (2026-01-31)";
    private static final String A_DATE = "a date (2026-01-31)";
    private static final String A_TEXT = "1 to " + CommandCodec.MAX_TEXT + " characters";

    /** Options of {@code request submit}, by the field that they fill. */
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("instrument.type", "--instrument"),
            Map.entry("instrument.reference", "--reference"),
            Map.entry("instrument.authority", "--authority"),
            Map.entry("instrument.jurisdiction", "--jurisdiction"),
            Map.entry("instrument.issuedOn", "--issued-on"),
            Map.entry("instrument.servedOn", "--served-on"),
            Map.entry("instrument.documentSha256", "--document or --document-sha256"),
            Map.entry("selectors", "--requester, --queried, --either, --source"),
            Map.entry("from", "--from"),
            Map.entry("to", "--to"),
            Map.entry("window", "--from and --to"),
            Map.entry("priority", "--priority"),
            Map.entry("dueBy", "--due"),
            Map.entry("nonDisclosureUntil", "--non-disclosure-until"),
            Map.entry("narrowings", "--narrowed"),
            Map.entry("narrowings[].what", "--narrowed"),
            Map.entry("narrowings[].reason", "--narrowed"),
            Map.entry("continues", "--continues"));

    /** What is allowed in a field. */
    private static final Map<String, String> ALLOWED = Map.ofEntries(
            Map.entry("instrument", "an object with type, reference, authority, jurisdiction and more"),
            Map.entry("instrument.type", names(InstrumentType.class)),
            Map.entry("instrument.reference", A_TEXT),
            Map.entry("instrument.authority", A_TEXT),
            Map.entry("instrument.jurisdiction", A_TEXT),
            Map.entry("instrument.issuedOn", A_DATE),
            Map.entry("instrument.servedOn", A_DATE),
            Map.entry(
                    "instrument.documentSha256",
                    "the SHA-256 of the paper's scan, 64 hexadecimal digits (--document FILE computes it)"),
            Map.entry("selectors", "1 to " + CommandCodec.MAX_SELECTORS + ", each with role and handle"),
            Map.entry("selectors[].role", names(SelectorRole.class)),
            Map.entry(
                    "selectors[].handle",
                    "a phone number, an e-mail address or (role SOURCE) a network, up to " + CommandCodec.MAX_HANDLE
                            + " characters"),
            Map.entry("selectors[].region", "the ISO 3166 code of a country, as DE"),
            Map.entry("from", AN_INSTANT),
            Map.entry("to", AN_INSTANT),
            Map.entry("priority", names(Command.Priority.class)),
            Map.entry("dueBy", AN_INSTANT),
            Map.entry("nonDisclosureUntil", AN_INSTANT),
            Map.entry("narrowings", "up to 100, each with what and reason"),
            Map.entry("narrowings[].what", A_TEXT),
            Map.entry("narrowings[].reason", names(Command.NarrowedBecause.class)),
            Map.entry("continues", "the id of a request, a UUID"));

    private RequestProblems() {}

    private static <E extends Enum<E>> String names(Class<E> type) {
        E[] all = type.getEnumConstants();
        return all == null ? "" : Arrays.stream(all).map(Enum::name).collect(Collectors.joining(", "));
    }

    /** The option that fills a field; null if there is none. */
    static @Nullable String option(String field) {
        return OPTIONS.get(unnumbered(field));
    }

    private static String unnumbered(String field) {
        return field.replaceAll("\\[\\d+\\]", "[]");
    }

    /**
     * A problem in words.
     *
     * @param origin the option that the field comes from; null: none
     */
    static String line(Problem problem, @Nullable String origin) {
        return problem.field() + (origin == null ? "" : " (" + origin + ")") + ": " + words(problem);
    }

    /** Problems as a status has them, each in words. */
    static List<String> lines(List<String> coded) {
        return coded.stream().map(RequestProblems::line).toList();
    }

    /** Whoever runs a newer casework may have codes that are not known here. */
    private static String line(String coded) {
        int space = coded.lastIndexOf(' ');
        String code = coded.substring(space + 1);
        for (Problem.Code each : Problem.Code.values()) {
            if (space > 0 && each.name().equals(code)) {
                return line(new Problem(coded.substring(0, space), each), null);
            }
        }
        return coded;
    }

    private static String words(Problem problem) {
        String allowed = ALLOWED.get(unnumbered(problem.field()));
        String rule = allowed == null ? "" : "; allowed: " + allowed;
        return switch (problem.code()) {
            case MISSING -> "missing" + rule;
            case UNKNOWN_FIELD -> "there is no such field; allowed: those that lookback request submit --help names";
            case TOO_LONG -> "too long" + rule;
            case NOT_READABLE -> "not readable" + rule;
            case NOT_A_HANDLE ->
                "neither a phone number nor an e-mail address; allowed: +49…, or as it is written in the country that"
                        + " region names, or name@example.org";
            case NOT_A_NETWORK -> "no address or network; allowed: 192.0.2.7, 192.0.2.0/28, 2001:db8::/64";
            case NOT_A_REGION -> "not the code of a country; allowed: ISO 3166, as DE";
            case REPEATED -> "the same again; allowed: each selector once";
            case EMPTY -> "it ends before it begins; allowed: from earlier than to";
            case IN_THE_FUTURE ->
                "it has not begun, and such a request reaches the past alone; allowed: one that begins before the"
                        + " request is received";
            case IN_THE_PAST ->
                "it is over, and a standing order reaches the future; allowed: one that ends after the request is"
                        + " received";
            case BEFORE_ISSUE -> "served before it was issued; allowed: issuedOn or later";
            case NOT_STANDING -> "nothing but a STANDING_ORDER continues another; allowed: to leave it out";
            case NOT_CONTINUED -> "not a standing order about the same selectors that is known here";
            case NOT_PRESERVED ->
                "more than what is preserved under this request; allowed: an instrument that discloses what is there,"
                        + " for selectors and a window that are preserved";
            case INSTRUMENT_NOT_ALLOWED ->
                "the disclosure policy does not serve such an instrument; allowed: those that lookback request policy"
                        + " shows";
            case TOO_MANY_SELECTORS -> "more than the disclosure policy allows under this instrument";
            case ROLE_NOT_ALLOWED -> "the disclosure policy does not allow such a selector under this instrument";
            case RANGE_TOO_WIDE -> "a wider network than the disclosure policy allows under this instrument";
            case WINDOW_TOO_LONG -> "longer than the disclosure policy allows under this instrument";
        };
    }
}
