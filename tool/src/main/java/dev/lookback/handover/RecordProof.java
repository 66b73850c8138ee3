package dev.lookback.handover;

import static dev.lookback.seal.FlawException.demand;

import dev.lookback.seal.AuditPath;
import dev.lookback.seal.CanonicalJson;
import dev.lookback.seal.FlawException;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * One record of an extract, and the proof that it is in there: to be shown with the manifest and its seal, without the
 * other records.
 *
 * @param kind {@value #KIND}
 * @param requestId UUID of the request
 * @param line which line of records.jsonl, from 1
 * @param lookups how many there are
 * @param record the line, without its line feed
 * @param path audit path (RFC 6962) to the manifest's {@code merkleRoot}: hashes (hex), the record's neighbour first
 */
record RecordProof(String kind, String requestId, long line, long lookups, String record, List<String> path) {
    static final String KIND = "proof of a record in an extract";

    /** More than a proof of the longest record can take. */
    static final int MOST_BYTES = 4 << 20;

    private static final int MOST_HASHES = 64;

    static RecordProof of(Manifest manifest, AuditPath path, byte[] line) {
        return new RecordProof(
                KIND,
                manifest.requestId(),
                path.index() + 1,
                path.size(),
                new String(line, StandardCharsets.UTF_8),
                path.hashes().stream().map(HexFormat.of()::formatHex).toList());
    }

    static RecordProof read(byte[] bytes) throws FlawException {
        try {
            return CanonicalJson.read(bytes, RecordProof.class);
        } catch (IllegalArgumentException e) {
            throw new FlawException("The proof cannot be read");
        }
    }

    byte[] toBytes() {
        return CanonicalJson.write(this);
    }

    /** Checks that the record is in the extract that a (verified) manifest is about. */
    void check(Manifest manifest) throws FlawException {
        demand(kind.equals(KIND), "This is no proof of a record");
        demand(requestId.equals(manifest.requestId()), "The proof is about another request than the manifest");
        demand(lookups == manifest.totals().lookups(), "The proof is about another number of lookups");
        demand(path.size() <= MOST_HASHES, "The path does not lead to the manifest's Merkle root");
        byte[] root;
        try {
            List<byte[]> hashes = path.stream().map(HexFormat.of()::parseHex).toList();
            demand(
                    hashes.stream().allMatch(each -> each.length == Sha256.LENGTH),
                    "The path does not lead to the manifest's Merkle root");
            root = new AuditPath(line - 1, lookups, hashes).root(record.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new FlawException("The path does not lead to the manifest's Merkle root");
        }
        demand(
                HexFormat.of().formatHex(root).equals(manifest.merkleRoot()),
                "The path does not lead to the manifest's Merkle root");
    }

    /** Personal data stays out of logs. */
    @Override
    public String toString() {
        return "RecordProof[line " + line + "]";
    }
}
