package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** Lookups that keep arriving at a steady rate, published by a thread of this process until this is closed. */
final class Arrivals implements AutoCloseable {
    private static final long SEED = 17;

    private final TrafficPublisher publisher;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final CompletableFuture<Void> end;

    /**
     * Begins.
     *
     * @param perSecond how many; 0: none
     */
    Arrivals(LookbackConfig config, int perSecond, Clock clock) {
        publisher = new TrafficPublisher(
                config.topics().lookupEvents(), ClientSettings.producer(config), "bench-arrivals", clock);
        SampleTraffic traffic = new SampleTraffic(
                SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), clock);
        end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        publisher.publish(traffic::next, perSecond, stopped::get);
                        end.complete(null);
                    } catch (RuntimeException e) {
                        end.completeExceptionally(e);
                    }
                },
                "arrivals");
        thread.setDaemon(true);
        thread.start();
    }

    /** How many lookups the broker has acknowledged so far. */
    long acknowledged() {
        return publisher.acknowledged();
    }

    /**
     * Stops; returns when the broker has all that was published.
     *
     * @throws java.util.concurrent.CompletionException if it did not take some
     */
    void stop() {
        stopped.set(true);
        end.join();
    }

    @Override
    public void close() {
        stopped.set(true);
        end.handle((done, failure) -> true).join();
        publisher.close();
    }
}
