package dev.lookback.tool;

import dev.lookback.casework.SignedHead;
import dev.lookback.seal.CanonicalJson;
import dev.lookback.seal.Instants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The latest signed heads of the audit chains, to be kept where nobody who could rewrite the chains can reach. The file
 * needs no seal: each head has its own.
 *
 * @param heads one for each chain that has a checkpoint
 */
record AuditHeads(String kind, String exportedAt, List<SignedHead> heads) {
    private static final String KIND = "audit heads";

    static AuditHeads of(Instant now, List<SignedHead> heads) {
        return new AuditHeads(KIND, Instants.format(now), heads);
    }

    byte[] toBytes() {
        return CanonicalJson.write(this);
    }

    static AuditHeads fromBytes(byte[] bytes) {
        AuditHeads read = CanonicalJson.read(bytes, AuditHeads.class);
        boolean whole = read != null
                && KIND.equals(read.kind)
                && read.heads != null
                && read.heads.stream().allMatch(AuditHeads::isWhole);
        if (!whole) {
            throw new IllegalArgumentException("Not a file of audit heads");
        }
        return read;
    }

    private static boolean isWhole(SignedHead head) {
        return head != null
                && Stream.of(head.sha256(), head.at(), head.keyId(), head.signature())
                        .allMatch(Objects::nonNull);
    }

    /** Reads a file that somebody named. */
    static AuditHeads read(Path file) {
        try {
            return fromBytes(Files.readAllBytes(file));
        } catch (IOException e) {
            throw ToolException.usage("There is no readable file " + file + " (--heads)");
        } catch (IllegalArgumentException e) {
            throw ToolException.usage(file + " is no file of audit heads (--heads)");
        }
    }
}
