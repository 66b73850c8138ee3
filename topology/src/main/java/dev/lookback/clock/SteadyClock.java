package dev.lookback.clock;

import java.time.Duration;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The machine's clock, until it cannot be trusted: until it has parted from the monotonic clock by more than a limit
 * since it was last looked at, or is further than that from the brokers' clocks. Then time goes on from the last trusted
 * reading by the monotonic clock, and nothing may be swept, until somebody confirms the clock.
 *
 * <p>What is confirmed is a {@link Doubt}, by its id: so a confirmation holds for what its author has seen, and an old
 * one that is played again for nothing.
 */
public final class SteadyClock implements Timekeeper {
    /** Between two looks at the machine's clock time goes on by the monotonic one, which is cheaper to read. */
    private static final long LOOK_NANOS = 5_000_000;

    private static final long NANOS = 1_000_000;

    private static final int READ_TRIES = 3;

    private final LongSupplier wall;
    private final LongSupplier nanoTime;
    private final long limitMillis;
    private final Supplier<UUID> ids;

    /** As of the last look; what is read without a lock. */
    private volatile View view;

    // ---- guarded by this
    /** A reading of both clocks from which time goes on. */
    private Reading anchor;
    /** By how much what is forgotten lags behind the present, while it is not known which of two clocks is right. */
    private long lagMillis;
    /** How far from the brokers' the clock was when it was last compared, and when somebody confirmed it so. */
    private long skewMillis;

    private long acceptedSkewMillis;
    private long doubts;
    /** The last look, whether it was trusted or not. */
    private Reading last;
    /** The longest step back between two looks. */
    private long farthestBackMillis;

    /**
     * What everybody sees.
     *
     * @param nanos the monotonic clock at the last look
     * @param now the present then
     * @param forgetting the forgetting present then
     * @param lag by how much what is forgotten lags behind the present
     */
    private record View(
            long nanos,
            long now,
            long forgetting,
            long lag,
            @Nullable Doubt doubt) {}

    /**
     * A clock that trusts the machine's until it learns better.
     *
     * @param wall the machine's clock, milliseconds since the epoch
     * @param nanoTime the machine's monotonic clock, nanoseconds
     * @param limit how far they may part between two looks, and how far the wall clock may be from the brokers'
     * @param ids names for doubts, each different from all others
     */
    public SteadyClock(LongSupplier wall, LongSupplier nanoTime, Duration limit, Supplier<UUID> ids) {
        this.wall = wall;
        this.nanoTime = nanoTime;
        this.limitMillis = limit.toMillis();
        this.ids = ids;
        this.anchor = new Reading(wall.getAsLong(), nanoTime.getAsLong());
        this.last = anchor;
        this.view = new View(anchor.nanos, anchor.wall, anchor.wall, 0, null);
    }

    @Override
    public long now(long ignored) {
        return now();
    }

    /** The present time. */
    public long now() {
        return present().now();
    }

    @Override
    public long forgettingNow(long ignored) {
        return present().forgetting();
    }

    @Override
    public Present present(long ignored) {
        return present();
    }

    private Present present() {
        View last = view;
        long since = nanoTime.getAsLong() - last.nanos;
        if (since >= LOOK_NANOS) {
            last = look();
            since = 0;
        }
        long now = last.now + since / NANOS;
        return new Present(now, Math.max(last.forgetting, now - last.lag));
    }

    @Override
    public boolean maySweep() {
        View last = view;
        return (nanoTime.getAsLong() - last.nanos < LOOK_NANOS ? last : look()).doubt == null;
    }

    /** The doubt there is; null while the clock is trusted. */
    public @Nullable Doubt doubt() {
        return look().doubt;
    }

    /** How many doubts there have been. */
    public synchronized long doubts() {
        return doubts;
    }

    /**
     * How far the machine's clock went back in one step since the process started, if further than the limit; else 0.
     * Kafka's clients stand still until it is where it was.
     */
    public synchronized long wentBackMillis() {
        look();
        return farthestBackMillis > limitMillis ? farthestBackMillis : 0;
    }

    /** How far the machine's clock was from the brokers' at the last comparison; positive: ahead. */
    public synchronized long skewMillis() {
        return skewMillis;
    }

    /** How far the machine's clock is from the time that goes on, now; 0 while it is trusted. Positive: ahead. */
    public synchronized long offMillis() {
        look();
        return view.doubt == null ? 0 : wall.getAsLong() - expected(nanoTime.getAsLong());
    }

    /** Both clocks, read at about the same time. */
    private record Reading(long wall, long nanos) {}

