package dev.lookback.vault;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * Tells stores when they are being restored. Of tasks, Kafka Streams reports active ones alone, in the thread that restores
 * them, so standbys are not told. It reports stores that are not ours, too, global ones among them.
 */
final class VaultRestores implements StateRestoreListener {
    private final VaultResources resources;

    VaultRestores(VaultResources resources) {
        this.resources = resources;
    }

    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long startingOffset, long endingOffset) {
        if (startingOffset < endingOffset) {
            tell(changelog, store, true);
        }
    }

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long batchEndOffset, long numRestored) {}

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long totalRestored) {
        tell(changelog, store, false);
    }

    @Override
    public void onRestoreSuspended(TopicPartition changelog, String store, long totalRestored) {
        tell(changelog, store, false);
    }

    private void tell(TopicPartition changelog, String store, boolean begins) {
        resources.open().stream()
                .filter(each -> each.name().equals(store) && each.partition() == changelog.partition())
                .forEach(each -> each.restoring(begins));
    }
}
