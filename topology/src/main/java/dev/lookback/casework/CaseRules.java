package dev.lookback.casework;

import dev.lookback.v1.CaseState;

/** Which step leads from where to where: the whole life of a case, as one total function. */
final class CaseRules {
    /** What a step comes to. */
    sealed interface Outcome {}

    /** The case is in this state now (maybe the one it was in). */
    record Move(CaseState state, Reason reason) implements Outcome {}

    /** Nothing changes. */
    record Refuse(Reason reason) implements Outcome {}

    /** What a case is about. */
    enum Kind {
        /** Discloses what is there. */
        RECORDS,
        /** Discloses what will come in its window. */
        STANDING,
        /** Keeps, and discloses nothing. */
        PRESERVATION,
        /** Counts, and discloses nothing. */
        ESTIMATE
    }

    /**
     * Where a case stands, as far as it matters here.
     *
     * @param state UNKNOWN: there is no case
     * @param approved whether all have approved who must, counting a step APPROVE that is being taken; which may be
     *     before its searches have ended
     * @param wasApproved whether they had before that step
     * @param preserved whether its copies are kept under a preservation request, too, whose time is not up
     * @param renewed whether that has been renewed
     * @param paperOwed whether a paper has yet to come
     * @param sealed whether there is an extract
     */
    record Situation(
            CaseState state,
            Kind kind,
            boolean approved,
            boolean wasApproved,
            boolean preserved,
            boolean renewed,
            boolean paperOwed,
            boolean sealed) {
        static final Situation NONE =
                new Situation(CaseState.UNKNOWN, Kind.RECORDS, false, false, false, false, false, false);

        private Outcome stays(Reason reason) {
            return new Move(state, reason);
        }
    }

    private CaseRules() {}

    /** What a step comes to. */
    static Outcome apply(Situation at, Step step) {
        if (at.state == CaseState.UNKNOWN) {
            return step == Step.SUBMIT
                    ? new Move(CaseState.RECEIVED, Reason.SUBMITTED)
                    : new Refuse(Reason.NO_SUCH_REQUEST);
        }
        return switch (step) {
            case PAPER -> at.paperOwed ? at.stays(Reason.PAPER_RECEIVED) : new Refuse(Reason.NO_PAPER_OWED);
            case PAPER_TIME_UP -> at.paperOwed ? at.stays(Reason.PAPER_OVERDUE) : new Refuse(Reason.NO_PAPER_OWED);
            case NON_DISCLOSURE_TIME_UP -> at.stays(Reason.NON_DISCLOSURE_ENDED);
            case FETCH -> at.sealed ? at.stays(Reason.FETCHED) : new Refuse(Reason.NOT_SEALED);
            case SUBMIT,
                    APPROVE,
                    REJECT,
                    WITHDRAW,
                    CLOSE,
                    RENEW,
                    SEARCHES_SENT,
                    SEARCHES_ENDED,
                    WINDOW_OVER,
                    SEALED,
                    TIME_UP -> byState(at, step);
        };
    }

    private static Outcome byState(Situation at, Step step) {
        return switch (at.state) {
            case INVALID -> invalid(step);
            case RECEIVED, PRESERVING, AWAITING_APPROVAL -> open(at, step);
            case PRESERVED -> preserved(at, step);
            case ACTIVE -> active(step);
            case APPROVED, SEALED -> decided(at, step);
            case CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED, UNKNOWN ->
                new Refuse(step == Step.SUBMIT ? Reason.REQUEST_EXISTS : Reason.CASE_ENDED);
        };
    }

    private static Outcome invalid(Step step) {
        return switch (step) {
            case SUBMIT -> new Move(CaseState.RECEIVED, Reason.CORRECTED);
            case WITHDRAW -> new Move(CaseState.WITHDRAWN, Reason.WITHDRAWN);
            case TIME_UP -> new Move(CaseState.LAPSED, Reason.LAPSED);
            case APPROVE,
                    REJECT,
                    CLOSE,
                    RENEW,
                    PAPER,
                    FETCH,
                    SEARCHES_SENT,
                    SEARCHES_ENDED,
                    WINDOW_OVER,
                    SEALED,
                    PAPER_TIME_UP,
                    NON_DISCLOSURE_TIME_UP -> new Refuse(Reason.NOT_VALID);
        };
    }

    private static Outcome open(Situation at, Step step) {
        return switch (step) {
            case SUBMIT -> new Refuse(Reason.REQUEST_EXISTS);
            case APPROVE -> approve(at);
            case REJECT -> withdrawn(at, CaseState.REJECTED, Reason.REJECTED);
            case WITHDRAW -> withdrawn(at, CaseState.WITHDRAWN, Reason.WITHDRAWN);
            case TIME_UP -> timeUp(at);
            case SEARCHES_SENT ->
                at.state == CaseState.RECEIVED
                        ? new Move(CaseState.PRESERVING, Reason.SEARCHES_SENT)
                        : new Refuse(Reason.TOO_LATE);
            case SEARCHES_ENDED -> at.state == CaseState.PRESERVING ? searched(at) : new Refuse(Reason.TOO_LATE);
            case RENEW -> new Refuse(Reason.NOT_PRESERVED);
            case CLOSE, PAPER, FETCH, WINDOW_OVER, SEALED, PAPER_TIME_UP, NON_DISCLOSURE_TIME_UP ->
                new Refuse(Reason.NOT_SEALED);
        };
    }

