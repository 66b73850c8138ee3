package dev.lookback.policy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.officers.Signature;
import dev.lookback.seal.Instants;
import dev.lookback.seal.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What an officer signs about retention. Each order has one text, so that what was signed can be said again: JSON without
 * spaces, fields in the order of the record's components after {@code type}, instants in UTC with milliseconds.
 */
public sealed interface PolicyOrder {
    /** Characters of a reason, at most. */
    int MAX_REASON = 500;

    /** When it was signed, by the officer's clock; milliseconds. */
    Instant issuedAt();

    /**
     * Keep the lookups of a class for so long.
     *
     * @param version the one that it will be
     * @param previous {@link PolicyHistory#digest} of the policy that it follows: it fits no other history
     */
    record Change(
            String retentionClass, int version, long durationMillis, String reason, String previous, Instant issuedAt)
            implements PolicyOrder {
        /** Checks what people have written. */
        public Change {
            issuedAt = issuedAt.truncatedTo(ChronoUnit.MILLIS);
            if (reason.isBlank()
                    || reason.length() > MAX_REASON
                    || reason.codePoints().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException(
                        "A reason has 1 to " + MAX_REASON + " characters, none of them a control character");
            }
            if (durationMillis < 1) {
                throw new IllegalArgumentException("A duration is positive");
            }
        }
    }

    /** Yes to a change that another officer has signed. {@code change} is its {@link #digest}. */
    record Approve(String change, Instant issuedAt) implements PolicyOrder {
        /** As precise as it is written. */
        public Approve {
            issuedAt = issuedAt.truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /** The end of a proposed change. {@code change} is its {@link #digest}. */
    record Withdraw(String change, Instant issuedAt) implements PolicyOrder {
        /** As precise as it is written. */
        public Withdraw {
            issuedAt = issuedAt.truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /** The order as an officer signs it: a JWS in compact form. */
    static String sign(PolicyOrder order, String officerId, PrivateKey key) {
        return Signature.sign(text(order), officerId, key);
    }

    /** Names a signed order: SHA-256 (hex) of the JWS. */
    static String digest(String jws) {
        return Sha256.hex(jws.getBytes(StandardCharsets.UTF_8));
    }

    /** The one text of an order. */
    static String text(PolicyOrder order) {
        ObjectNode json = Text.JSON.createObjectNode();
        if (order instanceof Change change) {
            json.put("type", "retention-change")
                    .put("class", change.retentionClass)
                    .put("version", change.version)
                    .put("durationMillis", change.durationMillis)
                    .put("reason", change.reason)
                    .put("previous", change.previous);
        } else if (order instanceof Approve approve) {
            json.put("type", "retention-approve").put("change", approve.change);
        } else if (order instanceof Withdraw withdraw) {
            json.put("type", "retention-withdraw").put("change", withdraw.change);
        }
        json.put("issuedAt", Instants.format(order.issuedAt()));
        try {
            return Text.JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the text of an order.
     *
     * @throws IllegalArgumentException if it is not exactly what {@link #text} writes
     */
    static PolicyOrder read(String text) {
        PolicyOrder order;
        try {
            JsonNode json = Text.JSON.readTree(text);
            Instant issuedAt = Instant.parse(json.path("issuedAt").asText());
            order = switch (json.path("type").asText()) {
                case "retention-change" ->
                    new Change(
                            json.path("class").asText(),
                            json.path("version").asInt(),
                            json.path("durationMillis").asLong(),
                            json.path("reason").asText(),
                            json.path("previous").asText(),
                            issuedAt);
                case "retention-approve" -> new Approve(json.path("change").asText(), issuedAt);
                case "retention-withdraw" -> new Withdraw(json.path("change").asText(), issuedAt);
                default -> throw new IllegalArgumentException("No order about retention");
            };
        } catch (JsonProcessingException | DateTimeException e) {
            throw new IllegalArgumentException("No order about retention", e);
        }
        // One text for one order: no field left out, unknown, doubled or of another type can hide anything.
        if (!text(order).equals(text)) {
            throw new IllegalArgumentException("An order about retention in another form than ours");
        }
        return order;
    }

    /** How texts are written. */
    final class Text {
        private static final ObjectMapper JSON = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .build();

        private Text() {}
    }
}
