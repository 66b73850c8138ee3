package dev.lookback.local;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * A {@link LocalBroker} in a process of its own: for tests that kill it and for benchmarks that keep its work apart. It
 * ends with this process at the latest.
 */
public final class BrokerProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final int CONNECT_MILLIS = 1_000;
    private static final int ANSWER_SECONDS = 5;

    /** If there is an authorizer, all that it allows and denies is in the log. */
    private static final String LOG_OF_ACCESSES = "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug";

    private final ChildJvm child;
    private final int port;
    private final Map<String, Object> client;

    private BrokerProcess(ChildJvm child, int port, Map<String, Object> client) {
        this.child = child;
        this.port = port;
        this.client = client;
    }

    /** Starts a broker on a free port, with its data and {@code broker.log} in a directory, which may have been used before. */
    public static BrokerProcess start(Path directory) {
        return start(FreePorts.next(), directory, Map.of());
    }

    /**
     * Starts a broker and waits until it serves requests.
     *
     * @param port loopback port for clients
     * @param directory holds {@code data/} and {@code broker.log}; new or used before
     * @param overrides broker settings that replace or add to the defaults
     * @throws IllegalStateException if it does not start; the message names the log
     */
    public static BrokerProcess start(int port, Path directory, Map<String, String> overrides) {
        return start(port, directory, overrides, Map.of());
    }

    /**
     * The same with a broker that not everybody can talk to.
     *
     * @param client settings of an admin client that may: it is asked whether the broker serves requests
     */
    public static BrokerProcess start(
            int port, Path directory, Map<String, String> overrides, Map<String, Object> client) {
        return start(port, directory, overrides, client, List.of());
    }

    /**
     * The same with options of its virtual machine.
     *
     * @param options besides ours
     */
    public static BrokerProcess start(
            int port, Path directory, Map<String, String> overrides, Map<String, Object> client, List<String> options) {
        FreePorts.requireFree(port, "broker");
        Directories.create(directory);
        List<String> command = new ArrayList<>(List.of(
                LocalBroker.class.getName(),
                "--port",
                String.valueOf(port),
                "--data",
                directory.resolve("data").toAbsolutePath().toString()));
        overrides.forEach((name, value) -> command.addAll(List.of("--set", name + "=" + value)));
        List<String> all = new ArrayList<>(
                List.of("-Xmx768m", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", LOG_OF_ACCESSES));
        all.addAll(options);
        ChildJvm child = ChildJvm.start(
                "broker",
                directory,
                directory.resolve("broker.log"),
                all,
                System.getProperty("java.class.path"),
                command);
        Map<String, Object> settings = new HashMap<>(client);
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:" + port);
        BrokerProcess broker = new BrokerProcess(child, port, settings);
        child.awaitReady(broker::answers, START_LIMIT);
        return broker;
    }

    /** Knocks first: the admin client complains loudly about a closed port. */
    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), CONNECT_MILLIS);
        } catch (IOException e) {
            return false;
        }
        try (Admin admin = Admin.create(client)) {
            return !admin.describeCluster()
                    .nodes()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Where clients find it: {@code 127.0.0.1:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** The loopback port for clients. */
    public int port() {
        return port;
    }

    /** Whether it runs; it ends by itself when it finds that it cannot go on. */
    public boolean isAlive() {
        return child.isAlive();
    }

    /** Its process id. */
    public long pid() {
        return child.pid();
    }

    /** Ends it as {@code kill -9} does; its directory can be used again. */
    public void kill() {
        child.kill();
    }

    /** Stops it in good order. */
    @Override
    public void close() {
        child.close();
    }
}
