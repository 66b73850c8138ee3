package dev.lookback.tool;

import dev.lookback.casework.AuditVerifier;
import dev.lookback.casework.AuditVerifier.Verdict;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.seal.Instants;
import dev.lookback.v1.AuditEntry;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for and what was disclosed in a period, in numbers. Made from the audit of disclosures alone, which is
 * kept for years; holds no personal data.
 *
 * @param from first day (UTC)
 * @param to last day
 * @param rows by instrument and jurisdiction
 * @param estimates how often it was asked how many lookups there would be; not requests
 * @param doubts why it may be incomplete
 */
record TransparencyReport(LocalDate from, LocalDate to, List<Row> rows, long estimates, List<String> doubts) {
    /** Where a request is invalid, what it was may not be known. */
    static final String UNKNOWN = "UNKNOWN";

    /** What became of a request; exactly one for each. */
    private enum Outcome {
        DISCLOSED,
        NO_DATA,
        REJECTED,
        WITHDRAWN,
        LAPSED,
        INVALID,
        PRESERVED,
        OPEN
    }

    /**
     * Counts of requests; each is in exactly one of those that follow {@code selectors}.
     *
     * @param requests all of them
     * @param selectors handles and networks that they asked about
     * @param disclosed something was handed over for …
     * @param lookups … and so many lookups
     * @param noData answered, and there was nothing
     * @param rejected refused by a second officer
     * @param withdrawn taken back
     * @param lapsed not decided upon in time
     * @param invalid of no form that can be served
     * @param preserved kept from being forgotten, and nothing disclosed
     * @param open not decided yet
     */
    record Counts(
            long requests,
            long selectors,
            long disclosed,
            long lookups,
            long noData,
            long rejected,
            long withdrawn,
            long lapsed,
            long invalid,
            long preserved,
            long open) {
        static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        private static Counts of(Case each) {
            Outcome outcome = each.result();
            return new Counts(
                    1,
                    each.selectors,
                    is(outcome, Outcome.DISCLOSED),
                    each.lookups,
                    is(outcome, Outcome.NO_DATA),
                    is(outcome, Outcome.REJECTED),
                    is(outcome, Outcome.WITHDRAWN),
                    is(outcome, Outcome.LAPSED),
                    is(outcome, Outcome.INVALID),
                    is(outcome, Outcome.PRESERVED),
                    is(outcome, Outcome.OPEN));
        }

        private static long is(Outcome outcome, Outcome wanted) {
            return outcome == wanted ? 1 : 0;
        }

        Counts plus(Counts other) {
            return new Counts(
                    requests + other.requests,
                    selectors + other.selectors,
                    disclosed + other.disclosed,
                    lookups + other.lookups,
                    noData + other.noData,
                    rejected + other.rejected,
                    withdrawn + other.withdrawn,
                    lapsed + other.lapsed,
                    invalid + other.invalid,
                    preserved + other.preserved,
                    open + other.open);
        }
    }

    /** Requests under one instrument, from one jurisdiction. */
    record Row(String instrument, String jurisdiction, Counts counts) {}

