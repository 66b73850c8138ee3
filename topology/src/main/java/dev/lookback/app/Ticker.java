package dev.lookback.app;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.config.Role;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.LegalRequestCommand;
import dev.lookback.v1.Tick;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Writes a tick into every partition of legal-requests: where lookup-events and lookup-events-rejected ended before it
 * was sent. Several tickers at once do no harm: each tick is true.
 */
final class Ticker implements AutoCloseable {
    private static final String KEY = "tick";
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Partitions partitions;
    private final Topics topics;
    private final Topic<String, LegalRequestCommand> requests;
    private final Producer<String, LegalRequestCommand> producer;
    private final Counter ticks;
    private final String id = UUID.randomUUID().toString();
    /** The last tick that the broker has appended to each partition: what is read from now on is read after that. */
    private final Map<Integer, Long> lastTicks = new HashMap<>();

    private long number;

    Ticker(LookbackConfig config, Admin admin, MeterRegistry meters) {
        this.partitions = new Partitions(admin);
        this.topics = config.topics();
        this.requests = topics.legalRequests();
        this.producer = new KafkaProducer<>(
                ClientSettings.tickProducer(config, Role.CASEWORK),
                requests.key().serializer(),
                requests.value().serializer());
        this.ticks = Counter.builder("lookback.ticks")
                .description("Ticks written, one for each partition of legal-requests.")
                .register(meters);
    }

    /** One tick for each partition. Returns when all are written. */
    void tick() throws ExecutionException, InterruptedException {
        List<Long> events = partitions.offsets(topics.lookupEvents().name(), OffsetSpec.latest());
        List<Long> rejected = partitions.offsets(topics.lookupEventsRejected().name(), OffsetSpec.latest());
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        number++;
        int count = partitions.count(requests.name());
        for (int partition = 0; partition < count; partition++) {
            Tick tick = new Tick(events, rejected, id, number, lastTicks.getOrDefault(partition, 0L));
            sent.add(producer.send(
                    new ProducerRecord<>(requests.name(), partition, KEY, new LegalRequestCommand(tick))));
        }
        for (Future<RecordMetadata> each : sent) {
            RecordMetadata written = each.get();
            lastTicks.put(written.partition(), number);
        }
        ticks.increment(count);
    }

    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }
}
