package dev.lookback.disclosure;

import static dev.lookback.disclosure.DisclosurePolicy.Objection.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.disclosure.DisclosurePolicy.AddressRanges;
import dev.lookback.disclosure.DisclosurePolicy.Objection;
import dev.lookback.disclosure.DisclosurePolicy.Others;
import dev.lookback.disclosure.DisclosurePolicy.Problem;
import dev.lookback.disclosure.DisclosurePolicy.Quota;
import dev.lookback.disclosure.DisclosurePolicy.Terms;
import dev.lookback.seal.Selector;
import dev.lookback.v1.SelectorRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every instrument with every role, network, window and number of selectors, against a table of what must come out. */
class DisclosurePolicyTest {
    private static final long DAY = Duration.ofDays(1).toMillis();
    private static final Others TO_REVERSE = new Others(true, 10L, 2);
    private static final AddressRanges TO_RANGES = new AddressRanges(24, 56, new Others(false, null, 3));

    /** Terms by instrument: approvals, most selectors, longest window in days, reverse lookups, networks. */
    private static final Map<InstrumentType, Terms> TERMS = new EnumMap<>(Map.of(
            InstrumentType.COURT_ORDER, terms(1, 3, 31, TO_REVERSE, TO_RANGES),
            InstrumentType.SEARCH_WARRANT, terms(1, 3, 31, null, TO_RANGES),
            InstrumentType.EMERGENCY_REQUEST, terms(2, 1, 7, null, null),
            InstrumentType.PRESERVATION_REQUEST, terms(0, 2, 31, TO_REVERSE, TO_RANGES),
            InstrumentType.STANDING_ORDER, terms(1, 2, 30, TO_REVERSE, null)));

    private static final DisclosurePolicy POLICY =
            new DisclosurePolicy("", "", new Quota(1, Duration.ofDays(1)), TERMS);

    private static final Selector REQUESTER = new Selector(SelectorRole.REQUESTER, "+4915112345678");
    private static final Selector QUERIED = new Selector(SelectorRole.QUERIED, "+4915112345678");
    private static final Selector EITHER = new Selector(SelectorRole.EITHER, "+4915112345678");

    /** Networks, and whether each is narrow enough. */
    private static final Map<String, Boolean> NETWORKS = Map.ofEntries(
            Map.entry("192.0.2.1/32", true),
            Map.entry("192.0.2.0/25", true),
            Map.entry("192.0.2.0/24", true),
            Map.entry("192.0.2.0/23", false),
            Map.entry("0.0.0.0/0", false),
            Map.entry("2001:db8::1/128", true),
            Map.entry("2001:db8::/57", true),
            Map.entry("2001:db8::/56", true),
            Map.entry("2001:db8::/55", false),
            // A length that would do for IPv4 is very wide for IPv6.
            Map.entry("2001:db8::/24", false),
            Map.entry("::/0", false),
            Map.entry("no network", false));

    private static Terms terms(int approvals, int selectors, int days, Others reverse, AddressRanges ranges) {
        return new Terms(true, true, true, Duration.ofDays(days), selectors, approvals, reverse, ranges, null);
    }

    @Test
    void each_role_under_each_instrument() {
        Map<InstrumentType, List<Objection>> expected = new EnumMap<>(InstrumentType.class);
        // REQUESTER, QUERIED, EITHER, narrow network
        expected.put(InstrumentType.COURT_ORDER, listOf(null, null, null, null));
        expected.put(InstrumentType.SEARCH_WARRANT, listOf(null, ROLE_NOT_ALLOWED, ROLE_NOT_ALLOWED, null));
        expected.put(
                InstrumentType.EMERGENCY_REQUEST, listOf(null, ROLE_NOT_ALLOWED, ROLE_NOT_ALLOWED, ROLE_NOT_ALLOWED));
        expected.put(InstrumentType.PRESERVATION_REQUEST, listOf(null, null, null, null));
        expected.put(InstrumentType.STANDING_ORDER, listOf(null, null, null, ROLE_NOT_ALLOWED));

        List<Selector> each = List.of(REQUESTER, QUERIED, EITHER, network("192.0.2.1/32"));
        assertThat(each).extracting(Selector::role).containsExactly(SelectorRole.values());
        expected.forEach((type, objections) -> {
            for (int i = 0; i < each.size(); i++) {
                assertThat(POLICY.problems(type, List.of(each.get(i)), 0, DAY))
                        .as("%s %s", type, each.get(i))
                        .isEqualTo(
                                objections.get(i) == null
                                        ? List.of()
                                        : List.of(new Problem("selectors[0]", objections.get(i))));
            }
        });
        assertThat(expected.keySet()).isEqualTo(TERMS.keySet());
    }

    @Test
    void each_network_under_each_instrument() {
        TERMS.forEach((type, terms) -> NETWORKS.forEach((network, narrow) -> {
            Objection objection = terms.addressRanges() == null ? ROLE_NOT_ALLOWED : narrow ? null : RANGE_TOO_WIDE;
            assertThat(POLICY.problems(type, List.of(network(network)), 0, DAY))
                    .as("%s %s", type, network)
                    .isEqualTo(objection == null ? List.of() : List.of(new Problem("selectors[0]", objection)));
        }));
    }

    @Test
    void each_window_under_each_instrument() {
        TERMS.forEach((type, terms) -> {
            long longest = terms.longestWindow().toMillis();
            List<Problem> tooLong = List.of(new Problem("window", WINDOW_TOO_LONG));
            assertThat(POLICY.problems(type, List.of(REQUESTER), DAY, DAY + longest))
                    .isEmpty();
            assertThat(POLICY.problems(type, List.of(REQUESTER), DAY, DAY + longest + 1))
                    .isEqualTo(tooLong);
            // Longer than a long.
            assertThat(POLICY.problems(type, List.of(REQUESTER), Long.MIN_VALUE, Long.MAX_VALUE))
                    .isEqualTo(tooLong);
            assertThat(POLICY.problems(type, List.of(REQUESTER), -2, Long.MAX_VALUE))
                    .isEqualTo(tooLong);
        });
    }

