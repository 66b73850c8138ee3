package dev.lookback.seal;

import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import dev.lookback.v1.ExtractRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A sealed extract as collected, not yet verified: {@link ExtractVerifier} does that. In a directory it is
 * {@code part-000001.jsonl}…, {@code manifest.json} and {@code manifest.sig}, each exactly the bytes that were sealed;
 * {@code openssl pkeyutl -verify -rawin -pubin -inkey KEY.pem -in manifest.json -sigfile manifest.sig} checks the seal.
 *
 * @param parts the parts in the order in which they came
 * @param manifest the manifest's bytes
 * @param signature the seal over them
 */
public record Extract(List<byte[]> parts, byte[] manifest, byte[] signature) {
    private static final String MANIFEST = "manifest.json";
    private static final String SIGNATURE = "manifest.sig";

    /**
     * The extract in a request's records of legal-request-extracts, in the topic's order.
     *
     * @return null while the manifest has not come
     * @throws IllegalArgumentException if the records are not those of one extract, in order
     */
    public static @Nullable Extract of(Collection<ExtractRecord> records) {
        List<byte[]> parts = new ArrayList<>();
        String requestId = null;
        for (ExtractRecord record : records) {
            Object piece = record.getPiece();
            String of =
                    piece instanceof ExtractPart part ? part.getRequestId() : ((ExtractManifest) piece).getRequestId();
            if (requestId != null && !requestId.equals(of)) {
                throw new IllegalArgumentException("These are pieces of more than one extract");
            }
            requestId = of;
            if (piece instanceof ExtractPart part) {
                byte[] lines = bytes(part.getRecords());
                if (part.getPart() != parts.size() + 1) {
                    throw new IllegalArgumentException(
                            "Part " + part.getPart() + " comes where part " + (parts.size() + 1) + " belongs");
                }
                if (!Sha256.hex(lines).equals(part.getSha256())) {
                    throw new IllegalArgumentException("Part " + part.getPart() + " does not have its own digest");
                }
                parts.add(lines);
            } else if (piece instanceof ExtractManifest manifest) {
                if (!Manifest.fromBytes(bytes(manifest.getManifest()))
                        .requestId()
                        .equals(requestId)) {
                    throw new IllegalArgumentException("The manifest is that of another request");
                }
                return new Extract(parts, bytes(manifest.getManifest()), bytes(manifest.getSignature()));
            }
        }
        return null;
    }

    /** Writes the files into a directory, which is made if need be. */
    public void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (int i = 0; i < parts.size(); i++) {
            Files.write(directory.resolve(partName(i + 1)), parts.get(i));
        }
        Files.write(directory.resolve(MANIFEST), manifest);
        Files.write(directory.resolve(SIGNATURE), signature);
    }

    /**
     * Reads the files from a directory. Parts that are missing or too many show in the verification.
     *
     * @throws IOException if manifest or seal are missing, or a file cannot be read
     */
    public static Extract read(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "part-*.jsonl")) {
            found.forEach(files::add);
        }
        files.sort(null);
        List<byte[]> parts = new ArrayList<>();
        for (Path file : files) {
            parts.add(Files.readAllBytes(file));
        }
        return new Extract(
                parts,
                Files.readAllBytes(directory.resolve(MANIFEST)),
                Files.readAllBytes(directory.resolve(SIGNATURE)));
    }

    private static String partName(int number) {
        return String.format(Locale.ROOT, "part-%06d.jsonl", number);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** Personal data stays out of logs. */
    @Override
    public String toString() {
        return "Extract[" + parts.size() + " parts]";
    }
}
