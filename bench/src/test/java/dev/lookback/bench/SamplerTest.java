package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final TopicPartition ZERO = new TopicPartition("t", 0);
    private static final TopicPartition ONE = new TopicPartition("t", 1);

    @Test
    void the_last_partition_to_reach_its_target_decides() {
        List<Sampler.Sample> samples = List.of(at(1, 0, 0), at(2, 8, 3), at(3, 9, 8), at(4, 10, 8), at(5, 10, 9));
        assertThat(Sampler.reached(samples, Map.of(ZERO, 10L, ONE, 9L), Map.of(ZERO, 8L, ONE, 8L))
                        .at())
                .isEqualTo(3);
        assertThat(Sampler.reached(samples, Map.of(ZERO, 10L, ONE, 9L), Map.of(ZERO, 10L, ONE, 8L))
                        .at())
                .isEqualTo(4);
    }

    @Test
    void counting_that_began_anew_does_not_matter() {
        List<Sampler.Sample> samples = List.of(at(1, 9, 1), at(2, 1, 5), at(3, 3, 7), at(4, 4, 8));
        assertThat(Sampler.reached(samples, Map.of(ZERO, 13L, ONE, 8L), Map.of(ZERO, 12L, ONE, 7L))
                        .at())
                .isEqualTo(3);
    }

    @Test
    void a_partition_in_which_nothing_was_counted_is_a_fault() {
        List<Sampler.Sample> samples = List.of(at(1, 0, 0), at(2, 5, 0));
        assertThatThrownBy(() -> Sampler.reached(samples, Map.of(ZERO, 5L, ONE, 5L), Map.of(ZERO, 5L, ONE, 5L)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("t-1");
    }

    private static Sampler.Sample at(long millis, long zero, long one) {
        return new Sampler.Sample(millis, Map.of(ZERO, zero, ONE, one), 0, 0, 0);
    }
}
