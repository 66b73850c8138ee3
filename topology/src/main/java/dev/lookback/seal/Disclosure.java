package dev.lookback.seal;

import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What the lines of one extract show.
 *
 * @param terms what is withheld
 * @param named requesters (normalised) whom a selector names as such: never pseudonymised
 * @param addressesAsked whether a selector asks about source addresses: then these are shown of everyone
 * @param pseudonym of a requester (normalised) who is not named
 */
public record Disclosure(
        Manifest.Disclosed terms, Set<String> named, boolean addressesAsked, UnaryOperator<String> pseudonym) {
    /** Everything. */
    public static final Disclosure WHOLE =
            new Disclosure(new Manifest.Disclosed(true, true, true, false), Set.of(), false, UnaryOperator.identity());

    /** Copies the set. */
    public Disclosure {
        named = Set.copyOf(named);
    }

    boolean hides(String requester) {
        return terms.othersPseudonymised() && !named.contains(requester);
    }

    /** Handles stay out of logs. */
    @Override
    public String toString() {
        return "Disclosure[" + terms + "]";
    }
}
