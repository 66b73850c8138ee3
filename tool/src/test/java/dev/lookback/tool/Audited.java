package dev.lookback.tool;

import dev.lookback.casework.AuditChain;
import dev.lookback.casework.AuditDetail;
import dev.lookback.casework.SignedHead;
import dev.lookback.seal.Instants;
import dev.lookback.seal.KeyFiles;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ChainDigest;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** An audit chain made by hand, in one readable line an entry. */
final class Audited {
    private final int partition;
    private final List<AuditEntry> entries = new ArrayList<>();
    private AuditChain.Head head = AuditChain.Head.START;

    Audited(int partition) {
        this.partition = partition;
    }

    /** The next entry. */
    Audited entry(String at, String request, String action, String detail) {
        return add(at, request, "j.doe", action, detail);
    }

    private Audited add(String at, String request, String officer, String action, String detail) {
        AuditEntry entry = AuditEntry.newBuilder()
                .setPartition(partition)
                .setSequence(head.sequence() + 1)
                .setPreviousSha256(new ChainDigest(head.sha256()))
                .setAt(Instant.parse(at))
                .setRequestId(request)
                .setOfficer(officer)
                .setAction(action)
                .setDetail(detail)
                .build();
        entries.add(entry);
        head = AuditChain.Head.after(entry);
        return this;
    }

    /** A checkpoint, made by hand from the page that describes it. */
    Audited checkpoint(String at, KeyPair key) {
        SignedHead unsigned = new SignedHead(
                partition,
                head.sequence(),
                HexFormat.of().formatHex(head.sha256()),
                Instants.format(Instant.parse(at)),
                KeyFiles.keyId(key.getPublic()),
                "");
        byte[] signature = KeyFiles.sign(unsigned.text().getBytes(StandardCharsets.UTF_8), key.getPrivate());
        String detail = AuditDetail.of(
                "chain", unsigned.partition(),
                "sequence", unsigned.sequence(),
                "sha256", unsigned.sha256(),
                "at", unsigned.at(),
                "key", unsigned.keyId(),
                "signature", HexFormat.of().formatHex(signature));
        return add(at, "", "lookback", SignedHead.ACTION, detail);
    }

    /** All of them, in order. */
    List<AuditEntry> entries() {
        return List.copyOf(entries);
    }
}
