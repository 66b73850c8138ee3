package dev.lookback.app;

import static dev.lookback.config.Example.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.LookbackConfig;
import dev.lookback.policy.PolicyDesk;
import dev.lookback.policy.PolicyHistory;
import dev.lookback.v1.RetentionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

    @Test
    void the_first_token_key_on_record_is_that_of_the_ledgers() {
        RetentionPolicy first = policy("default", Duration.ofDays(30));
        assertThat(reading(first).tokenKeyCheck()).isEmpty();
        assertThat(reading(first, with(first, "a"), with(policy("calls", Duration.ofHours(2)), "b"))
                        .tokenKeyCheck())
                .contains("a");
        RetentionPolicy later = with(first, "c");
        later.setVersion(2);
        assertThat(reading(later, with(first, "a")).tokenKeyCheck())
                .as("officers have no say in it")
                .contains("a");
    }

    private static PolicyLog.Reading reading(RetentionPolicy... policies) {
        PolicyHistory history = new PolicyHistory(PolicyDesk.OFFICERS);
        List<PolicyLog.Entry> entries = new ArrayList<>();
        for (RetentionPolicy each : policies) {
            entries.add(new PolicyLog.Entry(entries.size(), NOW, each, history.append(each, NOW)));
        }
        return new PolicyLog.Reading(history, entries);
    }

    private static RetentionPolicy with(RetentionPolicy policy, String keyCheck) {
        return RetentionPolicy.newBuilder(policy).setTokenKeyCheck(keyCheck).build();
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
