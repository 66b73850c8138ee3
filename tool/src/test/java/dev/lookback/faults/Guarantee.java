package dev.lookback.faults;

import dev.lookback.e2e.Instance.Holding;
import dev.lookback.e2e.Instance.Slice;
import dev.lookback.v1.RejectedLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A promise that holds whatever happens: looks at what is over, and remembers what is not as it must be. Says so without
 * personal data.
 */
abstract class Guarantee {
    private static final int MAX_EXAMPLES = 10;

    private final List<String> examples = new ArrayList<>();
    private long kept;
    private long broken;

    /** All of a bucket, once nothing can change in it. */
    void bucket(Bucket bucket) {}

    /** A request, sealed, or at the end. */
    void inquiry(Inquiry inquiry, Evidence evidence) {}

    /** More about a request that had been answered. */
    void answeredAgain(UUID request) {}

    /** A reject of a lookup that nothing is wrong with. */
    void stray(RejectedLookup reject) {}

    /** What the vaults of all instances hold, while nothing moves. */
    void vault(Map<Slice, Holding> expected, Map<Slice, Holding> found) {}

    /** What upstream was told had been taken, and what is there. */
    void upstream(long acknowledged, long published) {}

    /** An entry of the audit. */
    void audited(Observation.Audited entry) {}

    /** Lines of output of one process that name somebody. */
    void logs(String process, long lines, List<String> naming) {}

    /**
     * The end.
     *
     * @param unrejected lookups that had to be refused and were not
     * @param invented refusals of what nobody published
     */
    void end(int unrejected, int invented) {}

    final void demand(boolean truth, String otherwise, Object... values) {
        count(truth ? 0 : 1, otherwise, values);
    }

    /** So many are not as they must be. */
    final void count(long wrong, String what, Object... values) {
        if (wrong == 0) {
            kept++;
            return;
        }
        broken += wrong;
        if (examples.size() < MAX_EXAMPLES) {
            examples.add(String.format(what, values));
        }
    }

    final String name() {
        return getClass().getSimpleName();
    }

    /** How often it was looked at and kept. */
    final long kept() {
        return kept;
    }

    final long broken() {
        return broken;
    }

    /** What was wrong, the first few. */
    final List<String> examples() {
        return List.copyOf(examples);
    }
}
