package dev.lookback.seal;

import dev.lookback.v1.SelectorRole;

/**
 * What a request asks about: a handle in a role.
 *
 * @param role the role in which it is looked for
 * @param handle normalised
 */
public record Selector(SelectorRole role, String handle) {
    /** Whether a lookup between these two (normalised) handles is in scope. */
    public boolean matches(String requester, String queried) {
        return switch (role) {
            case REQUESTER -> handle.equals(requester);
            case QUERIED -> handle.equals(queried);
            case EITHER -> handle.equals(requester) || handle.equals(queried);
        };
    }

    /** Personal data stays out of logs: the role alone. */
    @Override
    public String toString() {
        return "Selector[" + role + "]";
    }
}
