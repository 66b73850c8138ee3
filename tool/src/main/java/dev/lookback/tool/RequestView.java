package dev.lookback.tool;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lookback.seal.Instants;
import dev.lookback.v1.LegalRequestStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** How people and machines see requests. */
final class RequestView {
    private static final String ROW = "%-36s  %-17s  %-24s  %-17s  %s";

    private RequestView() {}

    /** A submit command, as an approver must see it. */
    static List<String> submitted(Cases.Submitted submitted) {
        JsonNode command = submitted.command();
        JsonNode paper = command.path("instrument");
        List<String> lines = new ArrayList<>();
        lines.add("Request     " + command.path("requestId").asText());
        lines.add("Instrument  " + paper.path("type").asText() + ", "
                + paper.path("reference").asText());
        lines.add("Issued by   " + paper.path("authority").asText() + " ("
                + paper.path("jurisdiction").asText() + ")");
        for (JsonNode selector : command.path("selectors")) {
            lines.add("Asks for    " + asked(selector.path("role").asText()) + " "
                    + selector.path("handle").asText());
        }
        lines.add("Window      " + command.path("from").asText() + " to just before "
                + command.path("to").asText());
        lines.add("SHA-256     " + submitted.sha256());
        return lines;
    }

    private static String asked(String role) {
        return switch (role) {
            case "REQUESTER" -> "lookups made by";
            case "QUERIED" -> "lookups about";
            default -> "lookups made by or about";
        };
    }

    /** Where a request stands. */
    static List<String> status(LegalRequestStatus status) {
        List<String> lines = new ArrayList<>();
        lines.add("State       " + status.getState() + " (" + status.getReason() + ") since "
                + Instants.format(status.getAt()));
        add(lines, "Received    ", status.getReceivedAt());
        add(lines, "Submitted   ", status.getSubmittedBy());
        add(lines, "Approved    ", status.getApprovedBy());
        add(lines, "Ends        ", status.getLapsesAt());
        add(lines, "Lookups     ", status.getLookups());
        add(lines, "Manifest    ", status.getManifestSha256());
        return lines;
    }

    private static void add(List<String> lines, String label, @Nullable Object value) {
        if (value instanceof Instant instant) {
            lines.add(label + Instants.format(instant));
        } else if (value != null) {
            lines.add(label + value);
        }
    }

    /** One line for each. */
    static List<String> table(List<LegalRequestStatus> all) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, ROW, "REQUEST", "STATE", "RECEIVED", "INSTRUMENT", "REFERENCE"));
        for (LegalRequestStatus status : all) {
            Instant received = status.getReceivedAt();
            lines.add(String.format(
                    Locale.ROOT,
                    ROW,
                    status.getRequestId(),
                    status.getState(),
                    received == null ? "" : Instants.format(received),
                    status.getInstrument() == null ? "" : status.getInstrument(),
                    status.getReference() == null ? "" : status.getReference()));
        }
        return lines;
    }

    /** All fields of a status under their names in the schema. */
    static Map<String, Object> json(LegalRequestStatus status) {
        Map<String, Object> json = new LinkedHashMap<>();
        for (Schema.Field field : LegalRequestStatus.SCHEMA$.getFields()) {
            Object value = status.get(field.pos());
            if (value instanceof Instant instant) {
                json.put(field.name(), Instants.format(instant));
            } else if (value instanceof Enum<?> symbol) {
                json.put(field.name(), symbol.name());
            } else {
                json.put(field.name(), value);
            }
        }
        return json;
    }
}
