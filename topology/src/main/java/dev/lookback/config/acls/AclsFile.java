package dev.lookback.config.acls;

import dev.lookback.config.LookbackConfig;
import dev.lookback.config.NarrowYaml;
import dev.lookback.config.Role;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what on the brokers: the roles of acls.yaml ({@code deploy/acls.yaml}, packed in), and the principals that
 * have them, from the file that {@code acls.file} names, with whatever roles that file adds.
 */
public final class AclsFile {
    private static final String PACKED = "acls.yaml";
    private static final String EVERY_TOPIC = "*";
    private static final String ANY_HOST = "*";
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final int MOST_LEVELS = 8;

    private static final Set<AclOperation> OF_TOPICS = EnumSet.of(
            AclOperation.READ,
            AclOperation.WRITE,
            AclOperation.CREATE,
            AclOperation.DELETE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS);
    private static final Set<AclOperation> OF_GROUPS =
            EnumSet.of(AclOperation.READ, AclOperation.DESCRIBE, AclOperation.DELETE);
    private static final Set<AclOperation> OF_TRANSACTIONAL_IDS = EnumSet.of(AclOperation.WRITE, AclOperation.DESCRIBE);
    private static final Set<AclOperation> OF_CLUSTERS =
            EnumSet.of(AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS);

    private final OwnResources own;
    private final Map<String, AclRole> roles = new LinkedHashMap<>();
    private final Map<String, List<String>> principals = new LinkedHashMap<>();
    private final boolean hasPrincipals;

    private AclsFile(LookbackConfig config) throws IOException {
        this.own = new OwnResources(config);
        new Reading(PACKED, packed()).addRoles();
        Optional<Path> file = config.file(LookbackConfig.ACLS_FILE);
        this.hasPrincipals = file.isPresent();
        if (file.isPresent()) {
            Reading reading = new Reading(
                    LookbackConfig.ACLS_FILE + "=" + file.get(), Files.readString(file.get(), StandardCharsets.UTF_8));
            reading.addRoles();
            reading.addPrincipals();
        }
    }

    /**
     * Reads both files; without {@code acls.file} the packed one alone, and no principal has a role.
     *
     * @throws ConfigException if one cannot be read or is not of this form; names the place
     */
    public static AclsFile load(LookbackConfig config) {
        try {
            return new AclsFile(config);
        } catch (IOException e) {
            throw new ConfigException("ACLs: no readable file: " + e);
        }
    }

    /** All roles, Lookback's own first. */
    public List<AclRole> roles() {
        return List.copyOf(roles.values());
    }

    /** Who has a role: {@code User:…} each. */
    public List<String> principals(String role) {
        return principals.getOrDefault(role, List.of());
    }

    /** Roles that nobody has. */
    public List<String> unassigned() {
        return roles.keySet().stream()
                .filter(each -> principals(each).isEmpty())
                .toList();
    }

    /**
     * All ACLs as they should be.
     *
     * @throws ConfigException without {@code acls.file}
     */
    public Set<AclBinding> wanted() {
        if (!hasPrincipals) {
            throw new ConfigException(LookbackConfig.ACLS_FILE + " is missing: it must name a file that says which"
                    + " principals have which role (docs/SECURITY.md)");
        }
        Set<AclBinding> wanted = new LinkedHashSet<>();
        for (AclRole role : roles.values()) {
            for (String principal : principals(role.name())) {
                wanted.addAll(bindings(role, principal));
            }
        }
        return wanted;
    }

    /** What a principal is allowed by a role. */
    public static Set<AclBinding> bindings(AclRole role, String principal) {
        Set<AclBinding> bindings = new LinkedHashSet<>();
        for (AclRole.Grant grant : role.grants()) {
            for (ResourcePattern pattern : grant.patterns()) {
                grant.operations().stream()
                        .sorted()
                        .map(each -> new AccessControlEntry(principal, ANY_HOST, each, AclPermissionType.ALLOW))
                        .forEach(each -> bindings.add(new AclBinding(pattern, each)));
            }
        }
        return bindings;
    }

    OwnResources own() {
        return own;
    }

