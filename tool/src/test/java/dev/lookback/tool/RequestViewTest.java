package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.disclosure.DisclosurePolicies;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What officers see of a request. */
class RequestViewTest {
    private static final String ID = "00000000-0000-4000-8000-000000000001";
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private static LegalRequestStatus.Builder status(CaseState state, String reason) {
        return LegalRequestStatus.newBuilder()
                .setRequestId(ID)
                .setVersion(3)
                .setState(state)
                .setReason(reason)
                .setAt(NOW)
                .setReceivedAt(NOW)
                .setInstrument("COURT_ORDER")
                .setSubmittedBy("intake")
                .setPriority("ROUTINE");
    }

    private static Cases.Submitted submitted() {
        try {
            return new Cases.Submitted("abc", new ObjectMapper().readTree("""
                    {"requestId": "00000000-0000-4000-8000-000000000001",
                     "instrument": {"type": "COURT_ORDER", "reference": "12 Gs 345/26", "authority": "A court",
                       "jurisdiction": "DE", "issuedOn": "2026-02-27"},
                     "selectors": [{"role": "REQUESTER", "handle": "0170 1234567", "region": "DE"},
                       {"role": "QUERIED", "handle": "b@example.org"}, {"role": "SOURCE", "handle": "192.0.2.9"}],
                     "from": "2026-02-01T00:00:00Z", "to": "2026-04-01T00:00:00Z",
                     "nonDisclosureUntil": "2026-02-28T00:00:00Z",
                     "narrowings": [{"what": "contents", "reason": "NOT_HELD"}]}
                    """));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anApproverSeesWhatIsAskedInBothForms() {
        assertThat(RequestView.submitted(submitted()))
                .containsExactly(
                        "Request         " + ID,
                        "Instrument      COURT_ORDER, 12 Gs 345/26",
                        "Issued by       A court (DE), on 2026-02-27",
                        "Asks for        lookups made by +491701234567 (in the paper: 0170 1234567, DE)",
                        "Asks for        lookups about b@example.org",
                        "Asks for        lookups made from 192.0.2.9/32 (in the paper: 192.0.2.9)",
                        "Window          2026-02-01T00:00:00Z to just before 2026-04-01T00:00:00Z",
                        "Not filed       contents (NOT_HELD)",
                        "SHA-256         abc");
    }

    @Test
    void anApproverSeesWhoHasApprovedAndWhatTheWindowBecame() {
        LegalRequestStatus status = status(CaseState.AWAITING_APPROVAL, "APPROVED")
                .setApprovals(List.of("b"))
                .setApprovalsNeeded(3)
                .setOverQuota(true)
                .setWindowFrom(Instant.parse("2026-02-01T00:00:00Z"))
                .setWindowTo(NOW)
                .build();

        assertThat(RequestView.status(status, submitted(), NOW))
                .contains(
                        "Approvals       1 of 3: b",
                        "Searched        2026-02-01T00:00:00.000Z to just before 2026-03-01T12:00:00.000Z (it ends at"
                                + " the receipt: no request reaches what is looked up after it)")
                .anyMatch(line -> line.startsWith("Over quota"));
        assertThat(RequestView.terms(DisclosurePolicies.builtIn(), false, "COURT_ORDER"))
                .anyMatch(line -> line.contains("pseudonymised") && line.contains("up to 1000 lookups"));
    }

    @Test
    void anInvalidRequestSaysHowToCorrectIt() {
        LegalRequestStatus status = status(CaseState.INVALID, "MISSING")
                .setInstrument(null)
                .setProblems(List.of("instrument.reference MISSING", "selectors[1].handle NOT_A_HANDLE", "x NEW_CODE"))
                .build();

        assertThat(RequestView.status(status, null, NOW))
                .contains(
                        "Wrong           instrument.reference: missing; allowed: 1 to 200 characters",
                        "Wrong           x NEW_CODE",
                        "To correct it   submit it again with --id " + ID)
                .anyMatch(line -> line.startsWith("Wrong           selectors[1].handle: neither a phone number"))
                .noneMatch(line -> line.startsWith("Approvals"));
    }

    @Test
    void aNonDisclosureOrderThatHasEndedIsForReviewAndNoMore() {
        LegalRequestStatus ended = status(CaseState.SEALED, "FETCHED").build();
        LegalRequestStatus ordered = status(CaseState.SEALED, "FETCHED")
                .setNonDisclosureUntil(NOW.plusSeconds(1))
                .build();

        assertThat(RequestView.status(ended, submitted(), NOW))
                .contains("Non-disclosure  no order on file, review")
                .noneMatch(line -> line.toLowerCase(java.util.Locale.ROOT).contains("notify"));
        assertThat(RequestView.status(ordered, submitted(), NOW))
                .contains("Non-disclosure  ordered until 2026-03-01T12:00:01.000Z");
        assertThat(RequestView.status(ended, null, NOW)).noneMatch(line -> line.startsWith("Non-disclosure"));
    }

    @Test
    void showsEstimatesAndDates() {
        LegalRequestStatus estimate = status(CaseState.CLOSED, "ESTIMATED")
                .setEstimate(true)
                .setApprovalsNeeded(0)
                .setEstimates(List.of(0L, 1234L))
                .build();
        LegalRequestStatus emergency = status(CaseState.SEALED, "SEALED")
                .setPaperDueAt(NOW.minusSeconds(1))
                .setDueBy(NOW.minusSeconds(1))
                .setLapsesAt(NOW)
                .build();

        assertThat(RequestView.status(estimate, null, NOW))
                .contains("Would match     selector 1: 0 lookups", "Would match     selector 2: 1,234 lookups");
        assertThat(RequestView.status(emergency, null, NOW))
                .contains(
                        "Answer due      2026-03-01T11:59:59.000Z",
                        "Paper due       2026-03-01T11:59:59.000Z, overdue (lookback request paper)",
                        "Closes          2026-03-01T12:00:00.000Z");
    }

    @Test
    void theTableFitsItsRows() {
        LegalRequestStatus one = status(CaseState.AWAITING_APPROVAL, "SEARCHES_ENDED")
                .setReference("a reference that is much longer than others")
                .setApprovalsNeeded(2)
                .setApprovals(List.of("b"))
                .setDueBy(NOW)
                .setPriority("URGENT")
                .build();
        LegalRequestStatus two = status(CaseState.PRESERVED, "SEARCHES_ENDED")
                .setInstrument("PRESERVATION_REQUEST")
                .setApprovalsNeeded(0)
                .build();

        List<String> table = RequestView.table(List.of(one, two), NOW);

        assertThat(table.get(0)).startsWith("REQUEST ").contains("  STATE ", "  DUE (UTC) ", "  APPROVALS  NOTE");
        assertThat(table.get(1))
                .contains(ID, "a reference that is muc…  2026-03-01 12:00  2026-03-01 12:00  1/2 ")
                .endsWith("overdue, urgent");
        assertThat(table.get(2)).endsWith("  -");
        assertThat(RequestView.table(List.of(), NOW)).hasSize(1);
    }
}
