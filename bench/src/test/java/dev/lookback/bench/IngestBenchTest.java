package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.local.SampleGeoIp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That measuring works: what comes of so few lookups says nothing about speed. */
@Tag("server")
class IngestBenchTest {
    private static final long EVENTS = 3_000;

    /** Those on Flink have a test of their own, in the module peers. */
    private static final Set<Job> JOBS =
            EnumSet.of(Job.LOOKBACK, Job.RESTORE, Job.ENCRYPTED, Job.HANDWRITTEN, Job.PASSTHROUGH);

    @TempDir
    Path dir;

    private IngestReport run(Set<Job> jobs, double maxOtherCores, Watcher watcher) throws IOException {
        return IngestBench.run(
                new IngestBench.Plan(
                        EVENTS,
                        1,
                        jobs,
                        SampleGeoIp.Size.SMALL,
                        "",
                        maxOtherCores,
                        false,
                        dir,
                        false,
                        Map.of(),
                        List.of()),
                watcher,
                Clock.systemUTC());
    }

    @Test
    void measures_each_job_and_leaves_nothing_behind() throws Exception {
        IngestReport report = run(JOBS, Double.MAX_VALUE, Watcher.SILENT);

        assertThat(report.runs()).extracting(Run::job).containsExactlyElementsOf(JOBS);
        Run lookback = report.runs().get(0);
        assertThat(lookback.admitted() + lookback.rejected()).isEqualTo(EVENTS);
        assertThat(lookback.admitted()).isBetween(EVENTS * 9 / 10, EVENTS - 1);
        // Traffic repeats a few lookups, and the vault holds each once.
        assertThat(lookback.rows()).isBetween(EVENTS * 9 / 10, lookback.admitted() - 1);
        assertThat(report.runs().get(1).rows()).as("all of it").isEqualTo(lookback.rows());
        Run encrypted = report.runs().get(2);
        assertThat(encrypted.rows()).isEqualTo(lookback.rows());
        assertThat(encrypted.topicBytes())
                .as("nothing encrypted can be compressed")
                .isGreaterThan(lookback.topicBytes());
        Run handwritten = report.runs().get(3);
        assertThat(handwritten.admitted()).as("the same are admitted").isEqualTo(lookback.admitted());
        assertThat(handwritten.rows()).as("the same are stored").isEqualTo(lookback.rows());
        for (Run each : report.runs()) {
            assertThat(each.seconds()).isGreaterThan(each.secondsWorking());
            assertThat(each.perSecondWorking()).isGreaterThan(each.perSecond());
            assertThat(each.cpuMicros()).isPositive();
            assertThat(each.peakBytes()).isGreaterThan(50L << 20);
            assertThat(each.topicBytes()).isPositive();
        }
        assertThat(report.ratio(Job.LOOKBACK, Job.PASSTHROUGH).orElseThrow().median())
                .isPositive();
        assertThat(report.ratio(Job.RESTORE, Job.LOOKBACK).orElseThrow().median())
                .isPositive();
        assertThat(report.ratio(Job.ENCRYPTED, Job.LOOKBACK).orElseThrow().median())
                .isPositive();
        assertThat(report.ratio(Job.LOOKBACK, Job.HANDWRITTEN).orElseThrow().median())
                .isPositive();
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void does_a_disturbed_run_again_and_finds_all_there_is_again() throws Exception {
        List<String> notes = new ArrayList<>();
        Watcher noting = new Watcher() {
            @Override
            public void progress(String line) {}

            @Override
            public void note(String line) {
                notes.add(line);
            }
        };

        IngestReport report = run(EnumSet.of(Job.LOOKBACK), -1, noting); // any load disturbs it

        assertThat(notes).filteredOn(each -> each.contains("once more")).hasSize(2);
        assertThat(report.runs()).hasSize(1);
        assertThat(report.runs().get(0).admitted()).isBetween(EVENTS * 9 / 10, EVENTS - 1);
    }
}
