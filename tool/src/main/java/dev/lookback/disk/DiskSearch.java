package dev.lookback.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Searches every file under some directories: as plain bytes, and again in the way of whoever wrote it, for what is
 * compressed or cut up there (Kafka's segments, RocksDB's tables and logs). Only reads; the owners may be running, and a
 * file that goes away meanwhile is gone, which is what is asked.
 *
 * <p>What it does not undo: encryption, and encodings of text other than the needles' own.
 */
public final class DiskSearch {
    private static final int CHUNK_BYTES = 1 << 20;

    /** A segment, also one that is being cleaned or is about to be deleted: {@code 00000000000000000042.log.deleted}. */
    private static final Pattern KAFKA_LOG = Pattern.compile("\\d{20}\\.log(\\..+)?");

    /** Kafka's snapshots of its metadata are logs, too. */
    private static final Pattern KAFKA_SNAPSHOT = Pattern.compile("\\d{20}-\\d{10}\\.checkpoint(\\..+)?");

    private static final Pattern ROCKSDB_TABLE = Pattern.compile("\\d{6,}\\.sst(\\..+)?");
    private static final Pattern ROCKSDB_LOG = Pattern.compile("\\d{6}\\.log|MANIFEST-\\d+");

    private final Needles needles;
    private final Findings findings = new Findings();

    private DiskSearch(Needles needles) {
        this.needles = needles;
    }

    /**
     * Searches.
     *
     * @param directories each with everything in it; links are not followed
     * @throws IOException if a directory cannot be read
     */
    public static Findings search(Needles needles, Collection<Path> directories) throws IOException {
        DiskSearch search = new DiskSearch(needles);
        for (Path directory : directories) {
            for (Path file : filesUnder(directory)) {
                search.file(file);
            }
        }
        return search.findings;
    }

    private static List<Path> filesUnder(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException && !file.equals(directory)) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path each, @org.jspecify.annotations.Nullable IOException e) {
                return FileVisitResult.CONTINUE; // it may have gone while it was read
            }
        });
        return files;
    }

    private void file(Path file) {
        String name = file.getFileName().toString();
        attempt(file, () -> plain(file));
        if (KAFKA_LOG.matcher(name).matches() || KAFKA_SNAPSHOT.matcher(name).matches()) {
            attempt(file, () -> KafkaLog.read(file, sink(file, Reader.KAFKA_LOG)));
        } else if (ROCKSDB_TABLE.matcher(name).matches()) {
            attempt(file, () -> RocksTable.read(file, sink(file, Reader.ROCKSDB_TABLE)));
        } else if (ROCKSDB_LOG.matcher(name).matches()) {
            attempt(file, () -> RocksLog.read(file, sink(file, Reader.ROCKSDB_LOG)));
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private void attempt(Path file, Work work) {
        try {
            work.run();
        } catch (NoSuchFileException e) {
            // Gone, or renamed on its way there: whoever wants to be sure stops the owner first.
        } catch (IOException | RuntimeException e) {
            if (Files.exists(file)) {
                findings.unread(file, e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    private void plain(Path file) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        long total = 0;
        try (InputStream in = Files.newInputStream(file)) {
            int kept = 0; // the end of the last chunk, in which a needle may have begun
            int got = in.readNBytes(chunk, 0, chunk.length);
            while (got > 0) {
                total += got;
                int end = kept + got;
                needles.find(chunk, 0, end, needle -> findings.found(file, Reader.PLAIN, needle));
                kept = Math.min(end, needles.length() - 1);
                System.arraycopy(chunk, end - kept, chunk, 0, kept);
                got = in.readNBytes(chunk, kept, chunk.length - kept);
            }
        }
        findings.read(Reader.PLAIN, total, 0);
    }

    private Sink sink(Path file, Reader reader) {
        return new Sink() {
            @Override
            public void bytes(byte[] bytes, int from, int to) {
                needles.find(bytes, from, to, needle -> findings.found(file, reader, needle));
            }

            @Override
            public void done(long bytes, long items) {
                findings.read(reader, bytes, items);
            }

            @Override
            public void unread(String why) {
                findings.unread(file, why);
            }
        };
    }

    /** Takes what a reader finds in a file. */
    interface Sink {
        /** Something that was written in one piece. */
        void bytes(byte[] bytes, int from, int to);

        /** The file has been read: so many bytes and items. */
        void done(long bytes, long items);

        /** Something could not be read. */
        void unread(String why);

        default void bytes(@org.jspecify.annotations.Nullable ByteBuffer buffer) {
            if (buffer == null) {
                return;
            }
            if (buffer.hasArray()) {
                int from = buffer.arrayOffset() + buffer.position();
                bytes(buffer.array(), from, from + buffer.remaining());
            } else {
                byte[] copy = new byte[buffer.remaining()];
                buffer.duplicate().get(copy);
                bytes(copy, 0, copy.length);
            }
        }
    }
}
