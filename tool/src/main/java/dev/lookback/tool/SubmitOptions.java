package dev.lookback.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.v1.SelectorRole;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a request is about, by options or in a file: both make the same command in JSON, right or wrong. */
final class SubmitOptions {
    private static final List<String> NOT_IN_FILES = List.of("type", "requestId", "commandId", "issuedAt");
    private static final List<String> INSTANTS = List.of("from", "to", "dueBy", "nonDisclosureUntil");

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = {
                "The request as YAML or JSON instead of the options below. Its fields: instrument (type, reference,"
                        + " authority, jurisdiction, issuedOn, servedOn, documentSha256), selectors (each: role, handle,"
                        + " region), from, to, priority, dueBy, nonDisclosureUntil, narrowings (each: what, reason),"
                        + " continues. --document can be added.",
            })
    private @Nullable Path file;

    @Mixin
    private final InstrumentOptions instrument = new InstrumentOptions();

    @Option(names = "--requester", paramLabel = "HANDLE", description = "Lookups that this handle made.")
    private List<String> requesters = List.of();

    @Option(names = "--queried", paramLabel = "HANDLE", description = "Lookups about this handle.")
    private List<String> queried = List.of();

    @Option(names = "--either", paramLabel = "HANDLE", description = "Both.")
    private List<String> either = List.of();

    @Option(
            names = "--source",
            paramLabel = "NETWORK",
            description = "Lookups made from this address or network (192.0.2.7, 192.0.2.0/28).")
    private List<String> sources = List.of();

    @Option(
            names = "--region",
            paramLabel = "CODE",
            description = "Country (DE) in whose national form the paper writes its numbers. Without it: +49…")
    private @Nullable String region;

    @Option(
            names = "--from",
            paramLabel = "INSTANT",
            description = "From then on (2026-01-01T00:00:00Z; 2026-01-01 means that, too) …")
    private @Nullable String from;

    @Option(
            names = "--to",
            paramLabel = "INSTANT",
            description = "… to just before then; at most up to the request's receipt, except in a standing order.")
    private @Nullable String to;

    @Option(names = "--priority", paramLabel = "HOW", description = "routine (unless given) or urgent.")
    private @Nullable String priority;

    @Option(names = "--due", paramLabel = "INSTANT", description = "When the authority expects an answer.")
    private @Nullable String due;

    @Option(
            names = "--non-disclosure-until",
            paramLabel = "INSTANT",
            description = "Until when the paper forbids to tell those concerned.")
    private @Nullable String nonDisclosureUntil;

    @Option(
            names = "--narrowed",
            paramLabel = "TEXT:REASON",
            description = "What the paper asks for and you do not file, and why: not-in-body, not-held, not-permitted,"
                    + " unclear or agreed. For each such thing again.")
    private List<String> narrowed = List.of();

    @Option(names = "--continues", paramLabel = "REQUEST", description = "The standing order that this one renews.")
    private @Nullable String continues;

    private final List<String> selectorOrigins = new ArrayList<>();

    /**
     * The command, in whatever form it was put.
     *
     * @param mistakes gets those that only options or files can have; casework's own rules find the others
     */
    ObjectNode command(boolean estimate, UUID id, Instant now, List<String> mistakes) {
        ObjectNode command = JsonNodeFactory.instance.objectNode();
        command.put("type", estimate ? "estimate" : "submit")
                .put("requestId", id.toString())
                .put("commandId", UUID.randomUUID().toString())
                .put("issuedAt", now.toString());
        if (file == null) {
            byOptions(command);
        } else {
            fromFile(command, file, mistakes);
        }
        if (command.path("instrument") instanceof ObjectNode paper) {
            instrument.writeDocument(paper, mistakes);
        }
        INSTANTS.forEach(field -> date(command, field));
        return command;
    }

    private void fromFile(ObjectNode command, Path path, List<String> mistakes) {
        ObjectNode read = RequestFile.read(path);
        if (areGiven()) {
            mistakes.add("--file: the request is in the file; of the options about it, only --document and"
                    + " --document-sha256 go along with one");
        }
        for (String field : NOT_IN_FILES) {
            if (read.remove(field) != null) {
                mistakes.add(
                        field + ": not a field of the file; it is made when the request is signed (--id for its id)");
            }
        }
        command.setAll(read);
    }

    private boolean areGiven() {
        return instrument.areGiven()
                || region != null
                || from != null
                || to != null
                || priority != null
                || due != null
                || nonDisclosureUntil != null
                || continues != null
                || !(requesters.isEmpty()
                        && queried.isEmpty()
                        && either.isEmpty()
                        && sources.isEmpty()
                        && narrowed.isEmpty());
    }

    private void byOptions(ObjectNode command) {
        instrument.write(command.putObject("instrument"));
        ArrayNode selectors = command.putArray("selectors");
        add(selectors, SelectorRole.REQUESTER, requesters);
        add(selectors, SelectorRole.QUERIED, queried);
        add(selectors, SelectorRole.EITHER, either);
        add(selectors, SelectorRole.SOURCE, sources);
        InstrumentOptions.put(command, "from", from);
        InstrumentOptions.put(command, "to", to);
        InstrumentOptions.put(command, "priority", priority == null ? null : InstrumentOptions.symbol(priority));
        InstrumentOptions.put(command, "dueBy", due);
        InstrumentOptions.put(command, "nonDisclosureUntil", nonDisclosureUntil);
        InstrumentOptions.put(command, "continues", continues == null ? null : continues.toLowerCase(Locale.ROOT));
        if (!narrowed.isEmpty()) {
            ArrayNode narrowings = command.putArray("narrowings");
            narrowed.forEach(each -> narrowing(narrowings.addObject(), each));
        }
    }

    private void add(ArrayNode selectors, SelectorRole role, List<String> handles) {
        for (String handle : handles) {
            ObjectNode selector = selectors.addObject().put("role", role.name()).put("handle", handle);
            InstrumentOptions.put(selector, "region", role == SelectorRole.SOURCE ? null : region);
            selectorOrigins.add("--" + role.name().toLowerCase(Locale.ROOT));
        }
    }

    private static void narrowing(ObjectNode narrowing, String text) {
        int colon = text.lastIndexOf(':');
        narrowing.put("what", colon < 0 ? text : text.substring(0, colon).strip());
        if (colon >= 0) {
            narrowing.put("reason", InstrumentOptions.symbol(text.substring(colon + 1)));
        }
    }

    /** A plain date means the midnight with which it begins, in UTC. */
    private static void date(ObjectNode json, String field) {
        String text = json.path(field).textValue();
        if (text == null) {
            return;
        }
        try {
            json.put(field, LocalDate.parse(text.strip()) + "T00:00:00Z");
        } catch (DateTimeException e) {
            // An instant, or a mistake that will be found as such.
        }
    }

    /** The option that a field comes from; null if it comes from a file or from none. */
    @Nullable
    String origin(String field) {
        if (file != null) {
            return null;
        }
        if (field.startsWith("selectors[")) {
            int number = Integer.parseInt(field.substring("selectors[".length(), field.indexOf(']')));
            return field.endsWith(".region")
                    ? "--region"
                    : number < selectorOrigins.size() ? selectorOrigins.get(number) : null;
        }
        return RequestProblems.option(field);
    }
}
