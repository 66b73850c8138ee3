package dev.lookback.config.acls;

import static org.apache.kafka.common.acl.AclOperation.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.architecture.Topologies;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.Example;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** deploy/acls.yaml against the topologies, and the files' form. */
class AclsFileTest {
    private static final LookbackConfig CONFIG = config();

    @TempDir
    private static Path directory;

    private static LookbackConfig config(String... more) {
        Map<String, String> settings = Example.settings(
                "topic.prefix", "eu.",
                "retention.classes", "short",
                "retention.class.short.duration", "1h",
                "retention.class.short.calling.codes", "+46");
        settings.putAll(Example.settings(more));
        return LookbackConfig.of(settings);
    }

    // ---- the packed file

    /** What the ticker does for casework beside its topology: it asks where lookups end, and writes that down. */
    private static final Map<String, Set<AclOperation>> TICKER = Map.of(
            "eu.legal-requests", Set.of(WRITE),
            "eu.lookup-events", Set.of(DESCRIBE),
            "eu.lookup-events-rejected", Set.of(DESCRIBE));

    @ParameterizedTest
    @EnumSource(Role.class)
    void a_role_may_do_what_its_topology_does_and_no_more(Role role) throws Exception {
        Map<String, Set<AclOperation>> needed = needed(Topologies.of(CONFIG, role));
        if (role == Role.CASEWORK) {
            TICKER.forEach((topic, operations) ->
                    needed.computeIfAbsent(topic, key -> new TreeSet<>()).addAll(operations));
        }
        assertThat(allowed(role)).isEqualTo(needed);
    }

    @Test
    void a_topology_that_does_more_is_noticed() throws Exception {
        Topology more = Topologies.of(CONFIG, Role.INGEST);
        more.addSink("another-sink", "eu.preserved-lookups", "tombstoning");
        assertThat(needed(more))
                .isNotEqualTo(allowed(Role.INGEST))
                .containsEntry("eu.preserved-lookups", Set.of(WRITE));
    }

    private static Map<String, Set<AclOperation>> needed(Topology topology) {
        Map<String, Set<AclOperation>> needed = new TreeMap<>();
        TopologyDescription description = topology.describe();
        for (TopologyDescription.Subtopology each : description.subtopologies()) {
            each.nodes().forEach(node -> {
                if (node instanceof TopologyDescription.Source source) {
                    source.topicSet().forEach(topic -> add(needed, topic, READ));
                } else if (node instanceof TopologyDescription.Sink sink) {
                    add(needed, sink.topic(), WRITE);
                }
            });
        }
        for (TopologyDescription.GlobalStore each : description.globalStores()) {
            each.source().topicSet().forEach(topic -> add(needed, topic, READ));
        }
        return needed;
    }

    private static void add(Map<String, Set<AclOperation>> to, String topic, AclOperation operation) {
        to.computeIfAbsent(topic, key -> new TreeSet<>()).add(operation);
    }

    private static Map<String, Set<AclOperation>> allowed(Role role) {
        Map<String, Set<AclOperation>> allowed = new TreeMap<>();
        bindings(role).stream()
                .filter(each -> each.pattern().resourceType() == ResourceType.TOPIC)
                .filter(each -> each.pattern().patternType() == PatternType.LITERAL)
                .forEach(
                        each -> add(allowed, each.pattern().name(), each.entry().operation()));
        return allowed;
    }

    private static Set<AclBinding> bindings(Role role) {
        return AclsFile.bindings(aclRole(role.label()), "User:x");
    }