    @Test
    void each_number_of_selectors_under_each_instrument() {
        TERMS.forEach((type, terms) -> {
            for (int n = 1; n <= 5; n++) {
                assertThat(POLICY.problems(type, Collections.nCopies(n, REQUESTER), 0, DAY))
                        .as("%s %s", type, n)
                        .isEqualTo(
                                n <= terms.mostSelectors()
                                        ? List.of()
                                        : List.of(new Problem("selectors", TOO_MANY_SELECTORS)));
            }
        });
    }

    @Test
    void all_problems_at_once() {
        assertThat(POLICY.problems(
                        InstrumentType.SEARCH_WARRANT,
                        List.of(REQUESTER, EITHER, network("10.0.0.0/8"), network("10.0.0.1/32")),
                        0,
                        32 * DAY))
                .containsExactly(
                        new Problem("selectors", TOO_MANY_SELECTORS),
                        new Problem("selectors[1]", ROLE_NOT_ALLOWED),
                        new Problem("selectors[2]", RANGE_TOO_WIDE),
                        new Problem("window", WINDOW_TOO_LONG));
    }

    @Test
    void what_is_not_served_is_not_looked_at() {
        assertThat(POLICY.problems(InstrumentType.SUBPOENA, List.of(), 0, 1000 * DAY))
                .containsExactly(new Problem("instrument.type", INSTRUMENT_NOT_ALLOWED));
        assertThatThrownBy(() -> POLICY.terms(InstrumentType.SUBPOENA)).hasMessage("not served");
        for (InstrumentType type : InstrumentType.values()) {
            assertThat(POLICY.problems(type, List.of(REQUESTER), 0, DAY).isEmpty())
                    .isEqualTo(TERMS.containsKey(type));
        }
    }

    /** Every set of roles under every instrument: as many as the instrument takes, the most that any role adds, the quota. */
    @Test
    void approvals_of_every_combination() {
        Map<InstrumentType, int[]> expected = new EnumMap<>(InstrumentType.class);
        // alone, with a reverse lookup, with a network, with both
        expected.put(InstrumentType.COURT_ORDER, new int[] {1, 3, 4, 4});
        expected.put(InstrumentType.SEARCH_WARRANT, new int[] {1, 1, 4, 4});
        expected.put(InstrumentType.EMERGENCY_REQUEST, new int[] {2, 2, 2, 2});
        expected.put(InstrumentType.PRESERVATION_REQUEST, new int[] {0, 0, 0, 0});
        expected.put(InstrumentType.STANDING_ORDER, new int[] {1, 3, 1, 3});
        assertThat(expected.keySet()).isEqualTo(TERMS.keySet());

        List<Selector> each = List.of(REQUESTER, QUERIED, EITHER, network("192.0.2.1/32"));
        expected.forEach((type, approvals) -> {
            for (int set = 0; set < 1 << each.size(); set++) {
                List<Selector> selectors = new ArrayList<>();
                for (int i = 0; i < each.size(); i++) {
                    if ((set >> i & 1) == 1) {
                        selectors.add(each.get(i));
                    }
                }
                boolean reverse = (set & 0b0110) != 0;
                boolean network = (set & 0b1000) != 0;
                int wanted = approvals[(reverse ? 1 : 0) + (network ? 2 : 0)];
                assertThat(POLICY.approvals(type, selectors, false))
                        .as("%s %s", type, selectors)
                        .isEqualTo(wanted);
                assertThat(POLICY.approvals(type, selectors, true))
                        .as("%s %s over the quota", type, selectors)
                        .isEqualTo(type == InstrumentType.PRESERVATION_REQUEST ? 0 : wanted + 1);
            }
        });
    }

    @Test
    void whose_terms_others_have() {
        Terms both = TERMS.get(InstrumentType.COURT_ORDER);
        assertThat(DisclosurePolicy.others(both, SelectorRole.REQUESTER)).isNull();
        assertThat(DisclosurePolicy.others(both, SelectorRole.QUERIED)).isEqualTo(TO_REVERSE);
        assertThat(DisclosurePolicy.others(both, SelectorRole.EITHER)).isEqualTo(TO_REVERSE);
        assertThat(DisclosurePolicy.others(both, SelectorRole.SOURCE)).isEqualTo(TO_RANGES.others());
        Terms neither = TERMS.get(InstrumentType.EMERGENCY_REQUEST);
        for (SelectorRole role : SelectorRole.values()) {
            assertThat(DisclosurePolicy.others(neither, role)).isNull();
        }
    }

    @Test
    void instruments_are_copied_and_in_order() {
        Map<InstrumentType, Terms> mine = new HashMap<>(TERMS);
        DisclosurePolicy policy = new DisclosurePolicy("", "", new Quota(1, Duration.ofDays(1)), mine);
        mine.clear();

        assertThat(policy.instruments()).isEqualTo(TERMS);
        assertThat(List.copyOf(policy.instruments().keySet())).isSorted();
        assertThatThrownBy(() -> policy.instruments().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThat(new DisclosurePolicy("", "", new Quota(1, Duration.ofDays(1)), Map.of()).instruments())
                .isEmpty();
    }

    private static Selector network(String network) {
        return new Selector(SelectorRole.SOURCE, network);
    }

    private static List<Objection> listOf(Objection... each) {
        return new ArrayList<>(Arrays.asList(each));
    }
}
