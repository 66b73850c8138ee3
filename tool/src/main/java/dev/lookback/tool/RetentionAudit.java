package dev.lookback.tool;

import dev.lookback.config.LookbackConfig;
import dev.lookback.retention.RetentionClass;
import dev.lookback.tool.PartitionAudit.Result;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
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
        List<Result> results = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = Kafka.consumer(config)) {
            for (RetentionClass each : config.retentionClasses().all()) {
                Topic<byte[], EnrichedLookup> ledger = config.topics().ledger(each.name());
                for (TopicPartition partition : Kafka.partitions(consumer, ledger.name())) {
                    PartitionAudit audit =
                            new PartitionAudit(each, partition.partition(), policies.cutoff(each), now, allowance);
                    // The ledger between two readings of the receipts: what a closed receipt says is gone is gone by
                    // then, and what goes while we read has its receipt by the end.
                    readReceipts(consumer, partition.partition(), each, audit::receipt);
                    readLedger(consumer, partition, audit);
                    readReceipts(consumer, partition.partition(), each, audit::laterReceipt);
                    results.add(audit.finish());
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

    private void readLedger(Consumer<byte[], byte[]> consumer, TopicPartition partition, PartitionAudit audit) {
        AtomicLong read = new AtomicLong();
        Duration maxFuture = config.duration(LookbackConfig.INGEST_MAX_FUTURE);
        Kafka.readAll(consumer, List.of(partition), record -> {
            if (read.getAndIncrement() == 0 && record.offset() > 0) {
                audit.ledgerBegins(record.timestamp(), maxFuture);
            }
            audit.ledger(record.offset(), record.key(), record.value() == null);
            if (read.get() % PROGRESS_EVERY == 0) {
                console.progress("reading " + partition + ": " + Console.count(read.get()));
            }
            return true;
        });
    }
}
