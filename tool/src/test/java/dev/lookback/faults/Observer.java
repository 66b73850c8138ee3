package dev.lookback.faults;

import dev.lookback.config.LookbackConfig;
import dev.lookback.topics.Topic;
import dev.lookback.topics.Topics;
import dev.lookback.v1.EnrichedLookup;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads every topic from its beginning, in a thread of its own, and keeps the {@link Evidence}. */
final class Observer implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration ENDS_LIMIT = Duration.ofSeconds(5);
    private static final long ENDS_MILLIS = 200;
    private static final long SETTLE_MILLIS = 1_000;

    private final Evidence evidence;
    private final Clock clock;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Function<ConsumerRecord<byte[], byte[]>, @Nullable Observation>> readers =
            new HashMap<>();
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final @Nullable List<Observation> recording;
    private final Thread thread = new Thread(this::run, "observer");
    private volatile boolean stopping;
    private volatile long watermark;
    private volatile @Nullable Throwable failure;

    /**
     * Begins to read.
     *
     * @param consumerSettings of a consumer of committed records
     * @param recording takes all that is seen, to be looked at again; null: nothing is kept
     */
    Observer(
            LookbackConfig config,
            Map<String, Object> consumerSettings,
            Evidence evidence,
            Clock clock,
            @Nullable List<Observation> recording) {
        this.evidence = evidence;
        this.clock = clock;
        this.recording = recording;
        this.consumer = new KafkaConsumer<>(consumerSettings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Topics topics = config.topics();
        read(
                topics.lookupEvents(),
                (each, value) -> new Observation.Published(each.partition(), each.offset(), each.timestamp(), value));
        read(topics.lookupEventsRejected(), (each, value) -> new Observation.Rejected(value));
        for (String retentionClass : List.of(Rules.DEFAULT, Rules.SHORT)) {
            Topic<byte[], EnrichedLookup> ledger = topics.ledger(retentionClass);
            readNulls(
                    ledger,
                    each -> Evidence.ledgerRecord(
                            retentionClass,
                            each.partition(),
                            each.offset(),
                            each.timestamp(),
                            each.key(),
                            each.value() == null || each.key().length != LedgerKey.LENGTH || isProgress(each.key())
                                    ? null
                                    : value(ledger, each)));
        }
        read(topics.expiryOrders(), (each, value) -> new Observation.Ordered(each.partition(), value));
        read(topics.expiryReceipts(), (each, value) -> new Observation.Receipted(value));
        read(topics.legalRequestStatus(), (each, value) -> new Observation.Decided(request(each), value));
        read(topics.legalRequestExtracts(), (each, value) -> new Observation.Disclosed(request(each), value));
        read(topics.disclosureAudit(), (each, value) -> new Observation.Audited(each.partition(), value));
        readers.keySet()
                .forEach(topic -> consumer.partitionsFor(topic)
                        .forEach(each -> partitions.add(new TopicPartition(topic, each.partition()))));
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        thread.setDaemon(true);
        thread.start();
    }

    private interface Reading<V> {
        Observation of(ConsumerRecord<byte[], byte[]> record, V value);
    }

    private <V> void read(Topic<?, V> topic, Reading<V> reading) {
        readNulls(topic, each -> each.value() == null ? null : reading.of(each, value(topic, each)));
    }

    private void readNulls(Topic<?, ?> topic, Function<ConsumerRecord<byte[], byte[]>, @Nullable Observation> reading) {
        readers.put(topic.name(), reading);
    }

    private static <V> V value(Topic<?, V> topic, ConsumerRecord<byte[], byte[]> record) {
        return topic.value().deserializer().deserialize(topic.name(), record.headers(), record.value());
    }

    private static boolean isProgress(byte[] key) {
        return LedgerKey.of(key) == null;
    }

    private static UUID request(ConsumerRecord<byte[], byte[]> record) {
        return UUID.fromString(new String(record.key(), StandardCharsets.UTF_8));
    }

    private void run() {
        long settledAt = 0;
        Map<TopicPartition, Long> ends = Map.of();
        long endsAt = 0;
        try {
            while (!stopping) {
                consumer.poll(POLL).forEach(this::take);
                Map<TopicPartition, Long> goals = ends;
                if (!goals.isEmpty() && partitions.stream().allMatch(each -> position(each) >= goals.get(each))) {
                    watermark = endsAt;
                    ends = Map.of();
                }
                if (ends.isEmpty() && clock.millis() - endsAt > ENDS_MILLIS) {
                    long before = clock.millis();
                    try {
                        ends = consumer.endOffsets(partitions, ENDS_LIMIT);
                        endsAt = before;
                    } catch (KafkaException e) {
                        endsAt = before; // no broker says; the next time
                    }
                }
                if (watermark - settledAt > SETTLE_MILLIS) {
                    settledAt = watermark;
                    synchronized (evidence) {
                        evidence.settle(watermark);
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            consumer.close(Duration.ofSeconds(2));
        }
    }

    private long position(TopicPartition partition) {
        try {
            return consumer.position(partition, ENDS_LIMIT);
        } catch (KafkaException e) {
            return -1;
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Observation seen = readers.get(record.topic()).apply(record);
        if (seen != null) {
            if (recording != null) {
                recording.add(seen);
            }
            synchronized (evidence) {
                evidence.accept(seen);
            }
        }
    }

    /** Everything written before this instant has been seen. */
    long watermark() {
        check();
        return watermark;
    }

    /** Asks the evidence. */
    <T> T ask(Function<Evidence, T> question) {
        check();
        synchronized (evidence) {
            return question.apply(evidence);
        }
    }

    private void check() {
        if (failure != null) {
            throw new IllegalStateException("the observer cannot go on", failure);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        thread.join();
    }
}
