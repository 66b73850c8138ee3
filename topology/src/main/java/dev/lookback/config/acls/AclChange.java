package dev.lookback.config.acls;

import java.util.Locale;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** One difference between the ACLs that are wanted and those that are there. {@code toString} is for people. */
public sealed interface AclChange {
    /** The ACL. */
    AclBinding acl();

    /** It is missing. */
    record Create(AclBinding acl) implements AclChange {
        @Override
        public String toString() {
            return "+ " + describe(acl);
        }
    }

    /** It is on what is Lookback's, and nobody is to have it. */
    record Delete(AclBinding acl) implements AclChange {
        @Override
        public String toString() {
            return "- " + describe(acl);
        }
    }

    /** It reaches what is Lookback's and more: not Lookback's to delete, and yet it lets somebody in. */
    record TooWide(AclBinding acl) implements AclChange {
        @Override
        public String toString() {
            return "! " + describe(acl) + ": reaches what is Lookback's, too; narrow it";
        }
    }

    private static String describe(AclBinding acl) {
        String from = acl.entry().host().equals(ResourcePattern.WILDCARD_RESOURCE)
                ? ""
                : " from " + acl.entry().host();
        boolean denied = acl.entry().permissionType() == AclPermissionType.DENY;
        return acl.entry().principal() + (denied ? " must not " : " may ")
                + acl.entry().operation() + " " + describe(acl.pattern()) + from;
    }

    private static String describe(ResourcePattern pattern) {
        if (pattern.resourceType() == ResourceType.CLUSTER) {
            return "the cluster";
        }
        String type = pattern.resourceType().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return type + " " + pattern.name() + (pattern.patternType() == PatternType.PREFIXED ? "…" : "");
    }
}
