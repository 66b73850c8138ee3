package dev.lookback.tool;

import dev.lookback.disclosure.InstrumentType;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Requests as a queue of work: which of them somebody asks for, and which comes first. */
final class RequestQueue {
    private RequestQueue() {}

    /**
     * Which requests to list: those for which all holds that is asked.
     *
     * @param open that have not ended
     * @param mine that the officer submitted or approved
     * @param awaitingApproval that the officer may approve
     * @param dueWithin that must be answered, or whose paper must come, within this time, or should have been; null: any
     * @param overdue that should have been answered, or whose paper should have come
     * @param officer whose queue it is; empty: nobody's
     */
    record Filter(
            boolean open,
            boolean mine,
            boolean awaitingApproval,
            @Nullable Duration dueWithin,
            boolean overdue,
            String officer) {
        /** All requests. */
        static final Filter ALL = new Filter(false, false, false, null, false, "");

        private boolean admits(LegalRequestStatus status, Instant now) {
            return (!open || !hasEnded(status.getState()))
                    && (!mine || isBy(status, officer))
                    && (!awaitingApproval || mayApprove(status, officer))
                    && (dueWithin == null || isDue(status, now.plus(dueWithin)))
                    && (!overdue || isDue(status, now));
        }
    }

    /** What stands out about a request. */
    enum Mark {
        OVERDUE("overdue"),
        PAPER_OVERDUE("paper overdue"),
        URGENT("urgent"),
        OVER_QUOTA("over quota"),
        REVIEW("no order on file, review");

        private final String label;

        Mark(String label) {
            this.label = label;
        }

        /** In words. */
        String label() {
            return label;
        }
    }

    /** The requests that a filter admits, the most urgent first. Estimates are none. */
    static List<LegalRequestStatus> of(Collection<LegalRequestStatus> all, Filter filter, Instant now) {
        return all.stream()
                .filter(status -> !status.getEstimate() && filter.admits(status, now))
                .sorted(byUrgency(now))
                .toList();
    }

    private static Comparator<LegalRequestStatus> byUrgency(Instant now) {
        return Comparator.comparing((LegalRequestStatus status) -> rank(status, now))
                .thenComparing(RequestQueue::nextDate, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(LegalRequestStatus::getReceivedAt, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(LegalRequestStatus::getRequestId);
    }

    private enum Rank {
        OVERDUE,
        URGENT,
        OPEN,
        RESTING,
        ENDED
    }

    private static Rank rank(LegalRequestStatus status, Instant now) {
        if (isDue(status, now)) {
            return Rank.OVERDUE;
        }
        return switch (status.getState()) {
            case INVALID, RECEIVED, PRESERVING, AWAITING_APPROVAL, APPROVED ->
                isUrgent(status) ? Rank.URGENT : Rank.OPEN;
            case SEALED, PRESERVED, ACTIVE, UNKNOWN -> Rank.RESTING;
            case CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED -> Rank.ENDED;
        };
    }

    /** What stands out, the worst first. */
    static List<Mark> marks(LegalRequestStatus status, Instant now) {
        List<Mark> marks = new ArrayList<>();
        Instant paper = paperDueAt(status);
        Instant answer = answerDueBy(status);
        if (answer != null && !answer.isAfter(now)) {
            marks.add(Mark.OVERDUE);
        }
        if (paper != null && !paper.isAfter(now)) {
            marks.add(Mark.PAPER_OVERDUE);
        }
        if (isUrgent(status) && isUnanswered(status.getState())) {
            marks.add(Mark.URGENT);
        }
        if (status.getOverQuota() && isUnanswered(status.getState())) {
            marks.add(Mark.OVER_QUOTA);
        }
        if (isNonDisclosureOver(status, now)) {
            marks.add(Mark.REVIEW);
        }
        return marks;
    }

    /** Whether a case has ended. */
    static boolean hasEnded(CaseState state) {
        return switch (state) {
            case CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED -> true;
            case INVALID, RECEIVED, PRESERVING, AWAITING_APPROVAL, PRESERVED, ACTIVE, APPROVED, SEALED, UNKNOWN ->
                false;
        };
    }

    /** Whether an answer is still to be given. */
    private static boolean isUnanswered(CaseState state) {
        return state != CaseState.SEALED && !hasEnded(state);
    }

    private static boolean isUrgent(LegalRequestStatus status) {
        return "URGENT".equals(status.getPriority())
                || InstrumentType.EMERGENCY_REQUEST.name().equals(status.getInstrument());
    }

    private static boolean isBy(LegalRequestStatus status, String officer) {
        return officer.equals(status.getSubmittedBy()) || status.getApprovals().contains(officer);
    }

    /** Whether a request waits for an approval that this officer can give. */
    static boolean mayApprove(LegalRequestStatus status, String officer) {
        boolean waits = switch (status.getState()) {
            case RECEIVED, PRESERVING, AWAITING_APPROVAL ->
                status.getApprovals().size() < status.getApprovalsNeeded();
            case INVALID, PRESERVED, ACTIVE, APPROVED, SEALED, CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED, UNKNOWN ->
                false;
        };
        return waits && !isBy(status, officer);
    }

    private static boolean isDue(LegalRequestStatus status, Instant until) {
        Instant next = nextDate(status);
        return next != null && !next.isAfter(until);
    }

    /** Until when something must have happened; null: nothing, or no time is set. */
    static @Nullable Instant nextDate(LegalRequestStatus status) {
        Instant answer = answerDueBy(status);
        Instant paper = paperDueAt(status);
        if (answer == null || paper == null) {
            return answer == null ? paper : answer;
        }
        return answer.isBefore(paper) ? answer : paper;
    }

    private static @Nullable Instant answerDueBy(LegalRequestStatus status) {
        return isUnanswered(status.getState()) ? status.getDueBy() : null;
    }

    /** A paper is owed for what has been, or may be, disclosed without one; also once the case has been closed. */
    private static @Nullable Instant paperDueAt(LegalRequestStatus status) {
        return switch (status.getState()) {
            case RECEIVED, PRESERVING, AWAITING_APPROVAL, PRESERVED, ACTIVE, APPROVED, SEALED, CLOSED ->
                status.getPaperDueAt();
            case INVALID, REJECTED, WITHDRAWN, LAPSED, EXPIRED, UNKNOWN -> null;
        };
    }

    /** Whether a non-disclosure order has ended: then there is none on file, and somebody has to look what follows. */
    static boolean isNonDisclosureOver(LegalRequestStatus status, Instant now) {
        Instant until = status.getNonDisclosureUntil();
        return until == null ? "NON_DISCLOSURE_ENDED".equals(status.getReason()) : !until.isAfter(now);
    }
}
