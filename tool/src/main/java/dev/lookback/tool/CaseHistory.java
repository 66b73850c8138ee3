package dev.lookback.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.seal.CanonicalJson;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.AuditEntry;
import dev.lookback.v1.ExtractManifest;
import dev.lookback.v1.LegalRequestStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All that is still on record of one case: what officers ordered, what casework made of it, what the audit says, and the
 * manifest of the extract. Holds personal data: what was asked for is in the orders and in the manifest.
 */
final class CaseHistory {
    private static final String KIND = "case history";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARTS_OF_JWS = 3;

    private record Event(Instant at, String source, Map<String, Object> content) {
        @Override
        public String toString() {
            return "Event[" + source + " at " + at + "]";
        }
    }

    private final UUID id;
    private final List<Event> events = new ArrayList<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private @Nullable Map<String, Object> manifest;

    CaseHistory(UUID id) {
        this.id = id;
    }

    /** A signed command, as it is in legal-requests. */
    void command(Instant appendedAt, String jws) {
        Map<String, Object> content = new LinkedHashMap<>();
        String[] parts = jws.split("\\.", -1);
        content.put("header", parts.length == PARTS_OF_JWS ? decoded(parts[0]) : null);
        content.put("command", parts.length == PARTS_OF_JWS ? decoded(parts[1]) : null);
        content.put("jws", jws);
        content.put("sha256", Sha256.hex(jws.getBytes(StandardCharsets.UTF_8)));
        add(appendedAt, "command", content);
    }

    /** Where the case stood. */
    void status(LegalRequestStatus status) {
        add(status.getAt(), "status", RequestView.json(status));
    }

    /** What the audit says. */
    void audit(AuditEntry entry) {
        add(entry.getAt(), "audit", DisclosureAuditView.json(entry));
    }

    /** What the extract says of itself: exactly the bytes that are signed, and what they say. */
    void manifest(ExtractManifest sealed) {
        byte[] bytes = bytes(sealed.getManifest());
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("keyId", sealed.getKeyId());
        content.put("sha256", Sha256.hex(bytes));
        content.put("signature", HexFormat.of().formatHex(bytes(sealed.getSignature())));
        content.put("bytes", Base64.getEncoder().encodeToString(bytes));
        content.put("content", json(bytes));
        manifest = content;
    }

    /** Whether there is anything on record. */
    boolean isEmpty() {
        return events.isEmpty() && manifest == null;
    }

    /** How many events there are. */
    int size() {
        return events.size();
    }

    private void add(Instant at, String source, Map<String, Object> content) {
        events.add(new Event(at, source, content));
        counts.merge(source, 1, Integer::sum);
    }

    /** The file: a header for people, then everything, in the order of time. */
    byte[] toBytes(Instant now, String software) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", KIND);
        json.put("about", about(now, software));
        json.put("requestId", id.toString());
        json.put("exportedAt", Instants.format(now));
        json.put("software", software);
        // What happened at the same instant stays in the order in which it was read: order, status, audit.
        json.put(
                "events",
                events.stream()
                        .sorted(Comparator.comparing(Event::at))
                        .map(CaseHistory::json)
                        .toList());
        json.put("manifest", manifest);
        return CanonicalJson.write(json);
    }

    private List<String> about(Instant now, String software) {
        List<String> about = new ArrayList<>();
        about.add("All that " + software + " still has on record of request " + id + ", read on " + Instants.format(now)
                + ": " + counts.getOrDefault("command", 0) + " signed commands, " + counts.getOrDefault("status", 0)
                + " statuses, " + counts.getOrDefault("audit", 0) + " entries of the audit of disclosures, and "
                + (manifest == null ? "no manifest of an extract" : "the manifest of its extract") + ".");
        about.add(
                "For counsel. Commands and manifest may name the people that were asked about. No lookups are in it.");
        about.add("Commands are kept for 400 days, of statuses those that compaction has left, the extract for 14 days,"
                + " the audit for years, unless configured otherwise.");
        about.add(
                "Commands are shown as they came, also those that were refused: the audit says which. This file has no"
                        + " seal; the signatures in it are those of the officers and of the manifest.");
        return about;
    }

    private static Map<String, Object> json(Event event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("at", Instants.format(event.at));
        json.put("source", event.source);
        json.put("content", event.content);
        return json;
    }

    private static @Nullable JsonNode decoded(String part) {
        try {
            return json(Base64.getUrlDecoder().decode(part));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable JsonNode json(byte[] bytes) {
        try {
            return JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** Personal data stays out of logs. */
    @Override
    public String toString() {
        return "CaseHistory[" + id + "]";
    }
}
