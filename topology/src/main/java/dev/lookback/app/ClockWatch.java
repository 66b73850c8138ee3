package dev.lookback.app;

import dev.lookback.clock.Doubt;
import dev.lookback.clock.SteadyClock;
import dev.lookback.config.Durations;
import dev.lookback.officers.Officers;
import dev.lookback.v1.ClockCheck;
import dev.lookback.v1.ClockConfirmation;
import dev.lookback.v1.ClockDoubt;
import dev.lookback.v1.ClockRecord;
import dev.lookback.v1.DoubtCause;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the clock of a process: compares it with the brokers' at the start and from time to time, says when it is
 * in doubt, remembers that over a restart, and trusts it anew once an officer has confirmed it. What an instance takes
 * for the time, and confirmations, are in the topic clock-checks.
 */
final class ClockWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);

    /** How often a clock in doubt is compared: so that whoever is to confirm it sees how it stands. */
    private static final Duration IN_DOUBT = Duration.ofSeconds(5);

    private final SteadyClock clock;
    private final Log log;
    private final LongSupplier nanoTime;
    private final Duration interval;
    private final String instance;
    private final String host;
    private final @Nullable Officers officers;
    private final Consumer<String> end;
    private final Set<UUID> confirmed = new HashSet<>();
    private @Nullable UUID announced;
    private long comparedAt;

    /** The topic clock-checks. */
    interface Log {
        /** Appends a record; returns when the broker did, milliseconds since the epoch. */
        long write(String key, ClockRecord value);

        /** What is there and has not been read before. */
        List<ClockLog.Entry> read();
    }

    /**
     * A watch.
     *
     * @param nanoTime a clock for measuring durations, nanoseconds
     * @param interval how often to compare
     * @param instance this process's id, the same after a restart
     * @param host its machine, for people
     * @param officers who may confirm; null: nobody, so a doubt ends with the process
     * @param end ends the process, with the reason
     */
    ClockWatch(
            SteadyClock clock,
            Log log,
            LongSupplier nanoTime,
            Duration interval,
            String instance,
            String host,
            @Nullable Officers officers,
            Consumer<String> end) {
        this.clock = clock;
        this.log = log;
        this.nanoTime = nanoTime;
        this.interval = interval;
        this.instance = instance;
        this.host = host;
        this.officers = officers;
        this.end = end;
    }

    /** The clock's figures. */
    void bindTo(MeterRegistry meters) {
        Gauge.builder("lookback.clock.trusted", clock, each -> each.doubt() == null ? 1 : 0)
                .description("1 while this machine's clock is trusted; 0: nothing is forgotten until it is confirmed.")
                .register(meters);
        Gauge.builder("lookback.clock.off", clock, each -> each.offMillis() / 1000.0)
                .description(
                        "How far this machine's clock is from the time that the process goes by; 0 while it is trusted.")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder("lookback.clock.skew", clock, each -> each.skewMillis() / 1000.0)
                .description("How far this machine's clock was from the brokers' when last compared; positive: ahead.")
                .baseUnit("seconds")
                .register(meters);
        FunctionCounter.builder("lookback.clock.doubts", clock, SteadyClock::doubts)
                .description("How often this machine's clock was found to have jumped, or to be far from the brokers'.")
                .register(meters);
    }

    /**
     * Compares the clock with the brokers' before anything is decided by it, and takes up a doubt that nobody has
     * confirmed.
     *
     * @throws org.apache.kafka.common.KafkaException if the cluster does not answer
     */
    void start() {
        ClockDoubt left = null;
        for (ClockLog.Entry entry : log.read()) {
            if (entry.value().getContent() instanceof ClockCheck check
                    && check.getInstance().equals(instance)) {
                left = check.getDoubt();
            } else {
                take(entry);
            }
        }
        if (left != null && officers != null && !confirmed.contains(UUID.fromString(left.getId()))) {
            clock.resume(doubt(left));
        }
        compare(clock.compareAtStart());
        announce();
    }

    /** Once a second. */
    void turn() {
        announce();
        Duration often = clock.doubt() == null || interval.compareTo(IN_DOUBT) < 0 ? interval : IN_DOUBT;
        if (nanoTime.getAsLong() - comparedAt >= often.toNanos()) {
            compare(clock.compare());
            announce();
        }
        Doubt doubt = clock.doubt();
        if (doubt != null && officers != null) {
            log.read().forEach(this::take);
            if (confirmed.contains(doubt.id())) {
                compare(clock.compare()); // what is confirmed is how far it is from the brokers' now
                if (clock.confirm(doubt.id())) {
                    LOG.info("The clock has been confirmed. Forgetting goes on");
                    compare(clock.compare());
                }
            }
        }
    }

    private void compare(SteadyClock.Comparison comparison) {
        comparedAt = nanoTime.getAsLong();
        comparison.end(log.write(instance, new ClockRecord(check())));
    }

    /** Says that the clock is in doubt, once for each doubt; ends the process if it cannot go on. */
    private void announce() {
        Doubt doubt = clock.doubt();
        long wentBack = clock.wentBackMillis();
        if (doubt != null && !doubt.id().equals(announced)) {
            LOG.warn(message(doubt));
            announced = doubt.id();
            try {
                log.write(instance, new ClockRecord(check()));
            } catch (RuntimeException e) {
                announced = wentBack == 0 ? null : announced; // again at the next turn, if there is one
                LOG.warn("That the clock is in doubt could not be put on record yet: {}", e.toString());
            }
        }
        if (wentBack > 0) {
            end.accept("This machine's clock went back by " + Durations.about(Duration.ofMillis(wentBack))
                    + ". Kafka's clients stand still until it is where it was, so Lookback has to be started again");
        }
    }

    private String message(Doubt doubt) {
        String off = Durations.about(Duration.ofMillis(Math.abs(doubt.offMillis())));
        String what = switch (doubt.cause()) {
            case JUMPED -> "has jumped " + (doubt.offMillis() > 0 ? "ahead" : "back") + " by " + off;
            case FAR_FROM_BROKERS -> "is " + off + (doubt.offMillis() > 0 ? " ahead of" : " behind") + " the brokers'";
        };
        String cure = officers == null
                ? "set it right and start Lookback again (there is no officers.file, so nobody can confirm it)"
                : "set it right; then an officer says: lookback clock confirm";
        return "The clock of this machine " + what + ". Nothing is forgotten until that is settled: " + cure
                + " (doubt " + doubt.id() + ", instance " + instance + ")";
    }

    private ClockCheck check() {
        Doubt doubt = clock.doubt();
        long time = clock.now();
        return ClockCheck.newBuilder()
                .setInstance(instance)
                .setHost(host)
                .setTime(Instant.ofEpochMilli(time))
                .setWall(Instant.ofEpochMilli(time + clock.offMillis()))
                .setSkewMillis(clock.skewMillis())
                .setDoubt(doubt == null ? null : doubt(doubt))
                .build();
    }

    private static ClockDoubt doubt(Doubt doubt) {
        return new ClockDoubt(
                doubt.id().toString(),
                DoubtCause.valueOf(doubt.cause().name()),
                doubt.offMillis(),
                Instant.ofEpochMilli(doubt.since()));
    }

    private static Doubt doubt(ClockDoubt doubt) {
        Doubt.Cause cause =
                doubt.getCause() == DoubtCause.FAR_FROM_BROKERS ? Doubt.Cause.FAR_FROM_BROKERS : Doubt.Cause.JUMPED;
        return new Doubt(
                UUID.fromString(doubt.getId()),
                cause,
                doubt.getOffMillis(),
                doubt.getSince().toEpochMilli());
    }

    private void take(ClockLog.Entry entry) {
        if (officers == null || !(entry.value().getContent() instanceof ClockConfirmation signed)) {
            return;
        }
        Confirmation.Reading reading = Confirmation.read(signed.getJws(), officers, entry.appendedAt());
        if (reading instanceof Confirmation.Good good) {
            confirmed.addAll(good.doubts());
        } else if (reading instanceof Confirmation.Bad bad) {
            LOG.warn("A confirmation of a clock counts for nothing: {}", bad.why());
        }
    }
}
