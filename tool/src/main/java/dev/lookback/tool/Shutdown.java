package dev.lookback.tool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What happens when the process is told to end (Ctrl-C, SIGTERM), at whatever moment. */
final class Shutdown {
    private static final Duration CHILD_LIMIT = Duration.ofSeconds(20);
    private static final int DELETE_TRIES = 20;
    private static final Duration DELETE_PAUSE = Duration.ofMillis(250);

    private Shutdown() {}

    /** Does something then. Several of these run at the same time. */
    static void whenStopped(Runnable work) {
        Runtime.getRuntime().addShutdownHook(new Thread(work, "stop"));
    }

    /** Gives some work a while to finish, and lets go of it after that. */
    static void within(Duration limit, Runnable work) {
        Thread thread = new Thread(work, "stop-in-time");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deletes a directory with all that is in it, also when somebody is still writing there for a moment. */
    static void delete(Path directory) {
        for (int i = 0; i < DELETE_TRIES && Files.exists(directory); i++) {
            List<Path> found = new ArrayList<>();
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder()).forEach(found::add);
                for (Path path : found) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException | UncheckedIOException e) {
                LockSupport.parkNanos(DELETE_PAUSE.toNanos());
            }
        }
    }

    /** Waits until every process that this one has started is gone, and ends those that take too long. */
    static void awaitChildren() {
        List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
        children.forEach(ProcessHandle::destroy);
        for (ProcessHandle child : children) {
            try {
                child.onExit().get(CHILD_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                child.destroyForcibly();
            } catch (ExecutionException | TimeoutException e) {
                child.destroyForcibly();
            }
        }
    }
}
