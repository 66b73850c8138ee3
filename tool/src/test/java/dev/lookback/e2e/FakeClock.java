package dev.lookback.e2e;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.stream.Stream;

/** The wall clock of child processes, by libfaketime: set while they run. Their monotonic clock goes on untouched. */
public final class FakeClock {
    private static final String LIBRARY = "faketime/libfaketimeMT.so.1";

    private final Path offset;

    /** Right, for now; its state lies in a file. */
    public FakeClock(Path offset) {
        this.offset = offset;
        set("+0");
    }

    /** How far off it is from now on: {@code +0}, {@code +40d}, {@code -1d}. */
    public void set(String by) {
        try {
            Path part = offset.resolveSibling(offset.getFileName() + ".part");
            Files.writeString(part, by);
            Files.move(part, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Variables of a process that goes by this clock. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD",
                library().toString(),
                "FAKETIME_TIMESTAMP_FILE",
                offset.toString(),
                // Seconds until a change is seen. Without a cache every look at the clock reads the file.
                "FAKETIME_CACHE_DURATION",
                "1",
                "DONT_FAKE_MONOTONIC",
                "1",
                // Its workaround for old C libraries makes every timed wait of a JVM end at once: threads spin.
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0");
    }

    private static Path library() {
        try (Stream<Path> architectures = Files.list(Path.of("/usr/lib"))) {
            return Stream.concat(architectures, Stream.of(Path.of("/usr/lib"), Path.of("/usr/lib64")))
                    .map(each -> each.resolve(LIBRARY))
                    .filter(Files::isReadable)
                    .findFirst()
                    .orElseGet(FakeClock::missing);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path missing() {
        String install = "There is no " + LIBRARY + " under /usr/lib: install it (Debian: apt-get install faketime)";
        if ("true".equals(System.getenv("CI"))) {
            fail(install);
        }
        System.err.println("NOT CHECKED under a faked clock. " + install);
        return abort(install);
    }
}
