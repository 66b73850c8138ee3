package dev.lookback.tool;

import dev.lookback.app.Custody;
import dev.lookback.config.LookbackConfig;
import dev.lookback.custody.KeyCustody;
import dev.lookback.custody.LookupCipher;
import dev.lookback.erasure.Barrier;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.tool.LedgerWindows.Range;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryReceipt;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Audits partitions of ledgers, one after the other: reads what {@link PartitionAudit} judges. */
final class RetentionAudit implements AutoCloseable {
    private static final int PROGRESS_EVERY = 50_000;

    /**
     * A partition and what was read of it.
     *
     * @param read offsets of the ledger that were read
     * @param begin offset of the ledger's first record
     * @param end offset after its last
     * @param receiptsFrom receipts written before this instant were not read; null if all were
     * @param asked how many instances of the vault spoke for it; 0 if none was asked
     */
    record Audited(
            PartitionAudit.Result result,
            List<Range> read,
            long begin,
            long end,
            @Nullable Instant receiptsFrom,
            int asked) {}

    private record Job(
            RetentionClass retentionClass,
            TopicPartition partition,
            Cutoff cutoff,
            long now,
            List<VaultHolding> holdings) {}

    private final LookbackConfig config;
    private final Console console;
    private final InstantSource clock;
    private final Duration allowance;
    private final Policies policies;
    private final LedgerWindows.Admission admission;
    private final Consumer<byte[], byte[]> consumer;
    private final List<Barrier> barriers;
    private @Nullable KeyCustody custody;

    RetentionAudit(LookbackConfig config, Console console, InstantSource clock, Duration allowance) {
        this.config = config;
        this.console = console;
        this.clock = clock;
        this.allowance = allowance;
        this.policies = Policies.read(config);
        this.admission = new LedgerWindows.Admission(
                config.duration(LookbackConfig.INGEST_MAX_LATE), config.duration(LookbackConfig.INGEST_MAX_FUTURE));
        this.consumer = Kafka.consumer(config);
        this.barriers = ErasureLog.barriers(config);
    }

    /** The policies that it goes by. */
    Policies policies() {
        return policies;
    }

    /** The partitions of a class's ledger. */
    List<TopicPartition> partitions(RetentionClass retentionClass) {
        return Kafka.partitions(
                consumer, config.topics().ledger(retentionClass.name()).name());
    }

    /**
     * Audits one partition. What was left unread is read after all if something is found, so that nothing is found
     * because of it.
     *
     * @param since buckets that have fallen due since then; null for everything
     * @param holdings what instances of the vault said before, of any partition
     */
    Audited audit(
            RetentionClass retentionClass,
            TopicPartition partition,
            @Nullable Instant since,
            List<VaultHolding> holdings) {
        Job job = job(retentionClass, partition, holdings);
        if (since == null) {
            return read(job, new Scope.Everything(), null);
        }
        Long first = firstTimestamp(partition);
        if (first == null) {
            return read(job, new Scope.Everything(), null);
        }
        LedgerWindows windows =
                LedgerWindows.dueSince(since.toEpochMilli(), first, retentionClass, job.cutoff, job.now, admission);
        Audited part = read(job, new Scope.DueSince(windows.dueFrom()), windows);
        return part.result.isSound() ? part : read(job, new Scope.Everything(), null);
    }

    /** Audits some buckets of one partition, with as little reading; all of it is read if something is found. */
    Audited audit(RetentionClass retentionClass, TopicPartition partition, Scope.Buckets buckets) {
        Job job = job(retentionClass, partition, List.of());
        Audited part = read(job, buckets, LedgerWindows.of(buckets, retentionClass, job.cutoff, admission));
        return part.result.isSound() ? part : read(job, buckets, null);
    }

    private Job job(RetentionClass retentionClass, TopicPartition partition, List<VaultHolding> holdings) {
        List<VaultHolding> own = holdings.stream()
                .filter(each -> each.retentionClass().equals(retentionClass.name())
                        && each.partition() == partition.partition())
                .toList();
        return new Job(retentionClass, partition, policies.cutoff(retentionClass), clock.millis(), own);
    }

    private Audited read(Job job, Scope scope, @Nullable LedgerWindows windows) {
        ErasureAudit erasures = new ErasureAudit(
                job.retentionClass.name(),
                job.partition.partition(),
                job.retentionClass.bucketWidth(),
                barriers,
                queriedToken(job.retentionClass),
                job.now,
                allowance);
        PartitionAudit audit = new PartitionAudit(
                job.retentionClass, job.partition.partition(), job.cutoff, scope, erasures, job.now, allowance);
        job.holdings.forEach(audit::vault);
        Instant receiptsFrom = windows == null ? null : Instant.ofEpochMilli(windows.forgottenFrom());
        // The ledger between two readings of the receipts: what a closed receipt says is gone is gone by then, and what
        // goes while we read has its receipt by the end.
        long receiptsRead = readReceipts(job, receiptsFrom, audit::receipt);
        long begin = offset(consumer.beginningOffsets(List.of(job.partition)), job.partition);
        long end = offset(consumer.endOffsets(List.of(job.partition)), job.partition);
        List<Range> ranges = windows == null ? List.of(new Range(begin, end)) : ranges(job, windows, begin, end);
        // By now the end of what is read is fixed, and an erasure's receipt comes before its first tombstone.
        readErasureReceipts(job, erasures);
        if (windows != null) {
            erasures.seesOnlyAPart();
        }
        Long first = firstTimestamp(job.partition);
        if (first != null && begin > 0) {
            audit.ledgerBegins(first, admission.maxFuture());
            erasures.ledgerBegins(first, admission.maxFuture());
        }
        Progress progress = new Progress(job.partition);
        for (Range each : ranges) {
            readLedger(job.partition, each, audit, erasures, progress);
        }
        readReceipts(job, receiptsRead, audit::laterReceipt);
        return new Audited(
                audit.finish().with(erasures.finish()), ranges, begin, end, receiptsFrom, job.holdings.size());
    }

