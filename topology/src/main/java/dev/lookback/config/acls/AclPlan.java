package dev.lookback.config.acls;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclPermissionType;

/**
 * What it takes to make a cluster's ACLs as they are wanted. Empty when they are.
 *
 * @param changes what is missing, then what is too many, then what is too wide; each by principal and resource
 */
public record AclPlan(List<AclChange> changes) {
    private static final Comparator<AclBinding> ORDER = Comparator.<AclBinding, String>comparing(
                    each -> each.entry().principal())
            .thenComparing(each -> each.pattern().resourceType())
            .thenComparing(each -> each.pattern().name())
            .thenComparing(each -> each.entry().operation());

    /** Copies the changes. */
    public AclPlan {
        changes = List.copyOf(changes);
    }

    /** Whether there is nothing to do. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** What is not Lookback's to delete, and lets somebody in. */
    public List<AclChange> tooWide() {
        return changes.stream().filter(AclChange.TooWide.class::isInstance).toList();
    }

    List<AclBinding> created() {
        return changes.stream()
                .filter(AclChange.Create.class::isInstance)
                .map(AclChange::acl)
                .toList();
    }

    List<AclBinding> deleted() {
        return changes.stream()
                .filter(AclChange.Delete.class::isInstance)
                .map(AclChange::acl)
                .toList();
    }

    /** The way from the ACLs that are there to those that are wanted. Those of others are left alone. */
    static AclPlan between(Set<AclBinding> wanted, Collection<AclBinding> actual, OwnResources own) {
        List<AclChange> changes = new ArrayList<>();
        wanted.stream()
                .filter(each -> !actual.contains(each))
                .sorted(ORDER)
                .map(AclChange.Create::new)
                .forEach(changes::add);
        List<AclBinding> others = actual.stream()
                .filter(each -> !wanted.contains(each))
                .sorted(ORDER)
                .toList();
        others.stream()
                .filter(each -> own.includes(each.pattern()))
                .map(AclChange.Delete::new)
                .forEach(changes::add);
        others.stream()
                .filter(each -> !own.includes(each.pattern()) && own.isReachedBy(each.pattern()))
                .filter(each -> each.entry().permissionType() == AclPermissionType.ALLOW)
                .map(AclChange.TooWide::new)
                .forEach(changes::add);
        return new AclPlan(changes);
    }
}
