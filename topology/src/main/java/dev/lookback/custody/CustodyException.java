package dev.lookback.custody;

import org.jspecify.annotations.Nullable;

/** The keys of retained lookups are not what they should be: others, none where there were some, or not to be opened. */
public final class CustodyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Says what could not be done, and where. */
    public CustodyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
