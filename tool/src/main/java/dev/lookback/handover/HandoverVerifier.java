package dev.lookback.handover;

import static dev.lookback.seal.FlawException.demand;

import dev.lookback.seal.AuditPath;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.ExtractVerifier.Flawed;
import dev.lookback.seal.ExtractVerifier.Sound;
import dev.lookback.seal.ExtractVerifier.Verdict;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks a folder that was handed over, offline: that it holds the files that belong there and nothing else, the seal,
 * every record against the manifest, and every other byte by deriving it again. Whoever made the folder may be an enemy:
 * nothing outside it is read, and memory stays bounded.
 */
public final class HandoverVerifier {
    private static final int MOST_MANIFEST_BYTES = 8 << 20;
    private static final int SIGNATURE_BYTES = 64;
    private static final int MOST_KEY_BYTES = 4096;
    private static final int BUFFER_BYTES = 1 << 16;

    private HandoverVerifier() {}

    /** Whether a directory looks like a folder that was handed over, sound or not. */
    public static boolean isFolder(Path directory) {
        return HandoverFolder.is(directory);
    }

    /**
     * Checks everything.
     *
     * @param key null: the one in the folder, which proves nothing unless somebody compares its id
     * @param progress gets the number of records that have been read, now and then
     */
    public static Verdict verify(Path folder, @Nullable PublicKey key, LongConsumer progress) {
        return verify(folder, key, progress, Letter::of);
    }

    /** Makes a letter of a manifest and its bytes; tests that verify thousands of times make it once. */
    @FunctionalInterface
    interface LetterMaker {
        byte[] of(Manifest manifest, byte[] bytes) throws FlawException;
    }

    static Verdict verify(Path folder, @Nullable PublicKey key, LongConsumer progress, LetterMaker letters) {
        try {
            return new Sound(check(new HandoverFolder(folder), key, progress, letters));
        } catch (FlawException e) {
            return new Flawed(e.what());
        } catch (IOException e) {
            return new Flawed("A file cannot be read");
        }
    }

    private static Manifest check(
            HandoverFolder folder, @Nullable PublicKey given, LongConsumer progress, LetterMaker letters)
            throws FlawException, IOException {
        Set<FolderFile> files = folder.files();
        PublicKey key = key(folder, files, given);
        byte[] manifestBytes = folder.read(FolderFile.MANIFEST, MOST_MANIFEST_BYTES);
        byte[] signature = folder.read(FolderFile.SIGNATURE, SIGNATURE_BYTES);
        Manifest manifest = ExtractVerifier.sealed(manifestBytes, signature, key);
        folder.demandSize(FolderFile.RECORDS, manifest.totals().bytes());

        Map<FolderFile, String> digests = new EnumMap<>(FolderFile.class);
        records(folder, manifest, digests, progress);
        derived(folder, FolderFile.LETTER, letters.of(manifest, manifestBytes), digests);
        derived(folder, FolderFile.VERIFY, VerifyPage.of(manifest, Sha256.hex(manifestBytes)), digests);
        digests.put(FolderFile.MANIFEST, Sha256.hex(manifestBytes));
        digests.put(FolderFile.SIGNATURE, Sha256.hex(signature));
        if (files.contains(FolderFile.KEY)) {
            derived(folder, FolderFile.KEY, KeyFiles.toPem(key).getBytes(StandardCharsets.UTF_8), digests);
        }
        folder.demandBytes(FolderFile.SUMS, Sums.file(digests));
        return manifest;
    }

