package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.clock.Timekeeper;
import dev.lookback.custody.KeyCustody;
import dev.lookback.custody.MemoryCustody;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.v1.RetentionPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyExpiryTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration GRACE = Duration.ofHours(4);
    private static final RetentionClass SHORT =
            new RetentionClass("short", HOUR, Duration.ofHours(10), Set.of("+1"), Set.of());
    private static final RetentionClass DEFAULT =
            new RetentionClass("default", HOUR, Duration.ofHours(20), Set.of(), Set.of());

    private final KeyCustody custody = new MemoryCustody();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private boolean maySweep = true;
    private long lag;
    private final KeyExpiry expiry = new KeyExpiry(
            custody,
            new RetentionClasses(List.of(SHORT, DEFAULT)),
            GRACE,
            new Timekeeper() {
                @Override
                public long now(long wall) {
                    return wall;
                }

                @Override
                public long forgettingNow(long wall) {
                    return wall - lag;
                }

                @Override
                public boolean maySweep() {
                    return maySweep;
                }
            },
            meters);

    /** The last lookup of bucket 0 occurs at 00:59:59.999; it is 10 hours old, and the grace over, at 14:59:59.999. */
    @Test
    void destroysAKeyWhenTheLastLookupOfItsBucketIsPastDeadlineAndGrace() {
        seal();
        long end = HOUR.multipliedBy(15).toMillis() - 1;
        destroy(end - 1);
        assertThat(custody.forOpening("short", 0)).isNotNull();
        destroy(end);
        assertThat(custody.forOpening("short", 0)).isNull();
        assertThat(custody.forOpening("short", 1)).isNotNull();
        assertThat(custody.forOpening("default", 0)).isNotNull();
        destroy(end + HOUR.multipliedBy(10).toMillis());
        assertThat(custody.forOpening("default", 0)).isNull();
        assertThat(custody.forOpening("default", 1)).isNotNull();
    }

    @Test
    void goesByTheTimeOfForgettingWhereThatLags() {
        seal();
        lag = HOUR.toMillis();
        long end = HOUR.multipliedBy(15).toMillis() - 1;
        destroy(end);
        assertThat(custody.forOpening("short", 0)).isNotNull();
        destroy(end + lag);
        assertThat(custody.forOpening("short", 0)).isNull();
    }

    /** A search that came just before has the whole grace all the same. */
    @Test
    void waitsForTheGraceAfterAShorteningAsWell() {
        seal();
        Cutoff shortened = new Cutoff(SHORT, List.of(policy(1, 10, 0), policy(2, 1, 5)));
        long shortenedAt = HOUR.multipliedBy(5).toMillis(); // 1 h from then on: buckets 0 to 2 are due at once
        assertThat(shortened.at(shortenedAt)).isEqualTo(HOUR.multipliedBy(4).toMillis());
        long end = shortenedAt + GRACE.toMillis();
        expiry.destroyKeys(end - 1, each -> each == SHORT ? shortened : null);
        assertThat(keys("short")).isEqualTo(3);
        expiry.destroyKeys(end, each -> each == SHORT ? shortened : null);
        assertThat(keys("short")).isZero();
    }

    @Test
    void aLengtheningKeepsWhatIsStillThere() {
        seal();
        Cutoff lengthened = new Cutoff(SHORT, List.of(policy(1, 10, 0), policy(2, 100, 10)));
        expiry.destroyKeys(HOUR.multipliedBy(50).toMillis(), each -> each == SHORT ? lengthened : null);
        assertThat(keys("short")).isEqualTo(3);
    }

    private static RetentionPolicy policy(int version, int hours, int fromHour) {
        return RetentionPolicy.newBuilder()
                .setRetentionClass("short")
                .setVersion(version)
                .setDurationMillis(HOUR.multipliedBy(hours).toMillis())
                .setEffectiveFrom(
                        Instant.ofEpochMilli(HOUR.multipliedBy(fromHour).toMillis()))
                .setChangedBy("test")
                .setReason("test")
                .build();
    }

    @Test
    void destroysNothingWhileTheClockIsInDoubt() {
        seal();
        maySweep = false;
        destroy(HOUR.multipliedBy(1_000).toMillis());
        assertThat(keys("short")).isEqualTo(3);
        assertThat(lastTurn()).isNaN();
        maySweep = true;
        destroy(HOUR.multipliedBy(1_000).toMillis());
        assertThat(keys("short")).isZero();
        assertThat(lastTurn()).isEqualTo(HOUR.multipliedBy(1_000).toSeconds());
    }

    private double lastTurn() {
        return meters.get("lookback.custody.turn.timestamp").gauge().value();
    }

    @Test
    void leavesAClassAloneWhosePolicyIsNotKnownYet() {
        seal();
        expiry.destroyKeys(
                HOUR.multipliedBy(1_000).toMillis(), each -> each == SHORT ? null : new Cutoff(each, List.of()));
        assertThat(keys("short")).isEqualTo(3);
        assertThat(keys("default")).isZero();
    }

    private void seal() {
        for (long bucket = 0; bucket < 3; bucket++) {
            custody.forSealing("short", bucket);
            custody.forSealing("default", bucket);
        }
    }

    private void destroy(long now) {
        expiry.destroyKeys(now, each -> new Cutoff(each, List.of()));
    }

    private double keys(String retentionClass) {
        return meters.get("lookback.custody.keys")
                .tag("class", retentionClass)
                .gauge()
                .value();
    }
}
