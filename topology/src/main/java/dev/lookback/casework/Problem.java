package dev.lookback.casework;

/**
 * What is wrong with a request, and in which field.
 *
 * @param field as in the command's JSON: {@code instrument.reference}, {@code selectors[2].handle}, {@code window}
 */
public record Problem(String field, Code code) {
    /** What can be wrong. */
    public enum Code {
        /** It is not there, or empty. */
        MISSING,
        /** There is no such field: it would have said something that nobody hears. */
        UNKNOWN_FIELD,
        /** It is longer than allowed. */
        TOO_LONG,
        /** It is not what belongs there: not one of the names known, no date, no instant, no digest. */
        NOT_READABLE,
        /** A requester is always a number or an address, and this is neither. */
        NOT_A_HANDLE,
        /** No IP address or network. */
        NOT_A_NETWORK,
        /** Not the ISO 3166 code of a country. */
        NOT_A_REGION,
        /** The same selector again. */
        REPEATED,
        /** It ends before it begins. */
        EMPTY,
        /** It lies in the future, and the instrument reaches the past alone. */
        IN_THE_FUTURE,
        /** It lies in the past, and a standing order reaches the future. */
        IN_THE_PAST,
        /** The paper cannot have been served before it was issued. */
        BEFORE_ISSUE,
        /** Only a standing order continues another. */
        NOT_STANDING,
        /** What it continues is no standing order about the same selectors that is known here. */
        NOT_CONTINUED,
        /** More is asked than what is preserved under this request. */
        NOT_PRESERVED,
        /** The disclosure policy does not serve such an instrument. */
        INSTRUMENT_NOT_ALLOWED,
        /** More selectors than the disclosure policy allows. */
        TOO_MANY_SELECTORS,
        /** The disclosure policy does not allow such a selector under this instrument. */
        ROLE_NOT_ALLOWED,
        /** The network is wider than the disclosure policy allows. */
        RANGE_TOO_WIDE,
        /** The window is longer than the disclosure policy allows. */
        WINDOW_TOO_LONG
    }

    /** {@code FIELD CODE}. */
    @Override
    public String toString() {
        return field + " " + code;
    }
}
