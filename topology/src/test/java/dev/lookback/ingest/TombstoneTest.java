package dev.lookback.ingest;

import static dev.lookback.ingest.Ingest.DEFAULT;
import static dev.lookback.ingest.Ingest.NOW;
import static dev.lookback.ingest.Ingest.SHORT;
import static dev.lookback.ingest.Ingest.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.v1.ExpiryOrder;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TombstoneTest {
    private final Ingest ingest = new Ingest();

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void eachKeyOfAnOrderGetsATombstoneInItsClassesLedger() {
        byte[] first = LedgerKey.encode(7, 1, 2, 3, 4);
        byte[] second = LedgerKey.encode(7, 5, 6, 7, 8);
        order("short", first, second);
        List<TestRecord<byte[], byte[]>> written = ingest.written(SHORT);
        assertThat(written).extracting(TestRecord::key).containsExactly(first, second);
        assertThat(written).allSatisfy(record -> {
            assertThat(record.value()).isNull();
            assertThat(record.timestamp()).isEqualTo(NOW.toEpochMilli());
        });
        assertThat(ingest.written(DEFAULT)).isEmpty();
        assertThat(ingest.meters
                        .get("lookback.tombstones")
                        .tag("class", "short")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void whatCannotBeFollowedIsCountedAndPassedOver() {
        byte[] key = LedgerKey.encode(7, 1, 2, 3, 4);
        order("no-such-class", key);
        order("default", new byte[LedgerKey.LENGTH - 1]);
        order("default", LedgerKey.progress(0, 1));
        ingest.orders.pipeInput(utf8("default/0/7"), utf8("garbage"));
        ingest.orders.pipeInput(utf8("default/0/7"), (byte[]) null);
        assertThat(ingest.driver.producedTopicNames()).isEmpty();
        assertThat(ingest.meters.get("lookback.orders.refused").counter().count())
                .isEqualTo(5);
        order("default", key);
        assertThat(ingest.written(DEFAULT)).extracting(TestRecord::key).containsExactly(key);
    }

    private void order(String retentionClass, byte[]... keys) {
        ByteBuffer all = ByteBuffer.allocate(keys.length * LedgerKey.LENGTH);
        for (byte[] key : keys) {
            all.put(key);
        }
        ExpiryOrder order = ExpiryOrder.newBuilder()
                .setRetentionClass(retentionClass)
                .setBucket(7)
                .setSequence(0)
                .setLedgerKeys(all.flip())
                .setOrderedAt(NOW)
                .build();
        ingest.orders.pipeInput(utf8(retentionClass + "/0/7"), ingest.encode(order));
    }
}
