package dev.lookback.simulation;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.test.TestRecord;

/**
 * A topology that reads from and writes to a {@link Log}, can be killed, and comes back the way Kafka Streams brings it
 * back: mirrors replayed from their topics, stores as their changelogs have them, inputs read again from the last commit.
 */
final class Node {
    /**
     * What a node is made of.
     *
     * @param sources topics it reads, in the order in which they are delivered
     * @param sinks topics it writes
     * @param replayed sources it is given again from the beginning when it restarts (mirrors; or for the sake of offsets)
     * @param globals topics that are delivered at once
     * @param lateGlobals topics of that kind that are delivered when asked for; and at a start, as they are restored first
     * @param exactlyOnce whether outputs and stores since the last commit are lost with a crash
     */
    record Design(
            String name,
            Function<Function<String, KeyValueBytesStoreSupplier>, Topology> topology,
            List<String> sources,
            List<String> sinks,
            Set<String> replayed,
            List<String> globals,
            List<String> lateGlobals,
            boolean exactlyOnce) {}

    private static final Duration REFRESH = Duration.ofSeconds(1);

    private final Design design;
    private final Log log;
    private final Path stateDirectory;
    private final Map<String, Integer> position = new HashMap<>();
    private final List<Runnable> uncommitted = new ArrayList<>();
    private Map<String, NavigableMap<Bytes, byte[]>> stores = new HashMap<>();
    private Map<String, NavigableMap<Bytes, byte[]>> committedStores = new HashMap<>();
    private Map<String, Integer> committedPosition = Map.of();
    private TopologyTestDriver driver;
    private final Map<String, Integer> globalPosition = new HashMap<>();
    /** How many records each sink held before the last turn. */
    private final Map<String, Integer> beforeTurn = new HashMap<>();

    Node(Design design, Log log, Path stateDirectory, Instant now) {
        this.design = design;
        this.log = log;
        this.stateDirectory = stateDirectory;
        for (String source : design.sources) {
            position.put(source, 0);
        }
        driver = start(now);
        commit();
    }

    TopologyTestDriver driver() {
        return driver;
    }

    /** How many records of a source wait for this node. */
    int pending(String source) {
        return log.size(source) - position.get(source);
    }

    List<String> sources() {
        return design.sources;
    }

    /** Gives the node the next records of a source; returns them. */
    List<Log.Entry> deliver(String source, int count) {
        deliverGlobal();
        List<Log.Entry> given = new ArrayList<>();
        for (int i = 0; i < count && pending(source) > 0; i++) {
            Log.Entry entry = log.get(source, position.merge(source, 1, Integer::sum) - 1);
            if (entry.producer() == this) {
                continue; // the driver has fed it back to itself
            }
            pipe(source, entry);
            given.add(entry);
            drain();
        }
        return given;
    }

    void deliverGlobal() {
        design.globals.forEach(this::deliverGlobal);
    }

    void deliverLateGlobal() {
        design.lateGlobals.forEach(this::deliverGlobal);
    }

    private void deliverGlobal(String topic) {
        while (globalPosition.getOrDefault(topic, 0) < log.size(topic)) {
            pipe(topic, log.get(topic, globalPosition.merge(topic, 1, Integer::sum) - 1));
        }
    }

    void advance(Duration duration) {
        design.sinks.forEach(sink -> beforeTurn.put(sink, log.size(sink)));
        driver.advanceWallClockTime(duration);
        drain();
    }

    /** Makes what was done so far last. Nodes that run at least once have done so already. */
    void commit() {
        uncommitted.forEach(Runnable::run);
        uncommitted.clear();
        committedStores = copy(stores);
        committedPosition = new HashMap<>(position);
    }

    /**
     * Killed and started again. At least once: the last records of each source, up to so many, are read again. Exactly
     * once: everything since the last commit never happened.
     */
    void crash(Instant now, int readAgain) {
        driver.close();
        if (design.exactlyOnce) {
            stores = copy(committedStores);
            uncommitted.clear();
            position.putAll(committedPosition);
        } else {
            position.replaceAll((source, at) -> Math.max(0, at - readAgain));
        }
        globalPosition.clear();
        if (stores.isEmpty()) {
            // What a real node restores before it starts, a driver only reads later: let it look before it goes on.
            driver = start(now.minus(REFRESH));
            deliverGlobal();
            deliverLateGlobal();
            driver.advanceWallClockTime(REFRESH);
        } else {
            driver = start(now);
            deliverGlobal();
            deliverLateGlobal();
        }
        for (String source : design.replayed) {
            log.all(source).subList(0, position.get(source)).forEach(entry -> pipe(source, entry));
        }
        discardOutputs();
    }

    /**
     * Killed within the turn that has just ended, before anybody read what came of it, and started again. A producer sends
     * to each partition on its own: brokers have got all changes of stores, but of what went to each topic only the first
     * records, be it none. What the node has read back itself they had.
     */
    void crashWithinTurn(Instant now, Random random) {
        for (String sink : design.sinks) {
            if (!design.sources.contains(sink)) {
                int before = beforeTurn.get(sink);
                log.cut(sink, before + random.nextInt(log.size(sink) - before + 1));
            }
        }
        crash(now, 0);
    }

    void close() {
        driver.close();
    }

    private TopologyTestDriver start(Instant now) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "simulated-" + design.name);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        return new TopologyTestDriver(
                design.topology.apply(name -> CarriedStore.supplier(name, store(name))), properties, now);
    }

    private void pipe(String topic, Log.Entry entry) {
        driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(entry.key(), entry.value(), entry.headers(), entry.timestamp()));
    }

    private void drain() {
        for (String sink : design.sinks) {
            for (TestRecord<byte[], byte[]> each : outputs(sink)) {
                Log.Entry entry = new Log.Entry(each.key(), each.value(), each.headers(), each.timestamp(), this);
                if (design.exactlyOnce) {
                    uncommitted.add(() -> log.append(sink, entry));
                } else {
                    log.append(sink, entry);
                }
            }
        }
    }

    private void discardOutputs() {
        design.sinks.forEach(this::outputs);
    }

    private List<TestRecord<byte[], byte[]>> outputs(String sink) {
        return driver.createOutputTopic(sink, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
    }

    private NavigableMap<Bytes, byte[]> store(String name) {
        return stores.computeIfAbsent(name, key -> new TreeMap<>());
    }

    private static Map<String, NavigableMap<Bytes, byte[]>> copy(Map<String, NavigableMap<Bytes, byte[]>> stores) {
        Map<String, NavigableMap<Bytes, byte[]>> copy = new HashMap<>();
        stores.forEach((name, contents) -> copy.put(name, new TreeMap<>(contents)));
        return copy;
    }
}
