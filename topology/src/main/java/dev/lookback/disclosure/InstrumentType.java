package dev.lookback.disclosure;

/** Kinds of legal paper. */
public enum InstrumentType {
    SUBPOENA,
    COURT_ORDER,
    SEARCH_WARRANT,
    /** Lives are at stake: discloses at once, the paper follows. */
    EMERGENCY_REQUEST,
    /** Keeps what is there from being forgotten; discloses nothing. */
    PRESERVATION_REQUEST,
    /** Prospective: what will be looked up in its window. */
    STANDING_ORDER
}
