package dev.lookback.casework;

/** Why a case stands where it stands, or why a command changed nothing: the reason code of status records. */
public enum Reason {
    /** A submit command was accepted. */
    SUBMITTED,
    /** The searches have been sent to the vault. */
    SEARCHES_SENT,
    /** Every search has ended. */
    SEARCHES_ENDED,
    /** A second officer approved. */
    APPROVED,
    /** The extract has been sealed. */
    SEALED,
    /** A second officer said no. */
    REJECTED,
    /** The request was taken back. */
    WITHDRAWN,
    /** Nobody approved in time. */
    LAPSED,
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
    /** Refused: the approval is for another submit command than the one on record. */
    DIGEST_MISMATCH,
    /** Refused: there is no such request. */
    NO_SUCH_REQUEST,
    /** Refused: there is a request of this id already. */
    REQUEST_EXISTS,
    /** Refused: it has been approved already. */
    ALREADY_APPROVED,
    /** Refused: it has been approved and its searches have ended; the extract is on its way. */
    TOO_LATE,
    /** Refused: only a sealed case can be closed. */
    NOT_SEALED,
    /** Refused: the case has ended. */
    CASE_ENDED,

    /** Invalid: no such instrument, or a field of it missing or too long. */
    INVALID_INSTRUMENT,
    /** Invalid: this version does not serve that instrument yet. */
    INSTRUMENT_NOT_SUPPORTED,
    /** Invalid: none, too many, or one without role or handle. */
    INVALID_SELECTORS,
    /** Invalid: a requester is always a number or an address; this handle is neither. */
    INVALID_HANDLE,
    /** Invalid: the window is missing, unreadable or ends before it begins. */
    INVALID_WINDOW
}
