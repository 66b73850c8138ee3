package dev.lookback.bench;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.topics.Topics;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** The rows that a ledger holds without a tombstone, counted from its records alone: what the vault must hold, too. */
final class LedgerRows {
    private LedgerRows() {}

    /**
     * Reads a ledger from its start to its present end. Holds the live keys of one partition in memory at a time, some
     * 120 bytes each.
     */
    static List<Holding> read(Log log, String retentionClass, String ledger) {
        List<Holding> holdings = new ArrayList<>();
        Map<TopicPartition, Long> ends = log.ends(List.of(ledger));
        ends.keySet().stream()
                .sorted(Comparator.comparing(TopicPartition::partition))
                .forEach(partition ->
                        holdings.add(read(log, retentionClass, partition, ends.getOrDefault(partition, 0L))));
        return holdings;
    }

    /**
     * Compares the vault with its ledger.
     *
     * @param firstBucket the first that is not due
     * @return how many rows both hold
     * @throws IllegalStateException if they differ, or hold rows that are due
     */
    static long requireSame(Log log, Application application, long firstBucket) {
        List<Holding> ledger = read(log, Topics.DEFAULT_CLASS, application.ledger());
        List<Holding> vault = application.vault();
        if (!vault.equals(ledger)) {
            throw new IllegalStateException("The vault holds " + vault + ", the ledger " + ledger);
        }
        long due =
                vault.stream().mapToLong(each -> each.rowsBefore(firstBucket)).sum();
        if (due > 0) {
            throw new IllegalStateException("The vault still holds " + due + " rows that were due");
        }
        return vault.stream().mapToLong(Holding::rows).sum();
    }

    private static Holding read(Log log, String retentionClass, TopicPartition partition, long end) {
        TreeSet<byte[]> live = new TreeSet<>(Arrays::compareUnsigned);
        log.read(partition, end, record -> {
            if (LedgerKey.isProgress(record.key())) {
                return;
            }
            if (record.value() == null) {
                live.remove(record.key());
            } else {
                live.add(record.key());
            }
        });
        Map<Long, Long> buckets = new TreeMap<>();
        MessageDigest digest = sha256();
        live.forEach(key -> {
            digest.update(key);
            buckets.merge(LedgerKey.bucket(key), 1L, Long::sum);
        });
        return new Holding(
                retentionClass,
                partition.partition(),
                live.size(),
                HexFormat.of().formatHex(digest.digest()),
                buckets);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
