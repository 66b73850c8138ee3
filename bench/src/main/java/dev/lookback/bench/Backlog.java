package dev.lookback.bench;

import dev.lookback.config.LookbackConfig;
import dev.lookback.v1.LookupEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Lookups that are published while the application is frozen, so that publishing costs it nothing; and when it has taken
 * them up. The application is to be {@link Application#startWatched}.
 */
final class Backlog {
    /** How often somebody looks. */
    static final Duration LOOKS = Duration.ofMillis(250);

    /** Somebody looks once, then, before anything is published. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    /** Who is frozen is held for dead by brokers after 10 s, and holds itself for stuck after 5 minutes. */
    static final Map<String, String> SETTINGS = Map.of(
            "kafka.main.consumer.session.timeout.ms", "1200000", "kafka.main.consumer.max.poll.interval.ms", "1200000");

    private final Workspace workspace;
    private final Application application;
    private final Watcher watcher;
    private final Clock clock;
    private final List<String> way;
    private final long atRest;

    /** For an application that has taken up all there is. */
    Backlog(Workspace workspace, Application application, Watcher watcher, Clock clock) {
        LookbackConfig config = workspace.config();
        this.workspace = workspace;
        this.application = application;
        this.watcher = watcher;
        this.clock = clock;
        this.way = List.of(config.topics().lookupEvents().name(), application.ledger());
        this.atRest = clock.millis();
        Log.pause(SETTLED);
    }

    /** Publishes; returns the instant (milliseconds since the epoch) from which on the application can take it up. */
    long publish(Supplier<LookupEvent> lookups, long count) {
        application.whileFrozen(() -> workspace.fill(lookups, count, watcher, clock));
        return clock.millis();
    }

    /**
     * Waits until the vault has taken up all that had been published at an instant.
     *
     * @param all lookups that have ever been published, for who watches
     * @return when it had, milliseconds since the epoch
     */
    long takenUp(long publishedAt, long all) {
        application.awaitMirrored(all, watcher);
        return application.lag(atRest).takenUp(publishedAt, way);
    }
}
