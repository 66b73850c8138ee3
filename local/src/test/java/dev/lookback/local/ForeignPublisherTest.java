package dev.lookback.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lookback.app.LookbackApp;
import dev.lookback.config.ClientSettings;
import dev.lookback.config.LookbackConfig;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.registry.RegistryAdmin;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.LookupEvent;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A publisher with a serializer that this project did not write, and the ingest that is deployed. */
@Tag("server")
class ForeignPublisherTest {
    private static final int LOOKUPS = 1_000;

    @TempDir
    Path directory;

    @Test
    void itsLookupsAreAdmitted() {
        Clock clock = Clock.systemUTC(); // as the application's
        try (LocalStack stack = LocalStack.start(directory, Map.of("roles", "ingest"), clock);
                LookbackApp app = LookbackApp.start(stack.config())) {
            List<LookupEvent> sent = publish(stack, clock);
            Topic<byte[], EnrichedLookup> ledger = stack.config().topics().ledger("default");
            List<LookupEvent> admitted = new ArrayList<>();
            try (KafkaConsumer<byte[], EnrichedLookup> consumer = fromTheBeginning(stack.config(), ledger)) {
                await().atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ZERO)
                        .until(() -> {
                            consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                                if (record.value() != null) { // no value: progress
                                    admitted.add(LedgerValue.complete(record.value(), LedgerKey.eventId(record.key()))
                                            .getEvent());
                                }
                            });
                            return admitted.size() >= LOOKUPS;
                        });
            }
            assertThat(admitted).containsExactlyInAnyOrderElementsOf(sent);
            assertThat(RegistryAdmin.of(stack.config().serdeSettings()).subjects())
                    .as("registered by the publisher, apart from the record that uses it")
                    .contains("dev.lookback.v1.Service");
        }
    }

    /** With Apicurio's serializer as it is by default. */
    private static List<LookupEvent> publish(LocalStack stack, Clock clock) {
        SampleTraffic traffic = new SampleTraffic(1, LOOKUPS, SampleTraffic.Trouble.NONE, LocalStack.geoIp(), clock);
        List<LookupEvent> sent = new ArrayList<>();
        try (KafkaProducer<String, LookupEvent> producer = new KafkaProducer<>(Map.of(
                "bootstrap.servers",
                stack.broker().bootstrapServers(),
                "key.serializer",
                StringSerializer.class,
                "value.serializer",
                AvroKafkaSerializer.class,
                "apicurio.registry.url",
                stack.registry().url().replace("/ccompat/v7", "/registry/v3"),
                "apicurio.registry.auto-register",
                true))) {
            for (int i = 0; i < LOOKUPS; i++) {
                LookupEvent event = traffic.next();
                sent.add(event);
                producer.send(new ProducerRecord<>(
                        stack.config().topics().lookupEvents().name(), event.getRequester(), event));
            }
            producer.flush();
        }
        return sent;
    }

    private static KafkaConsumer<byte[], EnrichedLookup> fromTheBeginning(
            LookbackConfig config, Topic<byte[], EnrichedLookup> topic) {
        KafkaConsumer<byte[], EnrichedLookup> consumer = new KafkaConsumer<>(
                ClientSettings.consumer(config),
                new ByteArrayDeserializer(),
                topic.value().deserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic.name()).stream()
                .map(each -> new TopicPartition(each.topic(), each.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }
}
