package dev.lookback.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * That an officer has seen to clocks in doubt. Signed; names each doubt, so it holds for these alone, and needs no clock
 * to tell whether it is new.
 */
public final class Confirmation {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIRMS = "confirms";

    private Confirmation() {}

    /** What became of a signed text. */
    public sealed interface Reading {}

    /** An officer in charge of retention confirms these doubts. */
    public record Good(Officer officer, Set<UUID> doubts, String reason) implements Reading {}

    /** It confirms nothing; says why. */
    public record Bad(String why) implements Reading {}

    /**
     * A confirmation as its officer signs it.
     *
     * @return JWS in compact form
     * @throws IllegalArgumentException if the key cannot sign
     */
    public static String sign(
            Collection<UUID> doubts, String reason, Instant issuedAt, String officerId, PrivateKey key) {
        ObjectNode payload = JSON.createObjectNode();
        doubts.stream().map(UUID::toString).sorted().forEach(payload.putArray(CONFIRMS)::add);
        payload.put("reason", reason);
        payload.put("issuedAt", issuedAt.toString());
        return Signature.sign(payload.toString(), officerId, key);
    }

    /**
     * Reads a confirmation: signature, officer, role, then what it says.
     *
     * @param receivedAt when the broker appended it: the officer must be valid then
     */
    public static Reading read(String jws, Officers officers, Instant receivedAt) {
        Signature.Reading signed = Signature.read(jws, officers, receivedAt);
        if (signed instanceof Signature.Unsound unsound) {
            return new Bad(unsound.flaw().name());
        }
        Signature.Sound sound = (Signature.Sound) signed;
        if (!sound.officer().roles().contains(Officer.Role.RETENTION)) {
            return new Bad("ROLE_MISSING: " + Officer.Role.RETENTION);
        }
        try {
            JsonNode payload = JSON.readTree(sound.text());
            Set<UUID> doubts = new HashSet<>();
            payload.path(CONFIRMS).forEach(each -> doubts.add(UUID.fromString(each.asText())));
            return doubts.isEmpty()
                    ? new Bad("MALFORMED")
                    : new Good(sound.officer(), doubts, payload.path("reason").asText());
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return new Bad("MALFORMED");
        }
    }
}
