package dev.lookback.config.acls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.Example;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AclPlanTest {
    private static final OwnResources OWN = new OwnResources(Example.config());

    private static AclBinding acl(String type, String pattern, String name, String permission) {
        return new AclBinding(
                new ResourcePattern(ResourceType.valueOf(type), name, PatternType.valueOf(pattern)),
                new AccessControlEntry("User:eve", "*", AclOperation.READ, AclPermissionType.valueOf(permission)));
    }

    private static AclBinding read(String topic) {
        return acl("TOPIC", "LITERAL", topic, "ALLOW");
    }

    @Test
    void creates_what_is_missing_and_deletes_what_nobody_is_to_have() {
        AclPlan plan = AclPlan.between(
                Set.of(read("erasures"), read("lookup-events")),
                List.of(read("erasures"), read("lookups-enriched")),
                OWN);
        assertThat(plan.changes())
                .containsExactly(
                        new AclChange.Create(read("lookup-events")), new AclChange.Delete(read("lookups-enriched")));
        assertThat(plan.changes())
                .extracting(AclChange::toString)
                .containsExactly(
                        "+ User:eve may READ topic lookup-events", "- User:eve may READ topic lookups-enriched");
        assertThat(plan.isEmpty()).isFalse();
    }

    @Test
    void is_empty_when_all_is_as_it_should_be() {
        assertThat(AclPlan.between(Set.of(read("erasures")), List.of(read("erasures"), read("others")), OWN)
                        .isEmpty())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        // Lookback's own
        "TOPIC, LITERAL, lookups-enriched, ALLOW, Delete",
        "TOPIC, LITERAL, lookups-enriched, DENY, Delete",
        "TOPIC, LITERAL, lookback-vault-receipts-changelog, ALLOW, Delete",
        "TOPIC, PREFIXED, lookback-vault-, ALLOW, Delete",
        "TOPIC, PREFIXED, lookback-vault-rece, ALLOW, Delete",
        "GROUP, LITERAL, lookback-casework, ALLOW, Delete",
        "TRANSACTIONAL_ID, PREFIXED, lookback-casework-, ALLOW, Delete",
        "TRANSACTIONAL_ID, LITERAL, lookback-casework-1, ALLOW, Delete",
        // more than Lookback's
        "TOPIC, LITERAL, *, ALLOW, TooWide",
        "TOPIC, PREFIXED, look, ALLOW, TooWide",
        "TOPIC, PREFIXED, lookups-enriched, ALLOW, TooWide",
        "TOPIC, PREFIXED, lookback-, ALLOW, TooWide",
        "GROUP, LITERAL, *, ALLOW, TooWide",
        "GROUP, PREFIXED, lookback-case, ALLOW, TooWide",
        "TRANSACTIONAL_ID, PREFIXED, l, ALLOW, TooWide",
        // lets nobody in
        "TOPIC, LITERAL, *, DENY, none",
        // not Lookback's
        "TOPIC, LITERAL, lookups-enriched-other, ALLOW, none",
        "TOPIC, LITERAL, look, ALLOW, none",
        "TOPIC, PREFIXED, other-, ALLOW, none",
        "GROUP, LITERAL, lookback-casework-2, ALLOW, none",
        "CLUSTER, LITERAL, kafka-cluster, ALLOW, none",
    })
    void leaves_alone_what_is_not_lookbacks(
            String type, String pattern, String name, String permission, String change) {
        AclPlan plan = AclPlan.between(Set.of(), List.of(acl(type, pattern, name, permission)), OWN);
        if (change.equals("none")) {
            assertThat(plan.isEmpty()).isTrue();
        } else {
            assertThat(plan.changes())
                    .singleElement()
                    .satisfies(
                            each -> assertThat(each.getClass().getSimpleName()).isEqualTo(change));
        }
        assertThat(plan.tooWide()).hasSize(change.equals("TooWide") ? 1 : 0);
    }
}
