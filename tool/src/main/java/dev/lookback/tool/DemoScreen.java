package dev.lookback.tool;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Live figures of the demonstration: on a terminal a block that redraws itself, elsewhere a line now and then. */
final class DemoScreen {
    private static final Duration REDRAW = Duration.ofMillis(250);
    private static final long PLAIN_EVERY_MILLIS = 5_000;

    private final Console console;
    private final InstantSource clock;
    private @Nullable MeterRegistry meters;
    private LongSupplier published = () -> 0;
    private long lastPlain;
    private volatile boolean ended;

    DemoScreen(Console console, InstantSource clock) {
        this.console = console;
        this.clock = clock;
    }

    /** Where the figures come from. */
    void watch(MeterRegistry registry) {
        meters = registry;
    }

    /** Where the count of published lookups comes from. */
    void published(LongSupplier count) {
        published = count;
    }

    /** Draws nothing any more. */
    void end() {
        ended = true;
    }

    /** Shows the figures until something is reached; false if that takes too long. */
    boolean await(Duration limit, BooleanSupplier reached) {
        long end = clock.millis() + limit.toMillis();
        boolean done = reached.getAsBoolean();
        while (!done && clock.millis() < end && !ended) {
            draw();
            LockSupport.parkNanos(REDRAW.toNanos());
            done = reached.getAsBoolean();
        }
        draw();
        console.drawn();
        return done;
    }

    /** Shows the figures until then. */
    void show(BooleanSupplier end) throws InterruptedException {
        while (!end.getAsBoolean()) {
            draw();
            Thread.sleep(REDRAW.toMillis());
        }
    }

    /** How many lookups have been admitted. */
    long admitted() {
        return counted("lookback.lookups.admitted");
    }

    private void draw() {
        if (ended || published.getAsLong() == 0) {
            return;
        }
        long[] figures = {
            published.getAsLong(),
            admitted(),
            counted("lookback.lookups.rejected"),
            measured("lookback.vault.rows"),
            counted("lookback.expiry.forgotten"),
        };
        if (console.outIsTerminal()) {
            console.draw(List.of(
                    row("published", figures[0]),
                    row("admitted", figures[1]),
                    row("rejected", figures[2]),
                    row("in the vault (about)", figures[3]),
                    row("forgotten", figures[4])));
        } else if (clock.millis() - lastPlain > PLAIN_EVERY_MILLIS) {
            lastPlain = clock.millis();
            console.print(String.format(
                    Locale.ROOT,
                    "  published %,d, admitted %,d, rejected %,d, in the vault about %,d, forgotten %,d",
                    figures[0],
                    figures[1],
                    figures[2],
                    figures[3],
                    figures[4]));
        }
    }

    private String row(String label, long figure) {
        return String.format(
                Locale.ROOT, "  %-22s %s", label, console.bold(String.format(Locale.ROOT, "%,12d", figure)));
    }

    private long counted(String name) {
        MeterRegistry registry = meters;
        return registry == null
                ? 0
                : (long) registry.find(name).counters().stream()
                        .mapToDouble(Counter::count)
                        .sum();
    }

    private long measured(String name) {
        MeterRegistry registry = meters;
        return registry == null
                ? 0
                : (long) registry.find(name).gauges().stream()
                        .mapToDouble(Gauge::value)
                        .sum();
    }
}
