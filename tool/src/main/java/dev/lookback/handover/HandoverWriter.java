package dev.lookback.handover;

import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Writes what is derived from a sealed extract beside it, and so makes a folder to hand over. */
public final class HandoverWriter {
    private static final int BUFFER_BYTES = 1 << 16;

    private HandoverWriter() {}

    /**
     * Completes a folder that holds {@link FolderFile#RECORDS} and nothing else. Checks everything on the way, but the
     * seal only if there is a key.
     *
     * @param key goes into the folder; null: no key does
     * @param progress gets the number of records that have been written, now and then
     * @throws FlawException if the extract is not sound; the folder is then incomplete
     */
    public static Manifest complete(
            Path folder, byte[] manifest, byte[] signature, @Nullable PublicKey key, LongConsumer progress)
            throws IOException, FlawException {
        Manifest read =
                key == null ? ExtractVerifier.manifest(manifest) : ExtractVerifier.sealed(manifest, signature, key);
        Map<FolderFile, String> digests = new EnumMap<>(FolderFile.class);
        csv(folder, read, digests, progress);
        write(folder, FolderFile.MANIFEST, manifest, digests);
        write(folder, FolderFile.SIGNATURE, signature, digests);
        write(folder, FolderFile.LETTER, Letter.of(read, manifest), digests);
        write(folder, FolderFile.VERIFY, VerifyPage.of(read, Sha256.hex(manifest)), digests);
        if (key != null) {
            write(folder, FolderFile.KEY, KeyFiles.toPem(key).getBytes(StandardCharsets.UTF_8), digests);
        }
        Files.write(FolderFile.SUMS.in(folder), Sums.file(digests), StandardOpenOption.CREATE_NEW);
        return read;
    }

    private static void csv(Path folder, Manifest manifest, Map<FolderFile, String> digests, LongConsumer progress)
            throws IOException, FlawException {
        MessageDigest ofRecords = Sums.sha256();
        MessageDigest ofCsv = Sums.sha256();
        try (InputStream records = new DigestInputStream(
                        new BufferedInputStream(Files.newInputStream(FolderFile.RECORDS.in(folder)), BUFFER_BYTES),
                        ofRecords);
                OutputStream out = new DigestOutputStream(
                        new BufferedOutputStream(
                                Files.newOutputStream(FolderFile.CSV.in(folder), StandardOpenOption.CREATE_NEW),
                                BUFFER_BYTES),
                        ofCsv)) {
            CsvRecords csv = new CsvRecords(manifest.disclosed(), out::write);
            csv.begin();
            ExtractVerifier.records(manifest, records, Progress.through(csv, progress));
        }
        digests.put(FolderFile.RECORDS, Sums.hex(ofRecords));
        digests.put(FolderFile.CSV, Sums.hex(ofCsv));
    }

    private static void write(Path folder, FolderFile file, byte[] bytes, Map<FolderFile, String> digests)
            throws IOException {
        Files.write(file.in(folder), bytes, StandardOpenOption.CREATE_NEW);
        digests.put(file, Sha256.hex(bytes));
    }
}