    private static String packed() throws IOException {
        try (InputStream in = AclsFile.class.getResourceAsStream(PACKED)) {
            if (in == null) {
                throw new FileNotFoundException(PACKED + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** One file. */
    private final class Reading {
        private final String source;
        private final Map<String, Object> root;

        Reading(String source, String text) {
            this.source = source;
            try {
                this.root = map(NarrowYaml.load(text, MOST_CHARACTERS, MOST_LEVELS), "the file");
            } catch (NarrowYaml.NotYamlException e) {
                throw new ConfigException(source + ", line " + e.line() + ": " + e.getMessage());
            }
            only(root, "the file", "roles", "principals");
        }

        void addRoles() {
            child(root, "roles").forEach((name, value) -> {
                if (roles.containsKey(name)) {
                    throw wrong(name, "is a role of Lookback's; yours needs another name");
                }
                roles.put(name, role(name, map(value, name)));
            });
        }

        void addPrincipals() {
            if (!root.containsKey("principals")) {
                throw wrong("principals", "is missing: without it nobody would be allowed anything");
            }
            child(root, "principals").forEach((role, value) -> {
                if (!roles.containsKey(role)) {
                    throw wrong(role, "is no role; there are " + roles.keySet());
                }
                List<String> names = list(value, role);
                for (String each : names) {
                    if (!each.matches("[A-Za-z]+:.+") || each.equals("User:*")) {
                        throw wrong(role, "has " + each + ": a principal is written User:name, and means one");
                    }
                }
                principals.put(role, names);
            });
        }

        private AclRole role(String name, Map<String, Object> role) {
            only(role, name, "about", "cluster", "topics", "application");
            List<AclRole.Grant> grants = new ArrayList<>();
            if (role.containsKey("cluster")) {
                grants.add(grant("the cluster", List.of(cluster()), role.get("cluster"), OF_CLUSTERS));
            }
            child(role, "topics").forEach((topic, value) -> {
                List<ResourcePattern> patterns = topics(topic);
                grants.add(grant(topic, patterns, value, OF_TOPICS));
            });
            addApplication(grants, child(role, "application"));
            return new AclRole(name, text(role, "about"), grants);
        }

        private void addApplication(List<AclRole.Grant> grants, Map<String, Object> application) {
            if (application.isEmpty()) {
                return;
            }
            only(application, "application", "of", "group", "internalTopics", "transactionalIds");
            String label = text(application, "of");
            Role role = Arrays.stream(Role.values())
                    .filter(each -> each.label().equals(label))
                    .findFirst()
                    .orElseThrow(() -> wrong(label, "is no application; allowed: ingest, vault, casework"));
            Map<String, Function<Role, ResourcePattern>> kinds = new LinkedHashMap<>();
            kinds.put("group", own::group);
            kinds.put("internalTopics", own::internalTopics);
            kinds.put("transactionalIds", own::transactionalIds);
            Map<String, Set<AclOperation>> operations =
                    Map.of("group", OF_GROUPS, "internalTopics", OF_TOPICS, "transactionalIds", OF_TRANSACTIONAL_IDS);
            kinds.forEach((kind, pattern) -> {
                if (application.containsKey(kind)) {
                    grants.add(grant(
                            kind,
                            List.of(pattern.apply(role)),
                            application.get(kind),
                            Objects.requireNonNull(operations.get(kind))));
                }
            });
        }

        private AclRole.Grant grant(
                String on, List<ResourcePattern> patterns, @Nullable Object value, Set<AclOperation> known) {
            Map<String, Object> grant = map(value, on);
            only(grant, on, "allow", "why");
            Set<AclOperation> operations = EnumSet.noneOf(AclOperation.class);
            for (String each : list(grant.get("allow"), on)) {
                operations.add(known.stream()
                        .filter(operation -> operation.name().equals(each))
                        .findFirst()
                        .orElseThrow(() -> wrong(on, "allows " + each + "; known there: " + known)));
            }
            return new AclRole.Grant(on, patterns, operations, text(grant, "why"));
        }

        private List<ResourcePattern> topics(String name) {
            List<String> found =
                    name.equals(EVERY_TOPIC) ? own.allTopics() : own.topics().get(name);
            if (found == null) {
                throw wrong(
                        name,
                        "is no topic of Lookback's; there are " + own.topics().keySet());
            }
            return found.stream()
                    .map(each -> new ResourcePattern(ResourceType.TOPIC, each, PatternType.LITERAL))
                    .toList();
        }

        private ResourcePattern cluster() {
            return new ResourcePattern(ResourceType.CLUSTER, Resource.CLUSTER_NAME, PatternType.LITERAL);
        }

        private Map<String, Object> child(Map<String, Object> from, String name) {
            Object value = from.get(name);
            return value == null ? Map.of() : map(value, name);
        }

        private String text(Map<String, Object> from, String name) {
            if (from.get(name) instanceof String text && !text.isBlank()) {
                return text;
            }
            throw wrong(name, "is missing from " + from.keySet());
        }

        private Map<String, Object> map(@Nullable Object value, String where) {
            if (!(value instanceof Map<?, ?> entries)) {
                throw wrong(where, "must hold names and values");
            }
            Map<String, Object> map = new LinkedHashMap<>();
            entries.forEach((name, each) -> map.put(name.toString(), each));
            return map;
        }

        private List<String> list(@Nullable Object value, String where) {
            if (!(value instanceof List<?> items) || items.isEmpty()) {
                throw wrong(where, "must hold a list: [a, b]");
            }
            return items.stream().map(Object::toString).toList();
        }

        private void only(Map<String, Object> map, String where, String... known) {
            map.keySet().stream()
                    .filter(each -> !List.of(known).contains(each))
                    .findFirst()
                    .ifPresent(each -> {
                        throw wrong(where, "has " + each + "; known there: " + List.of(known));
                    });
        }

        private ConfigException wrong(String where, String what) {
            return new ConfigException(source + ": " + where + " " + what);
        }
    }
}
