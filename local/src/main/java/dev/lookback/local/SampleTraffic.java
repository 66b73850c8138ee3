package dev.lookback.local;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An endless stream of lookups as a messaging provider would see them: a few requesters ask very often and most now and
 * then, from home addresses inside {@link SampleGeoIp}. Nobody's real handle occurs. The same seed and clock make the same
 * lookups. Used by one thread.
 */
public final class SampleTraffic {
    /** How many requesters there are unless said otherwise. */
    public static final int DEFAULT_REQUESTERS = 100_000;

    /**
     * Shares, from 0 to 1, of lookups that make trouble.
     *
     * @param late occurred up to 11 hours before: still to be admitted by default
     * @param tooLate occurred 13 to 24 hours before: to be rejected by default
     * @param duplicate repeats one of the last lookups, as a publisher's retry does
     * @param invalid has a requester, address or id that is none
     */
    public record Trouble(double late, double tooLate, double duplicate, double invalid) {
        /** No trouble at all. */
        public static final Trouble NONE = new Trouble(0, 0, 0, 0);

        /** A little of each. */
        public static final Trouble SOME = new Trouble(0.01, 0.001, 0.005, 0.002);
    }

    /** With it the busiest of 100,000 requesters makes one in 300 lookups. */
    private static final double ZIPF_EXPONENT = 0.6;

    private static final long MAX_AGE_MILLIS = 2_000;
    private static final Duration LATE = Duration.ofHours(11);
    private static final Duration TOO_LATE = Duration.ofHours(13);
    private static final Duration TOO_LATE_RANGE = Duration.ofHours(11);

    /** How many of the last lookups a duplicate may repeat. A power of two. */
    private static final int REMEMBERED = 64;

    private static final int HOMES = 2;
    private static final double AWAY_SHARE = 0.02;
    private static final double STRANGE_QUERY_SHARE = 0.005;
    private static final double REGISTERED_SHARE = 0.8;
    private static final double ERROR_SHARE = 0.01;
    private static final double USER_ENTRY_SHARE = 0.55;
    private static final double BACKGROUND_SHARE = 0.97;
    private static final double MESSAGING_SHARE = 0.7;
    private static final double VIDEO_SHARE = 0.95;
    private static final double DEVICE_SHARE = 0.7;
    private static final double PORT_SHARE = 0.6;
    private static final int LOWEST_PORT = 1_024;
    private static final int PAST_PORTS = 65_536;
    private static final int PAST_OFFSETS = 12;
    private static final int MINUTES_PER_HOUR = 60;

    private static final String[] NODES = {"route-1", "route-2", "route-3", "route-4"};
    private static final String[] STRANGE_QUERIES = {"12345", "*100#", "555-0123", "front desk", "someone@", "+"};

    private final SplittableRandom random;
    private final InstantSource clock;
    private final Trouble trouble;
    private final String[] handles;
    private final String[] addresses;
    private final @Nullable String[] devices;
    private final @Nullable Integer[] utcOffsets;
    private final double zipfRange;
    private final LookupEvent[] last = new LookupEvent[REMEMBERED];
    private long made;

    /** Traffic of the usual number of requesters, with some trouble. */
    public SampleTraffic(long seed, InstantSource clock) {
        this(seed, DEFAULT_REQUESTERS, Trouble.SOME, new SampleGeoIp(seed), clock);
    }

