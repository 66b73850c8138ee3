package dev.lookback.disclosure;

import dev.lookback.config.Durations;
import dev.lookback.disclosure.DisclosurePolicy.AddressRanges;
import dev.lookback.disclosure.DisclosurePolicy.Others;
import dev.lookback.disclosure.DisclosurePolicy.Terms;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A policy in words. */
final class PolicyText {
    private PolicyText() {}

    static List<String> lines(DisclosurePolicy policy) {
        List<String> lines = new ArrayList<>();
        for (InstrumentType type : InstrumentType.values()) {
            lines.add(line(policy, type));
        }
        lines.add("Beyond " + count(policy.quota().requests(), "request") + " of one authority within "
                + Durations.format(policy.quota().period()) + ": 1 more approval");
        return lines;
    }

    static String line(DisclosurePolicy policy, InstrumentType type) {
        Terms terms = policy.instruments().get(type);
        return type + ": " + (terms == null ? "not served" : terms(type, terms));
    }

    private static String terms(InstrumentType type, Terms terms) {
        List<String> parts = new ArrayList<>();
        boolean discloses = type != InstrumentType.PRESERVATION_REQUEST;
        parts.add(discloses ? count(terms.approvals(), "approval") : "no approval");
        if (terms.paperWithin() != null) {
            parts.add("the paper follows within " + Durations.format(terms.paperWithin()));
        }
        parts.add("up to " + count(terms.mostSelectors(), "selector") + " and "
                + Durations.format(terms.longestWindow()));
        parts.add(discloses ? fields(terms) : "discloses nothing");
        parts.add(reverse(discloses, terms.reverse()));
        parts.add(ranges(discloses, terms.addressRanges()));
        return String.join("; ", parts);
    }

    private static String fields(Terms terms) {
        List<String> shown = new ArrayList<>();
        List<String> withheld = new ArrayList<>();
        (terms.location() ? shown : withheld).add("location");
        (terms.device() ? shown : withheld).add("device");
        (terms.sourceAddress() ? shown : withheld).add("source address");
        if (withheld.isEmpty()) {
            return "shows " + String.join(", ", shown);
        }
        return (shown.isEmpty() ? "" : "shows " + String.join(", ", shown) + ", ") + "withholds "
                + String.join(", ", withheld);
    }

    private static String reverse(boolean discloses, @Nullable Others others) {
        if (others == null) {
            return "no reverse lookups";
        }
        return "reverse lookups" + (discloses ? ": " + others(others) : "");
    }

    private static String ranges(boolean discloses, @Nullable AddressRanges ranges) {
        if (ranges == null) {
            return "no networks";
        }
        return "networks of /" + ranges.shortestV4() + " (IPv4), /" + ranges.shortestV6() + " (IPv6) or narrower"
                + (discloses ? ": " + others(ranges.others()) : "");
    }

    private static String others(Others others) {
        Long most = others.mostLookups();
        return "requesters " + (others.pseudonymised() ? "pseudonymised" : "shown") + ", "
                + (most == null ? "all lookups" : "up to " + count(most, "lookup") + " of a selector")
                + (others.moreApprovals() == 0 ? "" : ", " + count(others.moreApprovals(), "more approval"));
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
