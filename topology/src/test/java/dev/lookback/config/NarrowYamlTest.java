package dev.lookback.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in a file is what people read there. */
class NarrowYamlTest {
    private static Object load(String text) throws NarrowYaml.NotYamlException {
        return NarrowYaml.load(text, 1000, 5);
    }

    @Test
    void everyScalarIsAText() throws NarrowYaml.NotYamlException {
        assertThat(load("{a: 010, b: on, c: 2026-01-31, d: null, e: [1.0, +49]}"))
                .isEqualTo(Map.of("a", "010", "b", "on", "c", "2026-01-31", "d", "null", "e", List.of("1.0", "+49")));
        assertThat(load("")).isEqualTo("");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{a: 1, a: 2}",
                "{a: &x [1], b: *x}",
                "!!java.net.URL [x]",
                "[[[[[[[]]]]]]]",
                "a: 'x",
                "--- a\n--- b"
            })
    void refusesWhatMayMeanSomethingElse(String text) {
        assertThatThrownBy(() -> load(text)).isInstanceOf(NarrowYaml.NotYamlException.class);
    }

    @Test
    void saysInWhichLine() {
        assertThatThrownBy(() -> load("a: 1\nb: 'x"))
                .isInstanceOfSatisfying(
                        NarrowYaml.NotYamlException.class,
                        e -> assertThat(e.line()).isEqualTo(2));
        assertThatThrownBy(() -> load("x".repeat(1001))).isInstanceOf(NarrowYaml.NotYamlException.class);
    }
}
