package dev.lookback.faults;

import dev.lookback.local.BrokerProcess;
import dev.lookback.local.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Three brokers, each a process and a controller as well, with everything replicated three times and two needed to
 * acknowledge. The application reaches each through a {@link Proxy}; the test and the brokers themselves do not.
 */
final class Brokers implements AutoCloseable {
    /** Fewer for measurements on a machine that is too small for three. */
    static final int COUNT = Integer.getInteger("faults.brokers", 3);

    private static final String REPLICAS = String.valueOf(COUNT);
    private static final String IN_SYNC = String.valueOf(Math.max(1, COUNT - 1));

    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CUT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
            Map.entry("inter.broker.listener.name", "PLAINTEXT"),
            Map.entry("default.replication.factor", REPLICAS),
            Map.entry("min.insync.replicas", IN_SYNC),
            Map.entry("offsets.topic.replication.factor", REPLICAS),
            Map.entry("transaction.state.log.replication.factor", REPLICAS),
            Map.entry("transaction.state.log.min.isr", IN_SYNC),
            Map.entry("share.coordinator.state.topic.replication.factor", REPLICAS),
            Map.entry("share.coordinator.state.topic.min.isr", IN_SYNC),
            // A broker that froze or died is out of the way soon.
            Map.entry("broker.session.timeout.ms", "6000"),
            Map.entry("replica.lag.time.max.ms", "6000"),
            Map.entry("controlled.shutdown.enable", "true"));

    /** Six virtual machines that compile twice are too much for a small machine. */
    private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

    private final Path directory;
    private final Map<String, String> settings;
    private final List<Integer> ports = freePorts();
    private final List<Integer> clientPorts = freePorts();
    private final List<Integer> controllerPorts = freePorts();
    private final List<Proxy> proxies = new ArrayList<>();
    private final List<@Nullable BrokerProcess> brokers = new ArrayList<>();

    /** Starts all three. */
    Brokers(Path directory, Map<String, String> settings) {
        this.directory = directory;
        this.settings = settings;
        for (int i = 0; i < COUNT; i++) {
            proxies.add(new Proxy(FreePorts.next(), clientPorts.get(i)));
            brokers.add(null);
        }
        startAll();
    }

    private static List<Integer> freePorts() {
        return IntStream.range(0, COUNT).mapToObj(i -> FreePorts.next()).toList();
    }

    /** For the test itself. */
    String bootstrapServers() {
        return ports.stream().map(each -> "127.0.0.1:" + each).collect(Collectors.joining(","));
    }

    /** For the application: a network that can be cut. */
    String throughProxies() {
        return proxies.stream().map(each -> "127.0.0.1:" + each.port()).collect(Collectors.joining(","));
    }

    Proxy proxy(int broker) {
        return proxies.get(broker);
    }

    boolean isRunning(int broker) {
        return brokers.get(broker) != null;
    }

    /** Whether its process lives, which may have given up. */
    boolean isAlive(int broker) {
        return running(broker).isAlive();
    }

    long pid(int broker) {
        return running(broker).pid();
    }

    private BrokerProcess running(int broker) {
        BrokerProcess process = brokers.get(broker);
        if (process == null) {
            throw new IllegalStateException("broker " + broker + " does not run");
        }
        return process;
    }

    /** Where its data are. */
    Path directory(int broker) {
        return directory.resolve("broker-" + broker);
    }

    /** Returns when it serves requests. */
    void start(int broker) {
        brokers.set(broker, process(broker));
    }

    /** All that do not run, at once: one alone would wait for a majority. */
    void startAll() {
        List<CompletableFuture<Void>> starting = IntStream.range(0, COUNT)
                .filter(each -> !isRunning(each))
                .mapToObj(each -> CompletableFuture.runAsync(() -> start(each)))
                .toList();
        CompletableFuture.allOf(starting.toArray(CompletableFuture[]::new)).join();
    }

    private BrokerProcess process(int broker) {
        String voters = IntStream.range(0, COUNT)
                .mapToObj(i -> (i + 1) + "@127.0.0.1:" + controllerPorts.get(i))
                .collect(Collectors.joining(","));
        Map<String, String> all = new HashMap<>(SETTINGS);
        all.putAll(settings);
        all.putAll(Map.of(
                "node.id",
                String.valueOf(broker + 1),
                "controller.quorum.voters",
                voters,
                "listeners",
                "PLAINTEXT://127.0.0.1:" + ports.get(broker) + ",CUT://127.0.0.1:" + clientPorts.get(broker)
                        + ",CONTROLLER://127.0.0.1:" + controllerPorts.get(broker),
                "advertised.listeners",
                "PLAINTEXT://127.0.0.1:" + ports.get(broker) + ",CUT://127.0.0.1:"
                        + proxies.get(broker).port()));
        return BrokerProcess.start(ports.get(broker), directory(broker), all, Map.of(), OPTIONS);
    }

    void kill(int broker) {
        running(broker).kill();
        brokers.set(broker, null);
    }

    /** In good order: its leaderships are handed over. */
    void stop(int broker) {
        running(broker).close();
        brokers.set(broker, null);
    }

    @Override
    public void close() {
        proxies.forEach(Proxy::close);
        IntStream.range(0, COUNT).filter(this::isRunning).parallel().forEach(this::kill);
    }
}
