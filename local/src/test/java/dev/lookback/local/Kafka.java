package dev.lookback.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** Plain reading and writing of one-partition topics, for tests. */
final class Kafka {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int POLLS = 150;

    private Kafka() {}

    static void create(String bootstrap, String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
    }

    static <T> void send(String bootstrap, String topic, Serializer<T> serializer, List<T> values) throws Exception {
        try (KafkaProducer<byte[], T> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap),
                new org.apache.kafka.common.serialization.ByteArraySerializer(),
                serializer)) {
            for (T value : values) {
                producer.send(new ProducerRecord<>(topic, value)).get();
            }
        }
    }

    /** Reads a topic from its beginning until it has seen that many records. */
    static <T> List<T> read(String bootstrap, String topic, Deserializer<T> deserializer, int count) {
        return read(bootstrap, topic, deserializer, values -> values.size() >= count);
    }

    /** The same until it has seen enough; gives up after half a minute. */
    static <T> List<T> read(String bootstrap, String topic, Deserializer<T> deserializer, Predicate<List<T>> enough) {
        List<T> values = new ArrayList<>();
        try (KafkaConsumer<byte[], T> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest"),
                new org.apache.kafka.common.serialization.ByteArrayDeserializer(),
                deserializer)) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            for (int i = 0; i < POLLS && !enough.test(values); i++) {
                for (ConsumerRecord<byte[], T> found : consumer.poll(POLL)) {
                    values.add(found.value());
                }
            }
        }
        return values;
    }
}
