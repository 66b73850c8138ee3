package dev.lookback.local;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker, KRaft controller included, in this process, on loopback. Its data directory can be used again,
 * also after a crash; a temporary one is deleted on {@link #close()}. See {@link BrokerProcess} for a broker in a process
 * of its own.
 */
public final class LocalBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalBroker.class);
    private static final int NODE_ID = 1;

    /** Always the same: a data directory used before is recognised by it. */
    private static final String CLUSTER_ID = "bG9va2JhY2stbG9jYWwtMQ";

    /** For one node on a machine that has other things to do. */
    private static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry("auto.create.topics.enable", "false"),
            Map.entry("default.replication.factor", "1"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("offsets.topic.num.partitions", "4"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("transaction.state.log.num.partitions", "4"),
            Map.entry("share.coordinator.state.topic.replication.factor", "1"),
            Map.entry("share.coordinator.state.topic.min.isr", "1"),
            Map.entry("share.coordinator.state.topic.num.partitions", "1"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            // What an instance has left open that died is ended as soon as it may be: docs/RELIABILITY.md.
            Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
            Map.entry("num.network.threads", "2"),
            Map.entry("num.io.threads", "4"),
            Map.entry("log.cleaner.dedupe.buffer.size", "16777216"),
            // Retention is what Lookback is about: look soon and often whether a segment is due.
            Map.entry("log.initial.task.delay.ms", "1000"),
            Map.entry("log.retention.check.interval.ms", "10000"));

    private final KafkaRaftServer server;
    private final int port;
    private final Path data;
    private final boolean temporary;

    private LocalBroker(KafkaRaftServer server, int port, Path data, boolean temporary) {
        this.server = server;
        this.port = port;
        this.data = data;
        this.temporary = temporary;
    }

    /** Starts a broker on a free port with a temporary data directory. Returns when it serves requests. */
    public static LocalBroker start() {
        return start(FreePorts.next(), null, Map.of());
    }

    /**
     * Starts a broker. Returns when it serves requests.
     *
     * @param port loopback port for clients
     * @param data data directory, new or used before; null for a temporary one
     * @param overrides broker settings that replace or add to the defaults
     */
    public static LocalBroker start(int port, @Nullable Path data, Map<String, String> overrides) {
        keepFaultsFromEndingTheProcess();
        return launch(port, data, overrides);
    }

    private static LocalBroker launch(int port, @Nullable Path given, Map<String, String> overrides) {
        Path data = given == null ? Directories.temporary("lookback-broker") : Directories.create(given);
        int controllerPort = FreePorts.next();
        Map<String, String> settings = new HashMap<>(DEFAULTS);
        settings.putAll(Map.of(
                "process.roles",
                "broker,controller",
                "node.id",
                String.valueOf(NODE_ID),
                "listeners",
                "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                "advertised.listeners",
                "PLAINTEXT://127.0.0.1:" + port,
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.listener.names",
                "CONTROLLER",
                "controller.quorum.voters",
                NODE_ID + "@127.0.0.1:" + controllerPort,
                "log.dirs",
                data.toString()));
        settings.putAll(overrides);
        format(data, Integer.parseInt(settings.get("node.id")));
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings), Time.SYSTEM);
        server.startup();
        return new LocalBroker(server, port, data, given == null);
    }

    /** Makes an empty directory a data directory; leaves a used one alone. */
    private static void format(Path data, int node) {
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setClusterId(CLUSTER_ID)
                    .setNodeId(node)
                    .setDirectories(List.of(data.toString()))
                    .setMetadataLogDirectory(data.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setIgnoreFormatted(true)
                    .run();
        } catch (Exception e) {
            throw new IllegalStateException("Cannot prepare the broker's data directory " + data, e);
        }
    }

    /** A broker that finds itself at fault ends its process without a word. Here that would be ours: say it instead. */
    private static void keepFaultsFromEndingTheProcess() {
        Exit.Procedure report = (status, message) -> {
            LOG.error("The broker in this process gave up with status {}: {}", status, message);
            throw new IllegalStateException("the broker in this process gave up with status " + status);
        };
        Exit.setExitProcedure(report);
        Exit.setHaltProcedure(report);
    }

    /** Where clients find it: {@code 127.0.0.1:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** The loopback port for clients. */
    public int port() {
        return port;
    }

    /** Its data directory. */
    public Path data() {
        return data;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        if (temporary) {
            Directories.delete(data);
        }
    }

    /**
     * Runs a broker until the process is told to end: {@code --port PORT --data DIRECTORY [--set name=value]…}. Faults end
     * the process.
     */
    public static void main(String[] args) throws InterruptedException {
        int port = -1;
        Path data = null;
        Map<String, String> overrides = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            String value = args[i + 1];
            switch (args[i]) {
                case "--port" -> port = Integer.parseInt(value);
                case "--data" -> data = Path.of(value);
                case "--set" -> {
                    int equals = value.indexOf('=');
                    overrides.put(value.substring(0, equals), value.substring(equals + 1));
                }
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        if (port < 0 || data == null || args.length % 2 != 0) {
            throw new IllegalArgumentException("usage: --port PORT --data DIRECTORY [--set name=value]…");
        }
        LocalBroker broker = launch(port, data, overrides);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            broker.close();
                            stopped.countDown();
                        },
                        "stop-broker"));
        LOG.info("broker ready at {}", broker.bootstrapServers());
        stopped.await();
    }
}
