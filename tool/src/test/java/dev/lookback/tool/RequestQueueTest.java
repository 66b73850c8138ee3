package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.tool.RequestQueue.Filter;
import dev.lookback.tool.RequestQueue.Mark;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which requests somebody is shown, and in which order. */
class RequestQueueTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant PAST = NOW.minusSeconds(60);
    private static final Instant SOON = NOW.plus(Duration.ofHours(5));
    private static final Instant LATER = NOW.plus(Duration.ofDays(9));

    private static LegalRequestStatus.Builder request(String id) {
        return LegalRequestStatus.newBuilder()
                .setRequestId(id)
                .setVersion(1)
                .setState(CaseState.AWAITING_APPROVAL)
                .setReason("SEARCHES_ENDED")
                .setAt(NOW)
                .setReceivedAt(NOW.minusSeconds(3600))
                .setInstrument("COURT_ORDER")
                .setReference("r")
                .setPriority("ROUTINE")
                .setSubmittedBy("intake");
    }

    private static List<String> ids(Filter filter, LegalRequestStatus.Builder... all) {
        return RequestQueue.of(
                        List.of(all).stream()
                                .map(LegalRequestStatus.Builder::build)
                                .toList(),
                        filter,
                        NOW)
                .stream()
                .map(LegalRequestStatus::getRequestId)
                .toList();
    }

    @Test
    void theMostUrgentComesFirst() {
        assertThat(ids(
                        Filter.ALL,
                        request("ended").setState(CaseState.CLOSED).setDueBy(PAST),
                        request("sealed")
                                .setState(CaseState.SEALED)
                                .setDueBy(PAST)
                                .setPriority("URGENT"),
                        request("no date"),
                        request("no date, older").setReceivedAt(NOW.minusSeconds(7200)),
                        request("later").setDueBy(LATER),
                        request("soon").setDueBy(SOON),
                        request("urgent").setPriority("URGENT").setDueBy(LATER),
                        request("emergency").setInstrument("EMERGENCY_REQUEST").setPaperDueAt(SOON),
                        request("overdue").setDueBy(PAST),
                        request("longer overdue").setDueBy(PAST.minusSeconds(1)),
                        request("paper overdue").setState(CaseState.SEALED).setPaperDueAt(PAST.minusSeconds(2))))
                .containsExactly(
                        "paper overdue",
                        "longer overdue",
                        "overdue",
                        "emergency",
                        "urgent",
                        "soon",
                        "later",
                        "no date, older",
                        "no date",
                        "sealed",
                        "ended");
    }

    @Test
    void anEstimateIsNoRequest() {
        assertThat(ids(Filter.ALL, request("estimate").setEstimate(true))).isEmpty();
    }

    @Test
    void openIsWhatHasNotEndedAndAnInvalidOneHasNot() {
        Filter open = new Filter(true, false, false, null, false, "");

        assertThat(ids(
                        open,
                        request("invalid").setState(CaseState.INVALID),
                        request("preserved").setState(CaseState.PRESERVED),
                        request("closed").setState(CaseState.CLOSED),
                        request("rejected").setState(CaseState.REJECTED),
                        request("expired").setState(CaseState.EXPIRED)))
                .containsExactlyInAnyOrder("invalid", "preserved");
    }

    @Test
    void mineIsWhatISubmittedOrApproved() {
        Filter mine = new Filter(false, true, false, null, false, "me");

        assertThat(ids(
                        mine,
                        request("another's"),
                        request("submitted").setSubmittedBy("me"),
                        request("approved").setApprovals(List.of("another", "me")),
                        request("nobody's").setSubmittedBy(null)))
                .containsExactlyInAnyOrder("submitted", "approved");
    }

    @Test
    void whatAwaitsMyApprovalIsAnothersAndNotApprovedByMeYet() {
        Filter mine = new Filter(false, false, true, null, false, "me");

        assertThat(ids(
                        mine,
                        request("new").setState(CaseState.RECEIVED),
                        request("searched"),
                        request("one of two").setApprovals(List.of("another")).setApprovalsNeeded(2),
                        request("my own").setSubmittedBy("me"),
                        request("approved by me").setApprovals(List.of("me")).setApprovalsNeeded(2),
                        request("approved by all").setApprovals(List.of("another")),
                        request("preserves").setApprovalsNeeded(0),
                        request("invalid").setState(CaseState.INVALID),
                        request("sealed").setState(CaseState.SEALED)))
                .containsExactlyInAnyOrder("new", "searched", "one of two");
    }

    @Test
    void dueIsWhatMustHappenInTimeAndOverdueWhatShouldHave() {
        LegalRequestStatus.Builder[] all = {
            request("overdue").setDueBy(PAST),
            request("now").setDueBy(NOW),
            request("soon").setDueBy(SOON),
            request("paper soon").setDueBy(LATER).setPaperDueAt(SOON),
            request("later").setDueBy(LATER),
            request("answered").setState(CaseState.SEALED).setDueBy(PAST),
            request("ended").setState(CaseState.WITHDRAWN).setDueBy(PAST).setPaperDueAt(PAST),
            request("never disclosed").setState(CaseState.REJECTED).setPaperDueAt(PAST),
            request("closed without paper").setState(CaseState.CLOSED).setPaperDueAt(PAST),
            request("no date")
        };

        assertThat(ids(new Filter(false, false, false, Duration.ofDays(1), false, ""), all))
                .containsExactlyInAnyOrder("overdue", "now", "soon", "paper soon", "closed without paper");
        assertThat(ids(new Filter(false, false, false, null, true, ""), all))
                .containsExactlyInAnyOrder("overdue", "now", "closed without paper");
    }

    @Test
    void conditionsHoldTogether() {
        Filter filter = new Filter(true, true, false, null, true, "me");

        assertThat(ids(
                        filter,
                        request("both").setSubmittedBy("me").setDueBy(PAST),
                        request("mine").setSubmittedBy("me"),
                        request("overdue").setDueBy(PAST)))
                .containsExactly("both");
    }

    @Test
    void marksWhatStandsOut() {
        assertThat(RequestQueue.marks(request("plain").setDueBy(LATER).build(), NOW))
                .isEmpty();
        assertThat(RequestQueue.marks(
                        request("all")
                                .setPriority("URGENT")
                                .setDueBy(PAST)
                                .setPaperDueAt(PAST)
                                .setOverQuota(true)
                                .setNonDisclosureUntil(PAST)
                                .build(),
                        NOW))
                .containsExactly(Mark.values());
        assertThat(RequestQueue.marks(
                        request("over").setReason("NON_DISCLOSURE_ENDED").build(), NOW))
                .containsExactly(Mark.REVIEW);
        assertThat(RequestQueue.marks(
                        request("ordered").setNonDisclosureUntil(LATER).build(), NOW))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Mark.class)
    void noMarkTellsAnybodyToNotify(Mark mark) {
        assertThat(mark.label()).doesNotContainIgnoringCase("notify").doesNotContainIgnoringCase("inform");
    }
}
