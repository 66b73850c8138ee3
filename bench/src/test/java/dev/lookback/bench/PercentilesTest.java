package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {
    private static List<Double> upTo(int count) {
        List<Double> figures = new ArrayList<>(
                IntStream.rangeClosed(1, count).mapToObj(each -> (double) each).toList());
        Collections.shuffle(figures, new Random(count));
        return figures;
    }

    @Test
    void each_is_the_least_figure_that_so_many_do_not_exceed() {
        assertThat(Percentiles.of(upTo(200))).isEqualTo(new Percentiles(200, 100, 190, 198, 200));
        assertThat(Percentiles.of(upTo(50))).isEqualTo(new Percentiles(50, 25, 48, 50, 50));
        assertThat(Percentiles.of(upTo(5))).isEqualTo(new Percentiles(5, 3, 5, 5, 5));
        assertThat(Percentiles.of(upTo(1))).isEqualTo(new Percentiles(1, 1, 1, 1, 1));
        assertThat(Percentiles.of(List.of())).isEqualTo(new Percentiles(0, 0, 0, 0, 0));
    }
}
