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
 * that none can be dropped, added or altered without all that follow. Where it stands is its {@link Head}, which is
 * what has to be kept (or signed) elsewhere to notice a chain that was cut short.
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
     * Checks a whole chain from its first entry.
     *
     * @param entries the entries of one partition, in the topic's order
     * @return the first thing that is wrong, or null
     */
    public static @Nullable String verify(List<AuditEntry> entries) {
        Head head = Head.START;
        for (AuditEntry entry : entries) {
            if (entry.getPartition() != entries.get(0).getPartition()) {
                return "Entry " + entry.getSequence() + " belongs to chain " + entry.getPartition();
            }
            if (entry.getSequence() != head.sequence + 1) {
                return "Entry " + entry.getSequence() + " follows entry " + head.sequence;
            }
            if (!entry.getPreviousSha256().equals(new ChainDigest(head.sha256))) {
                return "Entry " + entry.getSequence() + " does not follow from the entry before it";
            }
            head = Head.after(entry);
        }
        return null;
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
