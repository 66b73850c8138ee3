package dev.lookback.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.bench.IngestBench;
import dev.lookback.bench.IngestReport;
import dev.lookback.bench.Job;
import dev.lookback.bench.Run;
import dev.lookback.bench.Watcher;
import dev.lookback.local.SampleGeoIp;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("server")
class FlinkJobTest {
    private static final int EVENTS = 3_000;

    @TempDir
    Path dir;

    @Test
    void each_configuration_stores_and_writes_every_lookup() throws Exception {
        IngestReport report = IngestBench.run(
                new IngestBench.Plan(
                        EVENTS,
                        1,
                        EnumSet.of(Job.FLINK, Job.FLINK_WIDE, Job.FLINK_BULK),
                        SampleGeoIp.Size.SMALL,
                        System.getProperty("java.class.path"),
                        Double.MAX_VALUE,
                        false,
                        dir,
                        false,
                        Map.of("commit.interval", "1s"),
                        List.of()),
                Watcher.SILENT,
                Clock.systemUTC());

        assertThat(report.runs()).hasSize(3).allSatisfy(run -> {
            assertThat(run.admitted() + run.rejected()).isEqualTo(EVENTS);
            assertThat(run.admitted()).isBetween(EVENTS * 9L / 10, EVENTS - 1L);
            assertThat(run.topicBytes()).isPositive();
            assertThat(run.stateBytes()).as("a checkpoint is left").isPositive();
        });
        assertThat(report.runs().stream().map(Run::admitted).distinct()).hasSize(1);
        assertThat(report.bestFlink()).isPresent();
    }
}
