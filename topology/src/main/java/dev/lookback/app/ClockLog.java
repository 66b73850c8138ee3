package dev.lookback.app;

import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import dev.lookback.v1.ClockRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes to the topic clock-checks and reads what has come there since the last time. Not safe for several threads. */
final class ClockLog implements ClockWatch.Log, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClockLog.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Topic<String, ClockRecord> topic;
    private final TopicPartition partition;
    private final Producer<String, ClockRecord> producer;
    private final Consumer<byte[], byte[]> consumer;

    /** A record and when the broker appended it. */
    record Entry(Instant appendedAt, ClockRecord value) {}

    ClockLog(LookbackConfig config) {
        this.topic = config.topics().clockChecks();
        this.partition = new TopicPartition(topic.name(), 0);
        // Impatient: what cannot be delivered soon says nothing of the present any more.
        this.producer = new KafkaProducer<>(
                ClientSettings.tickProducer(config, null),
                topic.key().serializer(),
                topic.value().serializer());
        this.consumer = new KafkaConsumer<>(
                ClientSettings.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /**
     * Appends a record.
     *
     * @return when the broker appended it, milliseconds since the epoch
     * @throws KafkaException if the cluster does not answer
     */
    @Override
    public long write(String key, ClockRecord value) {
        try {
            return producer.send(new ProducerRecord<>(topic.name(), partition.partition(), key, value))
                    .get()
                    .timestamp();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }

    /**
     * What is there and has not been read before.
     *
     * @throws KafkaException if the cluster does not answer
     */
    @Override
    public List<Entry> read() {
        List<Entry> entries = new ArrayList<>();
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        for (long polls = READ_TIMEOUT.dividedBy(POLL); consumer.position(partition) < end; polls--) {
            if (polls == 0) {
                throw new TimeoutException(topic.name() + " could not be read to its end in " + READ_TIMEOUT);
            }
            for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                try {
                    ClockRecord value = topic.value().deserializer().deserialize(topic.name(), each.value());
                    if (value != null) {
                        entries.add(new Entry(Instant.ofEpochMilli(each.timestamp()), value));
                    }
                } catch (SerializationException e) {
                    LOG.warn("A record of {} at offset {} cannot be read; passed over", topic.name(), each.offset());
                }
            }
        }
        return entries;
    }

    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(CLOSE_TIMEOUT));
    }
}
