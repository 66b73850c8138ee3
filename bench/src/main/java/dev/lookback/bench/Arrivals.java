package dev.lookback.bench;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Lookups that keep arriving, published by a thread of this process until this is closed: at a steady rate, or as fast
 * as they are taken up.
 */
final class Arrivals implements AutoCloseable {
    private static final long SEED = 17;

    /** Published between two looks at how many wait. */
    private static final int BATCH = 5_000;

    private static final Duration PACE = Duration.ofMillis(5);

    private final TrafficPublisher publisher;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final CompletableFuture<Void> end;

    /**
     * Begins.
     *
     * @param perSecond how many; 0: none
     */
    Arrivals(LookbackConfig config, int perSecond, Clock clock) {
        this(config, clock, (publisher, traffic, stopped) -> publisher.publish(traffic::next, perSecond, stopped::get));
    }

    /**
     * Lookups that always wait in some number: whoever takes them up never lacks any, and is never far behind.
     *
     * @param waiting says how many wait now
     * @param most no more are published while so many wait
     */
    static Arrivals waiting(LookbackConfig config, LongSupplier waiting, long most, Clock clock) {
        return new Arrivals(config, clock, (publisher, traffic, stopped) -> {
            while (!stopped.get()) {
                if (waiting.getAsLong() < most) {
                    publisher.publish(traffic::next, BATCH);
                } else {
                    LockSupport.parkNanos(PACE.toNanos());
                }
            }
        });
    }

    private interface Pace {
        void publish(TrafficPublisher publisher, SampleTraffic traffic, AtomicBoolean stopped);
    }

    private Arrivals(LookbackConfig config, Clock clock, Pace pace) {
        publisher = new TrafficPublisher(
                config.topics().lookupEvents(), ClientSettings.producer(config), "bench-arrivals", clock);
        SampleTraffic traffic = new SampleTraffic(
                SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), clock);
        end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        pace.publish(publisher, traffic, stopped);
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
