package dev.lookback.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A Java process of ours that writes to a log file and cannot outlive this process. */
public final class ChildJvm implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(100);
    private static final int LOG_TAIL_LINES = 15;

    private final String name;
    private final Process process;
    private final Path log;
    private final Thread hook;
    private volatile boolean frozen;

    private ChildJvm(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.hook = new Thread(process::destroy, "stop-" + name);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts {@code java}.
     *
     * @param name what it is, for messages
     * @param directory its working directory
     * @param log file that receives its output, appended
     * @param options options of the virtual machine
     * @param classPath where {@code command[0]}, the main class, is found
     * @param command main class and arguments
     */
    public static ChildJvm start(
            String name, Path directory, Path log, List<String> options, String classPath, List<String> command) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(options);
        line.add("-cp");
        line.add(classPath + System.getProperty("path.separator") + ownCode());
        line.add(WhileParentLives.class.getName());
        line.addAll(command);
        try {
            Process process = new ProcessBuilder(line)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new ChildJvm(name, process, log);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start the " + name, e);
        }
    }

    private static String ownCode() {
        try {
            return Path.of(WhileParentLives.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Waits until the probe says yes. Stops the process if it doesn't in time.
     *
     * @throws IllegalStateException if the process ends or the limit passes; the message names the log
     */
    public void awaitReady(BooleanSupplier probe, Duration limit) {
        long tries = limit.dividedBy(PROBE_INTERVAL);
        for (long i = 0; i < tries; i++) {
            if (probe.getAsBoolean()) {
                return;
            }
            if (waitFor(PROBE_INTERVAL)) {
                throw new IllegalStateException("The " + name + " ended with status " + process.exitValue()
                        + " instead of starting. " + logTail());
            }
        }
        kill();
        throw new IllegalStateException(
                "The " + name + " did not start within " + limit.toSeconds() + " s. " + logTail());
    }

    /** Where its log is, and how it ends. */
    public String logTail() {
        String where = "Its log " + log;
        try {
            List<String> lines =
                    Files.readString(log, StandardCharsets.UTF_8).lines().toList();
            int from = Math.max(0, lines.size() - LOG_TAIL_LINES);
            return where + " ends so:\n" + String.join("\n", lines.subList(from, lines.size()));
        } catch (IOException e) {
            return where + " cannot be read: " + e;
        }
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Freezes it while something is done: it does nothing, and knows nothing of it. */
    public void whileFrozen(Runnable work) {
        Signals.freeze(pid());
        frozen = true;
        try {
            work.run();
        } finally {
            thaw();
        }
    }

    private void thaw() {
        if (frozen && process.isAlive()) {
            Signals.thaw(pid());
        }
        frozen = false;
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it as {@code kill -9} does, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        waitFor(STOP_LIMIT);
        forgetHook();
    }

    /** Asks it to end, and kills it if it takes too long. */
    @Override
    public void close() {
        process.destroy();
        thaw(); // who is frozen does not hear that
        if (!waitFor(STOP_LIMIT)) {
            kill();
        }
        forgetHook();
    }

    /** Waits for it to end by itself; its exit status, or nothing if it still runs. */
    public OptionalInt awaitEnd(Duration limit) {
        return waitFor(limit) ? OptionalInt.of(process.exitValue()) : OptionalInt.empty();
    }

    private boolean waitFor(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new IllegalStateException("interrupted while waiting for the " + name, e);
        }
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This process is ending, and the hook has run or will.
        }
    }
}
