package dev.lookback.bench;

import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.ReceiptPhase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Waits for buckets to be forgotten, by what the receipts say. */
final class Receipts {
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** No receipt for so long means that expiry is stuck. */
    private static final Duration STUCK = Duration.ofMinutes(10);

    private static final double MILLIS = 1_000;

    private final Tool tool;
    private final Watcher watcher;
    private final InstantSource clock;

    Receipts(Tool tool, Watcher watcher, InstantSource clock) {
        this.tool = tool;
        this.watcher = watcher;
        this.clock = clock;
    }

    /** Closed receipts that hold as many rows as were waited for. */
    record Closed(List<ExpiryReceipt> receipts) {
        long rows() {
            return receipts.stream().mapToLong(ExpiryReceipt::getRows).sum();
        }

        /** When the first or the last was closed, milliseconds since the epoch. */
        long firstAt() {
            return receipts.stream().mapToLong(Closed::closedAt).min().orElseThrow();
        }

        long lastAt() {
            return receipts.stream().mapToLong(Closed::closedAt).max().orElseThrow();
        }

        /** Seconds. */
        Spread lateness() {
            return Spread.of(receipts.stream()
                    .map(each -> Objects.requireNonNull(each.getLatenessMillis()) / MILLIS)
                    .toList());
        }

        private static long closedAt(ExpiryReceipt receipt) {
            return Objects.requireNonNull(receipt.getClosedAt()).toEpochMilli();
        }
    }

    /**
     * Waits until so many rows of some buckets have been forgotten.
     *
     * @param fromBucket the first bucket
     * @param toBucket the first that does not belong to them any more
     * @throws IllegalStateException if no receipt comes any more, or they hold more rows
     */
    Closed await(long fromBucket, long toBucket, long rows) {
        long forgotten = -1;
        long patience = STUCK.dividedBy(PAUSE);
        while (true) {
            Set<List<Object>> seen = new HashSet<>(); // of repeated receipts the first counts
            Closed closed = new Closed(tool.receipts().stream()
                    .filter(each -> each.getPhase() == ReceiptPhase.CLOSED)
                    .filter(each -> each.getBucket() >= fromBucket && each.getBucket() < toBucket)
                    .filter(each -> seen.add(List.of(each.getPartition(), each.getBucket(), each.getSequence())))
                    .toList());
            long now = closed.rows();
            if (now == rows) {
                return closed;
            }
            patience = now > forgotten ? STUCK.dividedBy(PAUSE) : patience - 1;
            if (patience == 0 || now > rows) {
                throw new IllegalStateException(
                        "Receipts hold " + now + " of " + rows + " rows, at " + clock.instant());
            }
            forgotten = now;
            watcher.progress(Texts.progress("forgetting", now, rows));
            Log.pause(PAUSE);
        }
    }
}
