package dev.lookback.seal;

import dev.lookback.address.Network;
import dev.lookback.v1.SelectorRole;

/**
 * What a request asks about, in the form that is searched for.
 *
 * @param role the role in which the handle is looked for
 * @param handle normalised; in role SOURCE a network ({@link Network#text})
 */
public record Selector(SelectorRole role, String handle) {
    /** Whether a lookup between these two (normalised) handles, from this address, is in scope. */
    public boolean matches(String requester, String queried, String sourceIp) {
        return switch (role) {
            case REQUESTER -> handle.equals(requester);
            case QUERIED -> handle.equals(queried);
            case EITHER -> handle.equals(requester) || handle.equals(queried);
            case SOURCE -> {
                Network network = Network.parse(handle);
                yield network != null && network.contains(sourceIp);
            }
        };
    }

    /** Personal data stays out of logs: the role alone. */
    @Override
    public String toString() {
        return "Selector[" + role + "]";
    }
}
