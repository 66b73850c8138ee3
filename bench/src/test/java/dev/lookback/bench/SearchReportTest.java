package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.SelectorRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SearchReportTest {
    private static SearchReport.Phase phase(Stage stage, int runs, double... slow) {
        List<Answer> answers = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            Subject ready = new Subject(stage, run, SelectorRole.REQUESTER, false);
            Subject atOnce = new Subject(stage, run, SelectorRole.REQUESTER, true);
            answers.add(new Answer(ready, 1.0, run <= slow.length ? slow[run - 1] : run / 100.0, 0.1));
            answers.add(new Answer(atOnce, null, 1.5, 0.1));
        }
        return new SearchReport.Phase(stage, 3_000_000, 0, 1 << 20, answers);
    }

    private static SearchReport report(SearchReport.Phase... phases) {
        return new SearchReport(
                3_000_000,
                10_000,
                2,
                Map.of(),
                1 << 20,
                Arrays.asList(phases),
                new SearchReport.Expiry(1_500_000, 5, 1 << 20));
    }

    @Test
    void says_percentiles_of_each_kind_and_of_both_stages_together() {
        SearchReport report = report(phase(Stage.BEFORE, 25), phase(Stage.AFTER, 25));

        assertThat(report.summary())
                .filteredOn(line -> line.contains("requester") && line.contains("approval to sealed"))
                .anySatisfy(line -> assertThat(line).endsWith("p50 0.13, p95 0.24, p99 0.25, max 0.25 of 25"))
                .last()
                .asString()
                .endsWith("p50 0.13, p95 0.24, p99 0.25, max 0.25 of 50");
        assertThat(report.summary())
                .contains("reached: requester: sealed under 2 s after the approval, p99 of 50 requests");
    }

    @Test
    void one_slow_request_of_fifty_is_the_99th_percentile() {
        SearchReport report = report(phase(Stage.BEFORE, 25, 2.0), phase(Stage.AFTER, 25));

        assertThat(report.sealed(SelectorRole.REQUESTER).p99()).isEqualTo(2.0);
        assertThat(report.summary())
                .contains("missed:  requester: sealed under 2 s after the approval, p99 of 50 requests");
    }

    @Test
    void says_nothing_of_what_was_not_asked_for_and_no_verdict_on_the_percentiles_of_a_few() {
        SearchReport report = report(phase(Stage.BEFORE, 5), phase(Stage.AFTER, 5));

        assertThat(report.summary()).noneMatch(line -> line.contains("queried") || line.contains("p99 of"));
    }
}
