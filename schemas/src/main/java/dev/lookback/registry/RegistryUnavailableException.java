package dev.lookback.registry;

import org.apache.kafka.common.errors.RetriableException;

/** The registry did not answer, or not sensibly; the same call may succeed later. */
public final class RegistryUnavailableException extends RetriableException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and the cause. */
    public RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
