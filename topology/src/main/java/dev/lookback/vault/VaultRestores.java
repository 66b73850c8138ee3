package dev.lookback.vault;

import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells stores when they are being restored, and the log, too. Kafka Streams reports active tasks alone, in the thread that
 * restores them: standbys are kept up to date as before.
 */
final class VaultRestores implements StateRestoreListener {
    private static final Logger log = LoggerFactory.getLogger(VaultRestores.class);

    private final VaultResources resources;

    VaultRestores(VaultResources resources) {
        this.resources = resources;
    }

    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long startingOffset, long endingOffset) {
        if (startingOffset < endingOffset) {
            log.info("{} {}: restoring from {} to {}", store, changelog, startingOffset, endingOffset);
            tell(changelog, store, each -> each.restoring(true));
        }
    }

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long batchEndOffset, long numRestored) {}

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long totalRestored) {
        if (totalRestored > 0) {
            log.info("{} {}: {} records restored", store, changelog, totalRestored);
            tell(changelog, store, each -> each.restoring(false));
        }
    }

    @Override
    public void onRestoreSuspended(TopicPartition changelog, String store, long totalRestored) {
        tell(changelog, store, each -> each.restoring(false));
    }

    /** Other stores of the vault are not ours, and have nothing to be told. */
    private void tell(TopicPartition changelog, String store, Consumer<VaultStore> what) {
        resources.open().stream()
                .filter(each -> each.name().equals(store) && each.partition() == changelog.partition())
                .forEach(what);
    }
}
