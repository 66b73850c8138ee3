package dev.lookback.erasure;

import dev.lookback.handle.Tokens;
import dev.lookback.v1.SelectorRole;

/**
 * What one erasure covers: lookups of a handle in a role that occurred up to an instant.
 *
 * @param id UUID of the erasure
 * @param token of the handle
 * @param role in which the handle's lookups are covered
 * @param instant the broker's append time of the erasure, milliseconds since the epoch
 */
public record Barrier(String id, long token, SelectorRole role, long instant) {
    /** Whether it covers lookups that a handle made. */
    public boolean coversRequesters() {
        return role != SelectorRole.QUERIED;
    }

    /** Whether it covers lookups about a handle: these show in a lookup's value alone, not in its key. */
    public boolean coversQueried() {
        return role != SelectorRole.REQUESTER;
    }

    /** Ids and tokens alone. */
    @Override
    public String toString() {
        return "Barrier[" + id + ", " + Tokens.format(token) + ", " + role + ", " + instant + "]";
    }
}
