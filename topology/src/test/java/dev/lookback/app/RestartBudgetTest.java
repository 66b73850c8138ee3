package dev.lookback.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.registry.RegistryUnavailableException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class RestartBudgetTest {
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    private final Clock clock = new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    private final RestartBudget budget = new RestartBudget(clock);

    @Test
    void gives_up_after_so_many_in_the_window_and_not_when_they_are_spread_out() {
        for (int i = 0; i < RestartBudget.RESTARTS; i++) {
            assertThat(budget.take()).isTrue();
        }
        assertThat(budget.take()).isFalse();
        now = now.plus(RestartBudget.WINDOW);
        for (int i = 0; i < 3 * RestartBudget.RESTARTS; i++) {
            assertThat(budget.take()).isTrue();
            now = now.plus(RestartBudget.WINDOW.dividedBy(RestartBudget.RESTARTS));
        }
    }

    @Test
    void waits_twice_as_long_each_time() {
        List<Duration> waits = new ArrayList<>();
        for (int i = 0; i < RestartBudget.RESTARTS; i++) {
            budget.take();
            waits.add(budget.backOff());
        }
        assertThat(waits)
                .containsExactly(
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(8));
    }

    @Test
    void what_is_down_for_a_while_does_not_count() {
        assertThat(RunningRole.passes(new StreamsException(
                        new RegistryUnavailableException("no answer", new IOException("refused")))))
                .isTrue();
        assertThat(RunningRole.passes(new StreamsException(new IllegalStateException("a fault of ours"))))
                .isFalse();
    }
}
