package dev.lookback.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "30d,PT720H,30d",
        "12h,PT12H,12h",
        "5m,PT5M,5m",
        "10s,PT10S,10s",
        "500ms,PT0.5S,500ms",
        "48h,PT48H,2d",
        "PT90S,PT1M30S,90s",
        "0s,PT0S,0ms"
    })
    void reads_and_writes(String text, Duration duration, String written) {
        assertThat(Durations.parse(text)).isEqualTo(duration);
        assertThat(Durations.format(duration)).isEqualTo(written);
        assertThat(Durations.parse(written)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "d", "1w", "-5m", "1.5h", "1d12h", "999999999999999d"})
    void refuses_anything_else(String text) {
        assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
