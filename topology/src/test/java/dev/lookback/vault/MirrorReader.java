package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.RetentionClass;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.TopologyTestDriver;

/** Lets tests of other packages look into a mirror. */
public final class MirrorReader {
    private MirrorReader() {}

    /** Every row of a mirror: its ledger key, and the ledger's value. */
    public static void forEach(
            TopologyTestDriver driver, RetentionClass retentionClass, BiConsumer<byte[], byte[]> row) {
        VaultStore store = (VaultStore) driver.getStateStore(VaultTopology.mirrorStore(retentionClass));
        try (RowIterator rows = store.rows(LedgerKey.bucketPrefix(0), LedgerKey.PROGRESS_BUCKET)) {
            for (; rows.valid(); rows.next()) {
                row.accept(rows.key(), rows.value());
            }
        }
    }
}