    private static PublicKey key(HandoverFolder folder, Set<FolderFile> files, @Nullable PublicKey given)
            throws FlawException, IOException {
        if (!files.contains(FolderFile.KEY)) {
            demand(given != null, "No public key came with it, and none was given");
        }
        if (given != null) {
            return given;
        }
        byte[] pem = folder.read(FolderFile.KEY, MOST_KEY_BYTES);
        PublicKey key;
        try {
            key = KeyFiles.parsePem(new String(pem, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            throw new FlawException(FolderFile.KEY.fileName() + " is not an Ed25519 public key");
        }
        demand(
                Arrays.equals(KeyFiles.toPem(key).getBytes(StandardCharsets.UTF_8), pem),
                FolderFile.KEY.fileName() + " is not written as such keys are");
        return key;
    }

    private static void derived(HandoverFolder folder, FolderFile file, byte[] due, Map<FolderFile, String> digests)
            throws FlawException, IOException {
        folder.demandBytes(file, due);
        digests.put(file, Sha256.hex(due));
    }

    /** Reads records and CSV side by side. */
    private static void records(
            HandoverFolder folder, Manifest manifest, Map<FolderFile, String> digests, LongConsumer progress)
            throws FlawException, IOException {
        MessageDigest ofRecords = Sums.sha256();
        MessageDigest ofCsv = Sums.sha256();
        try (InputStream records = new DigestInputStream(
                        new BufferedInputStream(folder.open(FolderFile.RECORDS), BUFFER_BYTES), ofRecords);
                InputStream rows = new BufferedInputStream(folder.open(FolderFile.CSV), BUFFER_BYTES)) {
            long[] number = {0};
            CsvRecords csv = new CsvRecords(manifest.disclosed(), due -> {
                number[0]++;
                demand(
                        Arrays.equals(rows.readNBytes(due.length), due),
                        FolderFile.CSV.fileName() + ", row " + number[0] + ", is not what follows from the records");
                ofCsv.update(due);
            });
            csv.begin();
            ExtractVerifier.records(manifest, records, Progress.through(csv, progress));
            demand(rows.read() < 0, FolderFile.CSV.fileName() + " has more rows than there are records");
        }
        digests.put(FolderFile.RECORDS, Sums.hex(ofRecords));
        digests.put(FolderFile.CSV, Sums.hex(ofCsv));
    }

    /**
     * Writes a file that proves one record of a sound folder without the others.
     *
     * @param line which line of {@link FolderFile#RECORDS}, from 1
     * @param file must not exist
     * @throws IllegalArgumentException if there is no such line
     */
    public static void prove(Path folder, PublicKey key, long line, Path file) throws FlawException, IOException {
        HandoverFolder handover = new HandoverFolder(folder);
        handover.files();
        Manifest manifest = sealed(handover, key);
        handover.demandSize(FolderFile.RECORDS, manifest.totals().bytes());
        AuditPath.Maker maker = new AuditPath.Maker(line - 1, manifest.totals().lookups());
        byte[][] proven = new byte[1][];
        long[] seen = {0};
        try (InputStream records = new BufferedInputStream(handover.open(FolderFile.RECORDS), BUFFER_BYTES)) {
            ExtractVerifier.records(manifest, records, (bytes, lookup) -> {
                seen[0]++;
                demand(seen[0] <= manifest.totals().lookups(), "The lookups do not add up");
                maker.add(bytes);
                if (seen[0] == line) {
                    proven[0] = bytes;
                }
            });
        }
        RecordProof proof = RecordProof.of(manifest, maker.path(), proven[0]);
        proof.check(manifest);
        Files.write(file, proof.toBytes(), StandardOpenOption.CREATE_NEW);
    }

    /** The public key in a folder. */
    public static PublicKey keyIn(Path folder) throws FlawException, IOException {
        HandoverFolder handover = new HandoverFolder(folder);
        Path file = FolderFile.KEY.in(folder);
        demand(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS), "No public key came with it, and none was given");
        return key(handover, Set.of(FolderFile.KEY), null);
    }

    /** Id of the key that the manifest in a folder says it was sealed with, whoever wrote that; empty if unreadable. */
    public static String keyNamedIn(Path folder) {
        try {
            return ExtractVerifier.keyNamedIn(
                    new HandoverFolder(folder).read(FolderFile.MANIFEST, MOST_MANIFEST_BYTES));
        } catch (FlawException | IOException e) {
            return "";
        }
    }

    private static Manifest sealed(HandoverFolder folder, PublicKey key) throws FlawException, IOException {
        return ExtractVerifier.sealed(
                folder.read(FolderFile.MANIFEST, MOST_MANIFEST_BYTES),
                folder.read(FolderFile.SIGNATURE, SIGNATURE_BYTES),
                key);
    }

    /** What a proof of a record says, if it is sound. */
    public sealed interface RecordVerdict {}

    /**
     * The record is in the extract.
     *
     * @param line which line of the records, from 1
     * @param record the line, without its line feed
     */
    public record InExtract(Manifest manifest, long line, String record) implements RecordVerdict {
        /** Personal data stays out of logs. */
        @Override
        public String toString() {
            return "InExtract[line " + line + "]";
        }
    }

    /** The first thing that is wrong; free of personal data. */
    public record NotProven(String what) implements RecordVerdict {}

    /**
     * Checks a file that {@link #prove} wrote, against a manifest and its seal.
     *
     * @param folder where {@link FolderFile#MANIFEST} and {@link FolderFile#SIGNATURE} lie; nothing else need be there
     */
    public static RecordVerdict verifyRecord(Path file, Path folder, PublicKey key) {
        HandoverFolder handover = new HandoverFolder(folder);
        try {
            for (Path each : new Path[] {file, FolderFile.MANIFEST.in(folder), FolderFile.SIGNATURE.in(folder)}) {
                demand(
                        Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS),
                        each.equals(file)
                                ? "The proof is not a regular file"
                                : each.getFileName() + " is missing, or not a regular file");
            }
            Manifest manifest = sealed(handover, key);
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                bytes = in.readNBytes(RecordProof.MOST_BYTES + 1);
            }
            demand(bytes.length <= RecordProof.MOST_BYTES, "The proof is larger than a proof can be");
            RecordProof proof = RecordProof.read(bytes);
            proof.check(manifest);
            return new InExtract(manifest, proof.line(), proof.record());
        } catch (FlawException e) {
            return new NotProven(e.what());
        } catch (IOException e) {
            return new NotProven("A file cannot be read");
        }
    }
}
