package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReverseReportTest {
    private static final Load IDLE = new Load(1, 0.5, 0.2, 0);

    private static ReverseRun.Window window(double admitted, double mirrored) {
        return new ReverseRun.Window(10, 40_000, admitted, mirrored, new Spread(0.1, 0.2, 0.3), IDLE);
    }

    private static ReverseReport report(double searched, double... mirroredWith) {
        List<ReverseRun> runs = IntStream.range(0, mirroredWith.length)
                .mapToObj(i -> new ReverseRun(
                        i + 1,
                        i == 0 ? searched : 8,
                        0.5,
                        window(40_000, 40_000),
                        window(36_000, mirroredWith[i]),
                        1 << 20))
                .toList();
        return new ReverseReport(3_000_000, 10_000, 0, 2, Map.of(), runs);
    }

    private static List<String> bars(ReverseReport report) {
        return report.summary().stream()
                .filter(line -> line.startsWith("reached:") || line.startsWith("missed:"))
                .toList();
    }

    @Test
    void every_search_and_the_median_ratio_count() {
        assertThat(bars(report(14.9, 30_000, 32_000, 40_000)))
                .containsExactly(
                        "reached: 3,000,000 rows searched for a queried handle under 15 s, every time",
                        "reached: ingest keeps 0.80 of its rate meanwhile, in the median",
                        "reached: the same end to end, into the vault, in the median");
        assertThat(bars(report(15, 30_000, 31_999, 40_000)))
                .containsExactly(
                        "missed:  3,000,000 rows searched for a queried handle under 15 s, every time",
                        "reached: ingest keeps 0.80 of its rate meanwhile, in the median",
                        "missed:  the same end to end, into the vault, in the median");
    }

    @Test
    void ratios_are_taken_pair_by_pair() {
        ReverseReport report = report(8, 30_000, 32_000, 40_000);

        assertThat(report.summary())
                .anySatisfy(line -> assertThat(line).startsWith("ratio").endsWith("median 0.900 (0.900 to 0.900)"))
                .anySatisfy(line -> assertThat(line).startsWith("ratio").endsWith("median 0.800 (0.750 to 1.000)"));
        assertThat(ReverseReport.line(report.runs().get(0))).contains("0.900", "0.750");
    }
}
