package dev.lookback.casework;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.address.Network;
import dev.lookback.disclosure.InstrumentType;
import dev.lookback.handle.Handle;
import dev.lookback.seal.Selector;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.SelectorRole;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A submit command as JSON: written, and read with all that is wrong with it. */
final class SubmitForm {
    private static final int MAX_NARROWINGS = 100;

    private SubmitForm() {}

    /** What identifies a command. */
    record Head(UUID requestId, UUID commandId, Instant issuedAt) {}

    // ---- writing

    static void write(Command.Submit submit, ObjectNode json) {
        write(submit.instrument(), json.putObject("instrument"));
        ArrayNode selectors = json.putArray("selectors");
        for (Command.Ask ask : submit.selectors()) {
            ObjectNode selector = selectors.addObject();
            selector.put("role", ask.role().name()).put("handle", ask.handle());
            put(selector, "region", ask.region());
        }
        json.put("from", submit.from().toString());
        json.put("to", submit.to().toString());
        Command.Particulars particulars = submit.particulars();
        json.put("priority", particulars.priority().name());
        put(json, "dueBy", particulars.dueBy());
        put(json, "nonDisclosureUntil", particulars.nonDisclosureUntil());
        if (!particulars.narrowings().isEmpty()) {
            ArrayNode narrowings = json.putArray("narrowings");
            for (Command.Narrowing narrowing : particulars.narrowings()) {
                narrowings
                        .addObject()
                        .put("what", narrowing.what())
                        .put("reason", narrowing.reason().name());
            }
        }
        put(json, "continues", particulars.continues());
    }

    static void write(Command.Instrument instrument, ObjectNode json) {
        json.put("type", instrument.type().name())
                .put("reference", instrument.reference())
                .put("authority", instrument.authority())
                .put("jurisdiction", instrument.jurisdiction());
        put(json, "issuedOn", instrument.issuedOn());
        put(json, "servedOn", instrument.servedOn());
        put(json, "documentSha256", instrument.documentSha256());
    }

    private static void put(ObjectNode json, String field, @Nullable Object value) {
        if (value != null) {
            json.put(field, value.toString());
        }
    }

    // ---- reading

    /** The command, if nothing is wrong with it; else null, and the problems are in the list. */
    static Command.@Nullable Submit read(Fields json, Head head, boolean estimate, List<Problem> problems) {
        Command.Instrument instrument = instrument(json.object("instrument"), estimate, true);
        List<Command.Ask> asks = selectors(json, problems);
        Instant from = json.instant("from");
        Instant to = json.instant("to");
        if (from != null && to != null && !from.isBefore(to)) {
            json.report("window", Problem.Code.EMPTY);
        }
        Command.Priority priority = json.optionalSymbol("priority", Command.Priority.class);
        Command.Particulars particulars = new Command.Particulars(
                priority == null ? Command.Priority.ROUTINE : priority,
                json.optionalInstant("dueBy"),
                json.optionalInstant("nonDisclosureUntil"),
                narrowings(json, problems),
                json.optionalUuid("continues"));
        if (particulars.continues() != null
                && instrument != null
                && instrument.type() != InstrumentType.STANDING_ORDER) {
            json.report("continues", Problem.Code.NOT_STANDING);
        }
        json.end();
        return problems.isEmpty()
                ? new Command.Submit(
                        head.requestId,
                        head.commandId,
                        head.issuedAt,
                        estimate,
                        Objects.requireNonNull(instrument),
                        asks,
                        Objects.requireNonNull(from),
                        Objects.requireNonNull(to),
                        particulars)
                : null;
    }

    /**
     * The paper.
     *
     * @param draft whether there may be no paper yet
     * @param filed whether it comes with a request; else it is the one that follows an emergency request
     */
    static Command.@Nullable Instrument instrument(Fields json, boolean draft, boolean filed) {
        InstrumentType type = json.symbol("type", InstrumentType.class);
        String reference = json.text("reference", CommandCodec.MAX_TEXT);
        String authority = json.text("authority", CommandCodec.MAX_TEXT);
        String jurisdiction = json.text("jurisdiction", CommandCodec.MAX_TEXT);
        LocalDate issuedOn = json.optionalDate("issuedOn");
        LocalDate servedOn = json.optionalDate("servedOn");
        if (issuedOn != null && servedOn != null && servedOn.isBefore(issuedOn)) {
            json.report("servedOn", Problem.Code.BEFORE_ISSUE);
        }
        String document = json.optionalDigest("documentSha256");
        boolean needed = type != null && !draft && (!filed || needsPaper(type));
        if (needed && document == null && !json.reported("documentSha256")) {
            json.report("documentSha256", Problem.Code.MISSING);
        }
        json.end();
        return type == null
                ? null
                : new Command.Instrument(type, reference, authority, jurisdiction, issuedOn, servedOn, document);
    }

