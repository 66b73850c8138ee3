package dev.lookback.seal;

import static dev.lookback.seal.FlawException.demand;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Checks an extract with nothing but the public key: the seal, then that the parts are those the manifest names, then
 * that every lookup in them is within the scope stated, in order, once, that it shows what may be shown and no more, and
 * that all counts add up. Reads the records as a stream; memory holds one part at a time.
 */
public final class ExtractVerifier {
    /** More than any part can have: it has to fit into a message. */
    private static final int MOST_PART_BYTES = 64 << 20;

    /** What a verification found. */
    public sealed interface Verdict {}

    /** All is as the manifest says. */
    public record Sound(Manifest manifest) implements Verdict {}

    /** The first thing that is wrong; free of personal data. */
    public record Flawed(String what) implements Verdict {}

    /** Gets each line that has been found to be in order. */
    @FunctionalInterface
    public interface LineReader {
        /**
         * Reads a line.
         *
         * @param line its bytes, without the line feed
         * @param lookup the same, parsed
         */
        void read(byte[] line, JsonNode lookup) throws IOException, FlawException;
    }

    private ExtractVerifier() {}

    /** Checks everything. */
    public static Verdict verify(Extract extract, PublicKey key) {
        try (InputStream records = extract.records().open()) {
            Manifest manifest = sealed(extract.manifest(), extract.signature(), key);
            records(manifest, records, (line, lookup) -> {});
            return new Sound(manifest);
        } catch (FlawException e) {
            return new Flawed(e.what());
        } catch (IOException e) {
            return new Flawed("The records cannot be read");
        }
    }

    /** Checks the seal of a manifest, and reads it. */
    public static Manifest sealed(byte[] manifest, byte[] signature, PublicKey key) throws FlawException {
        if (!KeyFiles.verifies(manifest, signature, key)) {
            throw new FlawException("The seal (manifest.sig) is not that of this manifest under this key"
                    + KeyFiles.keyNeeded(keyNamedIn(manifest), key));
        }
        Manifest read = manifest(manifest);
        demand(read.keyId().equals(KeyFiles.keyId(key)), "The manifest names another key");
        return read;
    }

    /** Id of the key that a manifest says it was sealed with, whoever wrote that; empty if it cannot be read. */
    public static String keyNamedIn(byte[] manifest) {
        try {
            return Objects.requireNonNullElse(Manifest.fromBytes(manifest).keyId(), "");
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** Reads a manifest, whoever sealed it. */
    public static Manifest manifest(byte[] bytes) throws FlawException {
        Manifest manifest;
        try {
            manifest = Manifest.fromBytes(bytes);
        } catch (IllegalArgumentException e) {
            throw new FlawException("The manifest cannot be read");
        }
        demand(manifest.version() == Manifest.VERSION, "The manifest has an unknown version");
        // A field twice, say: readers would not agree on which one counts.
        demand(Arrays.equals(manifest.toBytes(), bytes), "The manifest is not in the one form that it can have");
        return manifest;
    }

    /** Checks all records against the manifest, and passes each line on. */
    public static void records(Manifest manifest, InputStream records, LineReader reader)
            throws FlawException, IOException {
        LineCheck check = new LineCheck(manifest);
        MerkleTree tree = new MerkleTree();
        long bytes = 0;
        for (int i = 0; i < manifest.parts().size(); i++) {
            Manifest.PartDigest stated = manifest.parts().get(i);
            String name = "Part " + (i + 1);
            demand(stated.part() == i + 1, name + " is numbered " + stated.part() + " in the manifest");
            byte[] part = part(name, stated, records);
            int lines = lines(name, part, check, tree, reader);
            demand(lines == stated.lookups(), name + " has " + lines + " lookups, not as many as the manifest says");
            bytes += part.length;
        }
        demand(records.read() < 0, "There is more after the last part that the manifest names");
        demand(bytes == manifest.totals().bytes(), "The bytes do not add up");
        demand(manifest.parts().size() == manifest.totals().parts(), "The number of parts is not the total stated");
        demand(tree.size() == manifest.totals().lookups(), "The lookups do not add up");
        demand(
                HexFormat.of().formatHex(tree.root()).equals(manifest.merkleRoot()),
                "The lines do not have the Merkle root in the manifest");
        outcomes(manifest, check);
    }

    private static byte[] part(String name, Manifest.PartDigest stated, InputStream records)
            throws FlawException, IOException {
        demand(stated.bytes() >= 0 && stated.bytes() <= MOST_PART_BYTES, name + " has a length that no part has");
        byte[] part = records.readNBytes((int) stated.bytes());
        demand(part.length == stated.bytes(), name + " is shorter than the manifest says");
        demand(Sha256.hex(part).equals(stated.sha256()), name + " does not have the digest in the manifest");
        return part;
    }

    private static int lines(String name, byte[] part, LineCheck check, MerkleTree tree, LineReader reader)
            throws FlawException, IOException {
        int lines = 0;
        int start = 0;
        for (int end = 0; end < part.length; end++) {
            if (part[end] == '\n') {
                lines++;
                JsonNode lookup = check.line(name + ", line " + lines, part, start, end);
                byte[] line = Arrays.copyOfRange(part, start, end);
                tree.add(line);
                reader.read(line, lookup);
                start = end + 1;
            }
        }
        demand(start == part.length, name + " does not end with a line feed");
        return lines;
    }

    private static void outcomes(Manifest manifest, LineCheck check) throws FlawException {
        int selectors = manifest.scope().applied().size();
        demand(selectors == manifest.outcomes().size(), "There is not one outcome for each selector");
        long mostCapped = 0;
        long allCapped = 0;
        for (int i = 0; i < selectors; i++) {
            Manifest.SelectorOutcome stated = manifest.outcomes().get(i);
            demand(stated.capped() >= 0, "Selector " + i + " has left out less than nothing");
            Manifest.SelectorOutcome found = Manifest.SelectorOutcome.of(
                    i,
                    check.matched(i),
                    stated.capped(),
                    stated.overtaken(),
                    check.from(),
                    check.to(),
                    LineCheck.instant(stated.coverage().horizon()).toEpochMilli(),
                    LineCheck.instant(completeUntil(manifest)).toEpochMilli());
            demand(stated.equals(found), "The outcome of selector " + i + " is not what its lookups show");
            mostCapped = Math.max(mostCapped, stated.capped());
            allCapped += stated.capped();
        }
        // A lookup that was left out matches one selector at least, and may match several.
        long capped = manifest.totals().capped();
        demand(capped >= mostCapped && capped <= allCapped, "The lookups left out by the policy do not add up");
    }

    /** No lookup after it can be in the extract: when the request was received; of a standing order, its last round. */
    private static String completeUntil(Manifest manifest) {
        Manifest.Standing standing = manifest.standing();
        return standing == null ? manifest.chronology().receivedAt() : standing.lastAt();
    }
}
