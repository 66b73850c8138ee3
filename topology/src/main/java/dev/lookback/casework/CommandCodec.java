package dev.lookback.casework;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.handle.Handle;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.SelectorRole;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Commands as they travel: JSON in a JWS (compact, EdDSA over Ed25519, {@code kid} = the officer's id). The same class
 * writes and reads them. Fields that it does not know are refused: an officer must not believe to have said something
 * that nobody heard.
 */
public final class CommandCodec {
    /** Selectors in a request, at most. */
    public static final int MAX_SELECTORS = 100;

    /** Characters of a handle, at most. */
    public static final int MAX_HANDLE = 254;

    /** Characters of a reference, an authority or a jurisdiction, at most. */
    public static final int MAX_TEXT = 200;

    /** Characters of a signed command, at most. */
    public static final int MAX_JWS = Signature.MAX_LENGTH;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    // So that later arithmetic on instants cannot overflow, and every one has a four-digit year.
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    /** What a signed command turned out to be. */
    public sealed interface Reading {}

    /** A command of a valid officer, in good form. */
    public record Good(Officer officer, Command command) implements Reading {}

    /** A submit command of a valid officer that is about a request, but of no valid form. */
    public record Invalid(Officer officer, UUID requestId, UUID commandId, Instant issuedAt, Reason reason)
            implements Reading {}

    /**
     * Nothing to act on.
     *
     * @param officer who signed it; null if that is not proven
     */
    public record Refused(Reason reason, @Nullable Officer officer) implements Reading {}

    private CommandCodec() {}

    /**
     * A command as its officer signs it.
     *
     * @return the JWS in compact form, no more than {@value #MAX_JWS} characters
     * @throws IllegalArgumentException if the command would be refused for its form; names the reason
     */
    public static String sign(Command command, String officerId, PrivateKey key) {
        ObjectNode payload = write(command);
        if (read(payload) instanceof FormError error) {
            throw new IllegalArgumentException("The command would be refused: " + error.reason);
        }
        try {
            return Signature.sign(JSON.writeValueAsString(payload), officerId, key);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The command cannot be written", e);
        }
    }

    /** The digest of a signed submit command that an approval names: SHA-256 (hex) of the JWS. */
    public static String digest(String jws) {
        return Sha256.hex(jws.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads a signed command: the signature first, then who signed it, then its form. Roles and the state of the case
     * are not looked at.
     *
     * @param receivedAt when it was received: the officer must be valid then
     */
    public static Reading read(String jws, Officers officers, Instant receivedAt) {
        Signature.Reading signed = Signature.read(jws, officers, receivedAt);
        if (signed instanceof Signature.Unsound unsound) {
            return new Refused(reason(unsound.flaw()), unsound.officer());
        }
        Signature.Sound sound = (Signature.Sound) signed;
        Officer officer = sound.officer();
        JsonNode json;
        try {
            json = JSON.readTree(sound.text());
        } catch (JsonProcessingException e) {
            return new Refused(Reason.MALFORMED, officer);
        }
        Form form = read(json);
        if (form instanceof Fine fine) {
            return new Good(officer, fine.command);
        }
        FormError error = (FormError) form;
        return error.head == null
                ? new Refused(error.reason, officer)
                : new Invalid(officer, error.head.requestId, error.head.commandId, error.head.issuedAt, error.reason);
    }

    private static Reason reason(Signature.Flaw flaw) {
        return switch (flaw) {
            case TOO_LARGE -> Reason.TOO_LARGE;
            case UNKNOWN_OFFICER -> Reason.UNKNOWN_OFFICER;
            case BAD_SIGNATURE -> Reason.BAD_SIGNATURE;
            case OFFICER_NOT_VALID -> Reason.OFFICER_NOT_VALID;
        };
    }

    private static ObjectNode write(Command command) {
        ObjectNode json = JSON.createObjectNode();
        json.put("type", type(command));
        json.put("requestId", command.requestId().toString());
        json.put("commandId", command.commandId().toString());
        json.put("issuedAt", command.issuedAt().toString());
        if (command instanceof Command.Submit submit) {
            json.putObject("instrument")
                    .put("type", submit.instrument().type().name())
                    .put("reference", submit.instrument().reference())
                    .put("authority", submit.instrument().authority())
                    .put("jurisdiction", submit.instrument().jurisdiction());
            ArrayNode selectors = json.putArray("selectors");
            for (Command.Ask ask : submit.selectors()) {
                selectors.addObject().put("role", ask.role().name()).put("handle", ask.handle());
            }
            json.put("from", submit.from().toString());
            json.put("to", submit.to().toString());
        } else if (command instanceof Command.Approve approve) {
            json.put("requestSha256", approve.requestSha256());
        }
        return json;
    }

    private static String type(Command command) {
        if (command instanceof Command.Submit) {
            return "submit";
        } else if (command instanceof Command.Approve) {
            return "approve";
        } else if (command instanceof Command.Reject) {
            return "reject";
        } else if (command instanceof Command.Withdraw) {
            return "withdraw";
        }
        return "close";
    }

    private sealed interface Form {}

    private record Fine(Command command) implements Form {}

    /** With the head of the command where it is a submit command whose head could be read. */
    private record FormError(Reason reason, @Nullable Head head) implements Form {}

    private record Head(UUID requestId, UUID commandId, Instant issuedAt) {}

    private static Form read(JsonNode json) {
        Head head;
        try {
            head = new Head(uuid(json, "requestId"), uuid(json, "commandId"), instant(json, "issuedAt"));
            if (!json.path("type").asText().equals("submit")) {
                return new Fine(simple(json, head));
            }
        } catch (FormException | DateTimeException e) {
            return new FormError(Reason.MALFORMED, null);
        }
        try {
            return new Fine(submit(json, head));
        } catch (FormException e) {
            return new FormError(e.reason, head);
        }
    }

    private static Command simple(JsonNode json, Head head) throws FormException {
        boolean approve = json.path("type").asText().equals("approve");
        fields(json, approve ? 5 : 4, Reason.MALFORMED);
        return switch (json.path("type").asText()) {
            case "approve" ->
                new Command.Approve(
                        head.requestId, head.commandId, head.issuedAt, text(json, "requestSha256", Reason.MALFORMED));
            case "reject" -> new Command.Reject(head.requestId, head.commandId, head.issuedAt);
            case "withdraw" -> new Command.Withdraw(head.requestId, head.commandId, head.issuedAt);
            case "close" -> new Command.Close(head.requestId, head.commandId, head.issuedAt);
            default -> throw new FormException(Reason.MALFORMED);
        };
    }

    private static Command.Submit submit(JsonNode json, Head head) throws FormException {
        fields(json, 8, Reason.MALFORMED);
        Instant from;
        Instant to;
        try {
            from = instant(json, "from");
            to = instant(json, "to");
        } catch (DateTimeException e) {
            throw new FormException(Reason.INVALID_WINDOW);
        }
        if (!from.isBefore(to)) {
            throw new FormException(Reason.INVALID_WINDOW);
        }
        return new Command.Submit(
                head.requestId,
                head.commandId,
                head.issuedAt,
                instrument(json.path("instrument")),
                selectors(json.path("selectors")),
                from,
                to);
    }

    private static Command.Instrument instrument(JsonNode json) throws FormException {
        fields(json, 4, Reason.INVALID_INSTRUMENT);
        Command.InstrumentType type;
        try {
            type = Command.InstrumentType.valueOf(text(json, "type", Reason.INVALID_INSTRUMENT));
        } catch (IllegalArgumentException e) {
            throw new FormException(Reason.INVALID_INSTRUMENT);
        }
        if (!type.served()) {
            throw new FormException(Reason.INSTRUMENT_NOT_SUPPORTED);
        }
        return new Command.Instrument(
                type,
                text(json, "reference", Reason.INVALID_INSTRUMENT),
                text(json, "authority", Reason.INVALID_INSTRUMENT),
                text(json, "jurisdiction", Reason.INVALID_INSTRUMENT));
    }

    private static List<Command.Ask> selectors(JsonNode json) throws FormException {
        if (!json.isArray() || json.isEmpty() || json.size() > MAX_SELECTORS) {
            throw new FormException(Reason.INVALID_SELECTORS);
        }
        List<Command.Ask> asks = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (JsonNode item : json) {
            fields(item, 2, Reason.INVALID_SELECTORS);
            SelectorRole role;
            try {
                role = SelectorRole.valueOf(text(item, "role", Reason.INVALID_SELECTORS));
            } catch (IllegalArgumentException e) {
                throw new FormException(Reason.INVALID_SELECTORS);
            }
            String handle = item.path("handle").asText();
            if (!item.path("handle").isTextual() || handle.isBlank() || handle.length() > MAX_HANDLE) {
                throw new FormException(Reason.INVALID_SELECTORS);
            }
            Handle parsed = Handle.parse(handle);
            if (role != SelectorRole.QUERIED && parsed.kind() == HandleKind.OTHER) {
                throw new FormException(Reason.INVALID_HANDLE);
            }
            if (!seen.add(role + parsed.normalised())) {
                throw new FormException(Reason.INVALID_SELECTORS);
            }
            asks.add(new Command.Ask(role, handle));
        }
        return asks;
    }

    /** Every field is required and read by name, so the number of fields tells whether there are others. */
    private static void fields(JsonNode json, int count, Reason otherwise) throws FormException {
        if (!json.isObject() || json.size() != count) {
            throw new FormException(otherwise);
        }
    }

    private static String text(JsonNode json, String field, Reason otherwise) throws FormException {
        JsonNode value = json.path(field);
        if (!value.isTextual() || value.asText().isBlank() || value.asText().length() > MAX_TEXT) {
            throw new FormException(otherwise);
        }
        return value.asText();
    }

    private static UUID uuid(JsonNode json, String field) throws FormException {
        String text = text(json, field, Reason.MALFORMED);
        try {
            UUID uuid = UUID.fromString(text);
            if (uuid.toString().equals(text)) { // UUID.fromString is lenient
                return uuid;
            }
        } catch (IllegalArgumentException e) {
            throw new FormException(Reason.MALFORMED);
        }
        throw new FormException(Reason.MALFORMED);
    }

    private static Instant instant(JsonNode json, String field) {
        Instant instant = Instant.parse(json.path(field).asText());
        if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw new DateTimeException("Not an instant that Lookback knows");
        }
        return instant;
    }

    private static final class FormException extends Exception {
        private static final long serialVersionUID = 1;

        private final Reason reason;

        FormException(Reason reason) {
            super(reason.name());
            this.reason = reason;
        }
    }
}
