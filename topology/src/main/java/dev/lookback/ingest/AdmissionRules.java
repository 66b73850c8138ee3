package dev.lookback.ingest;

import dev.lookback.address.IpAddress;
import dev.lookback.clock.Timekeeper.Present;
import dev.lookback.erasure.Barriers;
import dev.lookback.handle.Handle;
import dev.lookback.handle.Tokens;
import dev.lookback.ingest.Verdict.Admitted;
import dev.lookback.ingest.Verdict.Refused;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import java.util.function.Function;

/**
 * Which lookups are admitted: the rows of the ingest table for a record that could be read, in this order. Expired comes
 * first, because an expired lookup may be kept nowhere, not even for being invalid besides, then erased for the same
 * reason; then the fields in the order of the schema; then what a replay may put right.
 */
final class AdmissionRules {
    private static final int MAX_PORT = 65_535;

    static final Refused EXPIRED = new Refused(
            RejectReason.EXPIRED_ON_ARRIVAL, "occurredAt", "The lookup was past its deadline when it arrived.");
    private static final Refused ERASED =
            new Refused(RejectReason.ERASED, null, "The lookups of a handle in it were erased after it happened.");
    private static final Refused EVENT_ID =
            new Refused(RejectReason.INVALID_EVENT_ID, "eventId", "The event id is not a UUID of 36 characters.");
    private static final Refused REQUESTER = new Refused(
            RejectReason.INVALID_REQUESTER, "requester", "The requester is neither E.164 nor an e-mail address.");
    private static final Refused SOURCE_IP = new Refused(
            RejectReason.INVALID_SOURCE_IP, "sourceIp", "The source IP is neither an IPv4 nor an IPv6 address.");
    private static final Refused SOURCE_PORT =
            new Refused(RejectReason.INVALID_SOURCE_PORT, "sourcePort", "The source port is not within 1 to 65535.");

    private final RetentionClasses classes;
    private final Tokens tokens;
    private final long maxLateMillis;
    private final long maxFutureMillis;
    private final Refused late;
    private final Refused future;

    AdmissionRules(RetentionClasses classes, Tokens tokens, IngestSettings settings) {
        this.classes = classes;
        this.tokens = tokens;
        this.maxLateMillis = settings.maxLate().toMillis();
        this.maxFutureMillis = settings.maxFuture().toMillis();
        this.late = new Refused(
                RejectReason.LATE, "occurredAt", "The lookup occurred " + settings.maxLate() + " ago or earlier.");
        this.future = new Refused(
                RejectReason.FUTURE, "occurredAt", "The lookup is dated more than " + settings.maxFuture() + " ahead.");
    }

    /**
     * Judges a lookup. An erasure keeps out what is published after it: what was published before is let in, so that a
     * request that was received before the erasure finds it, and then erased by the vault.
     *
     * @param publishedAt the broker's append time of the event, milliseconds since the epoch
     * @param present now; what is forgotten goes by its own time, which never goes back and is not ahead while that is in
     *     doubt
     * @param cutoffs the cutoff of each class
     * @param barriers the erasures known
     */
    Verdict judge(
            LookupEvent event,
            long publishedAt,
            Present present,
            Function<RetentionClass, Cutoff> cutoffs,
            Barriers barriers) {
        long occurredAt = event.getOccurredAt().toEpochMilli();
        Handle requester = Handle.parse(event.getRequester());
        RetentionClass retentionClass = classes.classOf(requester, event.getService());
        if (occurredAt <= cutoffs.apply(retentionClass).at(present.forgetting())) {
            return EXPIRED;
        }
        long token = tokens.token(requester.normalised());
        if (barriers.reach(occurredAt)
                && barriers.find(occurredAt, publishedAt, token, () -> queriedToken(event)) != null) {
            return ERASED;
        }
        String eventId = event.getEventId();
        if (!EventId.isValid(eventId)) {
            return EVENT_ID;
        }
        if (requester.kind() == HandleKind.OTHER) {
            return REQUESTER;
        }
        byte[] address = IpAddress.parse(event.getSourceIp());
        if (address == null) {
            return SOURCE_IP;
        }
        Integer port = event.getSourcePort();
        if (port != null && (port < 1 || port > MAX_PORT)) {
            return SOURCE_PORT;
        }
        if (occurredAt > present.now() + maxFutureMillis) {
            return future;
        }
        if (occurredAt <= present.now() - maxLateMillis) {
            return late;
        }
        byte[] key = LedgerKey.encode(
                LedgerKey.bucketOf(occurredAt, retentionClass.bucketWidth()),
                token,
                occurredAt,
                EventId.high(eventId),
                EventId.low(eventId));
        return new Admitted(retentionClass, key, requester, Handle.parse(event.getQueried()), address);
    }

    private long queriedToken(LookupEvent event) {
        return tokens.token(Handle.parse(event.getQueried()).normalised());
    }
}