    /** Whether the paper comes first. An emergency is called in, and preserving discloses nothing. */
    private static boolean needsPaper(InstrumentType type) {
        return switch (type) {
            case SUBPOENA, COURT_ORDER, SEARCH_WARRANT, STANDING_ORDER -> true;
            case EMERGENCY_REQUEST, PRESERVATION_REQUEST -> false;
        };
    }

    static List<Command.Ask> selectors(Fields json, List<Problem> problems) {
        JsonNode list = json.value("selectors");
        if (!list.isArray() || list.isEmpty()) {
            json.report(
                    "selectors",
                    list.isArray() || list.isMissingNode() ? Problem.Code.MISSING : Problem.Code.NOT_READABLE);
            return List.of();
        }
        if (list.size() > CommandCodec.MAX_SELECTORS) {
            json.report("selectors", Problem.Code.TOO_LONG);
            return List.of();
        }
        List<Command.Ask> asks = new ArrayList<>();
        Set<Selector> seen = new HashSet<>();
        for (int i = 0; i < list.size(); i++) {
            String path = "selectors[" + i + "]";
            Fields fields = new Fields(list.get(i), path + ".", problems);
            SelectorRole role = fields.symbol("role", SelectorRole.class);
            String handle = fields.text("handle", CommandCodec.MAX_HANDLE);
            String region = fields.optionalText("region", CommandCodec.MAX_TEXT);
            if (region != null && !HandleInput.isRegion(region)) {
                fields.report("region", Problem.Code.NOT_A_REGION);
                continue;
            }
            fields.end();
            if (role == null || handle.isEmpty()) {
                continue;
            }
            Command.Ask ask = new Command.Ask(role, handle, region);
            Selector selector = selector(ask);
            if (selector == null) {
                fields.report(
                        "handle", role == SelectorRole.SOURCE ? Problem.Code.NOT_A_NETWORK : Problem.Code.NOT_A_HANDLE);
            } else if (!seen.add(selector)) {
                problems.add(new Problem(path, Problem.Code.REPEATED));
            }
            asks.add(ask);
        }
        return asks;
    }

    /** What is searched for, given what is asked; null if that cannot be searched for. */
    static @Nullable Selector selector(Command.Ask ask) {
        if (ask.role() == SelectorRole.SOURCE) {
            Network network = Network.parse(ask.handle().strip());
            return network == null ? null : new Selector(ask.role(), network.text());
        }
        String normalised = HandleInput.normalise(ask.handle(), ask.region());
        if (normalised == null && ask.role() == SelectorRole.QUERIED) {
            normalised = ask.handle(); // what people try to reach need not be a valid number or address
        }
        return normalised == null ? null : new Selector(ask.role(), normalised);
    }

    /** What a normalised handle looks like; null for a network. */
    static @Nullable HandleKind kind(Selector selector) {
        return selector.role() == SelectorRole.SOURCE
                ? null
                : Handle.parse(selector.handle()).kind();
    }

    private static List<Command.Narrowing> narrowings(Fields json, List<Problem> problems) {
        JsonNode list = json.value("narrowings");
        if (list.isMissingNode()) {
            return List.of();
        }
        if (!list.isArray() || list.size() > MAX_NARROWINGS) {
            json.report("narrowings", list.isArray() ? Problem.Code.TOO_LONG : Problem.Code.NOT_READABLE);
            return List.of();
        }
        List<Command.Narrowing> narrowings = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            Fields fields = new Fields(list.get(i), "narrowings[" + i + "].", problems);
            String what = fields.text("what", CommandCodec.MAX_TEXT);
            Command.NarrowedBecause reason = fields.symbol("reason", Command.NarrowedBecause.class);
            fields.end();
            if (reason != null) {
                narrowings.add(new Command.Narrowing(what, reason));
            }
        }
        return narrowings;
    }
}