    /**
     * Traffic.
     *
     * @param seed makes it the same again
     * @param requesters how many handles there are, each of which asks and is asked about
     * @param trouble what goes wrong how often
     * @param geoIp where addresses come from
     * @param clock its instant is the latest at which a lookup occurs
     */
    public SampleTraffic(long seed, int requesters, Trouble trouble, SampleGeoIp geoIp, InstantSource clock) {
        this.random = new SplittableRandom(seed);
        this.clock = clock;
        this.trouble = trouble;
        this.handles = SampleHandles.draw(seed, requesters);
        this.addresses = new String[requesters * HOMES];
        this.devices = new String[requesters];
        this.utcOffsets = new Integer[requesters];
        this.zipfRange = Math.pow(requesters, 1 - ZIPF_EXPONENT) - 1;
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = geoIp.address(random);
        }
        for (int i = 0; i < requesters; i++) {
            devices[i] = random.nextDouble() < DEVICE_SHARE ? "device-" + Long.toHexString(random.nextLong()) : null;
            utcOffsets[i] =
                    random.nextBoolean() ? MINUTES_PER_HOUR * random.nextInt(-PAST_OFFSETS, PAST_OFFSETS) : null;
        }
    }

    /** The handle of a rank, 0 the busiest requester. */
    public String handle(int rank) {
        return handles[rank];
    }

    /** The next lookup. */
    public LookupEvent next() {
        if (made > 0 && random.nextDouble() < trouble.duplicate) {
            return last[random.nextInt((int) Math.min(made, REMEMBERED))];
        }
        LookupEvent event = draw();
        if (random.nextDouble() < trouble.invalid) {
            spoil(event);
        }
        last[(int) (made % REMEMBERED)] = event;
        made++;
        return event;
    }

    private LookupEvent draw() {
        int requester = rank();
        int queried = random.nextInt(handles.length);
        double isStrange = random.nextDouble();
        boolean away = random.nextDouble() < AWAY_SHARE;
        int home = away ? random.nextInt(addresses.length) : requester * HOMES + random.nextInt(HOMES);
        return new LookupEvent(
                new UUID(random.nextLong() & ~0xF000L | 0x4000L, random.nextLong() >>> 2 | 1L << 63).toString(),
                occurredAt(),
                utcOffsets[requester],
                handles[requester],
                isStrange < STRANGE_QUERY_SHARE
                        ? STRANGE_QUERIES[random.nextInt(STRANGE_QUERIES.length)]
                        : handles[queried],
                addresses[home],
                random.nextDouble() < PORT_SHARE ? random.nextInt(LOWEST_PORT, PAST_PORTS) : null,
                service(),
                outcome(queried),
                trigger(),
                devices[requester],
                NODES[random.nextInt(NODES.length)]);
    }

    /** Zipf's law, by the inverse of its distribution function for real numbers. */
    private int rank() {
        double drawn = Math.pow(1 + random.nextDouble() * zipfRange, 1 / (1 - ZIPF_EXPONENT));
        return Math.min((int) drawn, handles.length) - 1;
    }

    private Instant occurredAt() {
        long now = clock.millis();
        double kind = random.nextDouble();
        long age;
        if (kind < trouble.late) {
            age = random.nextLong(LATE.toMillis());
        } else if (kind < trouble.late + trouble.tooLate) {
            age = TOO_LATE.toMillis() + random.nextLong(TOO_LATE_RANGE.toMillis());
        } else {
            age = random.nextLong(MAX_AGE_MILLIS);
        }
        return Instant.ofEpochMilli(now - age);
    }

    private Service service() {
        double drawn = random.nextDouble();
        if (drawn < MESSAGING_SHARE) {
            return Service.MESSAGING;
        }
        return drawn < VIDEO_SHARE ? Service.VIDEO_CALL : Service.OTHER;
    }

    /** Whether a handle is registered does not change from lookup to lookup. */
    private Outcome outcome(int queried) {
        if (random.nextDouble() < ERROR_SHARE) {
            return Outcome.ERROR;
        }
        return queried < REGISTERED_SHARE * handles.length ? Outcome.REGISTERED : Outcome.NOT_REGISTERED;
    }

    private Trigger trigger() {
        double drawn = random.nextDouble();
        if (drawn < USER_ENTRY_SHARE) {
            return Trigger.USER_ENTRY;
        }
        return drawn < BACKGROUND_SHARE ? Trigger.BACKGROUND_CHECK_IN : Trigger.UNKNOWN;
    }

    private void spoil(LookupEvent event) {
        switch (random.nextInt(3)) {
            case 0 -> event.setRequester("no handle");
            case 1 -> event.setSourceIp("300.1.2.3");
            default -> event.setEventId("no id");
        }
    }
}
