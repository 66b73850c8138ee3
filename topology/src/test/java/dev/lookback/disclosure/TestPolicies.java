package dev.lookback.disclosure;

import dev.lookback.disclosure.DisclosurePolicy.AddressRanges;
import dev.lookback.disclosure.DisclosurePolicy.Others;
import dev.lookback.disclosure.DisclosurePolicy.Quota;
import dev.lookback.disclosure.DisclosurePolicy.Terms;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Policies for tests. */
public final class TestPolicies {
    /** Serves everything, and one approval is enough; emergencies take two. */
    public static final DisclosurePolicy OPEN = open(null, false);

    private TestPolicies() {}

    /** The same, with bystanders protected. */
    public static DisclosurePolicy open(Long mostLookups, boolean pseudonymised) {
        Others others = new Others(pseudonymised, mostLookups, 0);
        Map<InstrumentType, Terms> instruments = new EnumMap<>(InstrumentType.class);
        for (InstrumentType type : InstrumentType.values()) {
            boolean emergency = type == InstrumentType.EMERGENCY_REQUEST;
            int approvals = emergency ? 2 : type == InstrumentType.PRESERVATION_REQUEST ? 0 : 1;
            instruments.put(
                    type,
                    new Terms(
                            true,
                            true,
                            true,
                            Duration.ofDays(3650),
                            100,
                            approvals,
                            others,
                            new AddressRanges(16, 32, others),
                            emergency ? Duration.ofHours(48) : null));
        }
        return new DisclosurePolicy("open", "00", new Quota(1_000_000, Duration.ofDays(30)), instruments);
    }
}
