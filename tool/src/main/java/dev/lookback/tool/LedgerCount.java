package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;

/**
 * Counts the lookups of a class that occurred in a span of time, from the keys in its ledger. Reads only the part of the
 * ledger that was admitted from {@code ingest.max.future} before the span to {@code ingest.max.late} after it.
 */
final class LedgerCount {
    /** Clocks of ingest and brokers differ by less than this: the same margin as the ledger's retention has. */
    private static final Duration MARGIN = Duration.ofHours(1);

    /** Keys of one partition and span that are told apart: 8 bytes each. Beyond this, a repeated lookup counts again. */
    private static final int MAX_DISTINCT = 16_000_000;

    private static final int PROGRESS_EVERY = 50_000;

    private final Console console;
    private final Map<TopicPartition, Range> ranges = new HashMap<>();

    /** Offsets, the last one exclusive. */
    private record Range(long from, long to) {}

    /** How many; what it is worth. */
    record Count(long lookups, Certainty certainty) {}

    /** What a number is worth. */
    enum Certainty {
        /** Counted. */
        EXACT,
        /** Counted, but a lookup that was published twice may count twice. */
        ABOUT,
        /** Not counted: no more than this, as far as offsets tell. */
        AT_MOST
    }

    /**
     * The lookups of a class that occurred after an instant and no later than another; milliseconds since the epoch.
     * Asks for offsets, and reads nothing yet.
     */
    LedgerCount(
            LookbackConfig config,
            Console console,
            RetentionClass retentionClass,
            Consumer<byte[], byte[]> consumer,
            long after,
            long upTo) {
        this.console = console;
        if (upTo <= after) {
            return;
        }
        long late = config.duration(LookbackConfig.INGEST_MAX_LATE).plus(MARGIN).toMillis();
        long future =
                config.duration(LookbackConfig.INGEST_MAX_FUTURE).plus(MARGIN).toMillis();
        List<TopicPartition> partitions = Kafka.partitions(
                consumer, config.topics().ledger(retentionClass.name()).name());
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> froms = at(consumer, partitions, ends, after - future);
        Map<TopicPartition, Long> tos = at(consumer, partitions, ends, upTo + late);
        for (TopicPartition each : partitions) {
            ranges.put(each, new Range(froms.getOrDefault(each, 0L), tos.getOrDefault(each, 0L)));
        }
    }

    private static Map<TopicPartition, Long> at(
            Consumer<byte[], byte[]> consumer,
            List<TopicPartition> partitions,
            Map<TopicPartition, Long> ends,
            long millis) {
        Map<TopicPartition, Long> asked = new HashMap<>();
        partitions.forEach(each -> asked.put(each, Math.max(0, millis)));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(asked);
        Map<TopicPartition, Long> offsets = new HashMap<>(ends); // none so late: the end
        found.forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(partition, offset.offset());
            }
        });
        return offsets;
    }

    /** No more than this, without reading: all records of that part, tombstones and progress among them. */
    Count estimate() {
        return new Count(
                ranges.values().stream()
                        .mapToLong(range -> Math.max(0, range.to - range.from))
                        .sum(),
                Certainty.AT_MOST);
    }

    /** Reads that part and counts. What was erased in it is not counted. */
    Count count(Consumer<byte[], byte[]> consumer, long after, long upTo) {
        long total = estimate().lookups;
        long read = 0;
        long lookups = 0;
        boolean distinct = true;
        for (Map.Entry<TopicPartition, Range> each : ranges.entrySet()) {
            Keys keys = new Keys();
            long before = read;
            Range range = each.getValue();
            Kafka.readRange(consumer, each.getKey(), range.from, range.to, record -> {
                byte[] key = record.key();
                if (key != null && key.length == LedgerKey.LENGTH && !LedgerKey.isProgress(key)) {
                    long occurredAt = LedgerKey.occurredAt(key);
                    if (occurredAt > after && occurredAt <= upTo) {
                        keys.add(key, record.value() == null);
                    }
                }
                long done = before + record.offset() - range.from;
                if (done % PROGRESS_EVERY == 0 && total > 0) {
                    console.progress("reading " + each.getKey() + ": " + Console.count(done) + " of "
                            + Console.count(total) + " records");
                }
                return true;
            });
            read += Math.max(0, range.to - range.from);
            lookups += keys.live();
            distinct &= keys.distinct;
        }
        console.progressDone();
        return new Count(lookups, distinct ? Certainty.EXACT : Certainty.ABOUT);
    }

    /** Keys put and keys deleted, as hashes of 64 bits; told apart once all are there. */
    private static final class Keys {
        private long[] puts = new long[1024];
        private long[] tombstones = new long[16];
        private int putCount;
        private int tombstoneCount;
        private long more;
        private boolean distinct = true;

        void add(byte[] key, boolean tombstone) {
            if (putCount + tombstoneCount >= MAX_DISTINCT) {
                distinct = false;
                more += tombstone ? -1 : 1;
                return;
            }
            long hash = LedgerKey.eventId(key).getMostSignificantBits() * 0x9E3779B97F4A7C15L
                    ^ Long.rotateLeft(LedgerKey.eventId(key).getLeastSignificantBits() * 0xC2B2AE3D27D4EB4FL, 23)
                    ^ Long.rotateLeft((LedgerKey.token(key) ^ LedgerKey.occurredAt(key)) * 0x165667B19E3779F9L, 41);
            if (tombstone) {
                tombstones = room(tombstones, tombstoneCount);
                tombstones[tombstoneCount++] = hash;
            } else {
                puts = room(puts, putCount);
                puts[putCount++] = hash;
            }
        }

        private static long[] room(long[] array, int used) {
            return used < array.length ? array : Arrays.copyOf(array, array.length * 2);
        }

        long live() {
            Arrays.sort(puts, 0, putCount);
            Arrays.sort(tombstones, 0, tombstoneCount);
            long live = 0;
            for (int i = 0; i < putCount; i++) {
                boolean repeated = i > 0 && puts[i] == puts[i - 1];
                if (!repeated && Arrays.binarySearch(tombstones, 0, tombstoneCount, puts[i]) < 0) {
                    live++;
                }
            }
            return Math.max(0, live + more);
        }
    }
}
