package dev.lookback.ledger;

import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.LookupEvent;
import java.util.UUID;

/**
 * What a value in a ledger leaves out, because its key or its event says it: the event's id, and a normalised handle that
 * is spelt as in the event. There these are empty. Preserved copies are such values, too. A value that says it all is as
 * good.
 *
 * <p>By {@code docs/PERFORMANCE.md} that is a quarter of a ledger's bytes: ids are random, and do not compress.
 */
public final class LedgerValue {
    /** What stands where something is left out. */
    public static final String LEFT_OUT = "";

    /** Length of the event's id at the head of an event in Avro binary: 36 bytes, and before them their number in one. */
    public static final int EVENT_ID_LENGTH = 1 + 36;

    private LedgerValue() {}

    /** A normalised handle as a value holds it. */
    public static String handle(String normalised, String asSent) {
        return normalised.equals(asSent) ? LEFT_OUT : normalised;
    }

    /** Leaves out of a lookup what its key or its event says. */
    public static void shorten(EnrichedLookup lookup) {
        LookupEvent event = lookup.getEvent();
        event.setEventId(LEFT_OUT);
        lookup.setRequesterNormalised(handle(lookup.getRequesterNormalised(), event.getRequester()));
        lookup.setQueriedNormalised(handle(lookup.getQueriedNormalised(), event.getQueried()));
    }

    /**
     * Puts back what was left out.
     *
     * @param eventId what the key says
     * @return the same lookup
     */
    public static EnrichedLookup complete(EnrichedLookup lookup, UUID eventId) {
        LookupEvent event = lookup.getEvent();
        if (event.getEventId().equals(LEFT_OUT)) {
            event.setEventId(eventId.toString());
        }
        if (lookup.getRequesterNormalised().equals(LEFT_OUT)) {
            lookup.setRequesterNormalised(event.getRequester());
        }
        if (lookup.getQueriedNormalised().equals(LEFT_OUT)) {
            lookup.setQueriedNormalised(event.getQueried());
        }
        return lookup;
    }
}
