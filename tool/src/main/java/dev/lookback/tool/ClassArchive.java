package dev.lookback.tool;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.local.FreePorts;
import dev.lookback.local.LocalStack;
import dev.lookback.local.SampleTraffic;
import dev.lookback.local.TrafficPublisher;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/**
 * Runs {@code lookback run} for a moment, and ends. The launcher does that after a build with
 * {@code -XX:ArchiveClassesAtExit}, so that the virtual machine keeps the classes, and what it has made of lambdas, in a
 * file that later starts map into memory, instead of finding, parsing, checking and making thousands of them one by one
 * (JEP 350). {@code docs/PERFORMANCE.md} has what that saves. An image has no registry to run it with; there it only loads
 * classes, which saves less.
 */
public final class ClassArchive {
    private static final int LOOKUPS = 1_000;
    private static final String ALL_ADMITTED = "lookback_lookups_admitted_total{class=\"default\"} " + (double) LOOKUPS;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final long SEED = 1;
    private static final int OK = 200;

    /** Not those of the broker and of the documents' tools, which other processes need. */
    private static final Pattern JARS = Pattern.compile(
            "(avro|caffeine|hash4j|HdrHistogram|jackson|jose4j|kafka-clients|kafka-streams|libphonenumber|lookback|lz4|"
                    + "maxmind|micrometer|picocli|prometheus|re2j|rocksdbjni|slf4j|snakeyaml|zstd)[-_].*\\.jar");

    private static final String CLASS = ".class";

    private ClassArchive() {}

    /**
     * The argument is a directory to run in, which is the caller's to delete; without one, classes are loaded. Exit code 1 if
     * something does not run as it should.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            if (args.length == 0) {
                load();
            } else {
                run(Path.of(args[0]));
            }
            System.exit(ExitCodes.OK);
        } catch (RuntimeException e) {
            System.err.println("lookback: " + e.getMessage());
            System.exit(ExitCodes.FAILED);
        }
    }

    private static void run(Path directory) throws InterruptedException {
        Logging.to(directory.resolve("lookback.log"));
        Clock clock = Clock.systemUTC();
        String port = String.valueOf(FreePorts.next());
        LocalStack stack = LocalStack.start(directory, Map.of(LookbackConfig.HTTP_PORT, port), clock);
        Thread running = new Thread(() -> Lookback.execute(
                silence(clock), "run", "--config", stack.configFile().toString()));
        running.setDaemon(true);
        running.start();
        URI address = URI.create("http://127.0.0.1:" + port);
        await(running, address.resolve("/health/ready"), answer -> true);
        SampleTraffic traffic = new SampleTraffic(
                SEED, SampleTraffic.DEFAULT_REQUESTERS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), clock);
        try (TrafficPublisher publisher = new TrafficPublisher(
                stack.config().topics().lookupEvents(), ClientSettings.producer(stack.config()), "archive", clock)) {
            publisher.publish(traffic::next, LOOKUPS);
        }
        await(running, address.resolve("/metrics"), answer -> answer.contains(ALL_ADMITTED));
    }

    private static Surroundings silence(Clock clock) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Console console = new Console(nowhere, nowhere, false, false, false);
        return new Surroundings(console, new BufferedReader(Reader.nullReader()), Map.of(), clock);
    }

    private static void await(Thread running, URI uri, Predicate<String> expected) throws InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        for (long tries = LIMIT.dividedBy(PAUSE); tries > 0 && running.isAlive(); tries--) {
            try {
                HttpResponse<String> answer =
                        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == OK && expected.test(answer.body())) {
                    return;
                }
            } catch (IOException e) {
                // not yet
            }
            Thread.sleep(PAUSE.toMillis());
        }
        throw new IllegalStateException("Lookback does not run as it should: " + uri);
    }

    private static void load() throws IOException {
        for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(each);
            if (JARS.matcher(jar.getFileName().toString()).matches()) {
                load(jar);
            }
        }
    }

    private static void load(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().toList()) {
                String name = entry.getName();
                if (name.endsWith(CLASS) && !name.startsWith("META-INF") && !name.contains("-info")) {
                    load(name.substring(0, name.length() - CLASS.length()).replace('/', '.'));
                }
            }
        }
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, ClassArchive.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // Some classes are for libraries that are not here.
        }
    }
}
