package dev.lookback.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CutoffTest {
    private static final RetentionClass TEN_SECONDS =
            new RetentionClass("default", Duration.ofSeconds(1), Duration.ofSeconds(10), Set.of(), Set.of());

    @Test
    void initialDurationHoldsWithoutPolicies() {
        Cutoff cutoff = new Cutoff(TEN_SECONDS, List.of());
        assertThat(cutoff.at(50_000)).isEqualTo(40_000);
        assertThat(cutoff.reaches(40_000)).isEqualTo(50_000);
        assertThat(cutoff.policyVersion(0)).isZero();
    }

    @Test
    void lengtheningResurrectsNothing() {
        Cutoff cutoff = new Cutoff(TEN_SECONDS, List.of(policy(1, 10_000, 0), policy(2, 30_000, 100_000)));
        assertThat(cutoff.at(99_999)).isEqualTo(89_999);
        assertThat(cutoff.at(100_000)).isEqualTo(90_000);
        assertThat(cutoff.at(119_999))
                .as("waits until the longer duration gets there")
                .isEqualTo(90_000);
        assertThat(cutoff.at(120_001)).isEqualTo(90_001);
        assertThat(cutoff.reaches(90_000)).isEqualTo(100_000);
        assertThat(cutoff.reaches(90_001)).isEqualTo(120_001);
    }

    @Test
    void shorteningTakesEffectAtOnce() {
        Cutoff cutoff = new Cutoff(TEN_SECONDS, List.of(policy(1, 10_000, 0), policy(2, 2_000, 100_000)));
        assertThat(cutoff.at(99_999)).isEqualTo(89_999);
        assertThat(cutoff.at(100_000)).isEqualTo(98_000);
        assertThat(cutoff.reaches(95_000)).isEqualTo(100_000);
        assertThat(cutoff.policyVersion(100_000)).isEqualTo(2);
        assertThat(cutoff.durationMillis(99_999)).isEqualTo(10_000);
    }

    @Test
    void policiesOfOtherClassesChangeNothing() {
        RetentionPolicy other = policy(1, 1, 0);
        other.setRetentionClass("other");
        assertThat(new Cutoff(TEN_SECONDS, List.of(other)).at(50_000)).isEqualTo(40_000);
    }

    /** Against the definition: the greatest of s − D(s) over all s up to t, for random histories. */
    @Test
    void equalsItsDefinitionAndNeverMovesBack() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<RetentionPolicy> policies = new ArrayList<>();
            long from = 0;
            for (int version = 1; version <= 1 + random.nextInt(5); version++) {
                policies.add(policy(version, 1 + random.nextInt(60), from));
                from += random.nextInt(50);
            }
            Cutoff cutoff = new Cutoff(TEN_SECONDS, policies);
            long greatest = Long.MIN_VALUE;
            for (long t = 0; t < 200; t++) {
                greatest = Math.max(greatest, t - cutoff.durationMillis(t));
                // In between two instants the old duration still counts up to the very change.
                for (RetentionPolicy policy : policies.subList(1, policies.size())) {
                    long change = policy.getEffectiveFrom().toEpochMilli();
                    if (change <= t && change > 0) {
                        long before = policies.get(policy.getVersion() - 2).getDurationMillis();
                        greatest = Math.max(greatest, change - before);
                    }
                }
                assertThat(cutoff.at(t)).as("seed %d, t %d", seed, t).isEqualTo(greatest);
            }
            for (long occurredAt = -20; occurredAt < 100; occurredAt++) {
                long when = cutoff.reaches(occurredAt);
                assertThat(cutoff.at(when))
                        .as("seed %d, occurredAt %d", seed, occurredAt)
                        .isGreaterThanOrEqualTo(occurredAt);
                assertThat(when <= 0 || cutoff.at(when - 1) < occurredAt)
                        .as("seed %d, occurredAt %d is not reached earlier", seed, occurredAt)
                        .isTrue();
            }
        }
    }

    @Test
    void theOrderOfReadingDoesNotMatter() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<RetentionPolicy> policies = new ArrayList<>();
            for (int version = 1; version <= 1 + random.nextInt(6); version++) {
                policies.add(policy(version, 1 + random.nextInt(60), random.nextInt(150)));
            }
            Cutoff cutoff = new Cutoff(TEN_SECONDS, policies);
            Collections.shuffle(policies, random);
            Cutoff shuffled = new Cutoff(TEN_SECONDS, policies);
            long before = Long.MIN_VALUE;
            for (long t = 0; t < 200; t++) {
                assertThat(shuffled.at(t)).as("seed %d, t %d", seed, t).isEqualTo(cutoff.at(t));
                assertThat(cutoff.at(t)).as("seed %d, t %d", seed, t).isGreaterThanOrEqualTo(before);
                before = cutoff.at(t);
            }
        }
    }

    private static RetentionPolicy policy(int version, long durationMillis, long effectiveFrom) {
        return RetentionPolicy.newBuilder()
                .setRetentionClass("default")
                .setVersion(version)
                .setDurationMillis(durationMillis)
                .setEffectiveFrom(Instant.ofEpochMilli(effectiveFrom))
                .setChangedBy("test")
                .setReason("test")
                .build();
    }
}
