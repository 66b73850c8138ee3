package dev.lookback.e2e;

import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** Upstream: publishes sample lookups in the background until told to pause. */
public final class Traffic implements AutoCloseable {
    private final SampleTraffic lookups;
    private final TrafficPublisher publisher;
    private final AtomicBoolean stop = new AtomicBoolean();
    private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);

    public Traffic(SampleTraffic lookups, TrafficPublisher publisher) {
        this.lookups = lookups;
        this.publisher = publisher;
    }

    public void flow(int perSecond) {
        stop.set(false);
        running = CompletableFuture.runAsync(() -> publisher.publish(lookups::next, perSecond, stop::get));
    }

    /** Returns when the broker has everything. */
    public void pause() {
        stop.set(true);
        running.join();
    }

    public void burst(long count) {
        publisher.publish(lookups::next, count);
    }

    public long published() {
        return publisher.acknowledged();
    }

    @Override
    public void close() {
        pause();
        publisher.close();
    }
}
