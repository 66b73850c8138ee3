package dev.lookback.disclosure;

import dev.lookback.address.Network;
import dev.lookback.seal.Selector;
import dev.lookback.v1.SelectorRole;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What may be disclosed under which instrument. A reviewed file, the same in every instance that runs casework; which
 * one was in force is in each manifest.
 *
 * @param name what the file calls it
 * @param sha256 SHA-256 (hex) of the file
 * @param quota how many requests of one authority are usual
 * @param instruments the terms of each instrument that is served, in the order of the instruments; the others are not
 */
public record DisclosurePolicy(String name, String sha256, Quota quota, Map<InstrumentType, Terms> instruments) {
    /** Copies the map. */
    public DisclosurePolicy {
        Map<InstrumentType, Terms> sorted = new EnumMap<>(InstrumentType.class);
        sorted.putAll(instruments);
        instruments = Collections.unmodifiableMap(sorted);
    }

    /**
     * How many requests of one authority are usual. One more is never refused for that alone: it takes one more approval.
     *
     * @param requests so many within
     * @param period the time before a request is received
     */
    public record Quota(int requests, Duration period) {}

    /**
     * The terms of an instrument.
     *
     * @param location whether locations are disclosed
     * @param device whether device ids are
     * @param sourceAddress whether source addresses and ports are
     * @param longestWindow the longest window of a request
     * @param mostSelectors the most selectors of a request
     * @param approvals how many officers must approve; 0 for a preservation request, which discloses nothing
     * @param reverse the terms of asking who looked a handle up; null: not allowed
     * @param addressRanges the terms of asking about source addresses; null: not allowed
     * @param paperWithin the time within which the paper must follow; null: it comes first
     */
    public record Terms(
            boolean location,
            boolean device,
            boolean sourceAddress,
            Duration longestWindow,
            int mostSelectors,
            int approvals,
            @Nullable Others reverse,
            @Nullable AddressRanges addressRanges,
            @Nullable Duration paperWithin) {}

    /**
     * The terms of what exposes bystanders.
     *
     * @param pseudonymised whether requesters whom the request does not name are shown by pseudonyms
     * @param mostLookups the most lookups of one selector that are disclosed; null: all
     * @param moreApprovals how many approvals it takes on top
     */
    public record Others(boolean pseudonymised, @Nullable Long mostLookups, int moreApprovals) {}

    /**
     * The terms of asking about source addresses.
     *
     * @param shortestV4 the shortest prefix of an IPv4 network, in bits: the widest network
     * @param shortestV6 that of an IPv6 network
     */
    public record AddressRanges(int shortestV4, int shortestV6, Others others) {}

    /** What a policy objects to. */
    public enum Objection {
        /** The instrument is not served. */
        INSTRUMENT_NOT_ALLOWED,
        /** More selectors than allowed. */
        TOO_MANY_SELECTORS,
        /** Such a selector is not allowed under that instrument. */
        ROLE_NOT_ALLOWED,
        /** The network is wider than allowed. */
        RANGE_TOO_WIDE,
        /** The window is longer than allowed. */
        WINDOW_TOO_LONG
    }

    /** An objection and the field of the request that it is about: {@code selectors[2]}, {@code window}. */
    public record Problem(String field, Objection objection) {}

    /** All that a policy objects to in a request; empty: nothing. Instants in milliseconds. */
    public List<Problem> problems(InstrumentType type, List<Selector> selectors, long from, long to) {
        Terms terms = instruments.get(type);
        if (terms == null) {
            return List.of(new Problem("instrument.type", Objection.INSTRUMENT_NOT_ALLOWED));
        }
        List<Problem> problems = new ArrayList<>();
        if (selectors.size() > terms.mostSelectors) {
            problems.add(new Problem("selectors", Objection.TOO_MANY_SELECTORS));
        }
        for (int i = 0; i < selectors.size(); i++) {
            Objection objection = objection(terms, selectors.get(i));
            if (objection != null) {
                problems.add(new Problem("selectors[" + i + "]", objection));
            }
        }
        // A difference of any two longs may not be one.
        Duration window = Duration.between(Instant.ofEpochMilli(from), Instant.ofEpochMilli(to));
        if (window.compareTo(terms.longestWindow) > 0) {
            problems.add(new Problem("window", Objection.WINDOW_TOO_LONG));
        }
        return problems;
    }

    private static @Nullable Objection objection(Terms terms, Selector selector) {
        return switch (selector.role()) {
            case REQUESTER -> null;
            case QUERIED, EITHER -> terms.reverse == null ? Objection.ROLE_NOT_ALLOWED : null;
            case SOURCE ->
                terms.addressRanges == null
                        ? Objection.ROLE_NOT_ALLOWED
                        : isTooWide(terms.addressRanges, selector) ? Objection.RANGE_TOO_WIDE : null;
        };
    }

    private static boolean isTooWide(AddressRanges ranges, Selector selector) {
        Network network = Network.parse(selector.handle());
        return network == null || network.length() < (network.isV4() ? ranges.shortestV4 : ranges.shortestV6);
    }

    /**
     * The terms of an instrument.
     *
     * @throws NullPointerException if it is not served
     */
    public Terms terms(InstrumentType type) {
        return Objects.requireNonNull(instruments.get(type), "not served");
    }

    /** How many must approve a request that it has no objection to. */
    public int approvals(InstrumentType type, List<Selector> selectors, boolean overQuota) {
        Terms terms = terms(type);
        if (terms.approvals == 0) {
            return 0;
        }
        int more = selectors.stream()
                .map(selector -> others(terms, selector.role()))
                .filter(Objects::nonNull)
                .mapToInt(Others::moreApprovals)
                .max()
                .orElse(0);
        return terms.approvals + more + (overQuota ? 1 : 0);
    }

    /** Its terms for people: a line for each instrument, and one for the quota. */
    public List<String> lines() {
        return PolicyText.lines(this);
    }

    /** The line of {@link #lines} about one instrument. */
    public String line(InstrumentType type) {
        return PolicyText.line(this, type);
    }

    /** The terms of a selector that exposes bystanders; null for one that does not. */
    public static @Nullable Others others(Terms terms, SelectorRole role) {
        return switch (role) {
            case REQUESTER -> null;
            case QUERIED, EITHER -> terms.reverse;
            case SOURCE -> terms.addressRanges == null ? null : terms.addressRanges.others;
        };
    }
}
