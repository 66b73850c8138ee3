package dev.lookback.tool;

import dev.lookback.config.acls.AclRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;

/** What principals asked a broker for and were allowed, from its authorizer's log. */
final class UsedGrants {
    private static final Pattern ALLOWED = Pattern.compile(
            "Principal = (\\S+) is Allowed operation = (\\S+) from host = \\S+ on resource = ([^:]+):LITERAL:(\\S+) for ");

    private final Set<Use> used = new HashSet<>();

    private record Use(String principal, AclOperation operation, ResourceType type, String name) {}

    /** Reads the log. */
    UsedGrants(Path brokerLog) throws IOException {
        try (Stream<String> lines = Files.lines(brokerLog)) {
            lines.map(ALLOWED::matcher)
                    .filter(Matcher::find)
                    .map(found -> new Use(
                            found.group(1),
                            AclOperation.valueOf(found.group(2)),
                            SecurityUtils.resourceType(found.group(3)),
                            found.group(4)))
                    .forEach(used::add);
        }
    }

    /** What roles allow and nobody who has them asked for: {@code role operation on}. */
    List<String> unused(List<AclRole> roles, UnaryOperator<String> principals) {
        List<String> unused = new ArrayList<>();
        for (AclRole role : roles) {
            for (AclRole.Grant grant : role.grants()) {
                for (AclOperation operation : grant.operations()) {
                    if (grant.patterns().stream()
                            .noneMatch(each -> isUsed(principals.apply(role.name()), operation, each))) {
                        unused.add(role.name() + " " + operation + " " + grant.on());
                    }
                }
            }
        }
        return unused;
    }

    private boolean isUsed(String principal, AclOperation operation, ResourcePattern pattern) {
        boolean prefixed = pattern.patternType() == PatternType.PREFIXED;
        return used.stream()
                .anyMatch(each -> each.principal.equals(principal)
                        && each.operation == operation
                        && each.type == pattern.resourceType()
                        && (prefixed ? each.name.startsWith(pattern.name()) : each.name.equals(pattern.name())));
    }
}
