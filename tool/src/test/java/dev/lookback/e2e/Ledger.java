package dev.lookback.e2e;

import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.v1.EnrichedLookup;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A ledger as a naive reader sees it: puts minus tombstones, by partition. */
final class Ledger {
    private static final int KEY_LENGTH = 36;
    private static final int PROGRESS = -1;

    private final String retentionClass;
    private final Map<Integer, NavigableMap<byte[], Model.Row>> live = new TreeMap<>();
    private final Set<Model.Row> everPut = new HashSet<>();
    private final Map<ByteBuffer, Integer> tombstones = new HashMap<>();

    Ledger(String retentionClass, int partitions) {
        this.retentionClass = retentionClass;
        for (int partition = 0; partition < partitions; partition++) {
            live.put(partition, new TreeMap<>(Arrays::compareUnsigned));
        }
    }

    Ledger read(Collection<ConsumerRecord<byte[], EnrichedLookup>> records) {
        records.forEach(this::apply);
        return this;
    }

    void apply(ConsumerRecord<byte[], EnrichedLookup> record) {
        byte[] key = record.key();
        if (key.length != KEY_LENGTH || bucket(key) == PROGRESS) {
            return;
        }
        NavigableMap<byte[], Model.Row> rows = live.get(record.partition());
        if (record.value() == null) {
            rows.remove(key);
            tombstones.merge(ByteBuffer.wrap(key), 1, Integer::sum);
        } else {
            Model.Row row = Model.row(record);
            rows.put(key, row);
            everPut.add(row);
        }
    }

    static int bucket(byte[] key) {
        return ByteBuffer.wrap(key).getInt();
    }

    Set<Model.Row> everPut() {
        return everPut;
    }

    Set<Model.Row> live() {
        Set<Model.Row> rows = new HashSet<>();
        live.values().forEach(each -> rows.addAll(each.values()));
        return rows;
    }

    boolean isLive(int partition, byte[] key) {
        return live.get(partition).containsKey(key);
    }

    /** What is live in one bucket of one partition. */
    Holding bucket(int partition, int bucket) {
        return holding(live.get(partition)
                .subMap(prefix(bucket), true, prefix(bucket + 1), false)
                .keySet());
    }

    /** What a vault must hold that has mirrored it, but for rows that are not the model's. */
    Map<Slice, Holding> holdings(Set<Model.Row> expected) {
        Map<Slice, Holding> holdings = new HashMap<>();
        live.forEach((partition, rows) -> {
            List<byte[]> keys = new ArrayList<>();
            rows.forEach((key, row) -> {
                if (expected.contains(row)) {
                    keys.add(key);
                }
            });
            holdings.put(new Slice(retentionClass, partition), holding(keys));
        });
        return holdings;
    }

    private static byte[] prefix(int bucket) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(bucket).array();
    }

    private static Holding holding(Collection<byte[]> keys) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            keys.forEach(digest::update);
            return new Holding(keys.size(), HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
