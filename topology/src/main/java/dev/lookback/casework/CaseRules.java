package dev.lookback.casework;

import dev.lookback.v1.CaseState;

/** Which step leads from which state to which: the whole life of a case, as one total function. */
final class CaseRules {
    /** What a step comes to. */
    sealed interface Outcome {}

    /** The case is in this state now (maybe the one it was in). */
    record Move(CaseState state, Reason reason) implements Outcome {}

    /** Nothing changes. */
    record Refuse(Reason reason) implements Outcome {}

    private CaseRules() {}

    /**
     * What a step comes to.
     *
     * @param state where the case stands; UNKNOWN: there is no case
     * @param approved whether it has been approved, which may be before its searches have ended
     */
    static Outcome apply(CaseState state, Step step, boolean approved) {
        return switch (state) {
            case UNKNOWN ->
                step == Step.SUBMIT
                        ? new Move(CaseState.RECEIVED, Reason.SUBMITTED)
                        : new Refuse(Reason.NO_SUCH_REQUEST);
            case RECEIVED, PRESERVING, AWAITING_APPROVAL -> open(state, step, approved);
            case APPROVED, SEALED -> decided(state, step);
            case CLOSED, INVALID, REJECTED, WITHDRAWN, LAPSED ->
                new Refuse(step == Step.SUBMIT ? Reason.REQUEST_EXISTS : Reason.CASE_ENDED);
        };
    }

    private static Outcome open(CaseState state, Step step, boolean approved) {
        boolean searched = state == CaseState.AWAITING_APPROVAL;
        return switch (step) {
            case SUBMIT -> new Refuse(Reason.REQUEST_EXISTS);
            case APPROVE ->
                approved
                        ? new Refuse(Reason.ALREADY_APPROVED)
                        : new Move(searched ? CaseState.APPROVED : state, Reason.APPROVED);
            case REJECT -> new Move(CaseState.REJECTED, Reason.REJECTED);
            case WITHDRAW -> new Move(CaseState.WITHDRAWN, Reason.WITHDRAWN);
            case CLOSE, SEALED -> new Refuse(Reason.NOT_SEALED);
            case SEARCHES_SENT ->
                state == CaseState.RECEIVED
                        ? new Move(CaseState.PRESERVING, Reason.SEARCHES_SENT)
                        : new Refuse(Reason.TOO_LATE);
            case SEARCHES_ENDED ->
                state == CaseState.PRESERVING
                        ? new Move(approved ? CaseState.APPROVED : CaseState.AWAITING_APPROVAL, Reason.SEARCHES_ENDED)
                        : new Refuse(Reason.TOO_LATE);
            case TIME_UP -> approved ? new Refuse(Reason.ALREADY_APPROVED) : new Move(CaseState.LAPSED, Reason.LAPSED);
        };
    }

    private static Outcome decided(CaseState state, Step step) {
        boolean sealed = state == CaseState.SEALED;
        return switch (step) {
            case SUBMIT -> new Refuse(Reason.REQUEST_EXISTS);
            case APPROVE -> new Refuse(Reason.ALREADY_APPROVED);
            case REJECT, WITHDRAW, SEARCHES_SENT, SEARCHES_ENDED -> new Refuse(Reason.TOO_LATE);
            case CLOSE -> sealed ? new Move(CaseState.CLOSED, Reason.CLOSED) : new Refuse(Reason.NOT_SEALED);
            case SEALED -> sealed ? new Refuse(Reason.TOO_LATE) : new Move(CaseState.SEALED, Reason.SEALED);
            case TIME_UP ->
                sealed ? new Move(CaseState.CLOSED, Reason.RETENTION_ENDED) : new Refuse(Reason.ALREADY_APPROVED);
        };
    }

    /** Whether a case in this state has ended: nothing but the release of its copies remains. */
    static boolean ended(CaseState state) {
        return switch (state) {
            case CLOSED, INVALID, REJECTED, WITHDRAWN, LAPSED -> true;
            case RECEIVED, PRESERVING, AWAITING_APPROVAL, APPROVED, SEALED, UNKNOWN -> false;
        };
    }
}
