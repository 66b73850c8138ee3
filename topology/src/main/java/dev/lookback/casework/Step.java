package dev.lookback.casework;

/** What can happen to a case: the officers' commands, and what Lookback itself reports. */
enum Step {
    SUBMIT,
    APPROVE,
    REJECT,
    WITHDRAW,
    CLOSE,
    RENEW,
    PAPER,
    FETCH,
    /** The searches have been sent out. */
    SEARCHES_SENT,
    /** The last search has ended. */
    SEARCHES_ENDED,
    /** The window of a standing order is over, and what came in it has been collected. */
    WINDOW_OVER,
    /** The manifest has been written. */
    SEALED,
    /** The time of the state is up. */
    TIME_UP,
    /** The time for the paper is up. */
    PAPER_TIME_UP,
    /** The time of the non-disclosure order is up. */
    NON_DISCLOSURE_TIME_UP
}
