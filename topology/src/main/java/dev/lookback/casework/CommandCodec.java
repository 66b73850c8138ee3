package dev.lookback.casework;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import dev.lookback.seal.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.ArrayList;
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

    private static final String SUBMIT = "submit";
    private static final String ESTIMATE = "estimate";
    private static final Set<String> SUBMITS = Set.of(SUBMIT, ESTIMATE);

    /** Characters of a signed command, at most. */
    public static final int MAX_JWS = Signature.MAX_LENGTH;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** What a signed command turned out to be. */
    public sealed interface Reading {}

    /** A command of a valid officer, in good form. */
    public record Good(Officer officer, Command command) implements Reading {}

    /** A submit command of a valid officer that is about a request, but of no valid form. */
    public record Invalid(
            Officer officer, UUID requestId, UUID commandId, Instant issuedAt, boolean estimate, List<Problem> problems)
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
     * @throws IllegalArgumentException if the command would be refused for its form; names the fields
     */
    public static String sign(Command command, String officerId, PrivateKey key) {
        return sign(write(command), officerId, key);
    }

    /** The same of a command in JSON. */
    public static String sign(ObjectNode command, String officerId, PrivateKey key) {
        List<Problem> problems = problems(command);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("The command would be refused: " + problems);
        }
        try {
            return Signature.sign(JSON.writeValueAsString(command), officerId, key);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The command cannot be written", e);
        }
    }

    /** What is wrong with the form of a command in JSON; empty: nothing. */
    public static List<Problem> problems(ObjectNode command) {
        List<Problem> problems = new ArrayList<>();
        read(command, problems);
        return problems;
    }

    /**
     * A submit command in JSON, of valid form.
     *
     * @throws IllegalArgumentException if it has problems, or is another command
     */
    public static Command.Submit submit(ObjectNode command) {
        List<Problem> problems = new ArrayList<>();
        if (read(command, problems) instanceof Command.Submit submit) {
            return submit;
        }
        throw new IllegalArgumentException("No submit command: " + problems);
    }

    /**
     * A paper command in JSON, of valid form.
     *
     * @throws IllegalArgumentException if it has problems, or is another command
     */
    public static Command.Paper paper(ObjectNode command) {
        List<Problem> problems = new ArrayList<>();
        if (read(command, problems) instanceof Command.Paper paper) {
            return paper;
        }
        throw new IllegalArgumentException("No paper command: " + problems);
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
        List<Problem> problems = new ArrayList<>();
        Command command = read(json, problems);
        if (command != null) {
            return new Good(officer, command);
        }
        SubmitForm.Head head = head(new Fields(json, "", new ArrayList<>()));
        String type = json.path("type").asText();
        return head == null || !SUBMITS.contains(type)
                ? new Refused(Reason.MALFORMED, officer)
                : new Invalid(
                        officer, head.requestId(), head.commandId(), head.issuedAt(), type.equals(ESTIMATE), problems);
    }

    private static Reason reason(Signature.Flaw flaw) {
        return switch (flaw) {
            case TOO_LARGE -> Reason.TOO_LARGE;
            case UNKNOWN_OFFICER -> Reason.UNKNOWN_OFFICER;
            case BAD_SIGNATURE -> Reason.BAD_SIGNATURE;
            case OFFICER_NOT_VALID -> Reason.OFFICER_NOT_VALID;
            case KEY_NOT_VALID -> Reason.KEY_NOT_VALID;
        };
    }

    /** A command in JSON. */
    public static ObjectNode write(Command command) {
        ObjectNode json = JSON.createObjectNode();
        json.put("type", type(command));
        json.put("requestId", command.requestId().toString());
        json.put("commandId", command.commandId().toString());
        json.put("issuedAt", command.issuedAt().toString());
        if (command instanceof Command.Submit submit) {
            SubmitForm.write(submit, json);
        } else if (command instanceof Command.Approve approve) {
            json.put("requestSha256", approve.requestSha256());
        } else if (command instanceof Command.Fetch fetch) {
            json.put("manifestSha256", fetch.manifestSha256());
        } else if (command instanceof Command.Paper paper) {
            SubmitForm.write(paper.instrument(), json.putObject("instrument"));
        }
        return json;
    }

    private static String type(Command command) {
        if (command instanceof Command.Submit submit) {
            return submit.estimate() ? ESTIMATE : SUBMIT;
        } else if (command instanceof Command.Approve) {
            return "approve";
        } else if (command instanceof Command.Reject) {
            return "reject";
        } else if (command instanceof Command.Withdraw) {
            return "withdraw";
        } else if (command instanceof Command.Renew) {
            return "renew";
        } else if (command instanceof Command.Paper) {
            return "paper";
        } else if (command instanceof Command.Fetch) {
            return "fetch";
        }
        return "close";
    }

    /** The command, or null with what is wrong. */
    private static @Nullable Command read(JsonNode json, List<Problem> problems) {
        Fields fields = new Fields(json, "", problems);
        String type = fields.text("type", MAX_TEXT);
        SubmitForm.Head head = head(fields);
        if (head == null) {
            return null;
        }
        if (SUBMITS.contains(type)) {
            return SubmitForm.read(fields, head, type.equals(ESTIMATE), problems);
        }
        Command command = simple(type, fields, head);
        fields.end();
        return problems.isEmpty() ? command : null;
    }

    private static SubmitForm.@Nullable Head head(Fields fields) {
        UUID requestId = fields.uuid("requestId");
        UUID commandId = fields.uuid("commandId");
        Instant issuedAt = fields.instant("issuedAt");
        return requestId == null || commandId == null || issuedAt == null
                ? null
                : new SubmitForm.Head(requestId, commandId, issuedAt);
    }

    private static @Nullable Command simple(String type, Fields fields, SubmitForm.Head head) {
        UUID requestId = head.requestId();
        UUID commandId = head.commandId();
        Instant issuedAt = head.issuedAt();
        return switch (type) {
            case "approve" ->
                new Command.Approve(requestId, commandId, issuedAt, fields.text("requestSha256", MAX_TEXT));
            case "reject" -> new Command.Reject(requestId, commandId, issuedAt);
            case "withdraw" -> new Command.Withdraw(requestId, commandId, issuedAt);
            case "close" -> new Command.Close(requestId, commandId, issuedAt);
            case "renew" -> new Command.Renew(requestId, commandId, issuedAt);
            case "fetch" -> new Command.Fetch(requestId, commandId, issuedAt, fields.text("manifestSha256", MAX_TEXT));
            case "paper" -> {
                Command.Instrument paper = SubmitForm.instrument(fields.object("instrument"), false, false);
                yield paper == null ? null : new Command.Paper(requestId, commandId, issuedAt, paper);
            }
            default -> {
                fields.report("type", Problem.Code.NOT_READABLE);
                yield null;
            }
        };
    }
}
