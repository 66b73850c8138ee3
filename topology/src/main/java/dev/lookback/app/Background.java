package dev.lookback.app;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jobs beside the streams, each in a thread of its own. Most run again and again, whatever goes wrong in one turn. */
final class Background implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** As many as there are jobs: ticker, positions, GeoIP, storage, keys, clock, TLS. One that hangs holds up no other. */
    private static final int THREADS = 7;

    private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "background");
        thread.setDaemon(true);
        return thread;
    });

    /** Something that may fail now and work later. */
    interface Job {
        void run() throws Exception;
    }

    /** Does something once, while its caller does something else. */
    <T> Future<T> once(Callable<T> work) {
        return executor.submit(work);
    }

    /** Runs a job at once and then at each interval, one turn after the other. Logs when it begins and ceases to fail. */
    void every(Duration interval, String name, Job job) {
        AtomicBoolean failing = new AtomicBoolean();
        executor.scheduleAtFixedRate(
                () -> {
                    try {
                        job.run();
                        if (failing.getAndSet(false)) {
                            LOG.info("{} works again", name);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (Exception e) {
                        if (!failing.getAndSet(true)) {
                            LOG.warn("{} fails, and will be tried again: {}", name, e.toString());
                        }
                    }
                },
                0,
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("Background work did not stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
