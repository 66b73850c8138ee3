package dev.lookback.local;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** MaxMind's own look-up tool, of Debian's package mmdb-bin: a second opinion on what {@link MmdbWriter} writes. */
final class Mmdblookup {
    private static final String INSTALL = "mmdblookup is missing: apt-get install mmdb-bin";

    private Mmdblookup() {}

    /** Whether it is there. In CI it has to be; elsewhere its absence is said aloud. */
    static boolean isInstalled() {
        boolean installed = Arrays.stream(
                        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "mmdblookup")));
        if (!installed && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(INSTALL);
        }
        if (!installed) {
            System.err.println("NOT CHECKED against mmdblookup. " + INSTALL);
        }
        return installed;
    }

    /** What it prints about one field of an address's record. */
    static String run(Path database, byte[] address, String field) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "mmdblookup",
                        "--file",
                        database.toString(),
                        "--ip",
                        InetAddress.getByAddress(address).getHostAddress(),
                        field)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
