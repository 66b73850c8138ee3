package dev.lookback.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.disclosure.InstrumentType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A legal paper by options. What is wrong with them is found with all the rest: so they are taken as they come. */
final class InstrumentOptions {
    private static final String DOCUMENT = "documentSha256";

    @Option(
            names = "--instrument",
            paramLabel = "TYPE",
            completionCandidates = Types.class,
            description = "The legal paper: ${COMPLETION-CANDIDATES}.")
    private @Nullable String type;

    @Option(names = "--reference", paramLabel = "TEXT", description = "The issuing authority's reference.")
    private @Nullable String reference;

    @Option(names = "--authority", paramLabel = "TEXT", description = "Who issued it.")
    private @Nullable String authority;

    @Option(names = "--jurisdiction", paramLabel = "TEXT", description = "Under which law.")
    private @Nullable String jurisdiction;

    @Option(names = "--issued-on", paramLabel = "DATE", description = "The date on it (2026-01-31).")
    private @Nullable String issuedOn;

    @Option(names = "--served-on", paramLabel = "DATE", description = "When it reached you.")
    private @Nullable String servedOn;

    @Option(
            names = "--document",
            paramLabel = "FILE",
            description = "Its scan: the request names the file's SHA-256, and the file stays where it is.")
    private @Nullable Path document;

    @Option(names = "--document-sha256", paramLabel = "DIGEST", description = "The SHA-256 itself, in hexadecimal.")
    private @Nullable String documentSha256;

    /** The instruments, for the help. */
    static final class Types extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Types() {
            for (InstrumentType each : InstrumentType.values()) {
                add(each.name());
            }
        }
    }

    /** Whether any is given that a file has, too; the digest of a document may be added to a file. */
    boolean areGiven() {
        return type != null
                || reference != null
                || authority != null
                || jurisdiction != null
                || issuedOn != null
                || servedOn != null;
    }

    /** Puts what is given into an instrument as commands have it. */
    void write(ObjectNode instrument) {
        put(instrument, "type", type == null ? null : symbol(type));
        put(instrument, "reference", reference);
        put(instrument, "authority", authority);
        put(instrument, "jurisdiction", jurisdiction);
        put(instrument, "issuedOn", issuedOn);
        put(instrument, "servedOn", servedOn);
    }

    /** The same of the digest of the document; what is wrong with it goes to the list. */
    void writeDocument(ObjectNode instrument, List<String> mistakes) {
        put(instrument, DOCUMENT, documentSha256 == null ? null : documentSha256.toLowerCase(Locale.ROOT));
        if (document == null) {
            return;
        }
        String digest = sha256(document, mistakes);
        String stated = instrument.path(DOCUMENT).textValue();
        if (digest != null && stated != null && !stated.equals(digest)) {
            mistakes.add(
                    "instrument." + DOCUMENT + ": not that of " + document + " (--document); state one of the two");
        }
        put(instrument, DOCUMENT, digest);
    }

    private static @Nullable String sha256(Path file, List<String> mistakes) {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digesting.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (IOException e) {
            mistakes.add("instrument." + DOCUMENT + ": there is no readable file " + file + " (--document)");
            return null;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    /** A name as enums have it, however it is typed. */
    static String symbol(String text) {
        return text.strip().toUpperCase(Locale.ROOT).replace('-', '_');
    }

    static void put(ObjectNode json, String field, @Nullable String value) {
        if (value != null) {
            json.put(field, value);
        }
    }
}
