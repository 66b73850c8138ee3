package dev.lookback.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.SelectorRole;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SearchTrafficTest {
    private static final Instant END = Instant.parse("2026-03-01T12:34:56Z");
    private static final Subject BEFORE = new Subject(Stage.BEFORE, 1, SelectorRole.REQUESTER, false);
    private static final Subject AFTER = new Subject(Stage.AFTER, 1, SelectorRole.QUERIED, true);

    private final SearchTraffic traffic = new SearchTraffic(10_000, 100, List.of(BEFORE, AFTER), END);
    private final List<LookupEvent> events =
            Stream.generate(traffic).limit(10_000).toList();

    @Test
    void holdsExactlyTheMatchesOfEachSubject() {
        assertThat(count(each -> each.getRequester().equals(BEFORE.handle()))).isEqualTo(100);
        assertThat(count(each -> each.getQueried().equals(BEFORE.handle()))).isZero();
        assertThat(count(each -> each.getQueried().equals(AFTER.handle()))).isEqualTo(200);
        assertThat(count(each -> each.getQueried().equals(AFTER.handle()) && !isOld(each)))
                .isEqualTo(100);
        assertThat(count(each -> each.getRequester().equals(AFTER.handle()))).isZero();
    }

    @Test
    void spreadsTheMatchesOverTheHours() {
        Set<Long> hours = new HashSet<>();
        events.stream()
                .filter(each -> each.getRequester().equals(BEFORE.handle()))
                .forEach(each -> hours.add(each.getOccurredAt().getEpochSecond() / 3_600));
        assertThat(hours).hasSizeBetween(9, 10);
    }

    @Test
    void letsTheShorterRetentionForgetTheOldHalfWithItsBucketsAndNothingElseForAnHour() {
        Instant cutoff = END.minus(SearchTraffic.KEPT);
        Instant bucketBeforeCutoff = cutoff.minus(Duration.ofHours(1));
        Instant cutoffLater = cutoff.plus(Duration.ofMinutes(59));

        assertThat(count(SearchTrafficTest::isOld)).isEqualTo(5_000);
        assertThat(count(each -> each.getOccurredAt().isBefore(bucketBeforeCutoff)))
                .isEqualTo(5_000);
        assertThat(count(each -> each.getOccurredAt().isAfter(cutoffLater))).isEqualTo(5_000);
        assertThat(events)
                .extracting(LookupEvent::getOccurredAt)
                .allSatisfy(at -> assertThat(at).isBetween(traffic.begin(), END.minusMillis(1)));
        assertThat(traffic.begin()).isAfter(END.minus(Duration.ofHours(11)));
    }

    private static boolean isOld(LookupEvent event) {
        return event.getOccurredAt().isBefore(END.minus(Duration.ofHours(6)));
    }

    private long count(Predicate<LookupEvent> which) {
        return events.stream().filter(which).count();
    }
}
