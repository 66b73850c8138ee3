package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.e2e.Instance.Holding;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Receipts of one class against its ledger. Of several that open one thing the first counts. */
final class Receipts {
    private record Id(int partition, long bucket, int sequence) {}

    private final Map<Id, ExpiryReceipt> opened = new LinkedHashMap<>();
    private final Map<Id, ExpiryReceipt> closed = new LinkedHashMap<>();

    Receipts(String retentionClass, List<ConsumerRecord<byte[], ExpiryReceipt>> records) {
        for (ConsumerRecord<byte[], ExpiryReceipt> each : records) {
            ExpiryReceipt receipt = each.value();
            if (receipt.getRetentionClass().equals(retentionClass)) {
                Id id = new Id(receipt.getPartition(), receipt.getBucket(), receipt.getSequence());
                (receipt.getPhase() == ReceiptPhase.OPENED ? opened : closed).putIfAbsent(id, receipt);
            }
        }
    }

    int count() {
        return opened.size();
    }

    long rows() {
        return opened.values().stream().mapToLong(ExpiryReceipt::getRows).sum();
    }

    int notClosed() {
        return (int)
                opened.keySet().stream().filter(id -> !closed.containsKey(id)).count();
    }

    /** Each states the rows that were live in the ledger, read up to its position. Counts every one again. */
    void addUp(List<ConsumerRecord<byte[], EnrichedLookup>> ledger, int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            int here = partition;
            List<ExpiryReceipt> toCount = new ArrayList<>(opened.values().stream()
                    .filter(each -> each.getPartition() == here)
                    .sorted(Comparator.comparing(ExpiryReceipt::getLedgerPosition))
                    .toList());
            Ledger replay = new Ledger(Model.SHORT, partitions);
            for (ConsumerRecord<byte[], EnrichedLookup> each : ledger) {
                if (each.partition() == here) {
                    while (!toCount.isEmpty() && toCount.get(0).getLedgerPosition() <= each.offset()) {
                        isRight(toCount.remove(0), replay);
                    }
                    replay.apply(each);
                }
            }
            toCount.forEach(each -> isRight(each, replay));
        }
        assertThat(closed.keySet()).as("what was closed had been opened").isSubsetOf(opened.keySet());
    }

    private static void isRight(ExpiryReceipt receipt, Ledger replay) {
        Holding stated = new Holding(
                receipt.getRows(),
                HexFormat.of().formatHex(receipt.getKeysSha256().bytes()));
        assertThat(stated)
                .as(
                        "receipt %s of bucket %s in partition %s, ledger position %s",
                        receipt.getSequence(), receipt.getBucket(), receipt.getPartition(), receipt.getLedgerPosition())
                .isEqualTo(replay.bucket(receipt.getPartition(), (int) receipt.getBucket()));
        assertThat(receipt.getOpenedAt()).as("opened when due").isAfterOrEqualTo(receipt.getDueAt());
    }
}
