package dev.lookback.retention;

import dev.lookback.handle.Handle;
import dev.lookback.topics.Topics;
import dev.lookback.v1.Service;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All retention classes, {@code default} among them, in the order in which their rules are asked. Immutable. */
public final class RetentionClasses {
    private final Map<String, RetentionClass> byName = new LinkedHashMap<>();
    private final RetentionClass fallback;

    /**
     * Classes in the order in which their rules are asked.
     *
     * @throws IllegalArgumentException if two have one name or none is {@code default}
     */
    public RetentionClasses(List<RetentionClass> classes) {
        for (RetentionClass each : classes) {
            if (byName.put(each.name(), each) != null) {
                throw new IllegalArgumentException("Retention class " + each.name() + " is there twice");
            }
        }
        RetentionClass found = byName.get(Topics.DEFAULT_CLASS);
        if (found == null) {
            throw new IllegalArgumentException("There is no retention class named " + Topics.DEFAULT_CLASS);
        }
        this.fallback = found;
    }

    /** The class of a lookup: the first whose rule claims it, else {@code default}. */
    public RetentionClass classOf(Handle requester, Service service) {
        for (RetentionClass each : byName.values()) {
            if (each.claims(requester, service)) {
                return each;
            }
        }
        return fallback;
    }

    /** The classes that lookups of a requester can be in, by the rules in force. */
    public Set<RetentionClass> thatMayHold(Handle requester) {
        Set<RetentionClass> found = new LinkedHashSet<>();
        for (Service service : Service.values()) {
            found.add(classOf(requester, service));
        }
        return found;
    }

    /** The class with this name, or null. */
    public @Nullable RetentionClass get(String name) {
        return byName.get(name);
    }

    /** All of them, in order. */
    public List<RetentionClass> all() {
        return List.copyOf(byName.values());
    }
}
