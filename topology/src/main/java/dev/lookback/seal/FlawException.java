package dev.lookback.seal;

/** The first thing that is wrong with what somebody hands over. The message says what and where; free of personal data. */
public final class FlawException extends Exception {
    private static final long serialVersionUID = 1;

    private final String what;

    /** A flaw, in words for people. */
    public FlawException(String what) {
        super(what);
        this.what = what;
    }

    /** What is wrong, and where. */
    public String what() {
        return what;
    }

    /** Throws one unless something is as it should be. */
    public static void demand(boolean truth, String otherwise) throws FlawException {
        if (!truth) {
            throw new FlawException(otherwise);
        }
    }
}
