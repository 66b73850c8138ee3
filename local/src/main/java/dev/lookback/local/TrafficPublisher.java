package dev.lookback.local;

import dev.lookback.topics.Topic;
import dev.lookback.v1.LookupEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Publishes lookups as an upstream team would: a real producer, keyed by requester, the publisher's name in the header
 * {@code client}. Published by one thread; counters can be read from any.
 */
public final class TrafficPublisher implements AutoCloseable {
    /** What made the most of a producer when measured; all of it can be replaced. */
    private static final Map<String, Object> DEFAULTS =
            Map.of("compression.type", "lz4", "batch.size", 256 * 1024, "linger.ms", 20, "buffer.memory", 64L << 20);

    private static final Duration PACE = Duration.ofMillis(10);

    private final Topic<byte[], LookupEvent> topic;
    private final KafkaProducer<byte[], LookupEvent> producer;
    private final List<Header> headers;
    private final InstantSource clock;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    /**
     * Connects.
     *
     * @param topic where to, with its serdes
     * @param producerSettings {@code bootstrap.servers} at least
     * @param client the publisher's name
     * @param clock sets the pace of {@link #publish(Supplier, int, BooleanSupplier)}
     */
    public TrafficPublisher(
            Topic<byte[], LookupEvent> topic, Map<String, ?> producerSettings, String client, InstantSource clock) {
        Map<String, Object> settings = new HashMap<>(DEFAULTS);
        settings.putAll(producerSettings);
        this.topic = topic;
        this.producer = new KafkaProducer<>(
                settings, new ByteArraySerializer(), topic.value().serializer());
        this.headers = List.of(new RecordHeader("client", client.getBytes(StandardCharsets.UTF_8)));
        this.clock = clock;
    }

    /**
     * Publishes that many lookups as fast as the broker takes them. Returns when it has acknowledged them all.
     *
     * @throws IllegalStateException if it did not
     */
    public void publish(Supplier<LookupEvent> lookups, long count) {
        for (long i = 0; i < count; i++) {
            send(lookups.get());
        }
        flush();
    }

    /**
     * Publishes lookups at a steady rate until told to stop.
     *
     * @param perSecond how many; what was missed in a pause is made up for within a second, no more
     * @param stop asked every few milliseconds
     * @throws IllegalStateException if the broker did not acknowledge them
     */
    public void publish(Supplier<LookupEvent> lookups, int perSecond, BooleanSupplier stop) {
        long start = clock.millis();
        long sent = 0;
        while (!stop.getAsBoolean()) {
            long due = (clock.millis() - start) * perSecond / 1_000;
            sent = Math.max(sent, due - perSecond);
            for (; sent < due; sent++) {
                send(lookups.get());
            }
            LockSupport.parkNanos(PACE.toNanos());
        }
        flush();
    }

    /** How many lookups the broker has acknowledged so far. */
    public long acknowledged() {
        return acknowledged.get();
    }

    private void send(LookupEvent lookup) {
        check();
        byte[] key = lookup.getRequester().getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic.name(), null, key, lookup, headers), (metadata, error) -> {
            if (error == null) {
                acknowledged.incrementAndGet();
            } else {
                failure.compareAndSet(null, error);
            }
        });
    }

    private void flush() {
        producer.flush();
        check();
    }

    private void check() {
        Exception error = failure.get();
        if (error != null) {
            throw new IllegalStateException("A lookup was not published to " + topic.name(), error);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
