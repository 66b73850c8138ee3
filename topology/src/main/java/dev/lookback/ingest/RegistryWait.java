package dev.lookback.ingest;

import dev.lookback.custody.CustodyUnavailableException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Patience with a registry that does not answer. A record for which it is needed is asked for again and again within a
 * bound that keeps the consumer in its group; after that the failure is thrown, which ends the stream thread, and the
 * thread that replaces it reads the record again. Nothing is rejected and nothing is skipped meanwhile. (Streams retries
 * only client timeouts by itself; whatever a processor throws goes to the processing exception handler.)
 */
final class RegistryWait {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryWait.class);

    /** How a pause is made. */
    @FunctionalInterface
    interface Pause {
        void of(Duration duration) throws InterruptedException;
    }

    private final int attempts;
    private final Duration backoff;
    private final Pause pause;
    private final AtomicInteger waiting = new AtomicInteger();

    RegistryWait(IngestSettings settings, Pause pause) {
        this.backoff = settings.registryBackoff();
        this.attempts = (int) Math.max(1, settings.registryWait().toMillis() / backoff.toMillis());
        this.pause = pause;
    }

    /** How many processors are waiting now. */
    int waiting() {
        return waiting.get();
    }

    /**
     * Does what the registry, or the custody of keys, may be needed for.
     *
     * @throws RetriableException if it does not answer within the bound
     */
    <T> T patiently(Supplier<T> work) {
        try {
            return work.get();
        } catch (RetriableException e) {
            return retry(work, e instanceof CustodyUnavailableException);
        }
    }

    private <T> T retry(Supplier<T> work, boolean isCustody) {
        waiting.incrementAndGet();
        if (isCustody) {
            LOG.warn("The custody of keys does not answer; trying again every {}", backoff);
        } else {
            LOG.warn("The schema registry does not answer; trying again every {}", backoff);
        }
        try {
            for (int attempt = 1; ; attempt++) {
                pause();
                try {
                    T result = work.get();
                    LOG.info("{} answers again", isCustody ? "The custody of keys" : "The schema registry");
                    return result;
                } catch (RetriableException e) {
                    if (attempt >= attempts) {
                        throw e;
                    }
                }
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    private void pause() {
        try {
            pause.of(backoff);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
