package dev.lookback.casework;

/** Why a case stands where it stands, or why a command changed nothing: the reason code of status records. */
public enum Reason {
    /** A submit command was accepted. */
    SUBMITTED,
    /** An invalid request was corrected. */
    CORRECTED,
    /** An instrument was served on what had been preserved. */
    SERVED,
    /** The searches have been sent to the vault. */
    SEARCHES_SENT,
    /** Every search has ended. */
    SEARCHES_ENDED,
    /** What a preservation request asks for is being kept. */
    PRESERVED,
    /** An officer approved. */
    APPROVED,
    /** The window of a standing order is over, and all that came in it has been collected. */
    WINDOW_OVER,
    /** The extract has been sealed. */
    SEALED,
    /** An officer has collected the extract. */
    FETCHED,
    /** The paper of an emergency request has come. */
    PAPER_RECEIVED,
    /** The paper of an emergency request has not come in time: somebody must ask for it. */
    PAPER_OVERDUE,
    /** What is preserved is kept once more as long. */
    RENEWED,
    /** The time of a non-disclosure order is over: no order on file, review. */
    NON_DISCLOSURE_ENDED,
    /** An estimate has been made. */
    ESTIMATED,
    /** An approver said no. */
    REJECTED,
    /** The request was taken back. */
    WITHDRAWN,
    /** Nobody approved, or corrected, in time. */
    LAPSED,
    /** The time of a preservation request is over. */
    EXPIRED,
    /** An officer closed the case. */
    CLOSED,
    /** The time for collecting the extract is over. */
    RETENTION_ENDED,

    /** Refused: the record is no command. */
    UNREADABLE,
    /** Refused: the signed command is larger than allowed. */
    TOO_LARGE,
    /** Refused: no valid signature of the officer it names. */
    BAD_SIGNATURE,
    /** Refused: signed by nobody on the list of officers. */
    UNKNOWN_OFFICER,
    /** Refused: the officer's registration is not (or no longer) valid. */
    OFFICER_NOT_VALID,
    /** Refused: signed with a key that the officer does not have any more, or not yet. */
    KEY_NOT_VALID,
    /** Refused: the officer does not have the role that the command takes. */
    ROLE_MISSING,
    /** Refused: signed, but not a command of the known form. */
    MALFORMED,
    /** Refused: the record's key is not the request id in the command. */
    KEY_MISMATCH,
    /** Refused: issued too long ago, or in the future. */
    STALE,
    /** Refused: this very command has been seen before. */
    REPLAYED,
    /** Refused: the officer who submitted cannot approve. */
    SELF_APPROVED,
    /** Refused: this officer has approved already. */
    APPROVED_TWICE,
    /** Refused: the approval is for another submit command than the one on record. */
    DIGEST_MISMATCH,
    /** Refused: there is no such request. */
    NO_SUCH_REQUEST,
    /** Refused: there is a request of this id already. */
    REQUEST_EXISTS,
    /** Refused: the request is invalid; it can be corrected, or withdrawn. */
    NOT_VALID,
    /** Refused: it has been approved already. */
    ALREADY_APPROVED,
    /** Refused: it discloses nothing, so there is nothing to approve. */
    NOTHING_TO_APPROVE,
    /** Refused: it has been approved and its searches have ended; the extract is on its way. */
    TOO_LATE,
    /** Refused: there is no sealed extract. */
    NOT_SEALED,
    /** Refused: it preserves nothing. */
    NOT_PRESERVED,
    /** Refused: it has been renewed once already. */
    ALREADY_RENEWED,
    /** Refused: no paper is owed. */
    NO_PAPER_OWED,
    /** Refused: the paper must come before the case can be closed. */
    PAPER_MISSING,
    /** Refused: the case has ended. */
    CASE_ENDED;
}
