package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.v1.RetentionPolicy;
import dev.lookback.v1.Search;
import dev.lookback.v1.SelectorRole;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The race at the deadline, to the millisecond. Instants are milliseconds since the epoch. */
class ReachTest {
    private static final long KEPT = 1_000_000;
    private static final RetentionClass CLASS =
            new RetentionClass("default", Duration.ofSeconds(60), Duration.ofMillis(KEPT), Set.of(), Set.of());
    private static final Cutoff CUTOFF = new Cutoff(CLASS, List.of());
    private static final long R = 5_000_000;

    @Test
    void admitsALookupExactlyIfItsDeadlineIsAfterTheRequest() {
        Reach reach = Reach.of(search(0, Long.MAX_VALUE / 2, R), CUTOFF);
        assertThat(reach.admits(R - KEPT - 1)).as("deadline 1 ms before r").isFalse();
        assertThat(reach.admits(R - KEPT)).as("deadline at r").isFalse();
        assertThat(reach.admits(R - KEPT + 1)).as("deadline 1 ms after r").isTrue();
    }

    @Test
    void knowsNothingOfTheTimeAtWhichItIsAsked() {
        // The same answer whenever a search gets round to a lookup: nothing but r and the history goes in.
        Search search = search(0, R, R);
        assertThat(Reach.of(search, CUTOFF)).isEqualTo(Reach.of(search, CUTOFF)).isEqualTo(new Reach(R - KEPT + 1, R));
    }

    @Test
    void everyOtherReaderGoesByItsOwnNow() {
        long occurredAt = R - KEPT;
        assertThat(readable(occurredAt, R - 1)).as("1 ms before its deadline").isTrue();
        assertThat(readable(occurredAt, R)).as("at its deadline").isFalse();
        assertThat(readable(occurredAt, R + 1)).as("1 ms after its deadline").isFalse();
    }

    @Test
    void theWindowIncludesItsStartAndExcludesItsEnd() {
        Reach reach = Reach.of(search(R - 100, R - 50, R), CUTOFF);
        assertThat(reach.admits(R - 101)).isFalse();
        assertThat(reach.admits(R - 100)).isTrue();
        assertThat(reach.admits(R - 51)).isTrue();
        assertThat(reach.admits(R - 50)).isFalse();
    }

    @Test
    void aBucketIsHeldBackExactlyWhileARequestReachesIntoIt() {
        Reach reach = Reach.of(search(0, R, R), CUTOFF);
        long firstInReach = R - KEPT + 1;
        assertThat(reach.touches(firstInReach - 60_000, firstInReach))
                .as("the bucket ends before the first instant in reach")
                .isFalse();
        assertThat(reach.touches(firstInReach - 59_999, firstInReach + 1))
                .as("its last instant is in reach")
                .isTrue();
        assertThat(reach.touches(R - 1, R + 59_999)).isTrue();
        assertThat(reach.touches(R, R + 60_000))
                .as("it begins where the window ends")
                .isFalse();
    }

    @Test
    void aRequestThatIsNotKnownYetMayAskForAnything() {
        Reach reach = Reach.unknown(R, CUTOFF);
        assertThat(reach.admits(R - KEPT)).isFalse();
        assertThat(reach.admits(R - KEPT + 1)).isTrue();
        assertThat(reach.admits(Long.MAX_VALUE - 1)).isTrue();
        for (long later = 0; later < 3; later++) {
            Reach known = Reach.of(search(0, R * 2, R + later), CUTOFF);
            assertThat(known.from())
                    .as("what comes later reaches no further back")
                    .isGreaterThanOrEqualTo(reach.from());
        }
    }

    @Test
    void aWindowThatIsWhollyForgottenIsEmpty() {
        assertThat(Reach.of(search(0, R - KEPT + 1, R), CUTOFF).isEmpty()).isTrue();
        assertThat(Reach.of(search(0, R - KEPT + 2, R), CUTOFF).isEmpty()).isFalse();
    }

    /** Against the sentence itself, under random histories: in the window, and not forgotten at r or ever before. */
    @Test
    void equalsItsDefinition() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<RetentionPolicy> policies = new ArrayList<>();
            long from = 0;
            for (int version = 1; version <= 1 + random.nextInt(4); version++) {
                policies.add(RetentionPolicy.newBuilder()
                        .setRetentionClass("default")
                        .setVersion(version)
                        .setDurationMillis(1 + random.nextInt(60))
                        .setEffectiveFrom(Instant.ofEpochMilli(from))
                        .setChangedBy("test")
                        .setReason("test")
                        .build());
                from += 1 + random.nextInt(50);
            }
            Cutoff cutoff = new Cutoff(CLASS, policies);
            long r = random.nextInt(250);
            long start = random.nextInt(200);
            long end = start + 1 + random.nextInt(100);
            Reach reach = Reach.of(search(start, end, r), cutoff);
            for (long occurredAt = 0; occurredAt < 300; occurredAt++) {
                boolean everForgotten = cutoff.reaches(occurredAt) <= r;
                assertThat(reach.admits(occurredAt))
                        .as("seed %d, occurred at %d", seed, occurredAt)
                        .isEqualTo(occurredAt >= start && occurredAt < end && !everForgotten);
                assertThat(reach.touches(occurredAt, occurredAt + 1)).isEqualTo(reach.admits(occurredAt));
            }
        }
    }

    private static boolean readable(long occurredAt, long now) {
        return occurredAt > CUTOFF.at(now);
    }

    private static Search search(long from, long to, long receivedAt) {
        return new Search(
                "00000000-0000-0000-0000-000000000001",
                0,
                SelectorRole.EITHER,
                "+15550100001",
                Instant.ofEpochMilli(from),
                Instant.ofEpochMilli(to),
                Instant.ofEpochMilli(receivedAt),
                List.of(),
                0,
                false);
    }
}
