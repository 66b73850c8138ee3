package dev.lookback.tool;

/** Ends a command with one line for the user: what, where, and what to do about it. Free of personal data. */
final class ToolException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    private ToolException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** It was tried and failed, or the answer is no. */
    static ToolException failed(String message) {
        return new ToolException(ExitCodes.FAILED, message);
    }

    /** The user asked for something that makes no sense. */
    static ToolException usage(String message) {
        return new ToolException(ExitCodes.USAGE, message);
    }

    /** Something that the command needs does not answer. */
    static ToolException unavailable(String message) {
        return new ToolException(ExitCodes.UNAVAILABLE, message);
    }

    int exitCode() {
        return exitCode;
    }
}
