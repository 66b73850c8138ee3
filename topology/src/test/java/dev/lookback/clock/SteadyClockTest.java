package dev.lookback.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SteadyClockTest {
    private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final long DAY = Duration.ofDays(1).toMillis();
    private static final long MINUTE = LIMIT.toMillis();

    /** True time, and by how much the machine's clock is off. */
    private long elapsed;

    private long off;
    private final AtomicInteger ids = new AtomicInteger();
    private SteadyClock clock = newClock();

    private SteadyClock newClock() {
        return new SteadyClock(this::wall, () -> elapsed * 1_000_000, LIMIT, () -> new UUID(0, ids.incrementAndGet()));
    }

    private long wall() {
        return START + elapsed + off;
    }

    private long truth() {
        return START + elapsed;
    }

    private void pass(long millis) {
        elapsed += millis;
    }

    @Test
    void isTheMachinesClockWhileThatIsTrusted() {
        pass(DAY);
        assertThat(clock.now()).isEqualTo(truth());
        assertThat(clock.forgettingNow(0)).isEqualTo(truth());
        assertThat(clock.maySweep()).isTrue();
        assertThat(clock.doubt()).isNull();
        assertThat(clock.offMillis()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {40 * 86_400_000L, 60_001, -60_001, -86_400_000L})
    void goesOnAsBeforeWhenTheMachinesClockJumps(long jump) {
        pass(1000);
        clock.now();
        off = jump;
        pass(1000);
        assertThat(clock.now()).isEqualTo(truth());
        assertThat(clock.forgettingNow(0)).isEqualTo(truth());
        assertThat(clock.maySweep()).isFalse();
        assertThat(clock.doubt()).isEqualTo(new Doubt(new UUID(0, 1), Doubt.Cause.JUMPED, jump, truth()));
        assertThat(clock.offMillis()).isEqualTo(jump);
        assertThat(clock.wentBackMillis()).isEqualTo(jump < 0 ? -jump : 0);
        pass(DAY);
        assertThat(clock.now()).as("for as long as it takes").isEqualTo(truth());
        off = 0;
        pass(1000);
        assertThat(clock.maySweep())
                .as("a clock that has come back is not trusted either")
                .isFalse();
        assertThat(clock.wentBackMillis()).isEqualTo(Math.abs(jump) > 0 ? Math.abs(jump) : 0);
        assertThat(clock.doubts()).isOne();
    }

    @ParameterizedTest
    @ValueSource(longs = {60_000, -60_000, 1, -1})
    void followsStepsUpToTheLimitAndStillForgetsNothingTwice(long step) {
        pass(1000);
        long before = clock.forgettingNow(0);
        off = step;
        pass(10);
        assertThat(clock.now()).isEqualTo(wall());
        assertThat(clock.forgettingNow(0)).isEqualTo(Math.max(before + 10, wall()));
        assertThat(clock.maySweep()).isTrue();
        assertThat(clock.wentBackMillis()).isZero();
    }

    @Test
    void aJumpThatNobodyHasLookedAtYetIsNotSeenByTheTimeThatGoesOn() {
        pass(1000);
        clock.now();
        off = DAY;
        pass(4);
        assertThat(clock.now()).as("by the monotonic clock between two looks").isEqualTo(truth());
        assertThat(clock.forgettingNow(0)).isEqualTo(truth());
        pass(1);
        assertThat(clock.maySweep()).isFalse();
    }

    @Test
    void followsAClockThatIsSlewed() {
        for (int i = 0; i < 100; i++) {
            pass(1000);
            off += 500; // far more than any time daemon's
            assertThat(clock.now()).isEqualTo(wall());
        }
        assertThat(clock.maySweep()).as("the brokers tell, not this").isTrue();
        compare(0, 0);
        pass(1000);
        compare(LIMIT.toMillis(), 0);
        assertThat(clock.maySweep()).isTrue();
        off = MINUTE + 1;
        compare(0, 0);
        assertThat(Objects.requireNonNull(clock.doubt()).cause()).isEqualTo(Doubt.Cause.FAR_FROM_BROKERS);
    }

    @Test
    void aBusyMachineIsNoJump() {
        // Ten minutes pass between the two readings of the monotonic clock, before or after the one of the wall clock.
        long[] stall = {0};
        SteadyClock stalled = new SteadyClock(
                () -> {
                    long read = wall();
                    elapsed += stall[0];
                    return read;
                },
                () -> elapsed * 1_000_000,
                LIMIT,
                UUID::randomUUID);
        stall[0] = 10 * MINUTE;
        pass(1000);
        stalled.now();
        stall[0] = 0;
        pass(1000);
        assertThat(stalled.doubt()).isNull();
    }

    @Test
    void isTrustedAnewWhenItsDoubtIsConfirmed() {
        pass(1000);
        clock.now();
        off = DAY;
        pass(1000);
        Doubt doubt = Objects.requireNonNull(clock.doubt());
        assertThat(clock.confirm(new UUID(0, 99))).as("another doubt").isFalse();
        assertThat(clock.maySweep()).isFalse();
        assertThat(clock.confirm(doubt.id())).isTrue();
        assertThat(clock.maySweep()).isTrue();
        assertThat(clock.now()).as("as it is now, a day ahead").isEqualTo(truth() + DAY);
        off = 0;
        pass(1000);
        assertThat(clock.confirm(doubt.id())).as("a doubt of its own").isFalse();
        assertThat(clock.maySweep()).isFalse();
    }

    @Test
    void neverForgetsLessThanBefore() {
        pass(DAY);
        long reached = clock.forgettingNow(0);
        off = -2 * DAY;
        pass(1000);
        clock.confirm(Objects.requireNonNull(clock.doubt()).id());
        assertThat(clock.now()).isEqualTo(truth() - 2 * DAY);
        assertThat(clock.forgettingNow(0)).isGreaterThanOrEqualTo(reached);
        pass(3 * DAY);
        assertThat(clock.forgettingNow(0)).isEqualTo(wall());
    }

    @Test
    void aClockFarAheadAtTheStartForgetsByTheBrokers() {
        startOff(DAY);
        assertThat(compareAtStart(0, 0)).isEqualTo(DAY);
        assertThat(clock.now()).isEqualTo(truth());
        assertThat(clock.forgettingNow(0)).isEqualTo(truth());
        assertThat(clock.maySweep()).isFalse();
        pass(DAY);
        assertThat(clock.now()).isEqualTo(truth());
        assertThat(clock.offMillis()).isEqualTo(DAY);
    }

    @Test
    void aClockFarBehindAtTheStartTakesNothingForExpiredBeforeBothSaySo() {
        startOff(-DAY);
        assertThat(compareAtStart(0, 0)).isEqualTo(-DAY);
        assertThat(clock.now()).as("ledgers are aged by the brokers").isEqualTo(truth());
        assertThat(clock.forgettingNow(0)).isEqualTo(truth() - DAY);
        assertThat(clock.maySweep()).isFalse();
        pass(1000);
        assertThat(clock.forgettingNow(0)).isEqualTo(truth() - DAY);
    }

    @Test
    void aLongOutageIsNoJump() {
        startOff(0);
        pass(90 * DAY);
        startOff(0); // between two lives of the process there is no monotonic clock to differ from
        assertThat(compareAtStart(0, 0)).isZero();
        assertThat(clock.maySweep()).isTrue();
    }

    @Test
    void theWayToTheBrokerIsNoDistance() {
        assertThat(compareAtStart(0, 5 * MINUTE)).as("a slow broker").isZero();
        assertThat(clock.maySweep()).isTrue();
    }

    @Test
    void aConfirmedDistanceFromTheBrokersRaisesNoDoubtAgain() {
        startOff(DAY);
        compareAtStart(0, 0);
        assertThat(clock.confirm(Objects.requireNonNull(clock.doubt()).id())).isTrue();
        compare(0, 0);
        assertThat(clock.maySweep()).isTrue();
        assertThat(clock.now()).isEqualTo(truth() + DAY);
        compare(2 * MINUTE, 0);
        assertThat(clock.maySweep()).as("another distance is another doubt").isFalse();
    }

    @Test
    void aDoubtOutlivesARestart() {
        Doubt earlier = new Doubt(new UUID(7, 7), Doubt.Cause.JUMPED, DAY, START - DAY);
        startOff(0);
        clock.resume(earlier);
        compareAtStart(0, 0);
        assertThat(clock.doubt()).isEqualTo(earlier);
        assertThat(clock.now()).isEqualTo(truth());
        assertThat(clock.maySweep()).isFalse();
        assertThat(clock.confirm(earlier.id())).isTrue();
        assertThat(clock.maySweep()).isTrue();
    }

    /** A process that starts now, on a machine whose clock is off. */
    private void startOff(long millis) {
        off = millis;
        clock = newClock();
    }

    private long compareAtStart(long brokerOff, long way) {
        return end(clock.compareAtStart(), brokerOff, way);
    }

    private void compare(long brokerOff, long way) {
        end(clock.compare(), brokerOff, way);
    }

    private long end(SteadyClock.Comparison comparison, long brokerOff, long way) {
        long appended = truth() + brokerOff;
        pass(way);
        return comparison.end(appended);
    }

    /** Whatever the machine's clock does: the time never passes the truth by more than what was let through. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void neverRunsAheadOfWhatWasTrusted(long seed) {
        Random random = new Random(seed);
        long trusted = 0; // how far off the clock was when it was last trusted
        long floor = Long.MIN_VALUE;
        boolean doubted = false;
        for (int i = 0; i < 5_000; i++) {
            if (random.nextInt(50) == 0) {
                off += random.nextBoolean() ? DAY : -DAY;
            } else if (random.nextInt(5) == 0) {
                off += random.nextInt((int) MINUTE) - MINUTE / 2;
            }
            pass(5 + random.nextInt(10_000));
            long now = clock.now();
            @Nullable Doubt doubt = clock.doubt();
            if (doubt == null) {
                trusted = off;
            }
            assertThat(now).as("seed %d, step %d", seed, i).isEqualTo(truth() + trusted);
            long forgetting = clock.forgettingNow(0);
            assertThat(forgetting).as("seed %d, step %d", seed, i).isGreaterThanOrEqualTo(Math.max(floor, now));
            floor = forgetting;
            assertThat(clock.maySweep()).isEqualTo(doubt == null);
            if (doubt != null && random.nextInt(20) == 0) {
                assertThat(clock.confirm(doubt.id())).isTrue();
                trusted = off;
            } else if (doubted) {
                assertThat(doubt).as("a doubt stays until it is confirmed").isNotNull();
            }
            doubted = clock.doubt() != null;
        }
        assertThat(clock.doubts()).isPositive();
    }
}
