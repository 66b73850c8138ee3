package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.disclosure.InstrumentType;
import dev.lookback.tool.TransparencyReport.Counts;
import dev.lookback.v1.AuditEntry;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TransparencyReportTest {
    private static final LocalDate FROM = LocalDate.parse("2026-01-01");
    private static final LocalDate TO = LocalDate.parse("2026-06-30");
    private static final String ORDER =
            "instrument=COURT_ORDER jurisdiction=\"England and Wales\" authority=\"Example Court\" selectors=2";

    private final Audited chain = new Audited(0);

    private TransparencyReport report() {
        return report(chain.entries());
    }

    private static TransparencyReport report(List<AuditEntry> entries) {
        TransparencyReport.Builder builder = new TransparencyReport.Builder(FROM, TO);
        entries.forEach(builder::add);
        return builder.build();
    }

    private Audited submitted(String id, String at, String detail) {
        return chain.entry(at, id, "SUBMITTED", detail);
    }

    @Test
    void countsWhatBecameOfRequests() {
        submitted("a", "2026-01-02T00:00:00Z", ORDER)
                .entry("2026-01-02T00:01:00Z", "a", "SEARCH", "selector=0")
                .entry("2026-01-03T00:00:00Z", "a", "APPROVED", "")
                .entry("2026-01-03T00:01:00Z", "a", "SEALED", "lookups=10000 parts=3")
                .entry("2026-01-03T00:02:00Z", "a", "FETCHED", "")
                .entry("2026-01-03T00:03:00Z", "a", "CLOSED", "")
                .entry("2026-01-03T00:04:00Z", "a", "RELEASED", "copies=10000");
        submitted("b", "2026-01-04T00:00:00Z", ORDER).entry("2026-01-05T00:00:00Z", "b", "SEALED", "lookups=0 parts=0");
        submitted("c", "2026-01-04T00:00:00Z", ORDER).entry("2026-01-05T00:00:00Z", "c", "REJECTED", "");
        submitted("d", "2026-01-04T00:00:00Z", ORDER).entry("2026-01-05T00:00:00Z", "d", "WITHDRAWN", "");
        submitted("e", "2026-01-04T00:00:00Z", ORDER).entry("2026-01-05T00:00:00Z", "e", "LAPSED", "");
        submitted("f", "2026-01-04T00:00:00Z", ORDER);
        chain.entry("2026-01-04T00:00:00Z", "", "REFUSED", "reason=UNREADABLE");

        TransparencyReport report = report();

        assertThat(report.rows())
                .containsExactly(new TransparencyReport.Row(
                        "COURT_ORDER", "England and Wales", new Counts(6, 12, 1, 10_000, 1, 1, 1, 1, 0, 0, 1)));
        assertThat(report.totals()).isEqualTo(report.rows().get(0).counts());
        assertThat(report.doubts()).isEmpty();
    }

    @Test
    void countsInvalidRequestsUnderWhatIsKnownOfThem() {
        chain.entry("2026-01-04T00:00:00Z", "a", "INVALID_SELECTORS", "problems=\"selectors NONE\"");
        chain.entry(
                "2026-01-04T00:00:00Z",
                "b",
                "INVALID_WINDOW",
                "instrument=SUBPOENA jurisdiction=Utopia problems=\"window X\"");
        chain.entry("2026-01-04T00:00:00Z", "c", "INSTRUMENT_NOT_ALLOWED", "");
        chain.entry("2026-01-04T00:00:00Z", "d", "ANOTHER_REASON", "problems=x");

        TransparencyReport report = report();

        assertThat(report.rows())
                .containsExactly(
                        new TransparencyReport.Row("SUBPOENA", "Utopia", new Counts(1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0)),
                        new TransparencyReport.Row("UNKNOWN", "", new Counts(3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0)));
        assertThat(report.doubts()).isEmpty();
    }

    @Test
    void countsACorrectedRequestOnceInItsLastForm() {
        submitted("a", "2026-01-02T00:00:00Z", ORDER);
        submitted("a", "2026-01-03T00:00:00Z", "instrument=SUBPOENA jurisdiction=Utopia selectors=5");
        chain.entry("2026-01-02T00:00:00Z", "b", "INVALID_WINDOW", "problems=x");
        submitted("b", "2026-01-03T00:00:00Z", ORDER);
        submitted("c", "2026-06-30T00:00:00Z", ORDER);
        submitted("c", "2026-07-01T00:00:00Z", ORDER);

        assertThat(report().rows())
                .extracting(
                        TransparencyReport.Row::instrument,
                        row -> row.counts().requests(),
                        row -> row.counts().selectors())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("COURT_ORDER", 1L, 2L),
                        org.assertj.core.groups.Tuple.tuple("SUBPOENA", 1L, 5L));
        assertThat(report().totals().open()).isEqualTo(2);
    }

    @Test
    void countsBothDaysAndWhatHappenedAfterThem() {
        submitted("before", "2025-12-31T23:59:59.999Z", ORDER);
        submitted("first", "2026-01-01T00:00:00Z", ORDER);
        submitted("last", "2026-06-30T23:59:59.999Z", ORDER);
        submitted("after", "2026-07-01T00:00:00Z", ORDER);
        for (String id : List.of("before", "first", "last", "after")) {
            chain.entry("2026-08-01T00:00:00Z", id, "SEALED", "lookups=1");
        }

        assertThat(report().totals().requests()).isEqualTo(2);
        assertThat(report().totals().disclosed()).isEqualTo(2);
    }

    @Test
    void tellsEstimatesAndSpecialInstrumentsApart() {
        submitted("a", "2026-01-02T00:00:00Z", ORDER + " estimate=true")
                .entry("2026-01-02T00:01:00Z", "a", "ESTIMATED", "lookups=70");
        submitted("b", "2026-01-02T00:00:00Z", "instrument=EMERGENCY_REQUEST jurisdiction=A selectors=1")
                .entry("2026-01-02T00:01:00Z", "b", "SEALED", "lookups=3")
                .entry("2026-01-04T00:01:00Z", "b", "LAPSED", "");
        submitted("c", "2026-01-02T00:00:00Z", "instrument=STANDING_ORDER jurisdiction=A selectors=1")
                .entry("2026-02-02T00:01:00Z", "c", "SEALED", "lookups=0")
                .entry("2026-03-02T00:01:00Z", "c", "RENEWED", "")
                .entry("2026-03-02T00:01:00Z", "c", "SEALED", "lookups=4");
        submitted("d", "2026-01-02T00:00:00Z", "instrument=PRESERVATION_REQUEST jurisdiction=A selectors=1")
                .entry("2026-01-02T00:01:00Z", "d", "PRESERVED", "")
                .entry("2026-04-02T00:01:00Z", "d", "EXPIRED", "");

        TransparencyReport report = report();

        assertThat(report.totals()).isEqualTo(new Counts(3, 3, 2, 7, 0, 0, 0, 0, 0, 1, 0));
        assertThat(report.estimates()).isEqualTo(1);
        assertThat(report.under(InstrumentType.EMERGENCY_REQUEST)).isEqualTo(1);
        assertThat(report.under(InstrumentType.STANDING_ORDER)).isEqualTo(1);
        assertThat(report.under(InstrumentType.PRESERVATION_REQUEST)).isEqualTo(1);
        assertThat(report.lines())
                .contains(
                        "Among them: 1 emergency requests, 1 standing orders, 1 preservation requests. Not among them:"
                                + " 1 estimates, which disclose a count and no lookup.");
    }

    @Test
    void everyRequestIsInExactlyOneOutcomeWhateverHappens() {
        List<String> actions = List.of(
                "SUBMITTED",
                "INVALID_WINDOW",
                "APPROVED",
                "SEALED",
                "REJECTED",
                "WITHDRAWN",
                "LAPSED",
                "PRESERVED",
                "EXPIRED",
                "RENEWED",
                "CLOSED",
                "RETENTION_ENDED",
                "RELEASED",
                "REFUSED",
                "SEARCH");
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            Audited any = new Audited(1);
            for (int i = 0; i < 60; i++) {
                any.entry(
                        "2026-02-02T00:00:00Z",
                        "r" + random.nextInt(12),
                        actions.get(random.nextInt(actions.size())),
                        "instrument=I" + random.nextInt(2) + " lookups=" + random.nextInt(3));
            }
            TransparencyReport report = report(any.entries());
            Counts all = report.totals();
            assertThat(all.disclosed()
                            + all.noData()
                            + all.rejected()
                            + all.withdrawn()
                            + all.lapsed()
                            + all.invalid()
                            + all.preserved()
                            + all.open())
                    .as("seed %d", seed)
                    .isEqualTo(all.requests());
            assertThat(all.requests())
                    .isEqualTo(any.entries().stream()
                            .filter(each -> each.getAction().equals("SUBMITTED")
                                    || each.getAction().equals("INVALID_WINDOW"))
                            .map(AuditEntry::getRequestId)
                            .distinct()
                            .count());
        }
    }

    @Test
    void doubtsAnAuditThatIsNotWhole() {
        submitted("a", "2026-01-02T00:00:00Z", ORDER);
        submitted("b", "2026-01-03T00:00:00Z", ORDER);
        submitted("c", "2026-01-04T00:00:00Z", ORDER);
        List<AuditEntry> entries = chain.entries();

        assertThat(report(entries.subList(1, 3)).doubts())
                .containsExactly(
                        "Chain 0 begins with entry 2 of 2026-01-03T00:00:00.000Z: what was before it is no longer"
                                + " there");
        List<AuditEntry> gap = new ArrayList<>(entries);
        gap.remove(1);
        assertThat(report(gap).doubts()).containsExactly("The audit is not sound. Chain 0, entry 3: follows entry 1");
        assertThat(report(new Audited(0)
                                .entry("2026-01-04T00:00:00Z", "a", "SUBMITTED", "requestSha256=00")
                                .entries())
                        .doubts())
                .containsExactly("1 requests are on record without an instrument");
        TransparencyReport.Builder unreadable = new TransparencyReport.Builder(FROM, TO);
        entries.forEach(unreadable::add);
        assertThat(unreadable.addUnreadable(0).build().doubts())
                .containsExactly("The audit is not sound. Chain 0, entry 4: cannot be read");
    }

    @Test
    void writesATableCsvAndJson() {
        submitted("a", "2026-01-02T00:00:00Z", "instrument=SUBPOENA jurisdiction=\"A, \\\"B\\\"\" selectors=1")
                .entry("2026-01-03T00:01:00Z", "a", "SEALED", "lookups=1234567");
        TransparencyReport report = report();

        assertThat(report.csv())
                .isEqualTo(
                        "from,to,instrument,jurisdiction,requests,selectors,disclosed,lookups,noData,rejected,withdrawn,"
                                + "lapsed,invalid,preserved,open\r\n"
                                + "2026-01-01,2026-06-30,SUBPOENA,\"A, \"\"B\"\"\",1,1,1,1234567,0,0,0,0,0,0,0\r\n");
        assertThat(report.lines())
                .contains(
                        "INSTRUMENT  JURISDICTION  REQUESTS  SELECTORS  DISCLOSED    LOOKUPS  NO DATA  REJECTED  WITHDRAWN"
                                + "  LAPSED  INVALID  PRESERVED  OPEN",
                        "SUBPOENA    A, \"B\"               1          1          1  1,234,567        0         0          0"
                                + "       0        0          0     0",
                        "ALL                              1          1          1  1,234,567        0         0          0"
                                + "       0        0          0     0");
        assertThat(new TreeMap<>(report.toJson()).keySet())
                .containsExactly(
                        "doubts", "emergency", "estimates", "from", "preservation", "rows", "standing", "to", "totals");
        assertThat(report(List.of()).csv().lines()).hasSize(1);
    }

    @Test
    void showsNoTerminalWhatItWouldActUpon() {
        submitted("a", "2026-01-02T00:00:00Z", "instrument=SUBPOENA jurisdiction=\"A\\u001b[2J\" selectors=1");

        assertThat(String.join("", report().lines())).contains("A?[2J").doesNotContain("\u001b");
    }

    @Test
    void refusesPeriodsThatMakeNoSense() {
        Run run = Run.of("report", "transparency", "--from", "2026-02-01", "--to", "2026-01-31");
        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("before the first");
        assertThat(Run.of("report", "transparency", "--from", "2026-02-01", "--to", "2026-02-31")
                        .exitCode())
                .isEqualTo(ExitCodes.USAGE);
        assertThat(Run.of("report", "transparency", "--from", "2026-02-01", "--to", "2026-02-01", "--csv", "--json")
                        .err())
                .contains("Either");
    }
}
