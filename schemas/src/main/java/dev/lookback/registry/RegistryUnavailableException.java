package dev.lookback.registry;

import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/** The registry did not answer, or not sensibly; the same call may succeed later. */
public final class RegistryUnavailableException extends RetriableException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and the cause if there is one. */
    public RegistryUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
