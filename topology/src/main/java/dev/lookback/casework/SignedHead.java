package dev.lookback.casework;

import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.AuditEntry;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.HexFormat;
import java.util.Map;

/**
 * Where an audit chain stood at some time, under the seal of the system. It stands in the chain itself, as an entry of
 * action {@value #ACTION} right after the entry that it signs, and can be kept elsewhere.
 *
 * @param partition which chain
 * @param sequence the number of its last entry then
 * @param sha256 SHA-256 (hex) of that entry
 * @param at when it was signed, as {@link Instants} spells it
 * @param keyId the key ({@link KeyFiles#keyId})
 * @param signature Ed25519 over {@link #text}, 64 bytes in hexadecimal
 */
public record SignedHead(int partition, long sequence, String sha256, String at, String keyId, String signature) {
    /** The action of entries that hold one. */
    public static final String ACTION = "CHECKPOINT";

    /** First line of what is signed: no signature over anything else can pass for one. */
    private static final String KIND = "lookback audit head";

    static SignedHead sign(AuditChain.Head head, int partition, long at, KeyPair key) {
        String sha256 = HexFormat.of().formatHex(head.sha256());
        String keyId = KeyFiles.keyId(key.getPublic());
        SignedHead unsigned = new SignedHead(partition, head.sequence(), sha256, Instants.format(at), keyId, "");
        byte[] signature = KeyFiles.sign(unsigned.text().getBytes(StandardCharsets.UTF_8), key.getPrivate());
        return new SignedHead(
                partition,
                head.sequence(),
                sha256,
                unsigned.at,
                keyId,
                HexFormat.of().formatHex(signature));
    }

    /** What is signed, in UTF-8: six lines, each ended by a line feed. */
    public String text() {
        return KIND + "\nchain=" + partition + "\nsequence=" + sequence + "\nsha256=" + sha256 + "\nat=" + at + "\nkey="
                + keyId + "\n";
    }

    /** Whether it is signed by this key, and says so. */
    public boolean verifies(PublicKey key) {
        if (!keyId.equals(KeyFiles.keyId(key))) {
            return false;
        }
        try {
            byte[] bytes = HexFormat.of().parseHex(signature);
            return KeyFiles.verifies(text().getBytes(StandardCharsets.UTF_8), bytes, key);
        } catch (IllegalArgumentException e) {
            return false; // not hexadecimal
        }
    }

    /** As the detail of an entry. */
    String detail() {
        return AuditDetail.of(
                "chain",
                partition,
                "sequence",
                sequence,
                "sha256",
                sha256,
                "at",
                at,
                "key",
                keyId,
                "signature",
                signature);
    }

    /**
     * The one in an entry of action {@value #ACTION}. Says nothing about whether it is true.
     *
     * @throws IllegalArgumentException if the entry's detail holds none
     */
    public static SignedHead of(AuditEntry entry) {
        Map<String, String> pairs = AuditDetail.parse(entry.getDetail());
        return new SignedHead(
                Integer.parseInt(AuditDetail.required(pairs, "chain")),
                Long.parseLong(AuditDetail.required(pairs, "sequence")),
                AuditDetail.required(pairs, "sha256"),
                AuditDetail.required(pairs, "at"),
                AuditDetail.required(pairs, "key"),
                AuditDetail.required(pairs, "signature"));
    }
}