    private static AclRole aclRole(String name) {
        return AclsFile.load(CONFIG).roles().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void an_application_has_its_own_group_and_what_kafka_streams_makes_for_it(Role role) throws Exception {
        String id = CONFIG.applicationId(role);
        Set<String> expected = new TreeSet<>(Set.of("GROUP LITERAL " + id + " READ"));
        boolean hasStores = Topologies.of(CONFIG, role).describe().subtopologies().stream()
                .flatMap(each -> each.nodes().stream())
                .anyMatch(node -> node instanceof TopologyDescription.Processor processor
                        && !processor.stores().isEmpty());
        if (hasStores) {
            for (AclOperation each : Set.of(CREATE, READ, WRITE)) {
                expected.add("TOPIC PREFIXED " + id + "- " + each);
            }
        }
        if (ClientSettings.streams(CONFIG, role).get("processing.guarantee").equals("exactly_once_v2")) {
            expected.add("TRANSACTIONAL_ID PREFIXED " + id + "- WRITE");
        }
        Set<String> own = new TreeSet<>();
        for (AclBinding each : bindings(role)) {
            ResourcePattern pattern = each.pattern();
            if (pattern.resourceType() != ResourceType.TOPIC || pattern.patternType() != PatternType.LITERAL) {
                own.add(pattern.resourceType() + " " + pattern.patternType() + " " + pattern.name() + " "
                        + each.entry().operation());
            }
        }
        assertThat(own).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eu.lookup-events|WRITE|publisher",
                "eu.lookup-events|READ|ingest",
                "eu.lookups-enriched|WRITE|ingest",
                "eu.lookups-enriched-short|WRITE|ingest",
                "eu.lookups-enriched|READ|vault,retention-auditor",
                "eu.lookups-enriched-short|READ|vault,retention-auditor",
                "eu.preserved-lookups|READ|casework",
                "eu.preserved-lookups|WRITE|vault,casework",
                "eu.search-tasks|READ|vault",
                "eu.lookup-events-rejected|READ|reject-reader",
                "eu.legal-request-extracts|READ|compliance",
                "eu.legal-request-extracts|WRITE|casework",
                "eu.legal-requests|READ|casework,compliance",
                "eu.legal-requests|WRITE|casework,compliance",
                "eu.disclosure-audit|READ|compliance,auditor",
                "eu.disclosure-audit|WRITE|casework",
                "eu.retention-policies|WRITE|process,retention-officer",
                "eu.erasures|WRITE|erasure-officer",
                "eu.expiry-receipts|WRITE|vault",
                "eu.erasure-receipts|WRITE|vault",
                "eu.expiry-orders|WRITE|vault",
            })
    void nobody_else_may(String topic, AclOperation operation, String roles) {
        assertThat(rolesWith(each ->
                        each.pattern().name().equals(topic) && each.entry().operation() == operation))
                .containsExactlyInAnyOrder(roles.split(","));
    }

    @Test
    void nobody_may_delete_topics_or_records_nor_change_acls() {
        assertThat(rolesWith(each -> each.entry().operation() == DELETE)).isEmpty();
        assertThat(rolesWith(each -> each.pattern().resourceType() == ResourceType.CLUSTER
                        && !Set.of(DESCRIBE, DESCRIBE_CONFIGS)
                                .contains(each.entry().operation())))
                .isEmpty();
        assertThat(rolesWith(each -> Set.of(CREATE, ALTER).contains(each.entry().operation())
                        && each.pattern().patternType() == PatternType.LITERAL))
                .containsExactly("admin");
    }

    private static Set<String> rolesWith(Predicate<AclBinding> found) {
        return AclsFile.load(CONFIG).roles().stream()
                .filter(role -> AclsFile.bindings(role, "User:x").stream().anyMatch(found))
                .map(AclRole::name)
                .collect(Collectors.toSet());
    }

    // ---- one's own file

    private static AclsFile own(String yaml, String... more) throws IOException {
        Path file = Files.createTempFile(directory, "acls", ".yaml");
        Files.writeString(file, yaml);
        String[] settings = Arrays.copyOf(more, more.length + 2);
        settings[more.length] = LookbackConfig.ACLS_FILE;
        settings[more.length + 1] = file.toString();
        return AclsFile.load(config(settings));
    }

