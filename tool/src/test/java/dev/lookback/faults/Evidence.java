package dev.lookback.faults;

import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What has been seen, sorted by what it is about: buckets and requests. Once one can change no more, all guarantees look at
 * it; then a bucket is dropped, so that a run may be long. Used by one thread at a time.
 */
final class Evidence {
    /** What a bucket that is due is given before it can be closed: for what is under way. */
    private static final long SLACK_MILLIS = 2_000;

    /** What is read again after a crash, or written by one who was frozen, is about a bucket of the last minutes. */
    private static final long REOPENED_MILLIS = 6 * 60_000;

    private static final long REMEMBERED_MILLIS = 20 * 60_000;
    private static final int MAX_PARTITIONS = 64;

    private record BucketId(String retentionClass, int index) {}

    /** Of a record in {@code lookup-events}. */
    record Place(int partition, long offset) {}

    private final Rules rules;
    private final List<Guarantee> guarantees;
    private final Map<BucketId, Bucket> buckets = new HashMap<>();
    private final Map<BucketId, Bucket> closed = new HashMap<>();
    private final Map<Place, Lookup> places = new HashMap<>();
    private final Map<Place, RejectedLookup> earlyRejects = new HashMap<>();
    private final Set<Place> toBeRejected = new HashSet<>();
    private final Set<Place> rightlyRejected = new HashSet<>();
    private final long[] positions = new long[MAX_PARTITIONS];
    private final Map<UUID, Inquiry> inquiries = new HashMap<>();
    private final Set<UUID> answered = new HashSet<>();
    private final Map<String, List<Lookup>> madeBy = new HashMap<>();
    private final Map<String, List<Lookup>> madeAbout = new HashMap<>();
    private final Set<String> handles = new HashSet<>();
    private final Set<String> addresses = new HashSet<>();
    private final List<Service> services = new ArrayList<>();
    private long published;
    private long forgotten;

    /** Whether all partitions are served again since an instant, by what ingest wrote. */
    static final class Service {
        final long since;
        final int partitions;
        private final Map<Integer, Long> servedAt = new HashMap<>();

        Service(long since, int partitions) {
            this.since = since;
            this.partitions = partitions;
        }

        /** Which are. */
        Set<Integer> served() {
            return servedAt.keySet();
        }

        /** When the last partition was; null while one is not. */
        @Nullable
        Long at() {
            return servedAt.size() < partitions
                    ? null
                    : servedAt.values().stream()
                            .mapToLong(Long::longValue)
                            .max()
                            .orElseThrow();
        }
    }

    Evidence(Rules rules, List<Guarantee> guarantees) {
        this.rules = rules;
        this.guarantees = guarantees;
    }

    // ---- what is seen

    void accept(Observation seen) {
        if (seen instanceof Observation.Published it) {
            published(it);
        } else if (seen instanceof Observation.Rejected it) {
            rejected(it.reject());
        } else if (seen instanceof Observation.Ledger it) {
            ledger(it);
        } else if (seen instanceof Observation.Ordered it) {
            ordered(it);
        } else if (seen instanceof Observation.Receipted it) {
            bucket(it.receipt().getRetentionClass(), (int) it.receipt().getBucket())
                    .receipts
                    .add(it.receipt());
        } else if (seen instanceof Observation.Decided it) {
            about(it.request(), inquiry -> inquiry.history.add(it.status()));
        } else if (seen instanceof Observation.Disclosed it) {
            about(it.request(), inquiry -> inquiry.pieces.add(it.piece()));
        } else if (seen instanceof Observation.Audited it) {
            guarantees.forEach(each -> each.audited(it));
        }
    }

    private void about(UUID request, Consumer<Inquiry> note) {
        Inquiry inquiry = inquiries.get(request);
        if (inquiry != null) {
            note.accept(inquiry);
        } else if (answered.contains(request)) {
            guarantees.forEach(each -> each.answeredAgain(request));
        }
    }

