package dev.lookback.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lookback.local.WhileParentLives;
import dev.lookback.tool.Main;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process of the application, as an operator runs it: killed, stopped and started again on its own state directory. */
public final class Instance implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(10);
    private static final Pattern ADDRESS = Pattern.compile("Health and metrics at (http://\\S+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One partition of one class. */
    public record Slice(String retentionClass, int partition) {}

    /** What it holds. */
    public record Holding(long rows, String keysSha256) {}

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path configFile;
    private final Path directory;
    private final Map<String, String> environment;
    private final List<String> options;
    private Process process;
    private Path log;
    private int starts;

    Instance(Path configFile, Path directory) {
        this(configFile, directory, Map.of());
    }

    /** With more variables, which win over the file. */
    public Instance(Path configFile, Path directory, Map<String, String> environment) {
        this(configFile, directory, environment, List.of());
    }

    /** With options of the virtual machine, too. */
    public Instance(Path configFile, Path directory, Map<String, String> environment, List<String> options) {
        this.configFile = configFile;
        this.directory = directory;
        this.environment = environment;
        this.options = options;
    }

    public Path stateDir() {
        return directory.resolve("state");
    }

    public void start() throws IOException {
        start(Map.of());
    }

    /** For this time with more variables. */
    public void start(Map<String, String> more) throws IOException {
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        log = directory.resolve("run-" + ++starts + ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseParallelGC",
                "-Djava.io.tmpdir=" + temporary,
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.lookback.v1,java.lang"));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                WhileParentLives.class.getName(),
                Main.class.getName(),
                "run",
                "--config",
                configFile.toString()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("LOOKBACK_STATE_DIR", stateDir().toString(), "LOOKBACK_HTTP_PORT", "0"));
        builder.environment().putAll(environment);
        builder.environment().putAll(more);
        process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    public void awaitReady() {
        await().atMost(START_LIMIT).pollInterval(Duration.ofMillis(100)).until(() -> {
            assertThat(process.isAlive()).as("%s lives", log).isTrue();
            return get("/health/ready") != null;
        });
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Whether it says that it is. */
    public boolean isReady() throws IOException, InterruptedException {
        return get("/health/ready") != null;
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** What it has said since it was started last. */
    public Path log() {
        return log;
    }

    /** Deletes all that it has kept, but not the directory itself, which may be a disk. It must not be running. */
    public void wipeState() throws IOException {
        if (!Files.exists(stateDir())) {
            return;
        }
        try (Stream<Path> files = Files.walk(stateDir())) {
            for (Path each : files.sorted(Comparator.reverseOrder())
                    .filter(each -> !each.equals(stateDir()))
                    .toList()) {
                Files.delete(each);
            }
        }
    }

    /** {@code kill -9}. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM, and waits for the end. */
    public void stop() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("%s stops", log)
                .isTrue();
    }

    /** Waits until it has ended by itself; returns what it said at last. */
    public String awaitEnd() throws IOException, InterruptedException {
        assertThat(process.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("%s ends", log)
                .isTrue();
        return Files.readString(log).lines().reduce("", (before, line) -> line);
    }

    /** One of its metrics, without labels; null while it does not answer or does not know it. */
    public Double metric(String name) throws IOException, InterruptedException {
        String all = text("/metrics");
        return all == null
                ? null
                : all.lines()
                        .filter(line -> line.startsWith(name + " "))
                        .map(line -> Double.valueOf(line.substring(name.length() + 1)))
                        .findFirst()
                        .orElse(null);
    }

    /** What its vault holds, of the partitions that it is in charge of; nothing while it is not running. */
    public Map<Slice, Holding> vault() throws IOException, InterruptedException {
        Map<Slice, Holding> holdings = new TreeMap<>(
                java.util.Comparator.comparing(Slice::retentionClass).thenComparing(Slice::partition));
        JsonNode answer = get("/vault");
        if (answer != null) {
            for (JsonNode each : answer.get("partitions")) {
                holdings.put(
                        new Slice(
                                each.get("retentionClass").asText(),
                                each.get("partition").asInt()),
                        new Holding(
                                each.get("rows").asLong(),
                                each.get("keysSha256").asText()));
            }
        }
        return holdings;
    }

    /** The value of the one series of a metric whose labels have these values; NaN if there is none. */
    public double metric(String name, String... labelValues) throws IOException, InterruptedException {
        String metrics = text("/metrics");
        return (metrics == null ? "" : metrics)
                .lines()
                .filter(line -> line.startsWith(name + "{")
                        && Arrays.stream(labelValues).allMatch(value -> line.contains("=\"" + value + "\"")))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        String answer = text(path);
        return answer == null ? null : JSON.readTree(answer);
    }

    private String text(String path) throws IOException, InterruptedException {
        if (!isAlive()) {
            return null;
        }
        Matcher address = ADDRESS.matcher(Files.readString(log));
        if (!address.find()) {
            return null;
        }
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(address.group(1) + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : null;
        } catch (IOException e) {
            return null; // going down
        }
    }

    @Override
    public void close() throws InterruptedException {
        if (isAlive()) {
            kill();
        }
    }
}
