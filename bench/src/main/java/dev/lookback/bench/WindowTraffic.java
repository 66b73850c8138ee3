package dev.lookback.bench;

import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.v1.LookupEvent;
import java.time.Duration;
import java.time.Instant;
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
    private String markedRequester = "";
    private int marked;

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
        return this;
    }

    /** In what comes next, some lookups evenly spread are a certain requester's. */
    WindowTraffic marking(String requester, int lookups) {
        markedRequester = requester;
        marked = lookups;
        return this;
    }

    @Override
    public LookupEvent get() {
        at = from.plusMillis(spanMillis * made / rowsOfWindow);
        LookupEvent event = background.next();
        if ((made + 1) * marked / rowsOfWindow > made * marked / rowsOfWindow) {
            event.setRequester(markedRequester);
        }
        made++;
        return event;
    }
}
