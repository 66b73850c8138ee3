package dev.lookback.app;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One role as a Kafka Streams application: replaces threads that fail, gives up when that does not help. */
final class RunningRole implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningRole.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final Role role;
    private final RoleState state;
    private final KafkaStreams streams;
    private final KafkaStreamsMetrics metrics;
    private final RestartBudget restarts;
    private final BiConsumer<Role, Throwable> givenUp;

    /**
     * A role, not yet started.
     *
     * @param givenUp told, once or more, when the role has stopped for good
     */
    RunningRole(
            LookbackConfig config,
            Role role,
            RoleState state,
            Topology topology,
            MeterRegistry meters,
            Clock clock,
            BiConsumer<Role, Throwable> givenUp) {
        this.role = role;
        this.state = state;
        this.givenUp = givenUp;
        this.restarts = new RestartBudget(clock);
        Properties settings = new Properties();
        settings.putAll(ClientSettings.streams(config, role));
        this.streams = new KafkaStreams(topology, settings);
        streams.setUncaughtExceptionHandler(this::failed);
        streams.setStateListener((now, before) -> {
            LOG.info("{}: {}", role.label(), now);
            if (now == KafkaStreams.State.ERROR) {
                givenUp.accept(role, new IllegalStateException(role.label() + " has stopped; see the log"));
            }
        });
        this.metrics = new KafkaStreamsMetrics(streams, List.of(Tag.of("role", role.label())));
        metrics.bindTo(meters);
        Gauge.builder("lookback.role.running", () -> streams.state() == KafkaStreams.State.RUNNING ? 1 : 0)
                .description("1 while the role runs; 0 while it starts, restores, rebalances, or has stopped.")
                .tag("role", role.label())
                .register(meters);
    }

    /**
     * Starts it.
     *
     * @throws IllegalStateException if a file of its state is damaged; the message says what to do
     */
    void start() {
        try {
            streams.start();
        } catch (RuntimeException e) {
            throw state.isDamagedBy(e) ? new IllegalStateException(state.remedy(), e) : e;
        }
    }

    KafkaStreams streams() {
        return streams;
    }

    /** Called in the thread that fails. */
    private StreamThreadExceptionResponse failed(Throwable failure) {
        if (state.isDamagedBy(failure)) {
            LOG.error("{}", state.remedy(), failure);
            givenUp.accept(role, new IllegalStateException(state.remedy(), failure));
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        // The registry, a broker: what is down for an hour comes back without our help.
        boolean passing = passes(failure);
        if (!passing && !restarts.take()) {
            LOG.error("{}: a thread failed again; giving up", role.label(), failure);
            givenUp.accept(role, failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        Duration wait = restarts.backOff();
        LOG.error("{}: a thread failed; replacing it in {} ms", role.label(), wait.toMillis(), failure);
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    static boolean passes(Throwable failure) {
        return isCausedBy(failure, RetriableException.class::isInstance);
    }

    /** Whether a failure, or one of its causes, is of some kind. */
    static boolean isCausedBy(Throwable failure, Predicate<Throwable> kind) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (kind.test(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** Stops, finishing what is under way, and leaves the group, so that others take over at once. */
    @Override
    public void close() {
        boolean stopped =
                streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                        .withTimeout(CLOSE_TIMEOUT));
        metrics.close();
        if (!stopped) {
            LOG.warn("{}: did not stop within {} s", role.label(), CLOSE_TIMEOUT.toSeconds());
        }
    }
}
