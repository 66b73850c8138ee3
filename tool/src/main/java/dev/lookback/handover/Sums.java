package dev.lookback.handover;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** SHA256SUMS, as {@code sha256sum -c} reads it. */
final class Sums {
    private Sums() {}

    /** A digest to be fed bit by bit. */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    /** The digest in hexadecimal. */
    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The file's bytes, given the digest (hex) of every other file. */
    static byte[] file(Map<FolderFile, String> digests) {
        StringBuilder lines = new StringBuilder();
        Map<String, String> byName = new TreeMap<>();
        digests.forEach((file, digest) -> byName.put(file.fileName(), digest));
        byName.forEach(
                (name, digest) -> lines.append(digest).append("  ").append(name).append('\n'));
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
}
