package dev.lookback.tool;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lookback.address.Network;
import dev.lookback.casework.HandleInput;
import dev.lookback.disclosure.DisclosurePolicy;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.seal.Instants;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.LegalRequestStatus;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** How people and machines see requests. */
final class RequestView {
    private static final int LABEL = 16;
    private static final int LONGEST_REFERENCE = 24;
    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final List<String> HEAD =
            List.of("REQUEST", "STATE", "INSTRUMENT", "REFERENCE", "RECEIVED (UTC)", "DUE (UTC)", "APPROVALS", "NOTE");

    private RequestView() {}

    // ---- one request

    /** A submit command, as an approver must see it. */
    static List<String> submitted(Cases.Submitted submitted) {
        JsonNode command = submitted.command();
        JsonNode paper = command.path("instrument");
        List<String> lines = new ArrayList<>();
        add(lines, "Request", command.path("requestId").asText());
        add(
                lines,
                "Instrument",
                paper.path("type").asText() + ", " + paper.path("reference").asText());
        add(
                lines,
                "Issued by",
                paper.path("authority").asText() + " ("
                        + paper.path("jurisdiction").asText() + ")" + on(", on ", paper.path("issuedOn"))
                        + on(", served on ", paper.path("servedOn")));
        add(lines, "Document", paper.path("documentSha256").textValue());
        for (JsonNode selector : command.path("selectors")) {
            add(lines, "Asks for", asked(selector));
        }
        add(
                lines,
                "Window",
                command.path("from").asText() + " to just before "
                        + command.path("to").asText());
        for (JsonNode narrowing : command.path("narrowings")) {
            add(
                    lines,
                    "Not filed",
                    narrowing.path("what").asText() + " ("
                            + narrowing.path("reason").asText() + ")");
        }
        add(lines, "Continues", command.path("continues").textValue());
        add(lines, "SHA-256", submitted.sha256());
        return lines;
    }

    private static String on(String label, JsonNode date) {
        return date.isTextual() ? label + date.textValue() : "";
    }

    private static String asked(JsonNode selector) {
        String role = selector.path("role").asText();
        String handle = selector.path("handle").asText();
        String region = selector.path("region").textValue();
        String applied;
        if (role.equals("SOURCE")) {
            Network network = Network.parse(handle.strip());
            applied = network == null ? null : network.text();
        } else {
            applied = HandleInput.normalise(handle, region);
        }
        String stated = applied == null || applied.equals(handle)
                ? ""
                : " (in the paper: " + handle + (region == null ? "" : ", " + region) + ")";
        return asked(role) + " " + (applied == null ? handle : applied) + stated;
    }

    /** What a selector in a role asks for, before its handle. */
    static String asked(String role) {
        return switch (role) {
            case "REQUESTER" -> "lookups made by";
            case "QUERIED" -> "lookups about";
            case "SOURCE" -> "lookups made from";
            default -> "lookups made by or about";
        };
    }

    /**
     * Where a request stands.
     *
     * @param submitted what it asks, if that is still there
     */
    static List<String> status(LegalRequestStatus status, Cases.@Nullable Submitted submitted, Instant now) {
        List<String> lines = new ArrayList<>();
        add(
                lines,
                "State",
                status.getState() + " (" + status.getReason() + ") since " + Instants.format(status.getAt()));
        if (status.getEstimate()) {
            add(lines, "Estimate", "no request: it asks what one would find");
        }
        RequestProblems.lines(status.getProblems()).forEach(each -> add(lines, "Wrong", each));
        if (status.getState() == CaseState.INVALID) {
            add(lines, "To correct it", "submit it again with --id " + status.getRequestId());
        }
        add(lines, "Received", status.getReceivedAt());
        add(lines, "Submitted by", status.getSubmittedBy());
        if (submitted == null && status.getInstrument() != null) {
            add(lines, "Instrument", status.getInstrument() + with(", ", status.getReference()));
            add(lines, "Issued by", issuedBy(status));
        }
        if (status.getWindowFrom() != null && status.getWindowTo() != null) {
            add(
                    lines,
                    "Searched",
                    Instants.format(status.getWindowFrom()) + " to just before " + Instants.format(status.getWindowTo())
                            + narrowedAtReceipt(status, submitted));
        }
        lines.addAll(approvals(status));
        lines.addAll(dates(status, submitted, now));
        int number = 0;
        for (Long matches : status.getEstimates()) {
            add(lines, "Would match", "selector " + ++number + ": " + Console.count(matches) + " lookups");
        }
        if (status.getLookups() != null) {
            add(lines, "Lookups", status.getLookups() + " in " + status.getParts() + " parts");
        }
        add(lines, "Manifest", status.getManifestSha256());
        return lines;
    }

    private static @Nullable String issuedBy(LegalRequestStatus status) {
        return status.getAuthority() == null ? null : status.getAuthority() + with(", ", status.getJurisdiction());
    }

    private static String with(String before, @Nullable String text) {
        return text == null ? "" : before + text;
    }

    private static String narrowedAtReceipt(LegalRequestStatus status, Cases.@Nullable Submitted submitted) {
        boolean isNarrowed = status.getWindowTo() != null
                && status.getWindowTo().equals(status.getReceivedAt())
                && submitted != null
                && !status.getWindowTo()
                        .toString()
                        .equals(submitted.command().path("to").textValue());
        return isNarrowed ? " (it ends at the receipt: no request reaches what is looked up after it)" : "";
    }