    private List<Range> ranges(Job job, LedgerWindows windows, long begin, long end) {
        return windows.ranges(
                begin,
                Kafka.offsetAt(consumer, job.partition, windows.admittedUntil(), end),
                Kafka.offsetAt(consumer, job.partition, windows.forgottenFrom(), end),
                end);
    }

    private final class Progress {
        private final TopicPartition partition;
        private long read;

        private Progress(TopicPartition partition) {
            this.partition = partition;
        }

        private void one() {
            if (++read % PROGRESS_EVERY == 0) {
                console.progress("reading " + partition + ": " + Console.count(read));
            }
        }
    }

    private void readLedger(
            TopicPartition partition, Range range, PartitionAudit audit, ErasureAudit erasures, Progress progress) {
        long[] next = {range.from()};
        Kafka.readRange(consumer, partition, range.from(), range.to(), record -> {
            // A ledger is neither compacted nor transactional, so every offset is there, or its record has been lost.
            if (record.offset() != next[0]) {
                throw ToolException.failed("The records of " + partition + " from offset " + next[0] + " to "
                        + (record.offset() - 1) + " are not there. If the brokers have just removed the oldest segment,"
                        + " try again");
            }
            next[0]++;
            progress.one();
            if (record.key() != null && record.key().length == LedgerKey.LENGTH) {
                audit.ledger(record.offset(), record.key(), record.value() == null);
                erasures.ledger(record.offset(), record.key(), record.value());
            }
            return true;
        });
        console.progressDone();
    }

    /** Reads receipts from an instant on, or all; says up to where. */
    private long readReceipts(Job job, @Nullable Instant from, java.util.function.Consumer<ExpiryReceipt> taker) {
        TopicPartition partition = receipts(job);
        long end = offset(consumer.endOffsets(List.of(partition)), partition);
        long begin = from == null
                ? offset(consumer.beginningOffsets(List.of(partition)), partition)
                : Kafka.offsetAt(consumer, partition, from.toEpochMilli(), end);
        readReceipts(job, begin, end, taker);
        return end;
    }

    private void readReceipts(Job job, long from, java.util.function.Consumer<ExpiryReceipt> taker) {
        TopicPartition partition = receipts(job);
        readReceipts(job, from, offset(consumer.endOffsets(List.of(partition)), partition), taker);
    }

    private void readReceipts(Job job, long from, long to, java.util.function.Consumer<ExpiryReceipt> taker) {
        Topic<String, ExpiryReceipt> topic = config.topics().expiryReceipts();
        Kafka.readRange(consumer, receipts(job), from, to, record -> {
            if (record.value() != null) {
                ExpiryReceipt receipt = topic.value().deserializer().deserialize(topic.name(), record.value());
                if (receipt.getRetentionClass().equals(job.retentionClass.name())) {
                    taker.accept(receipt);
                }
            }
            return true;
        });
    }

    private void readErasureReceipts(Job job, ErasureAudit erasures) {
        Topic<String, ErasureReceipt> topic = config.topics().erasureReceipts();
        TopicPartition partition = new TopicPartition(topic.name(), job.partition.partition());
        Kafka.readAll(consumer, List.of(partition), record -> {
            if (record.value() != null) {
                erasures.receipt(topic.value().deserializer().deserialize(topic.name(), record.value()));
            }
            return true;
        });
    }

    /** Looks into rows for the handle that was asked about; only asked where there are erasures. */
    private ErasureAudit.QueriedToken queriedToken(RetentionClass retentionClass) {
        if (barriers.isEmpty()) {
            return (key, value) -> OptionalLong.empty();
        }
        Tokens tokens = config.tokens();
        Policies.log(config).demandTokenKey(tokens);
        Topic<byte[], EnrichedLookup> ledger = config.topics().ledger(retentionClass.name());
        Deserializer<EnrichedLookup> values = ledger.value().deserializer();
        LookupCipher cipher = new LookupCipher(custody(), retentionClass.name());
        return (key, value) -> {
            byte[] opened = cipher.open(key, value);
            if (opened == null) {
                return OptionalLong.empty();
            }
            EnrichedLookup lookup =
                    LedgerValue.complete(values.deserialize(ledger.name(), opened), LedgerKey.eventId(key));
            return OptionalLong.of(tokens.token(lookup.getQueriedNormalised()));
        };
    }

    private @Nullable KeyCustody custody() {
        if (custody == null) {
            custody = Custody.load(config);
        }
        return custody;
    }

    private TopicPartition receipts(Job job) {
        return new TopicPartition(config.topics().expiryReceipts().name(), job.partition.partition());
    }

    /** When the ledger's first record was admitted, milliseconds since the epoch; null if there is none. */
    private @Nullable Long firstTimestamp(TopicPartition partition) {
        long begin = offset(consumer.beginningOffsets(List.of(partition)), partition);
        long end = offset(consumer.endOffsets(List.of(partition)), partition);
        List<Long> found = new ArrayList<>(1);
        Kafka.readRange(consumer, partition, begin, end, record -> {
            found.add(record.timestamp());
            return false;
        });
        return found.isEmpty() ? null : found.get(0);
    }

    private static long offset(Map<TopicPartition, Long> offsets, TopicPartition partition) {
        return offsets.getOrDefault(partition, 0L);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
