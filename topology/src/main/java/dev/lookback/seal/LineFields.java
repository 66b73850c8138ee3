package dev.lookback.seal;

import java.util.ArrayList;
import java.util.List;

/** The fields of a {@link LookupLine}, in their order: what disclosed terms let it show, no less and no more. */
public final class LineFields {
    private static final List<String> REQUESTER = List.of("requester", "requesterNormalised");
    private static final List<String> PLACE = List.of(
            "country",
            "subdivision",
            "city",
            "latitude",
            "longitude",
            "accuracyRadiusKm",
            "asNumber",
            "asOrganisation");

    /** What shows a requester whom no selector names. */
    public static final String PSEUDONYM = "requesterPseudonym";

    private LineFields() {}

    /**
     * The fields of a line.
     *
     * @param hidden whether its requester is shown by a pseudonym
     * @param addressesAsked whether a selector asks about source addresses
     */
    public static List<String> of(Manifest.Disclosed terms, boolean hidden, boolean addressesAsked) {
        List<String> fields = new ArrayList<>(List.of("occurredAt", "utcOffsetMinutes", "eventId"));
        fields.addAll(hidden ? List.of(PSEUDONYM) : REQUESTER);
        fields.addAll(List.of("queried", "queriedNormalised", "queriedKind", "outcome", "service", "trigger"));
        if (terms.device() && !hidden) {
            fields.add("deviceId");
        }
        boolean placeShown = !hidden || addressesAsked; // where somebody is can tell who it is
        if (terms.sourceAddress() && placeShown) {
            fields.add("sourceIp");
            fields.add("sourcePort");
        }
        if (terms.location() && placeShown) {
            fields.add("geo");
        }
        fields.add("receivedAt");
        fields.add("source");
        return List.copyOf(fields);
    }

    /** The fields of {@code geo}; those of a place are there if the address was found in the database. */
    public static List<String> ofGeo(boolean found) {
        List<String> fields = new ArrayList<>(List.of("status"));
        if (found) {
            fields.addAll(PLACE);
        }
        fields.add("database");
        return List.copyOf(fields);
    }

    /** The fields of {@code source}: where in lookup-events the lookup was published. */
    public static List<String> ofSource() {
        return List.of("partition", "offset");
    }
}
