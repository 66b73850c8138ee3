package dev.lookback.erasure;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.handle.Tokens;
import dev.lookback.officers.Officer;
import dev.lookback.officers.Officers;
import dev.lookback.officers.Signature;
import dev.lookback.v1.Erasure;
import dev.lookback.v1.SelectorRole;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** How an erasure is signed, and when its signature is worth something. */
public final class SignedErasure {
    /** Characters of a reason, at most. */
    public static final int MAX_REASON = 500;

    /** A record appended later than this after it was signed changes nothing: somebody may be repeating an old one. */
    public static final Duration MAX_AGE = Duration.ofDays(1);

    /** Officers' clocks may be ahead of the brokers' by this much. */
    public static final Duration MAX_AHEAD = Duration.ofMinutes(5);

    private static final ObjectMapper JSON = new ObjectMapper();

    private SignedErasure() {}

    /** What a record on erasures turned out to be. */
    public sealed interface Reading {}

    /** An order of an officer who may give it. */
    public record Sound(Officer officer) implements Reading {}

    /** It changes nothing. */
    public record Unsound(Flaw flaw) implements Reading {}

    /** Why a record changes nothing. */
    public enum Flaw {
        /**
         * Its id is no UUID in lower case, its reason is empty or longer than {@link #MAX_REASON}, or its role is one in
         * which there is no handle.
         */
        MALFORMED,
        /** Not signed by a registered officer who was valid then. */
        NOT_SIGNED,
        /** The officer lacks the role ERASURE. */
        ROLE_MISSING,
        /** The signature is over another content than the record's. */
        OTHER_CONTENT,
        /** Appended more than {@link #MAX_AGE} after, or {@link #MAX_AHEAD} before, it was signed. */
        STALE
    }

    /**
     * Signs an order.
     *
     * @param token of the normalised handle
     * @param reason 1 to {@link #MAX_REASON} characters that name nobody
     * @param role in which the handle is erased; not SOURCE, in which there is none
     * @throws IllegalArgumentException if the reason is not that long, the role is SOURCE, or the key cannot sign
     */
    public static Erasure sign(
            UUID id,
            long token,
            SelectorRole role,
            String reason,
            Instant orderedAt,
            String officerId,
            PrivateKey key) {
        Erasure erasure = Erasure.newBuilder()
                .setId(id.toString())
                .setToken(token)
                .setRole(role)
                .setReason(reason)
                .setOrderedAt(Instant.ofEpochMilli(orderedAt.toEpochMilli())) // as precise as it is stored
                .setSignature("")
                .build();
        if (!isWellFormed(erasure)) {
            throw new IllegalArgumentException(
                    "A reason has 1 to " + MAX_REASON + " characters, and what is erased is a handle's lookups");
        }
        erasure.setSignature(Signature.sign(content(erasure), officerId, key));
        return erasure;
    }

    /**
     * Reads an order.
     *
     * @param appendedAt the broker's append time of the record
     */
    public static Reading read(Erasure erasure, Officers officers, Instant appendedAt) {
        if (!isWellFormed(erasure)) {
            return new Unsound(Flaw.MALFORMED);
        }
        if (!(Signature.read(erasure.getSignature(), officers, appendedAt) instanceof Signature.Sound signed)) {
            return new Unsound(Flaw.NOT_SIGNED);
        }
        if (!signed.officer().roles().contains(Officer.Role.ERASURE)) {
            return new Unsound(Flaw.ROLE_MISSING);
        }
        if (!signed.text().equals(content(erasure))) {
            return new Unsound(Flaw.OTHER_CONTENT);
        }
        boolean isFresh = !appendedAt.isAfter(erasure.getOrderedAt().plus(MAX_AGE))
                && !appendedAt.isBefore(erasure.getOrderedAt().minus(MAX_AHEAD));
        return isFresh ? new Sound(signed.officer()) : new Unsound(Flaw.STALE);
    }

    private static boolean isWellFormed(Erasure erasure) {
        String reason = erasure.getReason();
        // Behind one address are many people, and the one who demands it is not known to have been any of them.
        if (erasure.getRole() == SelectorRole.SOURCE) {
            return false;
        }
        try {
            return UUID.fromString(erasure.getId()).toString().equals(erasure.getId())
                    && !reason.isBlank()
                    && reason.length() <= MAX_REASON;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** What is signed: every field but the signature, in one form alone. */
    private static String content(Erasure erasure) {
        return JSON.createObjectNode()
                .put("erasure", erasure.getId())
                .put("token", Tokens.format(erasure.getToken()))
                .put("role", erasure.getRole().name())
                .put("reason", erasure.getReason())
                .put("orderedAt", erasure.getOrderedAt().toString())
                .toString();
    }
}
