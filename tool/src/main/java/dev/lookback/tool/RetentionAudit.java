package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.erasure.Barrier;
import dev.lookback.retention.RetentionClass;
import dev.lookback.tool.PartitionAudit.Result;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ErasureReceipt;
import dev.lookback.v1.ExpiryReceipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** Audits every partition of every ledger, one after the other. */
final class RetentionAudit {
    private static final int PROGRESS_EVERY = 50_000;

    private final LookbackConfig config;
    private final Console console;
    private final long now;
    private final Duration allowance;

    RetentionAudit(LookbackConfig config, Console console, long now, Duration allowance) {
        this.config = config;
        this.console = console;
        this.now = now;
        this.allowance = allowance;
    }

    /** Reads ledgers and receipts, and says what each partition comes to. */
    List<Result> run() {
        Policies policies = Policies.read(config);
        List<Barrier> barriers = ErasureLog.barriers(config);
        List<Result> results = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = Kafka.consumer(config)) {
            for (RetentionClass each : config.retentionClasses().all()) {
                Topic<byte[], EnrichedLookup> ledger = config.topics().ledger(each.name());
                for (TopicPartition partition : Kafka.partitions(consumer, ledger.name())) {
                    ErasureAudit erasures = new ErasureAudit(
                            each.name(),
                            partition.partition(),
                            each.bucketWidth(),
                            barriers,
                            value -> queriedToken(ledger, value),
                            now,
                            allowance);
                    PartitionAudit audit = new PartitionAudit(
                            each, partition.partition(), policies.cutoff(each), erasures, now, allowance);
                    // The ledger between two readings of the receipts: what a closed receipt says is gone is gone by
                    // then, and what goes while we read has its receipt by the end.
                    readReceipts(consumer, partition.partition(), each, audit::receipt);
                    readLedger(consumer, partition, audit, erasures);
                    readReceipts(consumer, partition.partition(), each, audit::laterReceipt);
                    results.add(audit.finish().with(erasures.finish()));
                }
            }
        }
        console.progressDone();
        return results;
    }

    private void readReceipts(
            Consumer<byte[], byte[]> consumer,
            int partition,
            RetentionClass retentionClass,
            java.util.function.Consumer<ExpiryReceipt> taker) {
        Topic<String, ExpiryReceipt> topic = config.topics().expiryReceipts();
        Kafka.readAll(consumer, List.of(new TopicPartition(topic.name(), partition)), record -> {
            if (record.value() != null) {
                ExpiryReceipt receipt = topic.value().deserializer().deserialize(topic.name(), record.value());
                if (receipt.getRetentionClass().equals(retentionClass.name())) {
                    taker.accept(receipt);
                }
            }
            return true;
        });
    }

    private long queriedToken(Topic<byte[], EnrichedLookup> ledger, byte[] value) {
        return config.tokens()
                .token(ledger.value()
                        .deserializer()
                        .deserialize(ledger.name(), value)
                        .getQueriedNormalised());
    }

    private void readErasureReceipts(int partition, ErasureAudit erasures) {
        Topic<String, ErasureReceipt> topic = config.topics().erasureReceipts();
        try (Consumer<byte[], byte[]> consumer = Kafka.consumer(config)) {
            Kafka.readAll(consumer, List.of(new TopicPartition(topic.name(), partition)), record -> {
                if (record.value() != null) {
                    erasures.receipt(topic.value().deserializer().deserialize(topic.name(), record.value()));
                }
                return true;
            });
        }
    }

    private void readLedger(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, PartitionAudit audit, ErasureAudit erasures) {
        AtomicLong read = new AtomicLong();
        Duration maxFuture = config.duration(LookbackConfig.INGEST_MAX_FUTURE);
        Kafka.readAll(consumer, List.of(partition), record -> {
            if (read.getAndIncrement() == 0) {
                // By now the end of what is read is fixed: every tombstone before it has its receipt.
                readErasureReceipts(partition.partition(), erasures);
                if (record.offset() > 0) {
                    audit.ledgerBegins(record.timestamp(), maxFuture);
                    erasures.ledgerBegins(record.timestamp(), maxFuture);
                }
            }
            audit.ledger(record.offset(), record.key(), record.value() == null);
            erasures.ledger(record.offset(), record.key(), record.value());
            if (read.get() % PROGRESS_EVERY == 0) {
                console.progress("reading " + partition + ": " + Console.count(read.get()));
            }
            return true;
        });
    }
}
