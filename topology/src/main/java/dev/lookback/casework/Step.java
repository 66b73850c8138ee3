package dev.lookback.casework;

/** What can happen to a case: the officers' commands, and what Lookback itself reports. */
enum Step {
    SUBMIT,
    APPROVE,
    REJECT,
    WITHDRAW,
    CLOSE,
    /** The searches have been sent out. */
    SEARCHES_SENT,
    /** The last search has ended. */
    SEARCHES_ENDED,
    /** The manifest has been written. */
    SEALED,
    /** The time of the state is up. */
    TIME_UP
}
