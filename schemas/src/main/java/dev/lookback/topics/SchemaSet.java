package dev.lookback.topics;

import dev.lookback.registry.RegistryAdmin;
import dev.lookback.serde.WireFormat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Which subject of the registry holds which schema, and what a registry lacks of it. Every subject is
 * {@value #LEVEL}: each schema reads what was written with any before it.
 *
 * <p>Compatibility is checked here, against every registered version, by Avro's own rules: so the answer is the same
 * before a level was ever set, whatever the registry, and names the field. When a version is registered the registry
 * checks again.
 */
public final class SchemaSet {
    /** The compatibility level of every subject. */
    public static final String LEVEL = "BACKWARD_TRANSITIVE";

    private final Map<String, Schema> subjects = new LinkedHashMap<>();

    /** The subjects of all topics, with the ledgers of these retention classes. */
    public SchemaSet(Topics topics, Collection<String> retentionClasses) {
        for (Topic<?, ?> topic : topics.all(retentionClasses)) {
            Schema schema = topic.schema();
            if (schema != null) {
                subjects.put(WireFormat.subject(topic.name(), false), schema);
            }
        }
    }

    SchemaSet(Map<String, Schema> subjects) {
        this.subjects.putAll(subjects);
    }

    /** What has to change in a registry. */
    public sealed interface Change {
        /** The subject it is about. */
        String subject();

        /**
         * A schema is not registered yet.
         *
         * @param version the number it will probably get: 1, 2, 3, …
         * @param adds fields ({@code Record.field}) and symbols ({@code Enum.SYMBOL}) that the latest version lacks
         * @param drops those that only the latest version has
         */
        record Register(String subject, int version, List<String> adds, List<String> drops) implements Change {}

        /** The compatibility level is another; {@code from} is empty if none was set. */
        record SetLevel(String subject, String from, String to) implements Change {}

        /**
         * Our schema cannot read what was written with a registered one. Nothing is applied while there is one of these.
         *
         * @param version the registered version, from 1
         * @param field path of the field at fault; empty for the record itself
         * @param reason why, in Avro's words
         */
        record Incompatible(String subject, int version, String field, String reason) implements Change {}
    }

    /** All that has to change, subject by subject; empty if the registry is as it should be. */
    public record Plan(List<Change> changes) {
        /** Copies the list. */
        public Plan {
            changes = List.copyOf(changes);
        }

        /** Whether nothing may be applied, because something is incompatible. */
        public boolean isBlocked() {
            return changes.stream().anyMatch(Change.Incompatible.class::isInstance);
        }
    }

    /** The subjects and their schemas. */
    public Map<String, Schema> subjects() {
        return Map.copyOf(subjects);
    }

    /**
     * Compares, and changes nothing.
     *
     * @throws dev.lookback.registry.RegistryUnavailableException if the registry does not answer
     */
    public Plan plan(RegistryAdmin registry) {
        List<Change> changes = new ArrayList<>();
        subjects.forEach((subject, schema) -> {
            String level = registry.compatibility(subject).orElse("");
            if (!level.equals(LEVEL)) {
                changes.add(new Change.SetLevel(subject, level, LEVEL));
            }
            List<Schema> versions = registry.versions(subject);
            if (!isRegistered(registry, subject, schema, versions)) {
                Set<String> now = names(schema);
                Set<String> before = versions.isEmpty() ? Set.of() : names(versions.get(versions.size() - 1));
                changes.add(new Change.Register(subject, versions.size() + 1, minus(now, before), minus(before, now)));
            }
            for (int i = 0; i < versions.size(); i++) {
                addIncompatibilities(changes, subject, schema, versions.get(i), i + 1);
            }
        });
        return new Plan(changes);
    }

    /**
     * Does what {@link #plan} says, unless it is blocked; doing it again changes nothing.
     *
     * @return the plan, which has been carried out unless it is blocked
     * @throws SerializationException if the registry refuses a schema; with its message
     * @throws dev.lookback.registry.RegistryUnavailableException if the registry does not answer
     */
    public Plan apply(RegistryAdmin registry) {
        Plan plan = plan(registry);
        if (plan.isBlocked()) {
            return plan;
        }
        for (Change change : plan.changes()) {
            if (change instanceof Change.SetLevel set) {
                registry.setCompatibility(set.subject(), set.to());
            } else {
                registry.register(change.subject(), schemaOf(change.subject()));
            }
        }
        return plan;
    }

    private Schema schemaOf(String subject) {
        Schema schema = subjects.get(subject);
        if (schema == null) {
            throw new IllegalArgumentException("No such subject: " + subject);
        }
        return schema;
    }

    /** Asks the registry: it compares documentation too, which Avro's {@code equals} does not. */
    private static boolean isRegistered(RegistryAdmin registry, String subject, Schema schema, List<Schema> versions) {
        if (versions.isEmpty()) {
            return false;
        }
        try {
            registry.idOf(subject, schema);
            return true;
        } catch (SerializationException e) {
            return false;
        }
    }

    private static void addIncompatibilities(
            List<Change> changes, String subject, Schema reader, Schema writer, int version) {
        for (Incompatibility found : SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult()
                .getIncompatibilities()) {
            changes.add(new Change.Incompatible(
                    subject,
                    version,
                    fieldAt(reader, found.getLocation()),
                    found.getType() + ": " + found.getMessage()));
        }
    }

    /** Turns Avro's pointer into a schema ({@code /fields/3/type/1}) into the names of the fields on the way. */
    private static String fieldAt(Schema schema, String pointer) {
        List<String> path = new ArrayList<>();
        Schema at = schema;
        String[] steps = pointer.split("/");
        for (int i = 1; i < steps.length; i++) {
            if (steps[i].equals("fields") && at.getType() == Schema.Type.RECORD && i + 1 < steps.length) {
                i++;
                Schema.Field field = at.getFields().get(Integer.parseInt(steps[i]));
                path.add(field.name());
                at = field.schema();
            } else if (steps[i].equals("items") && at.getType() == Schema.Type.ARRAY) {
                at = at.getElementType();
            } else if (at.getType() == Schema.Type.UNION && steps[i].matches("\\d+")) {
                at = at.getTypes().get(Integer.parseInt(steps[i]));
            }
        }
        return String.join(".", path);
    }

    private static Set<String> names(Schema schema) {
        Set<String> names = new TreeSet<>();
        collectNames(schema, names, new HashSet<>());
        return names;
    }

    private static void collectNames(Schema schema, Set<String> names, Set<String> seen) {
        switch (schema.getType()) {
            case RECORD -> {
                if (seen.add(schema.getFullName())) {
                    for (Schema.Field field : schema.getFields()) {
                        names.add(schema.getName() + "." + field.name());
                        collectNames(field.schema(), names, seen);
                    }
                }
            }
            case ENUM -> schema.getEnumSymbols().forEach(symbol -> names.add(schema.getName() + "." + symbol));
            case UNION -> schema.getTypes().forEach(type -> collectNames(type, names, seen));
            case ARRAY -> collectNames(schema.getElementType(), names, seen);
            case MAP -> collectNames(schema.getValueType(), names, seen);
            case FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> {}
        }
    }

    private static List<String> minus(Set<String> all, Set<String> without) {
        return all.stream().filter(name -> !without.contains(name)).toList();
    }
}
