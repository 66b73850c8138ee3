package dev.lookback.bench;

import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.SelectorRole;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * A day's lookups in the order of time: an old half and a new half with a pause between, so that a shortened retention
 * forgets exactly the old ones. Among them, evenly spread, are those of the subjects, and everything else is sample
 * traffic of other handles.
 */
final class SearchTraffic implements Supplier<LookupEvent> {
    /** How long each half takes. */
    private static final Duration SPAN = Duration.ofHours(4);

    /** How long ago the old half ended: with {@link #SPAN} and an hour or so to spare within {@code ingest.max.late}. */
    private static final Duration OLD_END = Duration.ofMinutes(390);

    /**
     * The retention that forgets the old half, to the end of its last bucket of an hour, and leaves the new half alone
     * for an hour yet.
     */
    static final Duration KEPT = Duration.ofHours(5);

    /** No lookup of sample traffic occurs so long before its clock's time. */
    private static final Duration BEHIND = Duration.ofMinutes(1);

    private static final long SEED = 11;

    private final long lookups;
    private final Instant end;
    private final SampleTraffic background;
    private final List<Subject> deck = new ArrayList<>();
    private final long marked;
    private Instant at;
    private long made;

    /**
     * Traffic.
     *
     * @param lookups how many, even
     * @param matches how many lookups the search for a subject is to find, even. Those of {@link Stage#AFTER} have as
     *     many again among the old
     * @param end the instant before which the last one occurs
     */
    SearchTraffic(long lookups, int matches, Collection<Subject> subjects, Instant end) {
        for (Subject each : subjects) {
            deck.add(each);
            if (each.stage() == Stage.AFTER) {
                deck.add(each);
            }
        }
        this.lookups = lookups;
        this.marked = (long) deck.size() * (matches / 2);
        this.end = end;
        this.at = end;
        this.background = new SampleTraffic(
                SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), () -> this.at);
    }

    /** Before every lookup. */
    Instant begin() {
        return end.minus(OLD_END).minus(SPAN).minus(BEHIND);
    }

    @Override
    public LookupEvent get() {
        long half = lookups / 2;
        long ofHalf = made % half;
        Instant halfBegin = end.minus(SPAN).minus(made < half ? OLD_END : Duration.ZERO);
        at = halfBegin.plusMillis(SPAN.toMillis() * ofHalf / half);
        made++;
        LookupEvent event = background.next();
        long markedSoFar = ofHalf * marked / half;
        if ((ofHalf + 1) * marked / half > markedSoFar) {
            Subject subject = deck.get((int) (markedSoFar % deck.size()));
            if (subject.role() == SelectorRole.REQUESTER) {
                event.setRequester(subject.handle());
            } else {
                event.setQueried(subject.handle());
            }
        }
        return event;
    }
}
