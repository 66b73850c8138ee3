package dev.lookback.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/**
 * A directory that is there as a whole or not at all: it is filled under another name beside its place, and renamed at the
 * end. Whatever goes wrong before, also Ctrl-C, leaves nothing. Readable by its owner alone.
 */
final class StagedDirectory implements AutoCloseable {
    private final Path place;
    private final Path staged;

    /** One that will be at a place, which must be free, or an empty directory. */
    StagedDirectory(Path place) throws IOException {
        if (Files.exists(place) && !isEmptyDirectory(place)) {
            throw ToolException.usage(place + " exists and is not an empty directory (--out)");
        }
        this.place = place;
        Path parent = Objects.requireNonNull(place.toAbsolutePath().normalize().getParent(), "a place has a parent");
        Files.createDirectories(parent);
        staged = Files.createTempDirectory(parent, "." + place.getFileName() + "-");
        Shutdown.whenStopped(() -> Shutdown.delete(staged));
    }

    /** Where it is filled. */
    Path path() {
        return staged;
    }

    /** Puts it in its place. */
    void commit() throws IOException {
        Files.move(staged, place, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isEmptyDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    @Override
    public void close() {
        Shutdown.delete(staged);
    }
}