    /** Null if the machine was too busy with something else between two readings to tell that from a jump. */
    private @Nullable Reading read() {
        for (int i = 0; i < READ_TRIES; i++) {
            long before = nanoTime.getAsLong();
            long read = wall.getAsLong();
            long after = nanoTime.getAsLong();
            if ((after - before) / NANOS <= limitMillis / 4) {
                return new Reading(read, after);
            }
        }
        return null;
    }

    private synchronized View look() {
        Reading reading = read();
        long nanos = reading == null ? nanoTime.getAsLong() : reading.nanos;
        Doubt doubt = view.doubt;
        long wasExpected = expected(nanos);
        long now = wasExpected;
        if (reading != null) {
            // Whatever is trusted: by how much it has stepped back since the last look.
            farthestBackMillis = Math.max(farthestBackMillis, last.wall + (nanos - last.nanos) / NANOS - reading.wall);
            last = reading;
            if (doubt == null) {
                long off = reading.wall - now;
                if (Math.abs(off) > limitMillis) {
                    doubt = doubt(Doubt.Cause.JUMPED, off, now);
                } else {
                    anchor = reading;
                    now = reading.wall;
                }
            }
        }
        // Between two looks time went on by the monotonic clock, even if the machine's clock steps back a little now.
        long forgetting = Math.max(view.forgetting, Math.max(wasExpected, now) - lagMillis);
        View next = new View(nanos, now, forgetting, lagMillis, doubt);
        view = next;
        return next;
    }

    private long expected(long nanos) {
        return anchor.wall + (nanos - anchor.nanos) / NANOS;
    }

    /** How far a reading lies outside of a range: 0 within, negative below. */
    private static long between(long read, long least, long most) {
        return read < least ? read - least : Math.max(0, read - most);
    }

    private Doubt doubt(Doubt.Cause cause, long off, long now) {
        doubts++;
        return new Doubt(ids.get(), cause, off, now);
    }

    /** A comparison with the brokers that has begun: the machine's clock just before they were asked. */
    public final class Comparison {
        private final long started = wall.getAsLong();
        private final boolean first;

        private Comparison(boolean first) {
            this.first = first;
        }

        /**
         * Ends it.
         *
         * @param brokerTime when the broker appended what was sent to it in between, milliseconds since the epoch
         * @return how far the machine's clock is from the broker's, at least; positive: ahead
         */
        public long end(long brokerTime) {
            return compared(brokerTime, started, wall.getAsLong(), first);
        }
    }

    /** Begins a comparison while the process runs. */
    public Comparison compare() {
        return new Comparison(false);
    }

    /** Begins the comparison at the start of the process, before anything has been decided by this clock. */
    public Comparison compareAtStart() {
        return new Comparison(true);
    }

    private synchronized long compared(long broker, long started, long ended, boolean first) {
        View seen = look();
        // What the broker said was true at some time between two readings of the machine's clock.
        long skew = -between(broker, started, ended);
        skewMillis = skew;
        boolean agree = Math.abs(skew) <= limitMillis;
        if (agree) {
            acceptedSkewMillis = 0;
        }
        if (agree || Math.abs(skew - acceptedSkewMillis) <= limitMillis || (seen.doubt != null && !first)) {
            return skew;
        }
        long now = seen.now;
        long forgetting = seen.forgetting;
        if (first) {
            // There is no earlier reading to go on from. Ledgers are aged by the brokers' clocks; which of the two is
            // right is not known, so nothing is taken for expired before both say so.
            now = ended - skew;
            anchor = new Reading(now, seen.nanos);
            lagMillis = Math.max(0, -skew);
            forgetting = now - lagMillis;
        }
        Doubt doubt = seen.doubt == null ? doubt(Doubt.Cause.FAR_FROM_BROKERS, skew, now) : seen.doubt;
        view = new View(seen.nanos, now, forgetting, lagMillis, doubt);
        return skew;
    }

    /** Goes on with a doubt that the process had before it was started again. To be called before anything else. */
    public synchronized void resume(Doubt earlier) {
        View seen = look();
        view = new View(seen.nanos, seen.now, seen.forgetting, seen.lag, earlier);
    }

    /**
     * Trusts the machine's clock anew, and its distance from the brokers' as last measured.
     *
     * @param id the doubt that somebody has seen to
     * @return whether it was the doubt there is
     */
    public synchronized boolean confirm(UUID id) {
        Doubt doubt = look().doubt;
        if (doubt == null || !doubt.id().equals(id)) {
            return false;
        }
        anchor = new Reading(wall.getAsLong(), nanoTime.getAsLong());
        lagMillis = 0;
        acceptedSkewMillis = skewMillis;
        view = new View(anchor.nanos, anchor.wall, Math.max(view.forgetting, anchor.wall), 0, null);
        return true;
    }
}
