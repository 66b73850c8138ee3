package dev.lookback.tool;

/** What the command's exit code means. */
final class ExitCodes {
    /** Done; the answer is yes. */
    static final int OK = 0;

    /** It failed, or the answer is no. */
    static final int FAILED = 1;

    /** Wrong usage or settings; nothing was done. */
    static final int USAGE = 2;

    /** Broker or registry do not answer. */
    static final int UNAVAILABLE = 3;

    private ExitCodes() {}
}
