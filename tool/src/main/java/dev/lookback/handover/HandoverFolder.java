package dev.lookback.handover;

import static dev.lookback.seal.FlawException.demand;

import dev.lookback.seal.FlawException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A folder that somebody hands over, read with suspicion: only the files that belong there, only regular ones, never
 * through a link, never more bytes than are due.
 */
final class HandoverFolder {
    private static final Pattern HARMLESS_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int CHUNK_BYTES = 1 << 16;

    private final Path folder;

    HandoverFolder(Path folder) {
        this.folder = folder;
    }

    /** Whether a directory looks like such a folder, sound or not. */
    static boolean is(Path directory) {
        return Arrays.stream(FolderFile.values())
                .anyMatch(
                        each -> each != FolderFile.KEY && Files.exists(each.in(directory), LinkOption.NOFOLLOW_LINKS));
    }

    /** The files that are there: all that must be, none that must not. */
    Set<FolderFile> files() throws FlawException, IOException {
        Set<FolderFile> found = EnumSet.noneOf(FolderFile.class);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path each : entries) {
                String name = String.valueOf(each.getFileName());
                Optional<FolderFile> file = Arrays.stream(FolderFile.values())
                        .filter(known -> known.fileName().equals(name))
                        .findAny();
                if (file.isEmpty()) {
                    throw new FlawException((HARMLESS_NAME.matcher(name).matches() ? name : "A file with an odd name")
                            + " does not belong in the folder");
                }
                demand(
                        Files.readAttributes(each, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                                .isRegularFile(),
                        name + " is not a regular file");
                found.add(file.get());
            }
        } catch (NoSuchFileException e) {
            throw new FlawException("A file went away while it was looked at");
        }
        for (FolderFile each : FolderFile.values()) {
            demand(each == FolderFile.KEY || found.contains(each), each.fileName() + " is missing");
        }
        return found;
    }

    /** All bytes of a small file. */
    byte[] read(FolderFile file, int mostBytes) throws FlawException, IOException {
        try (InputStream in = open(file)) {
            byte[] bytes = in.readNBytes(mostBytes + 1);
            demand(bytes.length <= mostBytes, file.fileName() + " is larger than such a file can be");
            return bytes;
        }
    }

    /** Refuses a file that does not have so many bytes. */
    void demandSize(FolderFile file, long bytes) throws FlawException, IOException {
        long size = Files.readAttributes(file.in(folder), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .size();
        demand(
                size == bytes,
                String.format(
                        Locale.ROOT, "%s has %d bytes, and not the %d that are due", file.fileName(), size, bytes));
    }

    /** Refuses a file with other bytes than those that follow from what is sealed. */
    void demandBytes(FolderFile file, byte[] due) throws FlawException, IOException {
        try (InputStream in = open(file)) {
            int at = 0;
            while (true) {
                byte[] chunk = in.readNBytes(CHUNK_BYTES);
                if (chunk.length == 0) {
                    break;
                }
                demand(
                        at + chunk.length <= due.length
                                && Arrays.equals(chunk, 0, chunk.length, due, at, at + chunk.length),
                        file.fileName() + " is not what follows from the manifest and the records");
                at += chunk.length;
            }
            demand(at == due.length, file.fileName() + " is not what follows from the manifest and the records");
        }
    }

    /** Reads a file from its start. The caller closes it. */
    InputStream open(FolderFile file) throws IOException {
        return Files.newInputStream(file.in(folder), LinkOption.NOFOLLOW_LINKS);
    }
}
