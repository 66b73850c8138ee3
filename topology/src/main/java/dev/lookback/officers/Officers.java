package dev.lookback.officers;

import dev.lookback.seal.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The registered officers. Immutable. In a file:
 *
 * <pre>
 * officers:
 *   - id: officer-a
 *     roles: [INTAKE]
 *     validFrom: 2026-01-01T00:00:00Z      # optional
 *     validUntil: 2027-01-01T00:00:00Z     # optional
 *     publicKey: |
 *       -----BEGIN PUBLIC KEY-----
 *       …
 * </pre>
 *
 * <p>An officer who gets another key has two entries of one id: the older one ends where the newer one begins. So it is
 * one officer throughout, who cannot approve with the new key what was submitted with the old one; and what was signed
 * with the old key in its time counts as before.
 */
public final class Officers {
    private static final Set<String> FIELDS = Set.of("id", "roles", "validFrom", "validUntil", "publicKey");

    private final List<Officer> all;

    /**
     * These officers.
     *
     * @throws IllegalArgumentException if two entries share a key: one person could pass for two; or if two of one id are
     *     valid at the same instant
     */
    public Officers(Collection<Officer> officers) {
        all = List.copyOf(officers);
        for (int i = 0; i < all.size(); i++) {
            for (Officer other : all.subList(0, i)) {
                check(all.get(i), other);
            }
        }
    }

    private static void check(Officer officer, Officer other) {
        if (officer.key().equals(other.key())) {
            throw new IllegalArgumentException("Officer " + officer.id() + " shares a key with another entry");
        }
        if (officer.id().equals(other.id()) && officer.overlaps(other)) {
            throw new IllegalArgumentException("Officer " + officer.id()
                    + " has two keys that are valid at the same time: the older one's validUntil must not be later than"
                    + " the newer one's validFrom");
        }
    }

    /** The entries of an id, one for each key that the officer has had; none if nobody has this id. */
    public List<Officer> find(String id) {
        return all.stream().filter(each -> each.id().equals(id)).toList();
    }

    /**
     * Reads officers.yaml.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it does not have the form above; names the officer and the field
     */
    public static Officers load(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    /** The same from text. */
    public static Officers parse(String yaml) {
        Object root;
        try {
            root = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
        } catch (YAMLException e) {
            throw new IllegalArgumentException("The list of officers is not YAML: " + e.getMessage(), e);
        }
        if (!(root instanceof Map<?, ?> map)
                || !map.keySet().equals(Set.of("officers"))
                || !(map.get("officers") instanceof List<?> list)) {
            throw new IllegalArgumentException("The list of officers has one field, 'officers', which is a list");
        }
        List<Officer> officers = new ArrayList<>();
        for (Object entry : list) {
            officers.add(officer(entry, officers.size() + 1));
        }
        return new Officers(officers);
    }

    private static Officer officer(Object entry, int number) {
        if (!(entry instanceof Map<?, ?> fields) || !FIELDS.containsAll(fields.keySet())) {
            throw new IllegalArgumentException("Officer " + number + " may have these fields alone: " + FIELDS);
        }
        try {
            Set<Officer.Role> roles = EnumSet.noneOf(Officer.Role.class);
            if (fields.get("roles") instanceof List<?> names) {
                names.forEach(name -> roles.add(Officer.Role.valueOf(String.valueOf(name))));
            }
            return new Officer(
                    String.valueOf(fields.get("id")),
                    roles,
                    KeyFiles.parsePem(String.valueOf(fields.get("publicKey"))),
                    instant(fields.get("validFrom")),
                    instant(fields.get("validUntil")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IllegalArgumentException("Officer " + number + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable Instant instant(@Nullable Object value) {
        if (value instanceof Date date) { // YAML reads an instant without quotes as such
            return date.toInstant();
        }
        return value == null ? null : Instant.parse(value.toString());
    }

    /** The officers as the text of a file. */
    public String toYaml() {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Officer officer : all) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("id", officer.id());
            fields.put(
                    "roles", officer.roles().stream().map(Enum::name).sorted().toList());
            if (officer.validFrom() != null) {
                fields.put("validFrom", officer.validFrom().toString());
            }
            if (officer.validUntil() != null) {
                fields.put("validUntil", officer.validUntil().toString());
            }
            fields.put("publicKey", KeyFiles.toPem(officer.key()));
            list.add(fields);
        }
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        return new Yaml(options).dump(Map.of("officers", list));
    }
}
