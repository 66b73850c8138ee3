package dev.lookback.disclosure;

import dev.lookback.disclosure.DisclosurePolicy.AddressRanges;
import dev.lookback.disclosure.DisclosurePolicy.Others;
import dev.lookback.disclosure.DisclosurePolicy.Quota;
import dev.lookback.disclosure.DisclosurePolicy.Terms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a policy of what YAML holds, or says everything that is wrong with it. */
final class PolicyReader {
    private static final int LONGEST_NAME = 100;
    private static final int MOST_REQUESTS = 1_000_000;
    private static final int MOST_APPROVALS = 9;
    private static final int MOST_SELECTORS = 100; // what casework takes in one request
    private static final long MOST_LOOKUPS = 1_000_000_000;
    private static final int BITS_V4 = 32;
    private static final int BITS_V6 = 128;

    /** Who may waive the paper for a while is asked twice. */
    private static final int LEAST_APPROVALS_IN_EMERGENCY = 2;

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration YEAR = Duration.ofDays(366);
    private static final Duration TEN_YEARS = Duration.ofDays(3650); // what retention.max allows
    private static final Duration LONGEST_STANDING =
            Duration.ofDays(30); // an order is renewed under a paper of its own
    private static final Duration LONGEST_WITHOUT_PAPER = Duration.ofDays(30);

    private final List<String> problems = new ArrayList<>();

    private PolicyReader() {}

    static DisclosurePolicy read(Object root, String sha256) throws InvalidPolicyException {
        PolicyReader reader = new PolicyReader();
        DisclosurePolicy policy = reader.policy(root, sha256);
        if (!reader.problems.isEmpty()) {
            throw new InvalidPolicyException(reader.problems);
        }
        return policy;
    }

    private DisclosurePolicy policy(Object root, String sha256) {
        Fields fields = Fields.of(root, problems);
        String name = fields.text("name", LONGEST_NAME);
        Fields quota = fields.required("quota", "requests and within");
        Quota usual =
                new Quota((int) quota.whole("requests", 1, MOST_REQUESTS), quota.duration("within", MINUTE, YEAR));
        quota.noOthers();
        Fields instruments = fields.required("instruments", "the terms of each instrument that is served");
        fields.noOthers();
        Map<InstrumentType, Terms> terms = new EnumMap<>(InstrumentType.class);
        for (InstrumentType type : InstrumentType.values()) {
            Fields ofType = instruments.optional(type.name());
            if (ofType != null) {
                terms.put(type, terms(type, ofType));
            }
        }
        instruments.noOthers();
        if (terms.isEmpty() && problems.isEmpty()) {
            problems.add("instruments: none is served; allowed: one at least of "
                    + Arrays.stream(InstrumentType.values()).map(Enum::name).collect(Collectors.joining(", ")));
        }
        return new DisclosurePolicy(name, sha256, usual, terms);
    }

    private Terms terms(InstrumentType type, Fields fields) {
        int approvals = (int) fields.whole("approvals", leastApprovals(type), mostApprovals(type));
        Duration longestWindow = fields.duration("longestWindow", MINUTE, longestWindow(type));
        int mostSelectors = (int) fields.whole("mostSelectors", 1, MOST_SELECTORS);
        Duration paperWithin = null;
        if (type == InstrumentType.EMERGENCY_REQUEST) {
            paperWithin = fields.duration("paperWithin", MINUTE, LONGEST_WITHOUT_PAPER);
        } else {
            fields.refuse("paperWithin", "in EMERGENCY_REQUEST alone; elsewhere the paper comes first");
        }
        Terms terms = type == InstrumentType.PRESERVATION_REQUEST
                ? preserving(fields, approvals, longestWindow, mostSelectors)
                : disclosing(fields, approvals, longestWindow, mostSelectors, paperWithin);
        fields.noOthers();
        return terms;
    }

    private static int leastApprovals(InstrumentType type) {
        return switch (type) {
            case PRESERVATION_REQUEST -> 0;
            case EMERGENCY_REQUEST -> LEAST_APPROVALS_IN_EMERGENCY;
            case SUBPOENA, COURT_ORDER, SEARCH_WARRANT, STANDING_ORDER -> 1;
        };
    }

    private static int mostApprovals(InstrumentType type) {
        return type == InstrumentType.PRESERVATION_REQUEST ? 0 : MOST_APPROVALS;
    }

    private static Duration longestWindow(InstrumentType type) {
        return type == InstrumentType.STANDING_ORDER ? LONGEST_STANDING : TEN_YEARS;
    }

    private Terms disclosing(
            Fields fields, int approvals, Duration longestWindow, int mostSelectors, @Nullable Duration paperWithin) {
        Fields disclose = fields.required("disclose", "location, device and sourceAddress");
        boolean location = disclose.flag("location");
        boolean device = disclose.flag("device");
        boolean sourceAddress = disclose.flag("sourceAddress");
        disclose.noOthers();

        Fields reverse = fields.optional("reverse");
        Others toReverse = reverse == null ? null : others(reverse);
        if (reverse != null) {
            reverse.noOthers();
        }

        Fields ranges = fields.optional("addressRanges");
        AddressRanges toRanges = null;
        if (ranges != null) {
            toRanges = ranges(ranges, others(ranges));
            ranges.noOthers();
            if (!sourceAddress && disclose.has("sourceAddress")) {
                problems.add(ranges.path() + ": wrong; allowed: where disclose.sourceAddress is true, or nobody could"
                        + " verify that a line of the extract is in scope");
            }
        }
        return new Terms(
                location,
                device,
                sourceAddress,
                longestWindow,
                mostSelectors,
                approvals,
                toReverse,
                toRanges,
                paperWithin);
    }

    /** Nothing is disclosed, so that all terms of disclosing would be without effect; what may be asked for remains. */
    private static Terms preserving(Fields fields, int approvals, Duration longestWindow, int mostSelectors) {
        fields.refuse("disclose", "in instruments that disclose; a preservation request does not");
        Others hidden = new Others(true, null, 0);
        boolean reverse = fields.has("reverse") && fields.flag("reverse");
        Fields ranges = fields.optional("addressRanges");
        AddressRanges toRanges = null;
        if (ranges != null) {
            toRanges = ranges(ranges, hidden);
            ranges.noOthers();
        }
        return new Terms(
                false, false, false, longestWindow, mostSelectors, approvals, reverse ? hidden : null, toRanges, null);
    }

    private static Others others(Fields fields) {
        boolean pseudonymised = fields.choice("requesters", "pseudonymised", "shown");
        Long mostLookups = fields.wholeOrAll("mostLookups", 1, MOST_LOOKUPS);
        return new Others(pseudonymised, mostLookups, (int) fields.whole("moreApprovals", 0, MOST_APPROVALS));
    }

    private static AddressRanges ranges(Fields fields, Others others) {
        return new AddressRanges(
                (int) fields.whole("ipv4", 1, BITS_V4), (int) fields.whole("ipv6", 1, BITS_V6), others);
    }
}
