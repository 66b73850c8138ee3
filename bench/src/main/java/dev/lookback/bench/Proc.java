package dev.lookback.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux says of processes and of the machine in {@code /proc}. */
final class Proc {
    /** The kernel counts CPU time for users of {@code /proc} in hundredths of a second, whatever its own clock. */
    private static final long MILLIS_PER_TICK = 10;

    private static final long BYTES_PER_KIB = 1024;

    /** Of {@code /proc/PID/stat}, counted after the name, which may hold blanks. */
    private static final int USER_TIME = 11;

    private static final int SYSTEM_TIME = 12;

    /** Of the first line of {@code /proc/stat}: user, nice, system; idle, iowait; irq, softirq, steal. */
    private static final List<Integer> BUSY = List.of(1, 2, 3, 6, 7, 8);

    private Proc() {}

    /** Whether this machine has what is asked for here. */
    static boolean isThere() {
        return Files.isReadable(Path.of("/proc/self/stat"));
    }

    /** CPU time of a process since it began, all its threads, in milliseconds (in steps of 10). */
    static long cpuMillis(long pid) {
        String text = read(Path.of("/proc", String.valueOf(pid), "stat"));
        String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME])) * MILLIS_PER_TICK;
    }

    /** How long the machine's CPUs together have been at work since it booted, for whomever, in milliseconds. */
    static long busyMillis() {
        String[] fields =
                read(Path.of("/proc/stat")).lines().findFirst().orElseThrow().split(" +");
        return BUSY.stream().mapToLong(at -> Long.parseLong(fields[at])).sum() * MILLIS_PER_TICK;
    }

    /** The most memory that a process has had resident so far, in bytes. */
    static long peakResidentBytes(long pid) {
        return read(Path.of("/proc", String.valueOf(pid), "status"))
                .lines()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * BYTES_PER_KIB)
                .findFirst()
                .orElseThrow();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
