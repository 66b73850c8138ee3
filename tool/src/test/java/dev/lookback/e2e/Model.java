package dev.lookback.e2e;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What must be there, as naively as it can be said. Reads what was published with its own eyes and applies the rules by
 * hand; knows nothing of the product but its records. Times in milliseconds.
 *
 * <p>One thing it cannot know: whether a lookup of the short class reached ingest before its deadline. There it believes
 * ingest's refusal, if that was justified at the time it was made.
 */
final class Model {
    static final String SHORT = "short";
    private static final String DEFAULT = "default";
    private static final long LATEST = Duration.ofHours(12).toMillis();

    /** A lookup. */
    record Row(String retentionClass, String eventId, long occurredAt, String requester, String queried) {
        static Row of(LookupEvent event) {
            return new Row(
                    event.getRequester().startsWith("+1") ? SHORT : DEFAULT,
                    event.getEventId(),
                    event.getOccurredAt().toEpochMilli(),
                    event.getRequester(),
                    event.getQueried());
        }

        /** Personal data stays out of test reports, too. */
        @Override
        public String toString() {
            return retentionClass + " " + eventId;
        }
    }

    private record Place(int partition, long offset) {}

    /** An erasure: of lookups that a handle made, or that were made about it, or (either) both. */
    record Erasure(String handle, boolean asRequester, boolean asQueried, long at) {
        private boolean covers(Row row) {
            return row.occurredAt <= at
                    && ((asRequester && row.requester.equals(handle)) || (asQueried && row.queried.equals(handle)));
        }
    }

    private final Map<String, Long> durations;
    private final long bucketMillis;
    private final List<Erasure> erasures = new ArrayList<>();
    private final Set<Row> admitted = new HashSet<>();
    private int refused;
    private long doubtedFrom = Long.MAX_VALUE;

    Model(Duration defaultDuration, Duration shortDuration, Duration shortBucket) {
        this.durations = Map.of(DEFAULT, defaultDuration.toMillis(), SHORT, shortDuration.toMillis());
        this.bucketMillis = shortBucket.toMillis();
    }

    /** What was published at this instant or later was judged by a clock in doubt that may have been behind. */
    void clockDoubtedFrom(long instant) {
        doubtedFrom = instant;
    }

    /**
     * Reads everything from the beginning.
     *
     * @param ledgers all records ever put into the ledgers, to settle what both may be
     */
    void read(
            List<ConsumerRecord<byte[], LookupEvent>> events,
            List<ConsumerRecord<byte[], RejectedLookup>> rejects,
            Set<Row> everPut) {
        admitted.clear();
        refused = 0;
        Map<Place, RejectedLookup> rejected = new HashMap<>();
        rejects.forEach(each -> rejected.put(
                new Place(each.value().getSourcePartition(), each.value().getSourceOffset()), each.value()));
        for (ConsumerRecord<byte[], LookupEvent> each : events) {
            RejectedLookup reject = rejected.remove(new Place(each.partition(), each.offset()));
            LookupEvent event = each.value();
            if (!isValid(event)) {
                demand(reject != null, "an invalid lookup was not rejected");
                refused++;
                continue;
            }
            Row row = Row.of(event);
            long age = each.timestamp() - row.occurredAt;
            long kept = durations.get(row.retentionClass);
            if (reject == null && age >= kept && age < LATEST && each.timestamp() >= doubtedFrom) {
                if (everPut.contains(row)) {
                    admitted.add(row); // whether it had expired nobody could tell
                }
            } else if (age >= Math.min(LATEST, kept)) {
                demand(reject != null, "a late lookup was not rejected");
                refused++;
            } else if (reject == null) {
                admitted.add(row);
            } else if (reject.getReason() == RejectReason.ERASED) {
                demand(isErased(row, each.timestamp() - 1), "a lookup was refused that no erasure before it covers");
                demand(reject.getRawKey() == null && reject.getRawValue() == null, "an erased lookup was kept");
                refused++;
            } else {
                // A lookup that was admitted can be refused as well, when it was read again after a crash.
                demand(row.retentionClass.equals(SHORT), "a lookup in time was rejected");
                demand(
                        reject.getRejectedAt().toEpochMilli() >= deadline(row),
                        "a lookup was refused as expired before it had");
                if (everPut.contains(row)) {
                    admitted.add(row);
                } else {
                    refused++;
                }
            }
        }
        demand(rejected.isEmpty(), "there are rejects of lookups that nobody published");
    }

    private static boolean isValid(LookupEvent event) {
        boolean requester =
                event.getRequester().startsWith("+") || event.getRequester().contains("@");
        boolean id = event.getEventId().length() == 36;
        boolean ip = !event.getSourceIp().equals("300.1.2.3");
        return requester && id && ip;
    }

    void erase(Erasure erasure) {
        erasures.add(erasure);
    }

    /** Whether one of the erasures up to an instant covers a lookup. */
    boolean isErased(Row row, long until) {
        return erasures.stream().anyMatch(each -> each.at <= until && each.covers(row));
    }

    private long deadline(Row row) {
        return row.occurredAt + durations.get(row.retentionClass);
    }

    Set<Row> admitted() {
        return admitted;
    }

    int refused() {
        return refused;
    }

    /** What is stored at an instant, once everything has come to rest: the short class goes by whole buckets. */
    Set<Row> storedAt(long now) {
        Set<Row> rows = new HashSet<>(admitted);
        rows.removeIf(row -> row.retentionClass.equals(SHORT) && dueAt(row) <= now);
        rows.removeIf(row -> isErased(row, Long.MAX_VALUE));
        return rows;
    }

    /** When the next bucket is due, of those that are not at an instant. */
    OptionalLong nextDue(long now) {
        return storedAt(now).stream()
                .filter(row -> row.retentionClass.equals(SHORT))
                .mapToLong(this::dueAt)
                .min();
    }

    private long dueAt(Row row) {
        long lastOfBucket = Math.floorDiv(row.occurredAt, bucketMillis) * bucketMillis + bucketMillis - 1;
        return lastOfBucket + durations.get(SHORT);
    }

    /** What a request received at an instant must disclose about one handle as either, and one as requester. */
    Set<Row> answer(String either, String requester, long receivedAt) {
        Set<Row> rows = new HashSet<>(admitted);
        rows.removeIf(row -> deadline(row) <= receivedAt
                || row.occurredAt >= receivedAt
                || isErased(row, receivedAt)
                || !(row.requester.equals(either) || row.queried.equals(either) || row.requester.equals(requester)));
        return rows;
    }

    private static void demand(boolean truth, String otherwise) {
        if (!truth) {
            throw new AssertionError("Model: " + otherwise);
        }
    }

    static Row row(ConsumerRecord<byte[], EnrichedLookup> put) {
        return Row.of(
                LedgerValue.complete(put.value(), LedgerKey.eventId(put.key())).getEvent());
    }
}
