package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.tool.LedgerWindows.Admission;
import dev.lookback.tool.LedgerWindows.Range;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A ledger of 30 days in buckets of an hour, admitted up to 12 h late. */
class LedgerWindowsTest {
    private static final RetentionClass CLASS =
            new RetentionClass("default", Duration.ofHours(1), Duration.ofDays(30), Set.of(), Set.of());
    private static final Cutoff CUTOFF = new Cutoff(CLASS, List.of());
    private static final Admission ADMISSION = new Admission(Duration.ofHours(12), Duration.ofMinutes(5));
    private static final Instant NOW = Instant.parse("2026-03-31T12:30:00Z");

    @Test
    void readsEnoughToHoldEveryDueRowAgainstItsDeadline() {
        Instant first = NOW.minus(Duration.ofDays(30)).minus(Duration.ofHours(7));
        LedgerWindows windows = LedgerWindows.dueSince(
                NOW.minus(Duration.ofHours(1)).toEpochMilli(),
                first.toEpochMilli(),
                CLASS,
                CUTOFF,
                millis(NOW),
                ADMISSION);

        // The first record can be of a lookup 12 h before; its bucket fell due 30 days after it ended.
        assertThat(Instant.ofEpochMilli(windows.dueFrom())).isEqualTo(Instant.parse("2026-03-30T17:59:59.999Z"));
        assertThat(Instant.ofEpochMilli(windows.admittedUntil())).isEqualTo(Instant.parse("2026-03-02T00:35:00Z"));
        assertThat(windows.forgottenFrom())
                .isEqualTo(windows.dueFrom() - Duration.ofMinutes(5).toMillis());
    }

    @Test
    void goesFurtherBackIfAsked() {
        Instant since = NOW.minus(Duration.ofDays(7));
        LedgerWindows windows = LedgerWindows.dueSince(
                millis(since), millis(NOW.minus(Duration.ofDays(30))), CLASS, CUTOFF, millis(NOW), ADMISSION);

        assertThat(windows.dueFrom()).isEqualTo(millis(since));
    }

    @Test
    void takesThePartInWhichADayWasAdmittedAndWhatIsAfterItWasDue() {
        Instant day = Instant.parse("2026-03-01T00:00:00Z");
        Scope.Buckets buckets =
                Scope.Buckets.overlapping(millis(day), millis(day.plus(Duration.ofDays(1))), CLASS.bucketWidth());
        LedgerWindows windows = LedgerWindows.of(buckets, CLASS, CUTOFF, ADMISSION);

        assertThat(buckets.last() - buckets.first()).isEqualTo(23);
        assertThat(Instant.ofEpochMilli(windows.admittedUntil())).isEqualTo(Instant.parse("2026-03-02T12:05:00Z"));
        assertThat(Instant.ofEpochMilli(windows.dueFrom())).isEqualTo(Instant.parse("2026-03-31T00:59:59.999Z"));
    }

    @Test
    void leavesOutTheMiddleAlone() {
        LedgerWindows day = new LedgerWindows(0, 0, 0, false);
        LedgerWindows since = new LedgerWindows(0, 0, 0, true);

        assertThat(since.ranges(10, 20, 90, 100)).containsExactly(new Range(10, 20), new Range(90, 100));
        assertThat(since.ranges(10, 90, 90, 100)).containsExactly(new Range(10, 100));
        assertThat(since.ranges(10, 20, 100, 100)).containsExactly(new Range(10, 20));
        assertThat(since.ranges(10, 10, 90, 100)).containsExactly(new Range(90, 100));
        assertThat(day.ranges(10, 10, 90, 100)).as("what came has gone").isEmpty();
    }

    private static long millis(Instant instant) {
        return instant.toEpochMilli();
    }
}
