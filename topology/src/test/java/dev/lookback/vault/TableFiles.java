package dev.lookback.vault;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** RocksDB's table files below a directory. They may go while they are listed, where {@code Files.walk} would fail. */
final class TableFiles {
    private TableFiles() {}

    static List<Path> below(Path directory) {
        List<Path> found = new ArrayList<>();
        File[] files = directory.toFile().listFiles();
        for (File each : files == null ? new File[0] : files) {
            if (each.isDirectory()) {
                found.addAll(below(each.toPath()));
            } else if (each.getName().endsWith(".sst")) {
                found.add(each.toPath());
            }
        }
        return found;
    }
}
