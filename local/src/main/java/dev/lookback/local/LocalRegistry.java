package dev.lookback.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real schema registry (Apicurio) in a process of its own, on loopback. It ends with this process at the latest. Its
 * schemas live in its directory, as ids in topics must outlive it.
 */
public final class LocalRegistry implements AutoCloseable {
    /** System property: the directory into which the registry's archive was unpacked. */
    public static final String HOME = "lookback.registry.home";

    private static final String DEFAULT_HOME = "local/target/apicurio";
    private static final String JAR_SUFFIX = "-runner.jar";
    private static final String MAIN_CLASS = "io.quarkus.runner.GeneratedMain";
    /** The database writes some hundred milliseconds later otherwise, and a killed registry forgets ids already in use. */
    private static final String WRITE_AT_ONCE = ";WRITE_DELAY=0";

    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final int HTTP_OK = 200;

    private final ChildJvm child;
    private final int port;
    private final @Nullable Path temporary;

    private LocalRegistry(ChildJvm child, int port, @Nullable Path temporary) {
        this.child = child;
        this.port = port;
        this.temporary = temporary;
    }

    /** Starts a registry on a free port with a temporary directory. Returns when it answers. */
    public static LocalRegistry start() {
        return start(FreePorts.next(), null);
    }

    /**
     * Starts a registry and waits until it answers.
     *
     * @param port loopback port
     * @param given directory for its schemas and {@code registry.log}, new or used before; null for a temporary one
     * @throws IllegalStateException if it is not there or does not start; the message says where it was looked for, or names
     *     the log
     */
    public static LocalRegistry start(int port, @Nullable Path given) {
        Path jar = jar();
        FreePorts.requireFree(port, "registry");
        Path directory = given == null ? Directories.temporary("lookback-registry") : Directories.create(given);
        ChildJvm child = ChildJvm.start(
                "registry",
                directory,
                directory.resolve("registry.log"),
                List.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dquarkus.http.host=127.0.0.1",
                        "-Dquarkus.http.port=" + port,
                        "-Dquarkus.http.access-log.enabled=false",
                        "-Dapicurio.datasource.url=jdbc:h2:file:"
                                + directory.resolve("schemas").toAbsolutePath() + WRITE_AT_ONCE,
                        "-Dapicurio.datasource.jdbc.initial-size=2",
                        "-Dapicurio.datasource.jdbc.min-size=1"),
                jar.toString(),
                List.of(MAIN_CLASS));
        LocalRegistry registry = new LocalRegistry(child, port, given == null ? directory : null);
        HttpClient client = HttpClient.newBuilder().connectTimeout(ANSWER_LIMIT).build();
        child.awaitReady(() -> registry.answers(client), START_LIMIT);
        return registry;
    }

    private static Path jar() {
        Path home = Path.of(System.getProperty(HOME, DEFAULT_HOME)).toAbsolutePath();
        Optional<Path> jar = Optional.empty();
        if (Files.isDirectory(home)) {
            try (Stream<Path> files = Files.list(home)) {
                jar = files.filter(file -> file.toString().endsWith(JAR_SUFFIX)).findFirst();
            } catch (IOException e) {
                throw new IllegalStateException("Cannot read " + home, e);
            }
        }
        return jar.orElseThrow(() -> new IllegalStateException("No registry (*" + JAR_SUFFIX + ") in " + home
                + ". The build unpacks it: run `mvn -pl local -am process-resources`, or name its directory with -D"
                + HOME
                + "=…"));
    }

    private boolean answers(HttpClient client) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + "/subjects"))
                .timeout(ANSWER_LIMIT)
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == HTTP_OK;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What clients take for {@code schema.registry.url}: the registry's Confluent-compatible API. */
    public String url() {
        return "http://127.0.0.1:" + port + "/apis/ccompat/v7";
    }

    /** Its process id. */
    public long pid() {
        return child.pid();
    }

    /** Ends it as {@code kill -9} does. */
    public void kill() {
        child.kill();
    }

    /** Stops it in good order; a temporary directory is deleted. */
    @Override
    public void close() {
        child.close();
        if (temporary != null) {
            Directories.delete(temporary);
        }
    }
}
