package dev.lookback.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.registry.FakeRegistry;
import dev.lookback.registry.InMemorySchemaRegistry;
import dev.lookback.registry.RegistryAdmin;
import dev.lookback.topics.SchemaSet.Change.Incompatible;
import dev.lookback.topics.SchemaSet.Change.Register;
import dev.lookback.topics.SchemaSet.Change.SetLevel;
import dev.lookback.topics.SchemaSet.Plan;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class SchemaSetTest {
    private static final String SUBJECT = "things-value";
    private static final String NOTE = "{\"name\":\"note\",\"type\":[\"null\",\"string\"],\"default\":null}";
    private static final String SIZE = "{\"name\":\"size\",\"type\":\"int\"}";

    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();

    @Test
    void aSubjectForEveryTopicOfAvroValues() {
        Topics topics = new Topics("eu.", Map.of("schema.registry.url", "mock://schema-set"));
        SchemaSet set = new SchemaSet(topics, List.of("default", "brief"));

        assertThat(set.subjects())
                .containsOnlyKeys(
                        "eu.lookup-events-value",
                        "eu.lookup-events-rejected-value",
                        "eu.lookups-enriched-value",
                        "eu.lookups-enriched-brief-value",
                        "eu.expiry-orders-value",
                        "eu.expiry-receipts-value",
                        "eu.erasures-value",
                        "eu.erasure-receipts-value",
                        "eu.retention-policies-value",
                        "eu.clock-checks-value",
                        "eu.search-tasks-value",
                        "eu.preserved-lookups-value",
                        "eu.search-results-value",
                        "eu.legal-requests-value",
                        "eu.legal-request-status-value",
                        "eu.legal-request-extracts-value",
                        "eu.disclosure-audit-value");
        assertThat(set.subjects().values())
                .noneMatch(schema -> schema.toString().contains("avro.java.string"));
    }

    @Test
    void fillsAnEmptyRegistryOnce() {
        Topics topics = new Topics("", Map.of("schema.registry.url", "mock://schema-set"));
        SchemaSet set = new SchemaSet(topics, List.of("default"));
        try (FakeRegistry server = new FakeRegistry()) {
            RegistryAdmin client = RegistryAdmin.of(Map.of("schema.registry.url", server.url()));
            Plan planned = set.plan(client);
            assertThat(planned.changes()).hasSize(2 * set.subjects().size());
            assertThat(server.schemas().subjects()).isEmpty();

            assertThat(set.apply(client)).isEqualTo(planned);

            assertThat(server.schemas().subjects()).isEqualTo(set.subjects().keySet());
            assertThat(set.plan(client).changes()).isEmpty();
            List<String> before = List.copyOf(server.requests());
            set.apply(client);
            assertThat(server.requests()
                            .subList(before.size(), server.requests().size()))
                    .noneMatch(request ->
                            request.startsWith("PUT") || (request.startsWith("POST") && request.endsWith("/versions")));
        }
    }

    @Test
    void saysWhatANewVersionAddsAndDrops() {
        set(SIZE).apply(registry);

        assertThat(set(NOTE).plan(registry).changes())
                .containsExactly(new Register(SUBJECT, 2, List.of("Thing.note"), List.of("Thing.size")));
        set(NOTE).apply(registry);
        assertThat(set(NOTE).plan(registry).changes()).isEmpty();
        assertThat(registry.versions(SUBJECT)).hasSize(2);
    }

    @Test
    void aNewerRegistryIsLeftAlone() {
        set(SIZE).apply(registry);
        set(SIZE + "," + NOTE).apply(registry);
        assertThat(set(SIZE).plan(registry).changes()).isEmpty();
    }

    @Test
    void raisesTheLevel() {
        registry.register(SUBJECT, schema(SIZE));
        registry.setCompatibility(SUBJECT, "BACKWARD");

        assertThat(set(SIZE).plan(registry).changes())
                .containsExactly(new SetLevel(SUBJECT, "BACKWARD", "BACKWARD_TRANSITIVE"));
        set(SIZE).apply(registry);
        assertThat(registry.compatibility(SUBJECT)).contains("BACKWARD_TRANSITIVE");
    }

    @Test
    void namesTheFieldThatCannotBeRead() {
        set(SIZE).apply(registry);
        set(SIZE + "," + NOTE).apply(registry);
        SchemaSet broken = set(NOTE + ","
                + "{\"name\":\"part\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"Part\",\"fields\":[]}],\"default\":null},"
                + "{\"name\":\"colour\",\"type\":\"string\"}");

        Plan plan = broken.apply(registry);

        assertThat(plan.isBlocked()).isTrue();
        assertThat(plan.changes().stream()
                        .filter(Incompatible.class::isInstance)
                        .map(Incompatible.class::cast))
                .extracting(Incompatible::version, Incompatible::field)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, "colour"),
                        org.assertj.core.groups.Tuple.tuple(2, "colour"));
        assertThat(registry.versions(SUBJECT)).hasSize(2);
    }

    @Test
    void namesTheFieldInsideAnotherRecord() {
        String nested =
                "{\"name\":\"part\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"Part\",\"fields\":[%s]}]}";
        set(nested.formatted(SIZE)).apply(registry);

        assertThat(set(nested.formatted("{\"name\":\"size\",\"type\":\"string\"}"))
                        .plan(registry)
                        .changes())
                .anySatisfy(change -> assertThat(change).isInstanceOfSatisfying(Incompatible.class, found -> {
                    assertThat(found.field()).startsWith("part");
                    assertThat(found.reason()).isNotBlank();
                }));
    }

    @Test
    void passesOnWhatTheRegistryRefuses() {
        try (FakeRegistry server = new FakeRegistry()) {
            RegistryAdmin client = RegistryAdmin.of(Map.of("schema.registry.url", server.url()));
            client.setCompatibility(SUBJECT, "BACKWARD_TRANSITIVE");
            SchemaSet set = set(SIZE);
            set.plan(client);
            // level and versions are asked for first; the third request is the registration
            server.failWith(200, "{\"compatibilityLevel\":\"BACKWARD_TRANSITIVE\"}")
                    .failWith(404, "{\"error_code\":40401}")
                    .failWith(409, "{\"error_code\":409,\"message\":\"not while we audit\"}");
            assertThatThrownBy(() -> set.apply(client))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("not while we audit");
        }
    }

    private static SchemaSet set(String fields) {
        return new SchemaSet(Map.of(SUBJECT, schema(fields)));
    }

    private static Schema schema(String fields) {
        return new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"Thing\",\"namespace\":\"t\",\"fields\":[" + fields + "]}");
    }
}
