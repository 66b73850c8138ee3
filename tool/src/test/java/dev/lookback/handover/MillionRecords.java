package dev.lookback.handover;

import dev.lookback.seal.KeyFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Writes and verifies a folder with a million records, and says how long that took; run it with {@code -Xmx512m}. Not a
 * test, because it takes minutes: docs/MEASUREMENTS.md has the numbers.
 */
final class MillionRecords {
    private static final long RECORDS = 1_000_000;

    private MillionRecords() {}

    /** Takes a new directory, on a disk with 2 GB to spare. */
    public static void main(String[] args) throws Exception {
        Clock clock = Clock.systemUTC();
        Path folder = Files.createDirectory(Path.of(args[0]));
        Instant begin = clock.instant();
        byte[] manifest =
                SampleExtract.of(RECORDS).about("+4915187654321", "=1", "用户").writeRecords(folder);
        Instant sealed = clock.instant();
        HandoverWriter.complete(
                folder,
                manifest,
                KeyFiles.sign(manifest, SampleExtract.KEY.getPrivate()),
                SampleExtract.KEY.getPublic(),
                records -> {});
        Instant written = clock.instant();
        System.out.println(HandoverVerifier.verify(folder, null, records -> {}));
        Instant verified = clock.instant();
        HandoverVerifier.prove(
                folder, SampleExtract.KEY.getPublic(), RECORDS / 2, folder.resolveSibling("proof-of-a-record"));
        System.out.println(
                "made up " + Duration.between(begin, sealed) + ", written " + Duration.between(sealed, written)
                        + ", verified " + Duration.between(written, verified) + ", proven "
                        + Duration.between(verified, clock.instant()));
    }
}
