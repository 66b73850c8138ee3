package dev.lookback.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;

/**
 * A registry inside this process, for tests: {@code schema.registry.url=mock://scope}. Serdes with the same scope share
 * one. Registers whatever it is given, compatible or not.
 */
public final class InMemorySchemaRegistry implements RegistryAdmin {
    /** What its URLs begin with. */
    public static final String SCHEME = "mock://";

    private static final Map<String, InMemorySchemaRegistry> SCOPES = new ConcurrentHashMap<>();

    private final List<Schema> schemas = new ArrayList<>();
    private final Map<String, Set<Integer>> subjects = new HashMap<>();
    private final Map<String, String> compatibility = new HashMap<>();

    /** The registry of a scope, made at first use. */
    public static InMemorySchemaRegistry of(String scope) {
        return SCOPES.computeIfAbsent(scope, key -> new InMemorySchemaRegistry());
    }

    @Override
    public synchronized int register(String subject, Schema schema) {
        int index = schemas.indexOf(schema);
        if (index < 0) {
            index = schemas.size();
            schemas.add(schema);
        }
        subjects.computeIfAbsent(subject, key -> new LinkedHashSet<>()).add(index + 1);
        return index + 1;
    }

    @Override
    public synchronized int idOf(String subject, Schema schema) {
        int id = schemas.indexOf(schema) + 1;
        if (id == 0 || !subjects.getOrDefault(subject, Set.of()).contains(id)) {
            throw new SerializationException("Schema " + schema.getFullName() + " is not registered under " + subject);
        }
        return id;
    }

    @Override
    public synchronized Schema byId(int id) {
        if (id < 1 || id > schemas.size()) {
            throw new UnknownSchemaException(id);
        }
        return schemas.get(id - 1);
    }

    @Override
    public synchronized Set<String> subjects() {
        return new TreeSet<>(subjects.keySet());
    }

    @Override
    public synchronized List<Schema> versions(String subject) {
        return subjects.getOrDefault(subject, Set.of()).stream().map(this::byId).toList();
    }

    @Override
    public synchronized Optional<String> compatibility(String subject) {
        return Optional.ofNullable(compatibility.get(subject));
    }

    @Override
    public synchronized void setCompatibility(String subject, String level) {
        compatibility.put(subject, level);
    }
}
