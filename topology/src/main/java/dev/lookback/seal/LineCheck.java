package dev.lookback.seal;

import static dev.lookback.seal.FlawException.demand;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lookback.address.Network;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the lines of an extract in order, and judges each by the manifest. Keeps the lookups of one instant in mind. */
final class LineCheck {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            // What is derived from a line must not depend on how a Java version spells a double.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Manifest.Disclosed terms;
    private final List<Matcher> matchers;
    private final Set<String> named;
    private final boolean addressesAsked;
    private final List<String> clear;
    private final List<String> hidden;
    private final Instant from;
    private final Instant to;
    private final long[] matched;
    private Instant last = Instant.MIN;
    private final Set<Seen> atLast = new HashSet<>();

    /** Half of a digest over what identifies a lookup: a million at one instant must fit into memory, too. */
    private record Seen(long high, long low) {
        static Seen of(String eventId, String requester) {
            ByteBuffer digest =
                    ByteBuffer.wrap(Sha256.of((eventId + '\n' + requester).getBytes(StandardCharsets.UTF_8)));
            return new Seen(digest.getLong(), digest.getLong());
        }
    }

    /** A selector with what is costly to find out for each line. */
    private record Matcher(Selector selector, @Nullable Network network) {
        boolean matches(@Nullable String requester, String queried, @Nullable String sourceIp) {
            return switch (selector.role()) {
                case REQUESTER -> selector.handle().equals(requester);
                case QUERIED -> selector.handle().equals(queried);
                case EITHER ->
                    selector.handle().equals(requester) || selector.handle().equals(queried);
                case SOURCE -> network != null && sourceIp != null && network.contains(sourceIp);
            };
        }
    }

    LineCheck(Manifest manifest) throws FlawException {
        List<Manifest.Applied> applied = manifest.scope().applied();
        terms = manifest.disclosed();
        matchers = new ArrayList<>();
        for (int i = 0; i < applied.size(); i++) {
            Selector selector = applied.get(i).selector();
            Network network = selector.role() == SelectorRole.SOURCE ? Network.parse(selector.handle()) : null;
            demand(
                    selector.role() != SelectorRole.SOURCE || network != null,
                    "Selector " + i + " is about addresses, but names no network");
            matchers.add(new Matcher(selector, network));
        }
        named = applied.stream()
                .filter(each -> each.role() == SelectorRole.REQUESTER || each.role() == SelectorRole.EITHER)
                .map(Manifest.Applied::handle)
                .collect(Collectors.toUnmodifiableSet());
        addressesAsked = applied.stream().anyMatch(each -> each.role() == SelectorRole.SOURCE);
        demand(
                !addressesAsked || terms.sourceAddress(),
                "A selector is about addresses, but these are withheld: nobody could see what matches it");
        clear = LineFields.of(terms, false, addressesAsked);
        hidden = LineFields.of(terms, true, addressesAsked);
        from = instant(manifest.scope().window().from());
        to = instant(manifest.scope().window().to());
        matched = new long[applied.size()];
    }

    /** How many lines have matched a selector. */
    long matched(int selector) {
        return matched[selector];
    }

    long from() {
        return from.toEpochMilli();
    }

    long to() {
        return to.toEpochMilli();
    }

    /** Judges the next line, without its line feed; {@code name} is what people call it. */
    JsonNode line(String name, byte[] part, int start, int end) throws FlawException {
        JsonNode lookup;
        try {
            lookup = JSON.readTree(part, start, end - start);
        } catch (IOException e) {
            throw new FlawException(name + " is not JSON");
        }
        boolean isHidden = fields(name, lookup);
        String requester = isHidden ? null : text(name, lookup, "requesterNormalised");
        demand(
                requester == null || !terms.othersPseudonymised() || named.contains(requester),
                name + " shows a requester whom no selector names");
        once(name, lookup, requester);
        scope(name, lookup, requester);
        return lookup;
    }