    private void published(Observation.Published it) {
        positions[it.partition()] = it.offset() + 1;
        published++;
        LookupEvent event = it.event();
        handles.add(event.getRequester());
        addresses.add(event.getSourceIp());
        Place place = new Place(it.partition(), it.offset());
        RejectedLookup reject = earlyRejects.remove(place);
        String retentionClass = rules.retentionClass(event.getRequester());
        long occurredAt = event.getOccurredAt().toEpochMilli();
        if (!Rules.isValid(event) || rules.isTooLate(retentionClass, occurredAt, it.appendedAt())) {
            (reject == null ? toBeRejected : rightlyRejected).add(place);
            return;
        }
        Lookup lookup = lookup(event);
        if (!lookup.isPublished()) {
            lookup.partition = it.partition();
            lookup.offset = it.offset();
            lookup.appendedAt = it.appendedAt();
        }
        places.put(place, lookup);
        bucket(retentionClass, rules.bucket(retentionClass, occurredAt)).places.add(place);
        if (reject != null) {
            refused(lookup, reject);
        }
        madeBy.computeIfPresent(event.getRequester(), (handle, all) -> with(all, lookup));
        madeAbout.computeIfPresent(event.getQueried(), (handle, all) -> with(all, lookup));
    }

    private static List<Lookup> with(List<Lookup> all, Lookup one) {
        all.add(one);
        return all;
    }

    private void rejected(RejectedLookup reject) {
        Place place = new Place(reject.getSourcePartition(), reject.getSourceOffset());
        Lookup lookup = places.get(place);
        if (reject.getSourceOffset() >= positions[place.partition]) {
            earlyRejects.putIfAbsent(place, reject);
        } else if (toBeRejected.remove(place)) {
            rightlyRejected.add(place);
        } else if (lookup != null) {
            refused(lookup, reject);
        } else if (!rightlyRejected.contains(place) && reject.getReason() != RejectReason.EXPIRED_ON_ARRIVAL) {
            // Read again after a crash, it may only have expired meanwhile.
            guarantees.forEach(each -> each.stray(reject));
        }
    }

    private static void refused(Lookup lookup, RejectedLookup reject) {
        long at = reject.getRejectedAt().toEpochMilli();
        boolean justified = reject.getReason() == RejectReason.EXPIRED_ON_ARRIVAL && at >= lookup.deadline;
        if (!justified) {
            lookup.wronglyRefused = reject.getReason().toString();
        } else if (reject.getRawKey() != null || reject.getRawValue() != null) {
            lookup.wronglyRefused = "expired, with its bytes";
        } else if (lookup.refusedAt == 0) {
            lookup.refusedAt = at;
        }
    }

    private void ledger(Observation.Ledger it) {
        Bucket bucket = bucket(it.retentionClass(), it.key().bucket());
        Bucket.Row row = bucket.rows.computeIfAbsent(it.key(), key -> new Bucket.Row(it.partition()));
        if (it.event() == null) {
            row.forgotten(it.offset(), it.writtenAt());
            forgotten++;
            return;
        }
        Lookup lookup = lookup(it.event());
        row.stored(it.offset());
        if (row.lookup == null) {
            row.lookup = lookup;
        } else if (row.lookup != lookup) {
            row.anotherLookup = lookup;
        }
        if (lookup.key == null) {
            lookup.key = it.key();
        } else if (!lookup.key.equals(it.key())) {
            lookup.anotherKey = it.key();
        }
        for (Service each : services) {
            if (it.receivedAt() > each.since) {
                each.servedAt.putIfAbsent(it.sourcePartition(), it.writtenAt());
            }
        }
    }

    private void ordered(Observation.Ordered it) {
        ByteBuffer keys = it.order().getLedgerKeys().duplicate();
        while (keys.remaining() >= LedgerKey.LENGTH) {
            LedgerKey key = LedgerKey.of(keys);
            if (key != null) {
                Bucket.Row row = bucket(it.order().getRetentionClass(), key.bucket())
                        .rows
                        .computeIfAbsent(key, each -> new Bucket.Row(it.partition()));
                row.ordered = true;
                row.orderedAt = row.orderedAt == 0 ? it.order().getOrderedAt().toEpochMilli() : row.orderedAt;
            }
        }
    }

