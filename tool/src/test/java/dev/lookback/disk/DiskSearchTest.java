package dev.lookback.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;
import org.rocksdb.SstFileReader;
import org.rocksdb.WriteOptions;

/** Every reader finds what it is for, in places where plain bytes show nothing, and says so when it cannot read. */
class DiskSearchTest {
    private static final int NEEDLES = 2_000;

    @TempDir
    Path directory;

    private final Needles needles = new Needles(IntStream.range(0, NEEDLES)
            .mapToObj(DiskSearchTest::needle)
            .map(each -> each.getBytes(StandardCharsets.US_ASCII))
            .toList());

    private static String needle(int number) {
        return String.format("canary-7f3a-%06d@canary.example", number);
    }

    /** As a lookup looks: compressible, the needle somewhere in it. */
    private static byte[] value(int number) {
        return ("\u0000\u0000\u0007the same in every lookup, the same in every lookup " + needle(number)
                        + " the same in every lookup")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private Findings search() throws IOException {
        return DiskSearch.search(needles, List.of(directory));
    }

    private static BitSet range(int from, int to) {
        BitSet set = new BitSet();
        set.set(from, to);
        return set;
    }

    @Test
    void plain_bytes_are_found_wherever_they_lie_also_across_the_chunks_in_which_a_file_is_read() throws IOException {
        for (int shift = 0; shift < 40; shift++) {
            byte[] content = new byte[(1 << 20) * 2 + 100];
            new Random(shift).nextBytes(content);
            for (int chunk = 1; chunk <= 2; chunk++) {
                byte[] needle = needle(2 * shift + chunk - 1).getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(
                        needle, 0, content, chunk * ((1 << 20) - needle.length / 2) + shift - 20, needle.length);
            }
            Files.write(directory.resolve("file-" + shift), content);
        }
        Files.writeString(directory.resolve("short"), needle(100));
        Files.writeString(directory.resolve("ends-too-early"), needle(101).substring(0, 30));
        Files.createDirectories(directory.resolve("deep/er"));
        Files.writeString(directory.resolve("deep/er/empty"), "");

        Findings findings = search();
        BitSet expected = range(0, 80);
        expected.set(100);
        assertThat(findings.all()).isEqualTo(expected);
        assertThat(findings.unread()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "gzip", "snappy", "zstd"})
    void a_segment_is_read_whole_whatever_its_compression_and_its_transactions(String codec) throws IOException {
        Path file = directory.resolve("00000000000000000042.log");
        Compression compression = Compression.of(codec).build();
        try (FileRecords segment = FileRecords.open(file.toFile(), true)) {
            SimpleRecord[] plain = IntStream.range(0, 500)
                    .mapToObj(i -> new SimpleRecord(null, value(i)))
                    .toArray(SimpleRecord[]::new);
            segment.append(MemoryRecords.withRecords(42, compression, plain));
            segment.append(MemoryRecords.withRecords(
                    542,
                    compression,
                    new SimpleRecord(1L, needle(500).getBytes(StandardCharsets.US_ASCII), null),
                    new SimpleRecord(1L, null, new byte[] {1}, new Header[] {
                        new RecordHeader("h", value(501)), new RecordHeader(needle(502), null)
                    })));
            segment.append(MemoryRecords.withTransactionalRecords(
                    544, compression, 7L, (short) 0, 0, 0, new SimpleRecord(null, value(503))));
            segment.append(MemoryRecords.withEndTransactionMarker(
                    545, 1L, 0, 7L, (short) 0, new EndTransactionMarker(ControlRecordType.ABORT, 0)));
        }
        Files.copy(file, directory.resolve("00000000000000000042.log.deleted"));

        Findings findings = search();
        assertThat(findings.in(where ->
                        where.reader() == Reader.KAFKA_LOG && where.file().equals(file)))
                .isEqualTo(range(0, 504));
        assertThat(findings.in(where -> where.reader() == Reader.KAFKA_LOG
                        && where.file().toString().endsWith(".deleted")))
                .isEqualTo(range(0, 504));
        assertThat(findings.unread()).isEmpty();
        if (!codec.equals("none")) {
            assertThat(findings.in(where -> where.reader() == Reader.PLAIN).cardinality())
                    .as("a search of plain bytes alone")
                    .isLessThan(400);
        }
    }

    @Test
    void a_segment_that_grows_while_it_is_read_is_left_as_it_is() throws IOException {
        Path file = directory.resolve("00000000000000000000.log");
        try (FileRecords segment = FileRecords.open(file.toFile(), true)) {
            segment.append(MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(null, value(1))));
        }
        long length = Files.size(file);
        List<String> unread = new ArrayList<>();
        KafkaLog.read(file, new DiskSearch.Sink() {
            @Override
            public void bytes(byte[] bytes, int from, int to) {
                try {
                    Files.write(file, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void done(long bytes, long items) {
                assertThat(items).isOne();
            }

            @Override
            public void unread(String why) {
                unread.add(why);
            }
        });
        assertThat(unread).isEmpty();
        assertThat(file).hasSize(length + 3);
    }

    @Test
    void a_segment_that_is_damaged_or_has_more_at_its_end_is_reported() throws IOException {
        Path file = directory.resolve("00000000000000000000.log");
        try (FileRecords segment = FileRecords.open(file.toFile(), true)) {
            segment.append(MemoryRecords.withRecords(Compression.lz4().build(), new SimpleRecord(null, value(1))));
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, ByteBuffer.allocate(bytes.length + 7).put(bytes).array());
        assertThat(search().unread()).singleElement().asString().contains("7 bytes");
    }

    /** A database as ours are: LZ4, no write-ahead log, blocks of 16 KiB; and as others are. */
    private RocksDB open(Options options) throws RocksDBException {
        return RocksDB.open(
                options.setCreateIfMissing(true), directory.resolve("db").toString());
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionType.class,
            names = {"NO_COMPRESSION", "SNAPPY_COMPRESSION", "LZ4_COMPRESSION"})
    void a_table_is_read_whole_with_what_rocksdb_no_longer_shows(CompressionType compression) throws Exception {
        for (int formatVersion : new int[] {2, 3, 4, 5, 6}) {
            Path home = Files.createDirectories(directory.resolve("format-" + formatVersion));
            BlockBasedTableConfig table = new BlockBasedTableConfig().setFormatVersion(formatVersion);
            try (Options options = new Options()
                            .setCreateIfMissing(true)
                            .setCompressionType(compression)
                            .setTableFormatConfig(table);
                    WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
                    FlushOptions wait = new FlushOptions().setWaitForFlush(true);
                    RocksDB db = RocksDB.open(options, home.toString())) {
                for (int i = 0; i < 1_000; i++) {
                    db.put(
                            unlogged,
                            String.format("a common beginning %06d", i).getBytes(StandardCharsets.US_ASCII),
                            value(i));
                }
                db.put(unlogged, ("key " + needle(1_000)).getBytes(StandardCharsets.US_ASCII), new byte[0]);
                // Held by a reader, so that the flush must keep what has been deleted and overwritten since.
                Snapshot held = db.getSnapshot();
                db.delete(unlogged, String.format("a common beginning %06d", 7).getBytes(StandardCharsets.US_ASCII));
                db.put(
                        unlogged,
                        String.format("a common beginning %06d", 8).getBytes(StandardCharsets.US_ASCII),
                        value(1_001));
                db.flush(wait);
                db.releaseSnapshot(held);
            }
        }
        Findings findings = search();
        assertThat(findings.unread()).isEmpty();
        for (int formatVersion : new int[] {2, 3, 4, 5, 6}) {
            assertThat(findings.in(where -> where.reader() == Reader.ROCKSDB_TABLE
                            && where.file().toString().contains("format-" + formatVersion)))
                    .as("format %s", formatVersion)
                    .isEqualTo(range(0, 1_002));
        }
        assertThat(shown(directory.resolve("format-6")))
                .as("what RocksDB shows")
                .doesNotContain(needle(7), needle(8))
                .contains(needle(9));
    }

    private static Set<String> shown(Path home) throws Exception {
        Set<String> shown = new java.util.HashSet<>();
        try (var files = Files.list(home);
                Options options = new Options();
                org.rocksdb.ReadOptions reading = new org.rocksdb.ReadOptions()) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".sst")).toList()) {
                try (SstFileReader reader = new SstFileReader(options)) {
                    reader.open(file.toString());
                    try (var entries = reader.newIterator(reading)) {
                        for (entries.seekToFirst(); entries.isValid(); entries.next()) {
                            String text = new String(entries.value(), StandardCharsets.US_ASCII);
                            int at = text.indexOf("canary-");
                            shown.add(
                                    at < 0
                                            ? ""
                                            : text.substring(at, at + needle(0).length()));
                        }
                    }
                }
            }
        }
        return shown;
    }

    @Test
    void a_log_of_rocksdb_is_put_together_from_its_fragments() throws Exception {
        try (Options options = new Options();
                RocksDB db = open(options)) {
            // One record over several blocks, each of which begins with a header in the midst of it.
            String all =
                    IntStream.range(0, NEEDLES).mapToObj(DiskSearchTest::needle).collect(Collectors.joining());
            db.put(new byte[] {1}, all.getBytes(StandardCharsets.US_ASCII));
            Findings findings = search();
            assertThat(findings.in(where -> where.reader() == Reader.ROCKSDB_LOG))
                    .isEqualTo(range(0, NEEDLES));
            assertThat(findings.in(where -> where.reader() == Reader.PLAIN).cardinality())
                    .as("headers of blocks cut some in two")
                    .isBetween(1, NEEDLES - 1);
            assertThat(findings.unread()).isEmpty();
        }
    }

    @Test
    void a_table_that_cannot_be_read_is_reported() throws IOException {
        Files.writeString(directory.resolve("000042.sst"), "x".repeat(1_000));
        assertThat(search().unread()).singleElement().asString().contains("000042.sst");
    }

    @Test
    void needles_must_be_fit_to_be_found() {
        assertThatThrownBy(() -> new Needles(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> needlesOf("abcdefgh1", "abcdefgh12")).hasMessageContaining("one length");
        assertThatThrownBy(() -> needlesOf("abcde1", "abcde2")).hasMessageContaining("6 bytes");
        assertThatThrownBy(() -> needlesOf("abcdefgh", "abcdefgh")).hasMessageContaining("twice");
    }

    private static Needles needlesOf(String... texts) {
        return new Needles(java.util.Arrays.stream(texts)
                .map(each -> each.getBytes(StandardCharsets.US_ASCII))
                .collect(Collectors.toList()));
    }
}