    /** Whether the requester is shown by a pseudonym. */
    private boolean fields(String name, JsonNode lookup) throws FlawException {
        boolean isHidden = lookup.has(LineFields.PSEUDONYM);
        demand(
                !isHidden || terms.othersPseudonymised(),
                name + " has a pseudonym, which the manifest does not announce");
        List<String> expected = isHidden ? hidden : clear;
        demand(names(lookup).equals(expected), name + difference(lookup, expected));
        for (JsonNode value : lookup) {
            demand(value.isValueNode() || value.isObject(), name + " has a list where a value belongs");
        }
        if (expected.contains("geo")) {
            JsonNode geo = lookup.get("geo");
            List<String> found = names(geo);
            demand(
                    found.equals(LineFields.ofGeo(true)) || found.equals(LineFields.ofGeo(false)),
                    name + " does not have the fields of a location");
            onlyValues(name, geo);
        }
        JsonNode source = lookup.get("source");
        demand(names(source).equals(LineFields.ofSource()), name + " does not say where it was published");
        onlyValues(name, source);
        for (String field : expected) {
            boolean nested = field.equals("geo") || field.equals("source");
            demand(nested || lookup.get(field).isValueNode(), name + " has more in '" + field + "' than a value");
        }
        return isHidden;
    }

    private static void onlyValues(String name, JsonNode nested) throws FlawException {
        for (JsonNode value : nested) {
            demand(value.isValueNode(), name + " is nested too deep");
        }
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        Iterator<String> each = object.fieldNames();
        each.forEachRemaining(names::add);
        return names;
    }

    /** Only names that we know ourselves are repeated. */
    private static String difference(JsonNode lookup, List<String> expected) {
        for (String each : expected) {
            if (!lookup.has(each)) {
                return " lacks '" + each + "'";
            }
        }
        for (String each : List.of("deviceId", "sourceIp", "sourcePort", "geo", "requester", "requesterNormalised")) {
            if (lookup.has(each) && !expected.contains(each)) {
                return " shows '" + each + "', which is withheld";
            }
        }
        return " does not have the fields of a lookup, in their order";
    }

    private void once(String name, JsonNode lookup, @Nullable String requester) throws FlawException {
        String text = text(name, lookup, "occurredAt");
        Instant occurredAt;
        try {
            occurredAt = Instant.parse(text);
        } catch (DateTimeException e) {
            throw new FlawException(name + " does not say when");
        }
        demand(Instants.format(occurredAt).equals(text), name + " does not spell its instant as instants are spelt");
        demand(!occurredAt.isBefore(from) && occurredAt.isBefore(to), name + " is outside the window");
        demand(!occurredAt.isBefore(last), name + " is out of order");
        if (occurredAt.isAfter(last)) {
            atLast.clear();
            last = occurredAt;
        }
        String who = requester == null ? text(name, lookup, LineFields.PSEUDONYM) : requester;
        demand(atLast.add(Seen.of(text(name, lookup, "eventId"), who)), name + " repeats a lookup");
    }

    private void scope(String name, JsonNode lookup, @Nullable String requester) throws FlawException {
        String queried = text(name, lookup, "queriedNormalised");
        JsonNode address = lookup.get("sourceIp");
        String sourceIp = address == null ? null : address.textValue();
        boolean inScope = false;
        for (int i = 0; i < matched.length; i++) {
            if (matchers.get(i).matches(requester, queried, sourceIp)) {
                matched[i]++;
                inScope = true;
            }
        }
        demand(inScope, name + " matches no selector");
    }

    private static String text(String name, JsonNode lookup, String field) throws FlawException {
        String text = lookup.path(field).textValue();
        demand(text != null, name + " has no text in '" + field + "'");
        return Objects.requireNonNull(text);
    }

    static Instant instant(String text) throws FlawException {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new FlawException("An instant in the manifest cannot be read");
        }
    }
}
