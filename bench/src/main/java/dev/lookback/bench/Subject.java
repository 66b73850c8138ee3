package dev.lookback.bench;

import dev.lookback.v1.SelectorRole;
import java.util.Locale;

/**
 * A handle with as many lookups as a search is to find, and the one request about it.
 *
 * @param run which of several alike, from 1
 * @param role of the handle in its lookups: REQUESTER or QUERIED
 * @param atOnce whether the request is approved right after it was submitted, without waiting for its search
 */
public record Subject(Stage stage, int run, SelectorRole role, boolean atOnce) {
    /** An address of nobody, which no other traffic has. */
    String handle() {
        return stage.label() + "-" + role().name().toLowerCase(Locale.ROOT) + "-" + (atOnce ? "at-once-" : "") + run
                + "@example.org";
    }
}