    private record Column(String name, String title, ToLongFunction<Counts> count) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("requests", "REQUESTS", Counts::requests),
            new Column("selectors", "SELECTORS", Counts::selectors),
            new Column("disclosed", "DISCLOSED", Counts::disclosed),
            new Column("lookups", "LOOKUPS", Counts::lookups),
            new Column("noData", "NO DATA", Counts::noData),
            new Column("rejected", "REJECTED", Counts::rejected),
            new Column("withdrawn", "WITHDRAWN", Counts::withdrawn),
            new Column("lapsed", "LAPSED", Counts::lapsed),
            new Column("invalid", "INVALID", Counts::invalid),
            new Column("preserved", "PRESERVED", Counts::preserved),
            new Column("open", "OPEN", Counts::open));

    /** What is known of one request so far. */
    private static final class Case {
        private @Nullable Instant filedAt; // in its last form
        private boolean estimate;
        private String instrument = UNKNOWN;
        private String jurisdiction = "";
        private long selectors;
        private boolean answered;
        private long lookups;
        private Outcome outcome = Outcome.OPEN;

        void file(AuditEntry entry, Map<String, String> pairs, Outcome outcome) {
            filedAt = entry.getAt();
            // What an invalid request was may be known from an earlier form of it, or not at all.
            estimate = outcome == Outcome.INVALID && !pairs.containsKey("estimate")
                    ? estimate
                    : Boolean.parseBoolean(pairs.get("estimate"));
            instrument = pairs.getOrDefault("instrument", instrument);
            jurisdiction = pairs.getOrDefault("jurisdiction", jurisdiction).strip();
            selectors = pairs.containsKey("selectors") ? number(pairs, "selectors") : selectors;
            this.outcome = outcome;
        }

        /** What was handed over stays so, whatever comes after it. */
        Outcome result() {
            if (answered) {
                return lookups > 0 ? Outcome.DISCLOSED : Outcome.NO_DATA;
            }
            return outcome;
        }
    }

    /** Makes a report from all entries, those of a chain in their order. */
    static final class Builder {
        private final LocalDate from;
        private final LocalDate to;
        private final Map<String, Case> cases = new LinkedHashMap<>();
        private final SortedMap<Integer, AuditVerifier> chains = new TreeMap<>();
        private final List<String> doubts = new ArrayList<>();

        /** A report over some days (UTC), both included. */
        Builder(LocalDate from, LocalDate to) {
            this.from = from;
            this.to = to;
        }

        Builder add(AuditEntry entry) {
            chain(entry.getPartition()).add(entry);
            if (!entry.getRequestId().isEmpty()) {
                Case each = cases.computeIfAbsent(entry.getRequestId(), id -> new Case());
                count(each, entry, DisclosureAuditView.pairs(entry));
            }
            return this;
        }

        Builder addUnreadable(int partition) {
            chain(partition).addUnreadable();
            return this;
        }

        private AuditVerifier chain(int partition) {
            return chains.computeIfAbsent(
                    partition, each -> new AuditVerifier(each, AuditVerifier.Terms.LINKS, List.of()));
        }

        private static void count(Case each, AuditEntry entry, Map<String, String> pairs) {
            String action = entry.getAction();
            switch (action) {
                case "SUBMITTED", "CORRECTED", "SERVED" -> each.file(entry, pairs, Outcome.OPEN);
                case "SEALED" -> {
                    each.answered = true;
                    each.lookups += number(pairs, "lookups");
                }
                case "REJECTED" -> each.outcome = Outcome.REJECTED;
                case "WITHDRAWN" -> each.outcome = Outcome.WITHDRAWN;
                case "LAPSED" -> each.outcome = Outcome.LAPSED;
                case "PRESERVED", "EXPIRED" -> each.outcome = Outcome.PRESERVED;
                default -> {
                    boolean invalid = action.startsWith("INVALID_")
                            || action.startsWith("INSTRUMENT_NOT_")
                            || pairs.containsKey("problems");
                    if (invalid) {
                        each.file(entry, pairs, Outcome.INVALID);
                    }
                }
            }
        }

        TransparencyReport build() {
            Instant start = from.atStartOfDay(ZoneOffset.UTC).toInstant();
            Instant end = to.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
            SortedMap<String, Row> rows = new TreeMap<>();
            long estimates = 0;
            long unknown = 0;
            for (Case each : cases.values()) {
                Instant filedAt = each.filedAt;
                if (filedAt == null || filedAt.isBefore(start) || !filedAt.isBefore(end)) {
                    continue;
                }
                if (each.estimate) {
                    estimates++;
                    continue;
                }
                Counts counts = Counts.of(each);
                unknown += each.instrument.equals(UNKNOWN) && counts.invalid() == 0 ? 1 : 0;
                rows.merge(
                        each.instrument + "\n" + each.jurisdiction,
                        new Row(each.instrument, each.jurisdiction, counts),
                        (a, b) -> new Row(a.instrument, a.jurisdiction, a.counts.plus(b.counts)));
            }
            List<String> all = new ArrayList<>(doubts(start));
            if (unknown > 0) {
                all.add(Console.count(unknown) + " requests are on record without an instrument");
            }
            return new TransparencyReport(from, to, List.copyOf(rows.values()), estimates, all);
        }

        private List<String> doubts(Instant start) {
            for (AuditVerifier chain : chains.values()) {
                Verdict verdict = chain.verdict();
                Instant firstAt = verdict.firstAt();
                if (verdict.flaw() != null) {
                    doubts.add("The audit is not sound. " + verdict.flaw());
                } else if (verdict.first() > 1 && firstAt != null && firstAt.isAfter(start)) {
                    doubts.add("Chain " + verdict.partition() + " begins with entry " + verdict.first() + " of "
                            + Instants.format(firstAt) + ": what was before it is no longer there");
                }
            }
            return doubts;
        }
    }

    /** A count in the detail of an entry; 0 if it is not there. */
    private static long number(Map<String, String> pairs, String key) {
        String text = pairs.getOrDefault(key, "");
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    /** All rows together. */
    Counts totals() {
        return rows.stream().map(Row::counts).reduce(Counts.NONE, Counts::plus);
    }

    /** How many requests were under an instrument. */
    long under(InstrumentType instrument) {
        return rows.stream()
                .filter(row -> row.instrument.equals(instrument.name()))
                .mapToLong(row -> row.counts.requests())
                .sum();
    }

    /** For people. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Requests filed from " + from + " to " + to + " (UTC), and what has become of them so far");
        lines.add("");
        int instrument = width("INSTRUMENT", Row::instrument);
        int jurisdiction = width("JURISDICTION", Row::jurisdiction);
        StringBuilder header =
                new StringBuilder(pad("INSTRUMENT", instrument) + "  " + pad("JURISDICTION", jurisdiction));
        COLUMNS.forEach(column -> header.append(right(column.title, column)));
        lines.add(header.toString());
        rows.forEach(row -> lines.add(pad(row.instrument, instrument) + "  "
                + pad(shown(row.jurisdiction), jurisdiction) + counts(row.counts)));
        lines.add(pad("ALL", instrument) + "  " + pad("", jurisdiction) + counts(totals()));
        lines.add("");
        lines.add("Among them: " + under(InstrumentType.EMERGENCY_REQUEST) + " emergency requests, "
                + under(InstrumentType.STANDING_ORDER) + " standing orders, "
                + under(InstrumentType.PRESERVATION_REQUEST) + " preservation requests. Not among them: " + estimates
                + " estimates, which disclose a count and no lookup.");
        doubts.forEach(doubt -> lines.add("? " + doubt));
        return lines;
    }

    private int width(String title, Function<Row, String> value) {
        return rows.stream().mapToInt(row -> shown(value.apply(row)).length()).reduce(title.length(), Math::max);
    }

    /** Officers have typed it: what a terminal would act upon is not shown to it. */
    private static String shown(String text) {
        return text.replaceAll("\\p{C}", "?");
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private String counts(Counts counts) {
        StringBuilder line = new StringBuilder();
        COLUMNS.forEach(column -> line.append(right(Console.count(column.count.applyAsLong(counts)), column)));
        return line.toString();
    }

    private String right(String text, Column column) {
        String most = Console.count(column.count.applyAsLong(totals()));
        int width = Math.max(column.title.length(), most.length());
        return String.format(Locale.ROOT, "  %" + width + "s", text);
    }

    /** A line for each instrument and jurisdiction, under a line of names. */
    String csv() {
        StringBuilder csv = new StringBuilder();
        List<Object> names = new ArrayList<>(List.of("from", "to", "instrument", "jurisdiction"));
        COLUMNS.forEach(column -> names.add(column.name));
        csv.append(Csv.line(names));
        for (Row row : rows) {
            List<Object> values = new ArrayList<>(List.of(from, to, row.instrument, row.jurisdiction));
            COLUMNS.forEach(column -> values.add(column.count.applyAsLong(row.counts)));
            csv.append(Csv.line(values));
        }
        return csv.toString();
    }

    /** For machines. */
    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("from", from.toString());
        json.put("to", to.toString());
        json.put("rows", rows.stream().map(TransparencyReport::json).toList());
        json.put("totals", json(totals()));
        json.put("emergency", under(InstrumentType.EMERGENCY_REQUEST));
        json.put("standing", under(InstrumentType.STANDING_ORDER));
        json.put("preservation", under(InstrumentType.PRESERVATION_REQUEST));
        json.put("estimates", estimates);
        json.put("doubts", doubts);
        return json;
    }

    private static Map<String, Object> json(Row row) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("instrument", row.instrument);
        json.put("jurisdiction", row.jurisdiction);
        json.putAll(json(row.counts));
        return json;
    }

    private static Map<String, Object> json(Counts counts) {
        Map<String, Object> json = new LinkedHashMap<>();
        COLUMNS.forEach(column -> json.put(column.name, column.count.applyAsLong(counts)));
        return json;
    }
}
