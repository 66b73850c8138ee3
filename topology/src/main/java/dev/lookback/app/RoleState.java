package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.STATE_DIR;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a role's state. All in it is a copy of what is in topics: if RocksDB finds a file damaged, it is marked,
 * and dropped when the role is opened for the next time, to be restored.
 */
final class RoleState {
    private static final Logger LOG = LoggerFactory.getLogger(RoleState.class);
    private static final String MARK = "damaged";

    private final Role role;
    private final Path all;
    private final Path directory;

    RoleState(LookbackConfig config, Role role) {
        this.role = role;
        this.all = Path.of(config.text(STATE_DIR));
        this.directory = ClientSettings.stateDir(config, role);
    }

    /**
     * Makes the directory for this user's eyes, or drops what is in it if that is damaged. The parent is what is closed:
     * Streams opens its own to the group.
     *
     * @throws ConfigException if the directory cannot be made, closed or emptied
     */
    void open() {
        try {
            if (Files.exists(mark())) {
                LOG.warn("{}: what is in {} is damaged: dropped, to be restored from topics", role.label(), directory);
                drop();
            }
            Files.createDirectories(directory);
            if (Files.getFileStore(all).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(all, PosixFilePermissions.fromString("rwx------"));
            }
        } catch (IOException e) {
            throw new ConfigException(STATE_DIR + "=" + all + ": cannot be made for its owner alone: " + e);
        }
    }

    /** Whether a failure comes from a damaged file. Then it is on record, and {@link #open} drops it. */
    boolean isDamagedBy(Throwable failure) {
        if (!RunningRole.isCausedBy(failure, RoleState::isCorruption)) {
            return false;
        }
        try {
            Files.write(mark(), new byte[0]);
        } catch (IOException e) {
            LOG.error("{} cannot be written: delete {} by hand", mark(), directory, e);
        }
        return true;
    }

    /** What to do about it, for people. */
    String remedy() {
        return role.label() + ": a file of its state in " + directory
                + " is damaged. Start again: the state is then dropped, and restored from topics. If that happens again, look"
                + " at the disk";
    }

    private static boolean isCorruption(Throwable failure) {
        return failure instanceof RocksDBException rocks
                && rocks.getStatus() != null
                && rocks.getStatus().getCode() == Status.Code.Corruption;
    }

    private Path mark() {
        return directory.resolve(MARK);
    }

    /** The mark goes last, so that what is cut off is done again. */
    private void drop() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> inner = files.filter(each -> !each.equals(directory) && !each.equals(mark()))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            for (Path each : inner) {
                Files.delete(each);
            }
        }
        Files.delete(mark());
    }
}
