package dev.lookback.handover;

import dev.lookback.seal.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** VERIFY.md: how to check a folder with common tools. A function of the manifest alone. */
final class VerifyPage {
    private static final String TEMPLATE = "verify.md";

    private VerifyPage() {}

    /** The page's bytes. */
    static byte[] of(Manifest manifest, String manifestSha256) {
        return template()
                .replace("{{manifestSha256}}", manifestSha256)
                .replace("{{keyId}}", manifest.keyId())
                .replace("{{lookups}}", Long.toString(manifest.totals().lookups()))
                .replace("{{partCount}}", Integer.toString(manifest.parts().size()))
                .replace("{{parts}}", parts(manifest.parts()))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A line for each part: the byte at which it begins, from 1; its length; its lines; its digest. */
    private static String parts(List<Manifest.PartDigest> parts) {
        StringBuilder lines = new StringBuilder();
        long first = 1;
        for (Manifest.PartDigest each : parts) {
            lines.append(each.part())
                    .append(' ')
                    .append(first)
                    .append(' ')
                    .append(each.bytes())
                    .append(' ')
                    .append(each.lookups())
                    .append(' ')
                    .append(each.sha256())
                    .append('\n');
            first += each.bytes();
        }
        return lines.toString();
    }

    private static String template() {
        try (InputStream in = VerifyPage.class.getResourceAsStream(TEMPLATE)) {
            return new String(Objects.requireNonNull(in, TEMPLATE).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
