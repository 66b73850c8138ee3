package dev.lookback.tool;

import dev.lookback.ledger.KeyFingerprint;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.vault.BucketCounts;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/**
 * Rows that are kept with key and offset, 40 bytes each: for buckets that receipts are about, which must be counted
 * again. Records are taken down as they come, and folded to what is live whenever tombstones have piled up.
 */
final class KeptRows implements BucketRows {
    private static final int KEY_COLUMNS = 4;
    private static final int OFFSET = 4; // twice the offset, one more for a tombstone: sorts by offset
    private static final int FOLD_AT_LEAST = 1_024;

    private final long bucket;
    private final KeyFingerprint fingerprint;
    private final LongTable records = new LongTable(KEY_COLUMNS + 1);
    private final ByteBuffer key = ByteBuffer.allocate(LedgerKey.LENGTH);
    private int tombstones;
    private boolean folded = true;
    private long gone;

    KeptRows(long bucket, KeyFingerprint fingerprint) {
        this.bucket = bucket;
        this.fingerprint = fingerprint;
    }

    @Override
    public void put(byte[] ledgerKey, long offset) {
        append(ledgerKey, 2 * offset);
    }

    @Override
    public void tombstone(byte[] ledgerKey, long offset) {
        append(ledgerKey, 2 * offset + 1);
        tombstones++;
        if (tombstones > FOLD_AT_LEAST && tombstones > records.rows() / 3) {
            fold();
        }
    }

    private void append(byte[] ledgerKey, long offset) {
        ByteBuffer from =
                ByteBuffer.wrap(ledgerKey, LedgerKey.BUCKET_LENGTH, LedgerKey.LENGTH - LedgerKey.BUCKET_LENGTH);
        int row = records.append();
        for (int column = 0; column < KEY_COLUMNS; column++) {
            records.set(row, column, from.getLong());
        }
        records.set(row, OFFSET, offset);
        folded = false;
    }

    @Override
    public long live() {
        fold();
        return records.rows();
    }

    @Override
    public long came() {
        fold();
        return gone + records.rows();
    }

    @Override
    public long fingerprint() {
        fold();
        long sum = 0;
        for (int row = 0; row < records.rows(); row++) {
            sum += fingerprint.of(key(row));
        }
        return sum;
    }

    /** SHA-256 over the live rows' keys in ascending order, as in receipts. */
    byte[] keysSha256() {
        fold();
        MessageDigest digest = BucketCounts.sha256();
        for (int row = 0; row < records.rows(); row++) {
            digest.update(key(row));
        }
        return digest.digest();
    }

    /** The ledger offset of each live row, in the order of the keys. */
    void offsets(LongConsumer taker) {
        fold();
        for (int row = 0; row < records.rows(); row++) {
            taker.accept(records.get(row, OFFSET) >>> 1);
        }
    }

    private byte[] key(int row) {
        key.putInt(0, (int) bucket);
        for (int column = 0; column < KEY_COLUMNS; column++) {
            key.putLong(LedgerKey.BUCKET_LENGTH + column * Long.BYTES, records.get(row, column));
        }
        return key.array();
    }

    /** Leaves one record for each live row, its last, in the order of the keys. */
    private void fold() {
        if (folded) {
            return;
        }
        records.sort();
        int kept = 0;
        int next = 0;
        while (next < records.rows()) {
            int first = next;
            boolean live = false;
            int lives = 0;
            for (; next < records.rows() && records.sameStart(first, next, KEY_COLUMNS); next++) {
                boolean tombstone = (records.get(next, OFFSET) & 1) == 1;
                lives += !tombstone && !live ? 1 : 0;
                live = !tombstone;
            }
            if (live) {
                gone += lives - 1;
                records.copy(next - 1, kept++);
            } else {
                gone += lives;
            }
        }
        records.truncate(kept);
        tombstones = 0;
        folded = true;
    }
}
