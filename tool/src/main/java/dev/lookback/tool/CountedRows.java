package dev.lookback.tool;

import dev.lookback.ledger.KeyFingerprint;
import java.util.HashSet;
import java.util.Set;

/** Rows of which only a fingerprint is kept, 8 bytes each: enough for buckets that no receipt is about. */
final class CountedRows implements BucketRows {
    private final KeyFingerprint fingerprint;
    private final LongTable seen = new LongTable(1); // up to `sorted` each once, in order; beyond as they came
    private final Set<Long> removed =
            new HashSet<>(); // nothing should leave a bucket before it is due, so these are few
    private int sorted;

    CountedRows(KeyFingerprint fingerprint) {
        this.fingerprint = fingerprint;
    }

    @Override
    public void put(byte[] key, long offset) {
        long print = fingerprint.of(key);
        seen.set(seen.append(), 0, print);
        if (!removed.isEmpty()) {
            removed.remove(print);
        }
    }

    @Override
    public void tombstone(byte[] key, long offset) {
        removed.add(fingerprint.of(key));
    }

    @Override
    public long live() {
        order();
        long gone = removed.stream().filter(this::contains).count();
        return seen.rows() - gone;
    }

    @Override
    public long came() {
        order();
        return seen.rows();
    }

    @Override
    public long fingerprint() {
        order();
        long sum = 0;
        for (int row = 0; row < seen.rows(); row++) {
            sum += seen.get(row, 0);
        }
        for (long each : removed) {
            sum -= contains(each) ? each : 0;
        }
        return sum;
    }

    private void order() {
        if (sorted == seen.rows()) {
            return;
        }
        seen.sort();
        int kept = 0;
        for (int row = 0; row < seen.rows(); row++) {
            if (kept == 0 || seen.get(row, 0) != seen.get(kept - 1, 0)) {
                seen.copy(row, kept++);
            }
        }
        seen.truncate(kept);
        sorted = kept;
    }

    private boolean contains(long print) {
        int low = 0;
        int high = seen.rows() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int compared = Long.compareUnsigned(seen.get(middle, 0), print);
            if (compared == 0) {
                return true;
            }
            if (compared < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return false;
    }
}
