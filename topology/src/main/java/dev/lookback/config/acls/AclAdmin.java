package dev.lookback.config.acls;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SecurityDisabledException;

/**
 * Plans, applies and checks the ACLs on what is Lookback's. Leaves all others alone.
 *
 * <p>Every method talks to the cluster and throws {@link KafkaException} if that fails: {@link SecurityDisabledException}
 * if the brokers have no authorizer, {@link ClusterAuthorizationException} if this principal may not list (DESCRIBE on the
 * cluster) or change (ALTER) ACLs.
 */
public final class AclAdmin {
    private static final Duration VISIBLE_POLL = Duration.ofMillis(100);
    private static final int VISIBLE_POLLS = 300;

    private final Admin admin;
    private final AclsFile file;

    /** Through an admin client that the caller closes. */
    public AclAdmin(Admin admin, AclsFile file) {
        this.admin = admin;
        this.file = file;
    }

    /** What to change. */
    public AclPlan plan() {
        return AclPlan.between(file.wanted(), new HashSet<>(actual()), file.own());
    }

    /**
     * Carries a plan out, but for what is too wide, and returns when the broker that answers goes by it. First what is
     * missing, so that nobody who has another ACL in place of an old one is shut out meanwhile.
     */
    public void apply(AclPlan plan) {
        Set<AclBinding> created = new HashSet<>(plan.created());
        Set<AclBinding> deleted = new HashSet<>(plan.deleted());
        if (!created.isEmpty()) {
            await(admin.createAcls(created).all());
            awaitVisible(created, Set.of());
        }
        if (!deleted.isEmpty()) {
            List<AclBindingFilter> filters =
                    deleted.stream().map(AclBinding::toFilter).toList();
            await(admin.deleteAcls(filters).all());
            awaitVisible(created, deleted);
        }
    }

    private Collection<AclBinding> actual() {
        return await(admin.describeAcls(AclBindingFilter.ANY).values());
    }

    private void awaitVisible(Set<AclBinding> there, Set<AclBinding> gone) {
        for (int i = 0; i < VISIBLE_POLLS; i++) {
            Set<AclBinding> actual = new HashSet<>(actual());
            if (actual.containsAll(there) && gone.stream().noneMatch(actual::contains)) {
                return;
            }
            try {
                Thread.sleep(VISIBLE_POLL.toMillis());
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }
        throw new KafkaException(
                "ACLs were changed, but the brokers do not go by it yet; look again: lookback acls check");
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }
}