    /** Who has approved, and how many it takes. */
    static List<String> approvals(LegalRequestStatus status) {
        List<String> lines = new ArrayList<>();
        if (status.getApprovalsNeeded() > 0 && status.getState() != CaseState.INVALID) {
            String by = String.join(", ", status.getApprovals());
            add(
                    lines,
                    "Approvals",
                    status.getApprovals().size() + " of " + status.getApprovalsNeeded()
                            + (by.isEmpty() ? "" : ": " + by));
        }
        if (status.getOverQuota()) {
            add(lines, "Over quota", "this authority had asked more often than is usual; that takes one more approval");
        }
        return lines;
    }

    /** What has its time. */
    private static List<String> dates(LegalRequestStatus status, Cases.@Nullable Submitted submitted, Instant now) {
        List<String> lines = new ArrayList<>();
        List<RequestQueue.Mark> marks = RequestQueue.marks(status, now);
        if ("URGENT".equals(status.getPriority())) {
            add(lines, "Priority", "urgent");
        }
        Instant due = status.getDueBy();
        if (due != null) {
            add(
                    lines,
                    "Answer due",
                    Instants.format(due) + (marks.contains(RequestQueue.Mark.OVERDUE) ? ", overdue" : ""));
        }
        Instant paper = status.getPaperDueAt();
        if (paper != null) {
            add(
                    lines,
                    "Paper due",
                    Instants.format(paper) + (marks.contains(RequestQueue.Mark.PAPER_OVERDUE) ? ", overdue" : "")
                            + " (lookback request paper)");
        }
        add(lines, "Non-disclosure", nonDisclosure(status, submitted, now));
        Instant end = status.getLapsesAt();
        if (end != null) {
            add(lines, ending(status.getState()), Instants.format(end));
        }
        add(lines, "Continues", submitted == null ? status.getContinues() : null);
        return lines;
    }

    /** Nothing here says what to do once an order has ended: that is for people to find out. */
    private static @Nullable String nonDisclosure(
            LegalRequestStatus status, Cases.@Nullable Submitted submitted, Instant now) {
        Instant until = status.getNonDisclosureUntil();
        if (until != null && until.isAfter(now)) {
            return "ordered until " + Instants.format(until);
        }
        return wasOrderedUntil(submitted, now) || RequestQueue.isNonDisclosureOver(status, now)
                ? RequestQueue.Mark.REVIEW.label()
                : null;
    }

    /** Casework forgets the end of an order once it has said that it is over; the command still has it. */
    private static boolean wasOrderedUntil(Cases.@Nullable Submitted submitted, Instant now) {
        String stated = submitted == null
                ? null
                : submitted.command().path("nonDisclosureUntil").textValue();
        try {
            return stated != null && !Instant.parse(stated).isAfter(now);
        } catch (DateTimeException e) {
            return false; // of a command that is INVALID
        }
    }

    private static String ending(CaseState state) {
        return switch (state) {
            case INVALID, RECEIVED, PRESERVING, AWAITING_APPROVAL -> "Lapses";
            case PRESERVED -> "Preserved until";
            case SEALED -> "Closes";
            case ACTIVE, APPROVED, CLOSED, REJECTED, WITHDRAWN, LAPSED, EXPIRED, UNKNOWN -> "Ends";
        };
    }

    /** What a policy makes of an instrument: how much is withheld, pseudonymised, left out. */
    static List<String> terms(DisclosurePolicy policy, boolean isConfigured, @Nullable String instrument) {
        List<String> lines = new ArrayList<>();
        for (InstrumentType type : InstrumentType.values()) {
            if (type.name().equals(instrument)) {
                add(
                        lines,
                        "Policy",
                        policy.name()
                                + (isConfigured ? " (as configured here)" : " (packed in; none is configured here)"));
                add(lines, "Its terms", policy.line(type));
            }
        }
        return lines;
    }

    private static void add(List<String> lines, String label, @Nullable Object value) {
        if (value != null) {
            String text = value instanceof Instant instant ? Instants.format(instant) : value.toString();
            lines.add(String.format(Locale.ROOT, "%-" + LABEL + "s", label) + text);
        }
    }

    // ---- many requests

    /** One line for each, in their order, below a head. */
    static List<String> table(List<LegalRequestStatus> all, Instant now) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        all.forEach(status -> rows.add(row(status, now)));
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            line.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
        }
        return line.toString().stripTrailing();
    }

    private static List<String> row(LegalRequestStatus status, Instant now) {
        String reference = Objects.toString(status.getReference(), "");
        Instant due = RequestQueue.nextDate(status);
        return List.of(
                status.getRequestId(),
                status.getState().name(),
                Objects.toString(status.getInstrument(), ""),
                reference.length() > LONGEST_REFERENCE
                        ? reference.substring(0, LONGEST_REFERENCE - 1) + "…"
                        : reference,
                minutes(status.getReceivedAt()),
                minutes(due),
                status.getApprovalsNeeded() == 0 || status.getState() == CaseState.INVALID
                        ? "-"
                        : status.getApprovals().size() + "/" + status.getApprovalsNeeded(),
                RequestQueue.marks(status, now).stream()
                        .map(RequestQueue.Mark::label)
                        .collect(Collectors.joining(", ")));
    }

    private static String minutes(@Nullable Instant instant) {
        return instant == null ? "" : MINUTES.format(instant);
    }

    /** The same for machines: a status, and what stands out about it. */
    static Map<String, Object> json(LegalRequestStatus status, Instant now) {
        Map<String, Object> json = json(status);
        json.put(
                "notes",
                RequestQueue.marks(status, now).stream()
                        .map(RequestQueue.Mark::name)
                        .toList());
        return json;
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
