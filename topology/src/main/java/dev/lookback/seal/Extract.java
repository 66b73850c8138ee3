package dev.lookback.seal;

import dev.lookback.v1.ExtractRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sealed extract as collected, not yet verified: {@link ExtractVerifier} does that.
 *
 * @param records the bytes of all parts, one after the other, wherever they lie
 * @param manifest the manifest's bytes
 * @param signature the seal over them
 */
public record Extract(Records records, byte[] manifest, byte[] signature) {
    /** Where the lookups' lines lie; can be read from the start again and again. */
    @FunctionalInterface
    public interface Records {
        /** Reads from the start; the caller closes it. */
        InputStream open() throws IOException;
    }

    /** One whose lines are in memory. */
    public static Extract inMemory(byte[] lines, byte[] manifest, byte[] signature) {
        return new Extract(() -> new ByteArrayInputStream(lines), manifest, signature);
    }

    /**
     * The extract in a request's records of legal-request-extracts, in the topic's order, in memory: for few lookups.
     *
     * @return null while the manifest has not come
     * @throws IllegalArgumentException if the records are not those of one extract, in order
     */
    public static @Nullable Extract of(Collection<ExtractRecord> records) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        ExtractCollector collector = new ExtractCollector(lines);
        try {
            for (ExtractRecord record : records) {
                if (collector.add(record)) {
                    break;
                }
            }
        } catch (FlawException e) {
            throw new IllegalArgumentException(e.what(), e);
        } catch (IOException e) {
            throw new AssertionError("Writing to memory does not fail", e);
        }
        byte[] all = lines.toByteArray();
        return collector.extract(() -> new ByteArrayInputStream(all));
    }

    /** All lookups' lines: for few of them. */
    public List<String> lines() throws IOException {
        try (InputStream in = records.open()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    /** Personal data stays out of logs. */
    @Override
    public String toString() {
        return "Extract[" + manifest.length + " bytes of manifest]";
    }
}