    @Test
    void principals_have_the_roles_that_ones_own_file_gives_them() throws IOException {
        AclsFile file = own("""
                principals:
                  publisher: [User:routing, "User:CN=check-in,O=Example"]
                  ingest: [User:lookback]
                  vault: [User:lookback]
                """);
        Set<String> principals =
                file.wanted().stream().map(each -> each.entry().principal()).collect(Collectors.toSet());
        assertThat(principals).containsExactlyInAnyOrder("User:routing", "User:CN=check-in,O=Example", "User:lookback");
        assertThat(file.wanted())
                .filteredOn(each -> each.pattern().name().equals("eu.lookup-events"))
                .extracting(
                        each -> each.entry().principal() + " " + each.entry().operation())
                .containsExactlyInAnyOrder(
                        "User:routing WRITE", "User:CN=check-in,O=Example WRITE", "User:lookback READ");
        assertThat(file.wanted())
                .as("what two roles of one principal allow is one ACL")
                .filteredOn(each -> each.pattern().name().equals("eu.erasures"))
                .hasSize(1);
        assertThat(file.unassigned()).contains("casework", "admin").doesNotContain("publisher", "ingest", "vault");
    }

    @Test
    void others_get_what_they_need_from_a_role_of_ones_own() throws IOException {
        AclsFile file = own("""
                roles:
                  statistics:
                    about: Counts receipts.
                    topics:
                      expiry-receipts: {allow: [READ], why: counts}
                principals:
                  statistics: [User:statistics]
                """);
        assertThat(file.wanted()).singleElement().satisfies(each -> {
            assertThat(each.pattern().name()).isEqualTo("eu.expiry-receipts");
            assertThat(each.entry().principal()).isEqualTo("User:statistics");
        });
    }

    @Test
    void without_a_file_nobody_is_meant() {
        AclsFile file = AclsFile.load(CONFIG);
        assertThat(file.roles()).isNotEmpty();
        assertThatThrownBy(file::wanted).isInstanceOf(ConfigException.class).hasMessageContaining("acls.file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "roles: {}|principals is missing",
                "principals: {publishers: [User:a]}|publishers is no role; there are [publisher,",
                "principals: {publisher: [routing]}|publisher has routing: a principal is written User:name",
                "principals: {publisher: ['User:*']}|publisher has User:*: a principal is written",
                "principals: {publisher: User:a}|publisher must hold a list",
                "principal: {}|the file has principal; known there: [roles, principals]",
                "roles: {publisher: {about: x}}|publisher is a role of Lookback's; yours needs another name",
                "roles: {a: {about: x, topics: {lookup-event: {allow: [READ], why: x}}}}|lookup-event is no topic",
                "roles: {a: {about: x, topics: {erasures: {allow: [READS], why: x}}}}|erasures allows READS; known there",
                "roles: {a: {about: x, topics: {erasures: {allow: [ALL], why: x}}}}|erasures allows ALL; known there",
                "roles: {a: {about: x, topics: {erasures: {allow: [READ]}}}}|why is missing",
                "roles: {a: {about: x, cluster: {allow: [ALTER], why: x}}}|the cluster allows ALTER; known there",
                "roles: {a: {about: x, application: {of: b}}}|b is no application",
                "roles: {a: {about: x, hosts: []}}|a has hosts; known there",
                "'[x'|line 1",
            })
    void what_is_wrong_with_it_is_said(String yaml, String message) {
        assertThatThrownBy(() -> own(yaml))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("acls.file=")
                .hasMessageContaining(message);
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        assertThatThrownBy(() -> AclsFile.load(config(LookbackConfig.ACLS_FILE, "/no/such/file")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("/no/such/file");
    }

    @Test
    void topics_that_internal_topics_cannot_be_told_from_are_refused() {
        assertThatThrownBy(() -> AclsFile.load(config("topic.prefix", "lookback-vault-")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("topic.prefix", "application.id.prefix");
    }
}
