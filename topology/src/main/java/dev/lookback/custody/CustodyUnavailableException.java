package dev.lookback.custody;

import org.apache.kafka.common.errors.RetriableException;

/** The keys of retained lookups cannot be reached or written now; later they may. */
public final class CustodyUnavailableException extends RetriableException {
    private static final long serialVersionUID = 1;

    /** Says what could not be done, and where. */
    public CustodyUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
