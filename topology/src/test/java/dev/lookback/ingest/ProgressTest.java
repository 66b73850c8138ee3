package dev.lookback.ingest;

import static dev.lookback.ingest.Ingest.DEFAULT;
import static dev.lookback.ingest.Ingest.SHORT;
import static dev.lookback.ingest.Ingest.lookup;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Publisher.class)
class ProgressTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Ingest ingest;

    ProgressTest(Publisher publisher) {
        this.ingest = new Ingest(publisher);
    }

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void everyLedgerLearnsHowFarIngestHasCome() {
        ingest.publish(lookup().build());
        ingest.publish(new byte[] {1});
        ingest.driver.advanceWallClockTime(SECOND);
        List<TestRecord<byte[], byte[]>> records = ingest.written(DEFAULT);
        assertThat(records).as("a lookup, then progress").hasSize(2);
        assertThat(LedgerKey.isProgress(records.get(0).key())).isFalse();
        assertProgress(records.get(1), 2);
        List<TestRecord<byte[], byte[]>> others = ingest.written(SHORT);
        assertThat(others).hasSize(1);
        assertProgress(others.get(0), 2);
    }

    @Test
    void nothingIsSaidBeforeThereIsAnything() {
        ingest.driver.advanceWallClockTime(SECOND);
        assertThat(ingest.written(DEFAULT)).isEmpty();
    }

    @Test
    void anIdlePartitionHasCommittedPositionsToShow() {
        ingest.committed.put(0, 40L);
        assertThat(afterASecond()).containsExactly(40L);
        ingest.committed.put(0, 30L);
        ingest.publish(lookup().build());
        assertThat(afterASecond())
                .as("own position 1 and committed 30: never back")
                .isEmpty();
    }

    @Test
    void theSamePositionIsSaidAgainAfterAWhileOnly() {
        ingest.committed.put(0, 40L);
        assertThat(afterASecond()).containsExactly(40L);
        for (int second = 1; second < 30; second++) {
            assertThat(afterASecond()).as("second %d", second).isEmpty();
        }
        assertThat(afterASecond()).containsExactly(40L);
        ingest.committed.put(0, 41L);
        assertThat(afterASecond()).containsExactly(41L);
    }

    private List<Long> afterASecond() {
        ingest.driver.advanceWallClockTime(SECOND);
        return ingest.written(DEFAULT).stream()
                .filter(record -> LedgerKey.isProgress(record.key()))
                .map(record -> LedgerKey.progressPosition(record.key()))
                .toList();
    }

    private static void assertProgress(TestRecord<byte[], byte[]> record, long position) {
        assertThat(LedgerKey.isProgress(record.key())).isTrue();
        assertThat(LedgerKey.progressPartition(record.key())).isZero();
        assertThat(LedgerKey.progressPosition(record.key())).isEqualTo(position);
        assertThat(record.value()).isNull();
    }

    @Test
    void ledgerRecordsGoByTokenAndProgressGoesEverywhere() {
        LedgerPartitioner partitioner = new LedgerPartitioner();
        for (int partitions : new int[] {1, 8, 3, 8}) {
            for (long token : new long[] {0, 5, -1, Long.MIN_VALUE, 123_456_789_012L}) {
                byte[] key = LedgerKey.encode(1, token, 2, 3, 4);
                assertThat(partitioner
                                .partitions("ledger", key, null, partitions)
                                .orElseThrow())
                        .containsExactly(LedgerKey.partition(token, partitions));
            }
            assertThat(partitioner
                            .partitions("ledger", LedgerKey.progress(2, 9), null, partitions)
                            .orElseThrow())
                    .hasSize(partitions)
                    .allMatch(partition -> partition >= 0 && partition < partitions);
        }
    }

    @Test
    void nodesAreNamedAndNoTaskReadsALedger() {
        String description = ingest.topology.get().describe().toString();
        assertThat(description)
                .contains(IngestTopology.EVENTS_SOURCE, IngestTopology.ADMISSION, IngestTopology.REJECTED_SINK)
                .contains(IngestTopology.ORDERS_SOURCE, IngestTopology.TOMBSTONING)
                .doesNotContain("KSTREAM");
        for (RetentionClass each : List.of(DEFAULT, SHORT)) {
            assertThat(description)
                    .contains(IngestTopology.ledgerSink(each), IngestTopology.tombstoneSink(each))
                    .doesNotContain(
                            "(topics: [" + ingest.topics.ledger(each.name()).name() + "])");
        }
    }
}
