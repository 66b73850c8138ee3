package dev.lookback.disclosure;

import java.util.List;

/** A text is no disclosure policy. */
public final class InvalidPolicyException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    InvalidPolicyException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong with it, one line each: the field, and what is allowed. */
    public List<String> problems() {
        return problems;
    }
}
