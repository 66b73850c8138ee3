package dev.lookback.bench;

import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.v1.LookupEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Lookups that occurred evenly spread over some windows of time, one after the other, and in no other time. */
final class WindowTraffic implements Supplier<LookupEvent> {
    /** No lookup of sample traffic occurs so long before its clock's time. */
    private static final Duration BEHIND = Duration.ofSeconds(3);

    private static final long SEED = 13;

    private final long rowsOfWindow;
    private final SampleTraffic background;
    private Instant from = Instant.EPOCH;
    private long spanMillis;
    private Instant at = Instant.EPOCH;
    private long made;
    private final List<Mark> marks = new ArrayList<>();

    /** Lookups of one requester among the others. */
    private static final class Mark {
        private final String requester;
        private final int lookups;
        private final long fromRow;
        private int done;

        Mark(String requester, int lookups, long fromRow) {
            this.requester = requester;
            this.lookups = lookups;
            this.fromRow = fromRow;
        }

        /** Whether the next is due at a row; some rows early, so that who has to wait for others is through in time. */
        boolean isDue(long row, long rows, int early) {
            return row >= fromRow && done < Math.min(lookups, (row - fromRow + early) * lookups / (rows - fromRow));
        }
    }

    /** Traffic with so many lookups in each window; before any is asked for, {@link #window}. */
    WindowTraffic(long rowsOfWindow) {
        this.rowsOfWindow = rowsOfWindow;
        this.background = new SampleTraffic(
                SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), () -> this.at);
    }

    /** What comes next occurred from one instant (inclusive) to another (exclusive). */
    WindowTraffic window(Instant begin, Instant end) {
        from = begin.plus(BEHIND);
        spanMillis = Duration.between(from, end).toMillis();
        made = 0;
        marks.clear();
        return this;
    }

    /** In the window that comes next, some lookups evenly spread are a certain requester's. */
    WindowTraffic marking(String requester, int lookups) {
        return marking(requester, lookups, 0);
    }

    /** The same, from some row of the window on. */
    WindowTraffic marking(String requester, int lookups, long fromRow) {
        marks.add(new Mark(requester, lookups, fromRow));
        return this;
    }

    @Override
    public LookupEvent get() {
        at = from.plusMillis(spanMillis * made / rowsOfWindow);
        LookupEvent event = background.next();
        for (Mark each : marks) {
            if (each.isDue(made, rowsOfWindow, marks.size())) {
                event.setRequester(each.requester);
                each.done++;
                break;
            }
        }
        made++;
        return event;
    }
}