    private Lookup lookup(LookupEvent event) {
        String retentionClass = rules.retentionClass(event.getRequester());
        long occurredAt = event.getOccurredAt().toEpochMilli();
        Lookup.Id id = Lookup.Id.of(event);
        return bucket(retentionClass, rules.bucket(retentionClass, occurredAt))
                .lookups
                .computeIfAbsent(
                        id,
                        key -> new Lookup(id, retentionClass, occurredAt, rules.deadline(retentionClass, occurredAt)));
    }

    private Bucket bucket(String retentionClass, int index) {
        BucketId id = new BucketId(retentionClass, index);
        return buckets.computeIfAbsent(id, key -> {
            Bucket before = closed.get(id);
            boolean reopened = before != null && before.rows.isEmpty();
            return before == null || reopened
                    ? new Bucket(retentionClass, index, rules.dueAt(retentionClass, index), reopened)
                    : before;
        });
    }

    // ---- what is asked

    /** Remembers the lookups of a handle from now on. */
    void watch(String handle) {
        madeBy.putIfAbsent(handle, new ArrayList<>());
        madeAbout.putIfAbsent(handle, new ArrayList<>());
    }

    List<Lookup> madeBy(String handle) {
        return madeBy.getOrDefault(handle, List.of());
    }

    List<Lookup> madeAbout(String handle) {
        return madeAbout.getOrDefault(handle, List.of());
    }

    void filed(Inquiry inquiry) {
        inquiries.put(inquiry.id, inquiry);
    }

    List<Inquiry> open() {
        return List.copyOf(inquiries.values());
    }

    Service awaitService(long since, int partitions) {
        Service service = new Service(since, partitions);
        services.add(service);
        return service;
    }

    void forget(Service service) {
        services.remove(service);
    }

    long published() {
        return published;
    }

    long forgotten() {
        return forgotten;
    }

    /** How many requests were answered and judged. */
    int answered() {
        return answered.size();
    }

    Set<String> handles() {
        return handles;
    }

    Set<String> addresses() {
        return addresses;
    }

    /** What the dead have left unfinished, as far as topics show. */
    record Unfinished(long ordered, int receipts, int searching, int approved) {}

    Unfinished unfinished(long now) {
        long ordered = 0;
        int receipts = 0;
        for (Bucket each : buckets.values()) {
            if (each.dueAt <= now) {
                ordered += each.rows.values().stream()
                        .filter(row -> row.ordered && row.isLive())
                        .count();
                receipts += each.receiptsOpen();
            }
        }
        return new Unfinished(
                ordered,
                receipts,
                inquiries(each -> each.state() == CaseState.PRESERVING),
                inquiries(each -> each.approved && !each.isSealed()));
    }

    private int inquiries(Predicate<Inquiry> wanted) {
        return (int) inquiries.values().stream().filter(wanted).count();
    }

    /** What a vault must hold that has mirrored the ledgers, of what is not due. */
    Map<Slice, Holding> holdings(long now, int partitions) {
        Map<Slice, TreeSet<LedgerKey>> keys = new HashMap<>();
        for (String retentionClass : List.of(Rules.DEFAULT, Rules.SHORT)) {
            for (int partition = 0; partition < partitions; partition++) {
                keys.put(new Slice(retentionClass, partition), new TreeSet<>());
            }
        }
        buckets.values().stream()
                .filter(each -> each.dueAt > now)
                .forEach(bucket -> bucket.rows.forEach((key, row) -> {
                    if (row.isLive()) {
                        keys.get(new Slice(bucket.retentionClass, row.partition))
                                .add(key);
                    }
                }));
        Map<Slice, Holding> holdings = new HashMap<>();
        keys.forEach((slice, all) -> holdings.put(slice, new Holding(all.size(), digest(all))));
        return holdings;
    }

