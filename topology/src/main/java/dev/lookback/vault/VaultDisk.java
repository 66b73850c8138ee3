package dev.lookback.vault;

import dev.lookback.ledger.LedgerKey;
import dev.lookback.retention.Cutoff;
import dev.lookback.retention.RetentionClass;
import dev.lookback.retention.RetentionClasses;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How old what lies in the files of this process's vault is, standby copies as well: {@code lookback.vault.disk} (bytes by
 * when they are due), {@code lookback.vault.disk.unreclaimed} (bytes) and {@code
 * lookback.vault.disk.oldest.due.timestamp}. From RocksDB's list of files and the indexes of their blocks: no row is
 * read. Deleted rows count until they have left the disk, which is the point.
 */
final class VaultDisk {
    private static final double MILLIS = 1000.0;
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration WEEK = Duration.ofDays(7);

    /** Bands of age, from the oldest: due, due within a day, within a week, later. */
    private static final List<String> BANDS = List.of("past", "1d", "7d", "later");

    private final VaultResources resources;
    private final RetentionClasses classes;
    private final MultiGauge bytes;
    private final MultiGauge unreclaimed;
    private final MultiGauge oldest;

    /** The figures of the stores that share these resources. Nothing is measured yet. */
    VaultDisk(VaultResources resources, RetentionClasses classes, MeterRegistry meters) {
        this.resources = resources;
        this.classes = classes;
        this.bytes = MultiGauge.builder("lookback.vault.disk")
                .description("About how many bytes the vault's files hold, by when their buckets are due: past (due"
                        + " now), 1d (within a day), 7d (within a week), later.")
                .baseUnit("bytes")
                .register(meters);
        this.unreclaimed = MultiGauge.builder("lookback.vault.disk.unreclaimed")
                .description(
                        "About how many bytes the vault's files hold in buckets in which rows were deleted and whose"
                                + " space has not been reclaimed; rows that live among them.")
                .baseUnit("bytes")
                .register(meters);
        this.oldest = MultiGauge.builder("lookback.vault.disk.oldest.due.timestamp")
                .description("When the oldest bucket is due of which any file of the vault holds a key: exact, where"
                        + " bytes are estimates. Not a number while there are no files.")
                .baseUnit("seconds")
                .register(meters);
    }

    /**
     * Measures once; may take some milliseconds for each store. For one thread at a time.
     *
     * @param now milliseconds since the epoch
     * @param cutoffs the cutoff of each class; a class without one is left out
     */
    void measure(long now, Function<RetentionClass, @Nullable Cutoff> cutoffs) {
        List<Row<?>> bytesRows = new ArrayList<>();
        List<Row<?>> unreclaimedRows = new ArrayList<>();
        List<Row<?>> oldestRows = new ArrayList<>();
        for (RetentionClass each : classes.all()) {
            Cutoff cutoff = cutoffs.apply(each);
            if (cutoff == null) {
                continue;
            }
            Duration width = each.bucketWidth();
            List<Long> bounds = List.of(
                    firstNotDue(now, cutoff, width),
                    firstNotDue(now + DAY.toMillis(), cutoff, width),
                    firstNotDue(now + WEEK.toMillis(), cutoff, width));
            for (VaultStore store : resources.open()) {
                VaultStore.DiskUse use =
                        store.name().equals(VaultTopology.mirrorStore(each)) ? store.diskUse(bounds) : null;
                if (use == null) {
                    continue;
                }
                Tags tags = Tags.of("class", each.name(), "partition", Integer.toString(store.partition()));
                for (int i = 0; i < BANDS.size(); i++) {
                    bytesRows.add(
                            Row.of(tags.and("due", BANDS.get(i)), use.bytes().get(i)));
                }
                unreclaimedRows.add(Row.of(tags, use.unreclaimedBytes()));
                oldestRows.add(Row.of(tags, dueAt(use.oldestBucket(), cutoff, width)));
            }
        }
        bytes.register(bytesRows, true);
        unreclaimed.register(unreclaimedRows, true);
        oldest.register(oldestRows, true);
    }

    private static long firstNotDue(long now, Cutoff cutoff, Duration width) {
        long bucket = LedgerKey.bucketOf(cutoff.at(now) + 1, width);
        return Math.max(0, Math.min(bucket, LedgerKey.PROGRESS_BUCKET));
    }

    private static double dueAt(long bucket, Cutoff cutoff, Duration width) {
        return bucket == Long.MAX_VALUE
                ? Double.NaN
                : cutoff.reaches(LedgerKey.bucketStart(bucket + 1, width) - 1) / MILLIS;
    }
}
