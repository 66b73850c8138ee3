package dev.lookback.tool;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/**
 * Loads the classes that {@code lookback run} may need, and ends. The launcher runs it after a build with
 * {@code -XX:ArchiveClassesAtExit}, so that the virtual machine keeps them in a file that later starts map into memory,
 * instead of finding, parsing and checking thousands of classes one by one (JEP 350). {@code docs/PERFORMANCE.md} has what
 * that saves.
 */
public final class ClassArchive {
    /** Not those of the broker and of the documents' tools, which other processes need. */
    private static final Pattern JARS = Pattern.compile(
            "(avro|caffeine|hash4j|HdrHistogram|jackson|jose4j|kafka-clients|kafka-streams|libphonenumber|lookback|lz4|"
                    + "maxmind|micrometer|picocli|prometheus|re2j|rocksdbjni|slf4j|snakeyaml|zstd)[-_].*\\.jar");

    private static final String CLASS = ".class";

    private ClassArchive() {}

    /** Takes no arguments; says how many classes it has loaded. */
    public static void main(String[] args) throws IOException {
        int loaded = 0;
        for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(each);
            if (JARS.matcher(jar.getFileName().toString()).matches()) {
                loaded += load(jar);
            }
        }
        System.out.println(loaded + " classes");
    }

    private static int load(Path jar) throws IOException {
        int loaded = 0;
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().toList()) {
                String name = entry.getName();
                if (name.endsWith(CLASS) && !name.startsWith("META-INF") && !name.contains("-info")) {
                    loaded += load(
                            name.substring(0, name.length() - CLASS.length()).replace('/', '.'));
                }
            }
        }
        return loaded;
    }

    /** 1 if it could be loaded; some classes are for libraries that are not here. */
    private static int load(String name) {
        try {
            Class.forName(name, false, ClassArchive.class.getClassLoader());
            return 1;
        } catch (ClassNotFoundException | LinkageError e) {
            return 0;
        }
    }
}
