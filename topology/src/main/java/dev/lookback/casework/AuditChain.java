package dev.lookback.casework;

import dev.lookback.seal.Sha256;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ChainDigest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * The audit chain of a casework partition: each entry has the next number and the digest of the entry before it, so
 * that none can be dropped, added or altered without all that follow. Where it stands is its {@link Head}:
 * {@link AuditLog} writes it and signs that from time to time, {@link AuditVerifier} says what that proves.
 */
public final class AuditChain {
    /**
     * Where a chain stands.
     *
     * @param sequence number of its last entry; 0: none yet
     * @param sha256 digest of that entry; zeros: none yet
     */
    public record Head(long sequence, byte[] sha256) {
        /** Before the first entry. */
        public static final Head START = new Head(0, new byte[Sha256.LENGTH]);

        byte[] toBytes() {
            return ByteBuffer.allocate(Long.BYTES + Sha256.LENGTH)
                    .putLong(sequence)
                    .put(sha256)
                    .array();
        }

        static Head fromBytes(byte @Nullable [] bytes) {
            if (bytes == null) {
                return START;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            long sequence = buffer.getLong();
            byte[] digest = new byte[Sha256.LENGTH];
            buffer.get(digest);
            return new Head(sequence, digest);
        }

        /** The head after an entry has been added. */
        public static Head after(AuditEntry entry) {
            return new Head(entry.getSequence(), digest(entry));
        }

        /** Sequence and digest, in hexadecimal. */
        @Override
        public String toString() {
            return sequence + ":" + HexFormat.of().formatHex(sha256);
        }
    }

    private AuditChain() {}

    /** The entry that comes after a head. */
    static AuditEntry next(
            Head head, int partition, long at, String requestId, String officer, String action, String detail) {
        return AuditEntry.newBuilder()
                .setPartition(partition)
                .setSequence(head.sequence + 1)
                .setPreviousSha256(new ChainDigest(head.sha256))
                .setAt(Instant.ofEpochMilli(at))
                .setRequestId(requestId)
                .setOfficer(officer)
                .setAction(action)
                .setDetail(detail)
                .build();
    }

    /**
     * Checks the links of a whole chain from its first entry; {@link AuditVerifier} does more.
     *
     * @param entries the entries of one partition, in the topic's order
     * @return the first thing that is wrong, or null
     */
    public static @Nullable String verify(List<AuditEntry> entries) {
        if (entries.isEmpty()) {
            return null;
        }
        AuditEntry first = entries.get(0);
        if (first.getSequence() > 1) {
            return "Entry " + first.getSequence() + " follows entry 0";
        }
        AuditVerifier verifier = new AuditVerifier(first.getPartition(), AuditVerifier.Terms.LINKS, List.of());
        entries.forEach(verifier::add);
        AuditVerifier.Flaw flaw = verifier.verdict().flaw();
        return flaw == null ? null : "Entry " + flaw.sequence() + " " + flaw.what();
    }

    private static byte[] digest(AuditEntry entry) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        try {
            new SpecificDatumWriter<>(AuditEntry.class).write(entry, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new AssertionError("Writing to memory does not fail", e);
        }
        return Sha256.of(out.toByteArray());
    }
}
