package dev.lookback.config.acls;

import java.util.List;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourcePattern;

/**
 * What somebody needs on the brokers.
 *
 * @param name as in acls.yaml
 * @param about who has it, for people
 * @param grants in the order of the file
 */
public record AclRole(String name, String about, List<Grant> grants) {
    /** Copies the grants. */
    public AclRole {
        grants = List.copyOf(grants);
    }

    /**
     * Operations that are allowed.
     *
     * @param on what on, as acls.yaml says it: a topic's name without prefix, say
     * @param patterns the same as the brokers know it: one for each ledger of {@code lookups-enriched}
     * @param operations allowed; some bring others with them ({@code READ} brings {@code DESCRIBE})
     * @param why the reason, for people
     */
    public record Grant(String on, List<ResourcePattern> patterns, Set<AclOperation> operations, String why) {
        /** Copies the collections. */
        public Grant {
            patterns = List.copyOf(patterns);
            operations = Set.copyOf(operations);
        }
    }
}
