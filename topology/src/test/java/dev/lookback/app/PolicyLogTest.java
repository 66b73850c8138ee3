package dev.lookback.app;

import static dev.lookback.config.Example.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.LookbackConfig;
import dev.lookback.policy.PolicyDesk;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PolicyLogTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final LookbackConfig CONFIG = config(
            "retention.classes", "calls",
            "retention.class.calls.duration", "12h",
            "retention.class.calls.services", "video_call");

    @Test
    void a_class_without_a_policy_gets_its_first_from_configuration() {
        assertThat(PolicyLog.missing(CONFIG, history("calls", Duration.ofHours(2)), NOW))
                .singleElement()
                .satisfies(policy -> {
                    assertThat(policy.getRetentionClass()).isEqualTo("default");
                    assertThat(policy.getVersion()).isEqualTo(1);
                    assertThat(policy.getDurationMillis())
                            .isEqualTo(Duration.ofDays(30).toMillis());
                    assertThat(policy.getEffectiveFrom()).isEqualTo(NOW);
                });
    }

    @Test
    void a_difference_to_the_policy_in_force_is_said() {
        PolicyHistory present = history("calls", Duration.ofHours(2));
        present.append(policy("default", Duration.ofDays(30)), NOW);
        assertThat(PolicyLog.missing(CONFIG, present, NOW)).isEmpty();
        assertThat(PolicyLog.differences(CONFIG, present, NOW))
                .singleElement()
                .asString()
                .contains("calls", "configuration says 12h", "policy 1 says 2h");
    }

    private static RetentionPolicy policy(String name, Duration duration) {
        return new PolicyDesk().first(name, duration, NOW);
    }

    private static PolicyHistory history(String name, Duration duration) {
        PolicyHistory history = new PolicyHistory(PolicyDesk.OFFICERS);
        history.append(policy(name, duration), NOW);
        return history;
    }
}
