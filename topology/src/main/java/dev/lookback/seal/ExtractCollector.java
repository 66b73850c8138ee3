package dev.lookback.seal;

import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.ExtractPart;
import dev.lookback.v1.ExtractRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the pieces of one extract from legal-request-extracts, in the topic's order: the parts' bytes go to a stream, one
 * after the other, as they come, so that memory holds one part at a time. Not safe for several threads.
 */
public final class ExtractCollector {
    private final OutputStream records;
    private int parts;
    private @Nullable String requestId;
    private byte @Nullable [] manifest;
    private byte @Nullable [] signature;

    /** A collector that writes to a stream, which the caller closes. */
    public ExtractCollector(OutputStream records) {
        this.records = records;
    }

    /**
     * Takes a piece; what comes after the manifest is ignored.
     *
     * @return whether the extract is complete
     * @throws FlawException if the pieces are not those of one extract, in order
     */
    public boolean add(ExtractRecord record) throws IOException, FlawException {
        if (manifest == null) {
            if (record.getPiece() instanceof ExtractPart part) {
                part(part);
            } else {
                manifest((ExtractManifest) record.getPiece());
            }
        }
        return manifest != null;
    }

    private void part(ExtractPart part) throws IOException, FlawException {
        of(part.getRequestId());
        FlawException.demand(
                part.getPart() == parts + 1,
                "Part " + part.getPart() + " comes where part " + (parts + 1) + " belongs");
        byte[] lines = bytes(part.getRecords());
        FlawException.demand(
                Sha256.hex(lines).equals(part.getSha256()), "Part " + part.getPart() + " does not have its own digest");
        records.write(lines);
        parts++;
    }

    private void manifest(ExtractManifest last) throws FlawException {
        of(last.getRequestId());
        byte[] bytes = bytes(last.getManifest());
        FlawException.demand(
                ExtractVerifier.manifest(bytes).requestId().equals(requestId),
                "The manifest is that of another request");
        manifest = bytes;
        signature = bytes(last.getSignature());
    }

    private void of(String id) throws FlawException {
        FlawException.demand(requestId == null || requestId.equals(id), "These are pieces of more than one extract");
        requestId = id;
    }

    /** The extract, if it is complete; else null. */
    public @Nullable Extract extract(Extract.Records source) {
        return manifest == null || signature == null ? null : new Extract(source, manifest, signature);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
