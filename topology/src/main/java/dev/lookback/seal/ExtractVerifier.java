package dev.lookback.seal;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.security.PublicKey;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks an extract with nothing but the public key: the seal, then that the parts are those the manifest names, then
 * that every lookup in them is within the scope stated, in order, once, and that all counts add up.
 */
public final class ExtractVerifier {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** What a verification found. */
    public sealed interface Verdict {}

    /** All is as the manifest says. */
    public record Sound(Manifest manifest) implements Verdict {}

    /** The first thing that is wrong; free of personal data. */
    public record Flawed(String what) implements Verdict {}

    private ExtractVerifier() {}

    /** Checks everything. */
    public static Verdict verify(Extract extract, PublicKey key) {
        try {
            return new Sound(check(extract, key));
        } catch (FlawException e) {
            return new Flawed(e.what);
        }
    }

    private static Manifest check(Extract extract, PublicKey key) throws FlawException {
        demand(
                KeyFiles.verifies(extract.manifest(), extract.signature(), key),
                "The seal is not that of this manifest under this key");
        Manifest manifest;
        try {
            manifest = Manifest.fromBytes(extract.manifest());
        } catch (IllegalArgumentException e) {
            throw new FlawException("The manifest cannot be read");
        }
        demand(manifest.version() == Manifest.VERSION, "The manifest has an unknown version");
        demand(manifest.keyId().equals(KeyFiles.keyId(key)), "The manifest names another key");
        digests(extract.parts(), manifest);
        lookups(extract.parts(), manifest);
        return manifest;
    }

    private static void digests(List<byte[]> parts, Manifest manifest) throws FlawException {
        demand(
                parts.size() == manifest.parts().size(),
                "There are " + parts.size() + " parts, but the manifest names "
                        + manifest.parts().size());
        long bytes = 0;
        for (int i = 0; i < parts.size(); i++) {
            Manifest.PartDigest stated = manifest.parts().get(i);
            byte[] part = parts.get(i);
            String name = "Part " + (i + 1);
            demand(stated.part() == i + 1, name + " is numbered " + stated.part() + " in the manifest");
            demand(Sha256.hex(part).equals(stated.sha256()), name + " does not have the digest in the manifest");
            demand(part.length == stated.bytes(), name + " does not have the length in the manifest");
            bytes += part.length;
        }
        demand(bytes == manifest.totals().bytes(), "The bytes do not add up");
        demand(parts.size() == manifest.totals().parts(), "The number of parts is not the total stated");
    }

    private static void lookups(List<byte[]> parts, Manifest manifest) throws FlawException {
        List<Selector> selectors = manifest.scope().applied().stream()
                .map(Manifest.Applied::selector)
                .toList();
        long[] matched = new long[selectors.size()];
        Scan scan = new Scan(
                instant(manifest.scope().from()), instant(manifest.scope().to()));
        long total = 0;
        for (int i = 0; i < parts.size(); i++) {
            int lines = scan.part(i + 1, parts.get(i), selectors, matched);
            demand(lines == manifest.parts().get(i).lookups(), "Part " + (i + 1) + " has " + lines + " lookups");
            total += lines;
        }
        demand(total == manifest.totals().lookups(), "The lookups do not add up");
        demand(matched.length == manifest.outcomes().size(), "There is not one outcome for each selector");
        for (int i = 0; i < matched.length; i++) {
            Manifest.SelectorOutcome stated = manifest.outcomes().get(i);
            Manifest.SelectorOutcome found = Manifest.SelectorOutcome.of(
                    i,
                    matched[i],
                    stated.overtaken(),
                    scan.from.toEpochMilli(),
                    scan.to.toEpochMilli(),
                    instant(stated.coverage().horizon()).toEpochMilli(),
                    instant(manifest.chronology().receivedAt()).toEpochMilli());
            demand(stated.equals(found), "The outcome of selector " + i + " is not what its lookups show");
        }
    }

    /** Reads the lines of all parts in order. */
    private static final class Scan {
        private final Instant from;
        private final Instant to;
        private Instant last = Instant.MIN;
        private final Set<String> atLast = new HashSet<>(); // what has been seen at the instant `last`

        Scan(Instant from, Instant to) {
            this.from = from;
            this.to = to;
        }

        int part(int number, byte[] part, List<Selector> selectors, long[] matched) throws FlawException {
            int lines = 0;
            int start = 0;
            for (int end = 0; end < part.length; end++) {
                if (part[end] == '\n') {
                    lines++;
                    line("Part " + number + ", line " + lines, read(part, start, end), selectors, matched);
                    start = end + 1;
                }
            }
            demand(start == part.length, "Part " + number + " does not end with a line feed");
            return lines;
        }

        private void line(String name, JsonNode lookup, List<Selector> selectors, long[] matched) throws FlawException {
            Instant occurredAt = instant(lookup.path("occurredAt").asText());
            String requester = lookup.path("requesterNormalised").asText();
            String queried = lookup.path("queriedNormalised").asText();
            demand(!occurredAt.isBefore(from) && occurredAt.isBefore(to), name + " is outside the window");
            demand(!occurredAt.isBefore(last), name + " is out of order");
            if (occurredAt.isAfter(last)) {
                atLast.clear();
                last = occurredAt;
            }
            demand(atLast.add(lookup.path("eventId").asText() + requester), name + " repeats a lookup");
            boolean inScope = false;
            for (int i = 0; i < matched.length; i++) {
                if (selectors.get(i).matches(requester, queried)) {
                    matched[i]++;
                    inScope = true;
                }
            }
            demand(inScope, name + " matches no selector");
        }

        private static JsonNode read(byte[] part, int start, int end) throws FlawException {
            try {
                return JSON.readTree(part, start, end - start);
            } catch (IOException e) {
                throw new FlawException("A line is not JSON");
            }
        }
    }

    private static Instant instant(String text) throws FlawException {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new FlawException("An instant cannot be read");
        }
    }

    private static void demand(boolean truth, String otherwise) throws FlawException {
        if (!truth) {
            throw new FlawException(otherwise);
        }
    }

    private static final class FlawException extends Exception {
        private static final long serialVersionUID = 1;

        private final String what;

        FlawException(String what) {
            super(what);
            this.what = what;
        }
    }
}
