package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyStoreTest {
    private static final int COPIES = 2_000;
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    Path state;

    private KeyValueStore<Bytes, byte[]> store;

    @BeforeEach
    void open() {
        open(SHORT);
    }

    private void open(Duration flushInterval) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "copies");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        MockProcessorContext<Void, Void> context = new MockProcessorContext<>(config, new TaskId(0, 0), state.toFile());
        store = CopyStore.supplier("copies", flushInterval).get();
        store.init(context.getStateStoreContext(), store);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static Bytes key(int number) {
        return Bytes.wrap(String.format("key-%06d", number).getBytes(StandardCharsets.US_ASCII));
    }

    /** Not compressible, so that a search of plain bytes finds it. */
    private static byte[] value(int number) {
        return new java.util.Random(number)
                .ints('a', 'z' + 1)
                .limit(64)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void holds_what_is_put_in_the_order_of_keys() {
        for (int i = 9; i >= 0; i--) {
            store.put(key(i), value(i));
        }
        assertThat(store.putIfAbsent(key(3), value(99))).isEqualTo(value(3));
        assertThat(store.delete(key(4))).isEqualTo(value(4));
        assertThat(store.delete(key(4))).isNull();
        List<Bytes> keys = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> range = store.range(key(2), key(6))) {
            assertThat(range.peekNextKey()).isEqualTo(key(2));
            while (range.hasNext()) {
                KeyValue<Bytes, byte[]> each = range.next();
                assertThat(each.value)
                        .isEqualTo(value(Integer.parseInt(each.key.toString().substring(4))));
                keys.add(each.key);
            }
        }
        assertThat(keys).containsExactly(key(2), key(3), key(5), key(6));
    }

    @Test
    void what_is_deleted_leaves_the_disk_and_what_stays_stays() throws IOException {
        fill();
        await().atMost(Duration.ofSeconds(30)).until(() -> onDisk() >= COPIES - 1); // one delete makes it flush
        for (int i = 0; i < COPIES; i += 2) {
            store.delete(key(i));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> onDisk() == COPIES / 2 - 1);
        assertThat(store.get(key(1))).isEqualTo(value(1));
        assertThat(store.get(key(2))).isNull();
    }

    /** Puts all, and deletes the last, so that the store has a reason to flush. */
    private void fill() {
        for (int i = 0; i < COPIES; i++) {
            store.put(key(i), value(i));
        }
        store.delete(key(COPIES - 1));
    }

    @Test
    void a_store_takes_its_files_with_it_and_deletes_what_a_crash_has_left() throws IOException {
        fill();
        await().atMost(Duration.ofSeconds(30)).until(() -> onDisk() >= COPIES - 1);
        Path kept = state.resolve("kept");
        copy(directory(), kept);
        assertThat(onDisk(kept)).as("the reader finds what is there").isEqualTo(COPIES - 1);
        store.close();
        assertThat(directory()).doesNotExist();
        copy(kept, directory()); // as if it had been killed then
        open(LONG);
        assertThat(onDisk()).as("what a crash has left").isZero();
        assertThat(store.all().hasNext()).isFalse();
    }

    private Path directory() {
        return state.resolve("copies").resolve("copies");
    }

    private long onDisk() throws IOException {
        return onDisk(directory());
    }

    /** How many values lie in the tables there, live or not. */
    private static long onDisk(Path directory) throws IOException {
        StringBuilder all = new StringBuilder();
        File[] files = directory.toFile().listFiles((dir, name) -> name.endsWith(".sst"));
        for (File each : files == null ? new File[0] : files) {
            try {
                all.append(Files.readString(each.toPath(), StandardCharsets.ISO_8859_1));
            } catch (java.nio.file.NoSuchFileException e) {
                // compacted away meanwhile
            }
        }
        return Stream.iterate(0, i -> i < COPIES, i -> i + 1)
                .filter(i -> all.indexOf(new String(value(i), StandardCharsets.US_ASCII)) >= 0)
                .count();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path each : files.toList()) {
                Files.copy(each, to.resolve(each.getFileName()));
            }
        }
    }
}
