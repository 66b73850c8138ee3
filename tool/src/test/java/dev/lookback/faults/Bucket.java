package dev.lookback.faults;

import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All that was seen of the lookups of one class in one window of time. */
final class Bucket {
    /** What became of one key of a ledger. Offsets in the order of the partition; a tombstone's is written as -1 - offset. */
    static final class Row {
        final int partition;

        @Nullable
        Lookup lookup;

        @Nullable
        Lookup anotherLookup;

        boolean ordered;
        long orderedAt;
        long forgottenAt;
        private long[] changes = {};

        Row(int partition) {
            this.partition = partition;
        }

        void stored(long offset) {
            add(offset);
        }

        void forgotten(long offset, long at) {
            forgottenAt = forgottenAt == 0 ? at : Math.min(forgottenAt, at);
            add(-1 - offset);
        }

        private void add(long change) {
            changes = Arrays.copyOf(changes, changes.length + 1);
            changes[changes.length - 1] = change;
        }

        boolean isLive() {
            return isLiveAt(Long.MAX_VALUE);
        }

        /** As a reader knows it who has read up to a position. */
        boolean isLiveAt(long position) {
            boolean live = false;
            for (long each : changes) {
                if ((each < 0 ? -1 - each : each) < position) {
                    live = each >= 0;
                }
            }
            return live;
        }
    }

    private record ReceiptId(int partition, int sequence) {}

    final String retentionClass;
    final int index;

    /** When its last lookup passes its deadline; far away for a class that is kept for long. */
    final long dueAt;

    /** It had been closed before: what was published in it is not known any more. */
    final boolean reopened;

    /** Once it is judged: whether all in it must be gone. */
    boolean due;

    final Map<Lookup.Id, Lookup> lookups = new HashMap<>();
    final Map<LedgerKey, Row> rows = new HashMap<>();
    final List<ExpiryReceipt> receipts = new ArrayList<>();
    /** Where its lookups were published. */
    final List<Evidence.Place> places = new ArrayList<>();

    Bucket(String retentionClass, int index, long dueAt, boolean reopened) {
        this.retentionClass = retentionClass;
        this.index = index;
        this.dueAt = dueAt;
        this.reopened = reopened;
    }

    /** Forgets what was in it, but not that it was there. */
    void empty() {
        lookups.clear();
        rows.clear();
        receipts.clear();
        places.clear();
    }

    /** Of the receipts that open one thing, the first counts. */
    List<ExpiryReceipt> opened() {
        return firstOf(ReceiptPhase.OPENED);
    }

    List<ExpiryReceipt> closed() {
        return firstOf(ReceiptPhase.CLOSED);
    }

    private List<ExpiryReceipt> firstOf(ReceiptPhase phase) {
        Set<ReceiptId> seen = new HashSet<>();
        return receipts.stream()
                .filter(each -> each.getPhase() == phase)
                .filter(each -> seen.add(new ReceiptId(each.getPartition(), each.getSequence())))
                .toList();
    }

    int receiptsOpen() {
        return opened().size() - closed().size();
    }

    @Override
    public String toString() {
        return "bucket " + index + " of " + retentionClass;
    }
}
