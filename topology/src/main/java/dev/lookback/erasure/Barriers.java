package dev.lookback.erasure;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All erasures that are known, and which lookups they cover. Asked for every lookup, so that while there is none, or
 * the lookup occurred after all of them, nothing but one comparison is made. Immutable.
 *
 * <p>All instants are milliseconds since the epoch.
 */
public final class Barriers {
    /** No erasure at all. */
    public static final Barriers NONE = new Barriers(List.of());

    private final List<Barrier> all;
    private final Map<Long, List<Barrier>> byToken = new HashMap<>();
    private final long last;
    private final long lastOfQueried;

    /** These, in any order. */
    public Barriers(Collection<Barrier> barriers) {
        all = barriers.stream()
                .sorted(Comparator.comparingLong(Barrier::instant).thenComparing(Barrier::id))
                .toList();
        long latest = Long.MIN_VALUE;
        long latestOfQueried = Long.MIN_VALUE;
        for (Barrier each : all) {
            byToken.merge(
                    each.token(),
                    List.of(each),
                    (some, more) -> java.util.stream.Stream.concat(some.stream(), more.stream())
                            .toList());
            latest = each.instant();
            latestOfQueried = each.coversQueried() ? each.instant() : latestOfQueried;
        }
        last = latest;
        lastOfQueried = latestOfQueried;
    }

    /** All of them, oldest first. */
    public List<Barrier> all() {
        return all;
    }

    /** Whether a lookup that occurred then may be covered at all. */
    public boolean reach(long occurredAt) {
        return occurredAt <= last;
    }

    /**
     * The first erasure that covers a lookup; null if none does.
     *
     * @param before only erasures whose instant lies before this one count
     * @param requester token of who asked
     * @param queried token of who was asked about; worked out only if an erasure asks for it
     */
    public @Nullable Barrier find(long occurredAt, long before, long requester, LongSupplier queried) {
        if (!reach(occurredAt)) {
            return null;
        }
        for (Barrier each : byToken.getOrDefault(requester, List.of())) {
            if (each.coversRequesters() && occurredAt <= each.instant() && each.instant() < before) {
                return each;
            }
        }
        if (occurredAt > lastOfQueried) {
            return null;
        }
        for (Barrier each : byToken.getOrDefault(queried.getAsLong(), List.of())) {
            if (each.coversQueried() && occurredAt <= each.instant() && each.instant() < before) {
                return each;
            }
        }
        return null;
    }
}
