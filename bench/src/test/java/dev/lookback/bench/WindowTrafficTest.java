package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.LookupEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WindowTrafficTest {
    private static final int ROWS = 1_000;

    @Test
    void keepsToItsWindowsAndMarksSoMany() {
        WindowTraffic traffic = new WindowTraffic(ROWS);
        List<String> ids = new ArrayList<>();
        for (String begin : List.of("2026-03-01T00:00:00Z", "2026-03-01T05:00:00Z")) {
            Instant from = Instant.parse(begin);
            Instant to = from.plusSeconds(3_600);
            traffic.window(from, to).marking("marked@example.org", 10);
            int marked = 0;
            for (int i = 0; i < ROWS; i++) {
                LookupEvent event = traffic.get();
                assertThat(event.getOccurredAt()).isBetween(from, to.minusMillis(1));
                ids.add(event.getEventId());
                marked += event.getRequester().equals("marked@example.org") ? 1 : 0;
            }
            assertThat(marked).isEqualTo(10);
        }
        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void marksSeveralRequestersAndEachAsOftenAsItIsTo() {
        Instant from = Instant.parse("2026-03-01T00:00:00Z");
        WindowTraffic traffic = new WindowTraffic(ROWS)
                .window(from, from.plusSeconds(3_600))
                .marking("many@example.org", 100)
                .marking("few@example.org", 10)
                .marking("late@example.org", 50, ROWS / 2);
        List<String> requesters = Stream.generate(traffic)
                .limit(ROWS)
                .map(LookupEvent::getRequester)
                .toList();

        assertThat(requesters).filteredOn("many@example.org"::equals).hasSize(100);
        assertThat(requesters).filteredOn("few@example.org"::equals).hasSize(10);
        assertThat(requesters).filteredOn("late@example.org"::equals).hasSize(50);
        assertThat(requesters.subList(0, ROWS / 2)).doesNotContain("late@example.org");
    }
}
