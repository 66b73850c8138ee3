package dev.lookback.officers;

import java.security.PublicKey;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may sign commands, and with which key. An officer who gets another key has an entry for each.
 *
 * @param id the {@code kid} of the officer's signatures: 1 to 64 letters, digits, dots, hyphens
 * @param roles what the officer may do
 * @param key Ed25519 public key
 * @param validFrom commands received before this instant are refused; null: none is too early
 * @param validUntil commands received at or after this instant are refused; null: none is too late
 */
public record Officer(
        String id,
        Set<Role> roles,
        PublicKey key,
        @Nullable Instant validFrom,
        @Nullable Instant validUntil) {
    /** What an officer may do. */
    public enum Role {
        /** Submits, withdraws and closes requests. */
        INTAKE,
        /** Approves and rejects requests of others, and closes them. */
        APPROVER,
        /** Changes how long lookups are kept, and confirms clocks. */
        RETENTION,
        /** Orders what is known of a handle to be erased. */
        ERASURE,
        /** Reads. Signs no command. */
        AUDITOR
    }

    /** Copies the roles and checks the id. */
    public Officer {
        roles = Set.copyOf(roles);
        if (!id.matches("[A-Za-z0-9.-]{1,64}")) {
            throw new IllegalArgumentException("An officer's id has 1 to 64 letters, digits, dots and hyphens");
        }
    }

    /** Whether there is an instant at which both are valid. */
    boolean overlaps(Officer other) {
        return startsBeforeEndOf(other) && other.startsBeforeEndOf(this);
    }

    private boolean startsBeforeEndOf(Officer other) {
        return validFrom == null || other.validUntil == null || validFrom.isBefore(other.validUntil);
    }

    /** Whether the officer may sign at an instant. */
    public boolean validAt(Instant instant) {
        return (validFrom == null || !instant.isBefore(validFrom))
                && (validUntil == null || instant.isBefore(validUntil));
    }
}
