package dev.lookback.vault;

import java.time.Duration;

/**
 * Settings of the vault.
 *
 * @param workInterval how often a task looks for something to forget or to search
 * @param workBudget the longest that all sweeps and searches of one thread may take together between two polls
 * @param sliceRows the most rows that one sweep or search may look at in a turn, whatever the time
 * @param orderKeys the most ledger keys in one expiry order
 * @param openBuckets the most buckets of one class and partition that are being forgotten at the same time
 * @param orderRepeat an order whose tombstones have not come back after this long is sent again
 * @param expiryGrace how long forgetting waits for searches (and for casework's ticks) before it wins
 * @param waitAlert after this long of waiting, the wait is reported
 * @param flushInterval how often written rows are forced to disk, and the space of forgotten ones is reclaimed
 */
public record VaultSettings(
        Duration workInterval,
        Duration workBudget,
        int sliceRows,
        int orderKeys,
        int openBuckets,
        Duration orderRepeat,
        Duration expiryGrace,
        Duration waitAlert,
        Duration flushInterval) {
    /** The defaults. */
    public static final VaultSettings DEFAULTS = new VaultSettings(
            Duration.ofMillis(100),
            Duration.ofMillis(200),
            200_000,
            500,
            64,
            Duration.ofSeconds(60),
            Duration.ofHours(4),
            Duration.ofMinutes(5),
            Duration.ofSeconds(10));
}
