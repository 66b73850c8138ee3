package dev.lookback.tool;

import dev.lookback.certificate.Certificate;
import dev.lookback.certificate.CertificateVerifier;
import dev.lookback.certificate.SealedCertificate;
import dev.lookback.handover.HandoverVerifier;
import dev.lookback.seal.ExtractVerifier;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Verifies what the system has sealed, from files alone, and says what came of it. */
final class SealCheck {
    private static final String KEY_CAME_ALONG = "The key came with it: compare its id with one that you got from the"
            + " provider by another way, or give that key (--key).";

    private final Console console;
    private final boolean asJson;

    SealCheck(Console console, Json json) {
        this.console = console;
        this.asJson = json.wanted;
    }

    /**
     * Verifies an extract in a directory; returns the command's exit code.
     *
     * @param keyFiles the keys that it may be sealed with; none: the one that came with it
     */
    int extract(Path directory, List<Path> keyFiles) {
        if (!Files.isDirectory(directory)) {
            throw ToolException.usage("There is no directory " + directory);
        }
        PublicKey key = keyFiles.isEmpty() ? null : keyOf(keyFiles, HandoverVerifier.keyNamedIn(directory));
        ExtractVerifier.Verdict verdict = HandoverVerifier.verify(
                directory, key, records -> console.progress(Console.count(records) + " records verified"));
        console.progressDone();
        return extract(directory, verdict, keyFiles.isEmpty());
    }

    /** Says what came of verifying an extract; returns the command's exit code. */
    int extract(Path directory, ExtractVerifier.Verdict verdict, boolean keyCameAlong) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("kind", "extract");
        result.put("directory", directory.toString());
        if (verdict instanceof ExtractVerifier.Flawed flawed) {
            return flawed(result, flawed.what(), directory);
        }
        Manifest manifest = ((ExtractVerifier.Sound) verdict).manifest();
        result.put("verified", true);
        result.put("request", manifest.requestId());
        result.put("lookups", manifest.totals().lookups());
        result.put("keyId", manifest.keyId());
        return sound(
                result,
                Console.count(manifest.totals().lookups()) + " lookups for request " + manifest.requestId() + " in "
                        + directory + ", sealed with key " + manifest.keyId(),
                keyCameAlong);
    }

    /**
     * Verifies a certificate; returns the command's exit code.
     *
     * @param keyFiles the keys that it may be sealed with; none: the one that came with it
     */
    int certificate(Path file, List<Path> keyFiles) {
        SealedCertificate sealed;
        try {
            sealed = SealedCertificate.read(file);
        } catch (IOException e) {
            throw ToolException.usage(file + " is no sealed certificate: " + e.getMessage() + " cannot be read");
        }
        PublicKey key = keyFiles.isEmpty()
                ? readKey(SealedCertificate.keyOf(file))
                : keyOf(keyFiles, CertificateVerifier.keyNamedIn(sealed));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("kind", Certificate.KIND);
        result.put("file", file.toString());
        CertificateVerifier.Verdict verdict = CertificateVerifier.verify(sealed, key);
        if (verdict instanceof CertificateVerifier.Flawed flawed) {
            return flawed(result, flawed.what(), file);
        }
        return certificate(result, ((CertificateVerifier.Sound) verdict).certificate(), keyFiles.isEmpty());
    }

    private int certificate(Map<String, Object> result, Certificate certificate, boolean keyCameAlong) {
        Certificate.Totals totals = certificate.totals();
        result.put("verified", true);
        result.put("day", certificate.day());
        result.put(
                "classes",
                certificate.classes().stream()
                        .map(Certificate.OfClass::retentionClass)
                        .toList());
        result.put("forgotten", totals.forgotten());
        result.put("receipts", totals.receipts());
        result.put("recounted", totals.recounted());
        result.put("keyId", certificate.keyId());
        return sound(result, summary(certificate) + ", sealed with key " + certificate.keyId(), keyCameAlong);
    }

    /** What a certificate says, in one line. */
    static String summary(Certificate certificate) {
        Certificate.Totals totals = certificate.totals();
        Long worst = totals.worstLatenessMillis();
        return Certificate.KIND + " for " + certificate.day() + ": " + Console.count(totals.forgotten())
                + " lookups forgotten under " + Console.count(totals.receipts()) + " receipts, of which "
                + Console.count(totals.recounted()) + " were counted again"
                + (worst == null ? "" : ", at the latest " + Duration.ofMillis(worst) + " after they were due");
    }

    private int sound(Map<String, Object> result, String line, boolean keyCameAlong) {
        if (asJson) {
            console.printJson(result);
        } else {
            console.print("Sound: " + line);
            if (keyCameAlong) {
                console.note(KEY_CAME_ALONG);
            }
        }
        return ExitCodes.OK;
    }

    /** Says what is wrong; returns the command's exit code. */
    int flawed(Map<String, Object> result, String what, Path path) {
        if (asJson) {
            result.put("verified", false);
            result.put("flaw", what);
            console.printJson(result);
        } else {
            console.print("NOT SOUND: " + what + " (" + path + ")");
        }
        return ExitCodes.FAILED;
    }

    /** The one of several keys that has an id; the first if none has, so that the verdict says which one is needed. */
    private static PublicKey keyOf(List<Path> files, String id) {
        List<PublicKey> keys = files.stream().map(SealCheck::readKey).toList();
        return keys.stream()
                .filter(each -> KeyFiles.keyId(each).equals(id))
                .findFirst()
                .orElse(keys.get(0));
    }

    /** Reads a public key that somebody named. */
    static PublicKey readKey(Path file) {
        try {
            return KeyFiles.readPublicKey(file);
        } catch (IOException e) {
            throw ToolException.usage("The public key " + file + " cannot be read (--key)");
        } catch (IllegalArgumentException e) {
            throw ToolException.usage(file + ": " + e.getMessage());
        }
    }
}
