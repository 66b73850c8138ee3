package dev.lookback.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table of rooms in {@code docs/ARCHITECTURE.md}: for each package below {@code dev.lookback}, what it may import.
 * Packages of one row may see one another. Every name in the last column is a package, or a module and so all of its.
 */
record Rooms(Map<String, Set<String>> maySee) {
    private static final String HEADER = "| module | package";
    private static final String BASE = "dev.lookback.";
    private static final Pattern NAME = Pattern.compile("`([a-z0-9]+)`");

    static Rooms read(Path page) throws IOException {
        List<String[]> rows = Files.readAllLines(page).stream()
                .dropWhile(line -> !line.startsWith(HEADER))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line ->
                        Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new))
                .toList();
        Map<String, Set<String>> modules = new HashMap<>();
        String module = "";
        for (String[] row : rows) {
            module = row[1].isEmpty() ? module : row[1].replace("`", "");
            modules.computeIfAbsent(module, key -> new HashSet<>()).addAll(names(row[2]));
        }
        Map<String, Set<String>> maySee = new TreeMap<>();
        for (String[] row : rows) {
            Set<String> seen = new TreeSet<>(names(row[2]));
            names(row[4]).forEach(name -> seen.addAll(modules.getOrDefault(name, Set.of(name))));
            names(row[2]).forEach(room -> maySee.put(room, seen));
        }
        return new Rooms(maySee);
    }

    private static Set<String> names(String cell) {
        Set<String> names = new TreeSet<>();
        for (Matcher matcher = NAME.matcher(cell); matcher.find(); ) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /** The room of a package, {@code config} for {@code dev.lookback.config.topics}; empty for what is not ours. */
    static Optional<String> of(String packageName) {
        return packageName.startsWith(BASE)
                ? Optional.of(packageName.substring(BASE.length()).split("\\.", 2)[0])
                : Optional.empty();
    }

    /** The same table, but one room may no longer see another. */
    Rooms without(String room, String seen) {
        Map<String, Set<String>> copy = new TreeMap<>(maySee);
        Set<String> less = new TreeSet<>(copy.get(room));
        less.remove(seen);
        copy.put(room, less);
        return new Rooms(copy);
    }
}
