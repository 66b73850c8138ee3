package dev.lookback.local;

import static org.awaitility.Awaitility.await;

import dev.lookback.config.FailedSend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker stands still for longer than the producer's buffer holds out, while one thread works on two tasks: with
 * {@link FailedSend} nothing that either had read is lost.
 */
@Tag("server")
class FullBufferTest {
    private static final List<String> SOURCES = List.of("in-a", "in-b");
    private static final int RECORDS = 400;
    private static final int FROZEN_AT = 50;
    private static final String PADDING = "x".repeat(1_000);

    @TempDir
    Path directory;

    private final AtomicInteger processed = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicBoolean frozen = new AtomicBoolean();

    @Test
    void nothingIsLostWhenTheBufferIsFull() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(directory.resolve("broker"))) {
            String bootstrap = broker.bootstrapServers();
            Kafka.create(bootstrap, "out");
            Set<String> all = new HashSet<>();
            for (String source : SOURCES) {
                Kafka.create(bootstrap, source);
                List<String> values = new ArrayList<>();
                for (int i = 0; i < RECORDS; i++) {
                    values.add(source + "/" + i + "/" + PADDING);
                }
                Kafka.send(bootstrap, source, new StringSerializer(), values);
                all.addAll(values);
            }
            try (KafkaStreams streams = new KafkaStreams(topology(broker), settings(bootstrap))) {
                streams.setUncaughtExceptionHandler(failure -> {
                    failures.addAndGet(frozen.get() ? 1 : 0);
                    return StreamThreadExceptionResponse.REPLACE_THREAD;
                });
                streams.start();
                try {
                    await().atMost(Duration.ofMinutes(1)).until(() -> failures.get() > 0);
                } finally {
                    Signals.thaw(broker.pid());
                }
                await().atMost(Duration.ofMinutes(2)).until(() -> {
                    List<String> written =
                            Kafka.read(bootstrap, "out", new StringDeserializer(), values -> isAll(values, all));
                    return isAll(written, all);
                });
            }
        }
    }

    private static boolean isAll(List<String> values, Set<String> all) {
        return values.size() >= all.size() && all.equals(new HashSet<>(values));
    }

    private Topology topology(BrokerProcess broker) {
        Topology topology = new Topology();
        for (String source : SOURCES) {
            topology.addSource(source, new StringDeserializer(), new StringDeserializer(), source);
            topology.addProcessor(source + "-copy", () -> new Copy(broker), source);
            topology.addSink(source + "-sink", "out", new StringSerializer(), new StringSerializer(), source + "-copy");
        }
        return topology;
    }

    private Properties settings(String bootstrap) {
        Properties settings = new Properties();
        settings.put(
                "main.consumer.session.timeout.ms", "6000"); // so long partitions wait for the thread that has failed
        settings.putAll(Map.of(
                "application.id", "full-buffer",
                "bootstrap.servers", bootstrap,
                "state.dir", directory.resolve("state").toString(),
                "num.stream.threads", "1",
                "commit.interval.ms", "10000",
                "production.exception.handler", FailedSend.class.getName(),
                "main.consumer.auto.offset.reset", "earliest",
                "main.consumer.max.poll.records", "20",
                "producer.buffer.memory", "16384",
                "producer.max.block.ms", "500"));
        return settings;
    }

    private final class Copy implements Processor<String, String, String, String> {
        private final BrokerProcess broker;
        private ProcessorContext<String, String> context;

        Copy(BrokerProcess broker) {
            this.broker = broker;
        }

        @Override
        public void init(ProcessorContext<String, String> given) {
            context = given;
        }

        @Override
        public void process(Record<String, String> record) {
            if (processed.incrementAndGet() == FROZEN_AT) {
                frozen.set(true);
                Signals.freeze(broker.pid());
            }
            context.forward(record);
        }
    }
}