    private static Outcome approve(Situation at) {
        return switch (at.kind) {
            case PRESERVATION, ESTIMATE -> new Refuse(Reason.NOTHING_TO_APPROVE);
            case RECORDS, STANDING -> {
                if (at.wasApproved) {
                    yield new Refuse(Reason.ALREADY_APPROVED);
                }
                boolean searched = at.state == CaseState.AWAITING_APPROVAL;
                yield new Move(searched && at.approved ? approvedState(at.kind) : at.state, Reason.APPROVED);
            }
        };
    }

    private static CaseState approvedState(Kind kind) {
        return kind == Kind.STANDING ? CaseState.ACTIVE : CaseState.APPROVED;
    }

    private static Outcome searched(Situation at) {
        return switch (at.kind) {
            case PRESERVATION -> new Move(CaseState.PRESERVED, Reason.PRESERVED);
            case ESTIMATE -> new Move(CaseState.CLOSED, Reason.ESTIMATED);
            case RECORDS, STANDING ->
                new Move(at.approved ? approvedState(at.kind) : CaseState.AWAITING_APPROVAL, Reason.SEARCHES_ENDED);
        };
    }

    private static Outcome timeUp(Situation at) {
        return switch (at.kind) {
            case PRESERVATION -> new Move(CaseState.EXPIRED, Reason.EXPIRED);
            case ESTIMATE -> new Move(CaseState.LAPSED, Reason.LAPSED);
            case RECORDS, STANDING ->
                at.approved ? new Refuse(Reason.ALREADY_APPROVED) : withdrawn(at, CaseState.LAPSED, Reason.LAPSED);
        };
    }

    /** An instrument that was served on what is preserved leaves that preserved, whatever becomes of it. */
    private static Outcome withdrawn(Situation at, CaseState end, Reason reason) {
        boolean served = at.preserved && at.kind != Kind.PRESERVATION;
        return new Move(served ? CaseState.PRESERVED : end, reason);
    }

    private static Outcome preserved(Situation at, Step step) {
        return switch (step) {
            case SUBMIT -> new Move(CaseState.AWAITING_APPROVAL, Reason.SERVED);
            case RENEW ->
                at.renewed ? new Refuse(Reason.ALREADY_RENEWED) : new Move(CaseState.PRESERVED, Reason.RENEWED);
            case REJECT -> new Move(CaseState.REJECTED, Reason.REJECTED);
            case WITHDRAW -> new Move(CaseState.WITHDRAWN, Reason.WITHDRAWN);
            case TIME_UP -> new Move(CaseState.EXPIRED, Reason.EXPIRED);
            case APPROVE -> new Refuse(Reason.NOTHING_TO_APPROVE);
            case SEARCHES_SENT, SEARCHES_ENDED -> new Refuse(Reason.TOO_LATE);
            case CLOSE, PAPER, FETCH, WINDOW_OVER, SEALED, PAPER_TIME_UP, NON_DISCLOSURE_TIME_UP ->
                new Refuse(Reason.NOT_SEALED);
        };
    }

    private static Outcome active(Step step) {
        return switch (step) {
            case SUBMIT -> new Refuse(Reason.REQUEST_EXISTS);
            case REJECT -> new Move(CaseState.REJECTED, Reason.REJECTED);
            case WITHDRAW -> new Move(CaseState.WITHDRAWN, Reason.WITHDRAWN);
            case WINDOW_OVER -> new Move(CaseState.APPROVED, Reason.WINDOW_OVER);
            case APPROVE, TIME_UP -> new Refuse(Reason.ALREADY_APPROVED);
            case SEARCHES_SENT, SEARCHES_ENDED -> new Refuse(Reason.TOO_LATE);
            case RENEW -> new Refuse(Reason.NOT_PRESERVED);
            case CLOSE, PAPER, FETCH, SEALED, PAPER_TIME_UP, NON_DISCLOSURE_TIME_UP -> new Refuse(Reason.NOT_SEALED);
        };
    }

    private static Outcome decided(Situation at, Step step) {
        boolean sealed = at.state == CaseState.SEALED;
        return switch (step) {
            case SUBMIT -> new Refuse(Reason.REQUEST_EXISTS);
            case APPROVE -> new Refuse(Reason.ALREADY_APPROVED);
            case REJECT, WITHDRAW, SEARCHES_SENT, SEARCHES_ENDED, WINDOW_OVER -> new Refuse(Reason.TOO_LATE);
            case RENEW -> new Refuse(Reason.NOT_PRESERVED);
            case CLOSE ->
                !sealed
                        ? new Refuse(Reason.NOT_SEALED)
                        : at.paperOwed ? new Refuse(Reason.PAPER_MISSING) : new Move(CaseState.CLOSED, Reason.CLOSED);
            case SEALED -> sealed ? new Refuse(Reason.TOO_LATE) : new Move(CaseState.SEALED, Reason.SEALED);
            case TIME_UP ->
                sealed ? new Move(CaseState.CLOSED, Reason.RETENTION_ENDED) : new Refuse(Reason.ALREADY_APPROVED);
            case PAPER, FETCH, PAPER_TIME_UP, NON_DISCLOSURE_TIME_UP -> new Refuse(Reason.NOT_SEALED);
        };
    }

    /** Whether a case in this state has ended: nothing but the release of its copies remains. */
    static boolean ended(CaseState state) {
        return switch (state) {
            case CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED -> true;
            case INVALID, RECEIVED, PRESERVING, AWAITING_APPROVAL, PRESERVED, ACTIVE, APPROVED, SEALED, UNKNOWN ->
                false;
        };
    }
}
