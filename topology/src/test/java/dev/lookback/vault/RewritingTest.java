package dev.lookback.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.ledger.LedgerKey;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What forgetting costs the vault's disk: bytes written for each byte appended, while buckets come and go. A small
 * measurement runs in the build, so that a change that rewrites the whole store is seen; docs/FORGETTING.md names the
 * command for the large one, whose figures it gives.
 */
class RewritingTest {
    private static final int ROWS = Integer.getInteger("rewriting.rows", 30_000);
    private static final int LIVE = Integer.getInteger("rewriting.live", 12);
    private static final int CYCLES = Integer.getInteger("rewriting.cycles", 12);
    private static final TopicPartition LEDGER = new TopicPartition("lookups-enriched", 0);
    private static final long MEMORY_BYTES = 64L << 20;

    /** About as long as an enriched lookup, and about as compressible. */
    private static final int VALUE_BYTES = 280;

    /** What a store that rewrote all that is live in every cycle would exceed by far. */
    private static final double MOST = 6;

    @TempDir
    Path directory;

    private final VaultResources resources = new VaultResources(MEMORY_BYTES, (topic, partition) -> 0);
    private final byte[] value = new byte[VALUE_BYTES];
    private final Random random = new Random(1);
    private long nanos;
    private long offset;
    private VaultStore store;

    @Test
    @EnabledOnOs(OS.LINUX) // it counts what Linux says the process has written
    void forgettingDoesNotRewriteWhatStays() throws Exception {
        random.nextBytes(value);
        java.util.Arrays.fill(value, VALUE_BYTES / 2, VALUE_BYTES, (byte) 'x');
        store = new VaultStore("rows-default", LEDGER.topic(), resources, Duration.ofSeconds(10), () -> nanos);
        store.init(context(), store);
        try {
            for (int bucket = 0; bucket < LIVE; bucket++) {
                append(bucket);
            }
            settle();
            long stored = stored();
            long before = written();
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                append(LIVE + cycle);
                delete(cycle);
                settle();
            }
            long appended = (long) CYCLES * ROWS * (VALUE_BYTES + LedgerKey.LENGTH + Long.BYTES);
            double factor = (double) (written() - before) / appended;
            System.out.printf(
                    Locale.ROOT,
                    "%,d rows a bucket, %d buckets live: %.2f bytes written for each byte appended; %,d MB on disk before, %,d after%n",
                    ROWS,
                    LIVE,
                    factor,
                    stored >> 20,
                    stored() >> 20);
            assertThat(factor).isBetween(0.3, MOST);
            assertThat(stored()).as("what is on disk does not grow").isLessThan(2 * stored);
        } finally {
            store.close();
            resources.close();
        }
    }

    private StateStoreContext context() {
        return (StateStoreContext) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {StateStoreContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "taskId" -> new TaskId(0, 0);
                    case "stateDir" -> directory.toFile();
                    case "register" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static byte[] key(long bucket, int row) {
        // The same rows again for the deletes, tokens in no order.
        long mixed = row * 0x9E3779B97F4A7C15L;
        return LedgerKey.encode(bucket, mixed, bucket * 3_600_000L + row % 3_600_000, mixed, row);
    }

    private void append(long bucket) {
        for (int row = 0; row < ROWS; row++) {
            byte[] own = value.clone();
            for (int i = 0; i < VALUE_BYTES / 2; i += 7) {
                own[i] = (byte) random.nextInt();
            }
            store.apply(key(bucket, row), own, offset++);
            tick(row);
        }
    }

    private void delete(long bucket) {
        for (int row = 0; row < ROWS; row++) {
            store.apply(key(bucket, row), null, offset++);
            tick(row);
        }
    }

    /** A flush falls due as often as at some 20,000 rows in 10 s. */
    private void tick(int row) {
        if (row % 20_000 == 19_999) {
            commit();
        }
    }

    private void commit() {
        nanos += Duration.ofSeconds(11).toNanos();
        store.commit(Map.of(LEDGER, offset - 1));
    }

    /** Until deletes have come to rest and the space is reclaimed. */
    private void settle() throws Exception {
        for (int i = 0; i < 3; i++) {
            commit();
            resources.reclaimer().submit(() -> {}).get();
        }
    }

    private static long written() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("wchar:"))
                .mapToLong(
                        line -> Long.parseLong(line.substring("wchar:".length()).strip()))
                .sum();
    }

    private long stored() {
        return TableFiles.below(directory).stream()
                .mapToLong(each -> each.toFile().length())
                .sum();
    }
}