    static String digest(Iterable<LedgerKey> keys) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(LedgerKey.LENGTH);
            for (LedgerKey each : keys) {
                each.putInto(buffer.clear());
                digest.update(buffer.flip());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- what is over

    /**
     * Lets the guarantees look at what can change no more.
     *
     * @param watermark everything written before this instant has been seen
     */
    void settle(long watermark) {
        for (Iterator<Bucket> each = buckets.values().iterator(); each.hasNext(); ) {
            Bucket bucket = each.next();
            if (isOver(bucket, watermark)) {
                each.remove();
                judge(bucket, true);
            }
        }
        closed.values().stream()
                .filter(each -> each.dueAt + REOPENED_MILLIS < watermark && !isOpen(each))
                .forEach(this::drop);
        for (Iterator<Inquiry> each = inquiries.values().iterator(); each.hasNext(); ) {
            Inquiry inquiry = each.next();
            if (inquiry.isSealed() && inquiry.sealedAt > 0 && inquiry.sealedAt + SLACK_MILLIS < watermark) {
                each.remove();
                answered.add(inquiry.id);
                guarantees.forEach(guarantee -> guarantee.inquiry(inquiry, this));
            }
        }
        long oldest =
                inquiries.values().stream().mapToLong(each -> each.from).min().orElse(watermark);
        long remembered = Math.min(watermark, oldest) - REMEMBERED_MILLIS;
        madeBy.values().forEach(all -> all.removeIf(lookup -> lookup.occurredAt < remembered));
        madeAbout.values().forEach(all -> all.removeIf(lookup -> lookup.occurredAt < remembered));
    }

    private boolean isOpen(Bucket bucket) {
        return buckets.get(new BucketId(bucket.retentionClass, bucket.index)) == bucket;
    }

    private void drop(Bucket bucket) {
        bucket.places.forEach(places::remove);
        bucket.empty();
    }

    private static boolean isOver(Bucket bucket, long watermark) {
        return bucket.dueAt + SLACK_MILLIS < watermark
                && bucket.receiptsOpen() == 0
                && bucket.rows.values().stream().noneMatch(Bucket.Row::isLive)
                && bucket.lookups.values().stream()
                        .allMatch(each -> each.isStored() || each.refusedAt > 0 || each.wronglyRefused != null);
    }

    private void judge(Bucket bucket, boolean due) {
        bucket.due = due;
        guarantees.forEach(each -> each.bucket(bucket));
        closed.put(new BucketId(bucket.retentionClass, bucket.index), bucket);
    }

    /** How many buckets are due at an instant and not over. */
    long overdue(long now) {
        return buckets.values().stream().filter(each -> each.dueAt <= now).count();
    }

    /** How many lookups were published and are, so far, nowhere. */
    long missing() {
        return toBeRejected.size()
                + buckets.values().stream()
                        .flatMap(each -> each.lookups.values().stream())
                        .filter(each -> !each.isStored() && each.refusedAt == 0 && each.wronglyRefused == null)
                        .count();
    }

    /**
     * The end: whatever is left is judged as it is.
     *
     * @param rested when everything had come to rest: what was due by then is to be gone
     */
    void finish(long rested) {
        List<Bucket> left = new ArrayList<>(buckets.values());
        buckets.clear();
        left.forEach(each -> judge(each, each.dueAt <= rested));
        inquiries.values().forEach(inquiry -> guarantees.forEach(each -> each.inquiry(inquiry, this)));
        inquiries.clear();
        guarantees.forEach(each -> each.end(toBeRejected.size(), earlyRejects.size()));
    }

    static Observation.@Nullable Ledger ledgerRecord(
            String retentionClass,
            int partition,
            long offset,
            long writtenAt,
            byte[] key,
            @Nullable EnrichedLookup value) {
        LedgerKey ledgerKey = LedgerKey.of(key);
        return ledgerKey == null
                ? null
                : new Observation.Ledger(
                        retentionClass,
                        partition,
                        offset,
                        writtenAt,
                        ledgerKey,
                        value == null
                                ? null
                                : LedgerValue.complete(value, new UUID(ledgerKey.idHigh(), ledgerKey.idLow()))
                                        .getEvent(),
                        value == null ? -1 : value.getSourcePartition(),
                        value == null ? 0 : value.getReceivedAt().toEpochMilli());
    }
}
