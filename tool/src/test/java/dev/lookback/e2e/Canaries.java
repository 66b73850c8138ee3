package dev.lookback.e2e;

import dev.lookback.disk.Needles;
import dev.lookback.topics.Topic;
import dev.lookback.v1.LookupEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Lookups whose handles occur nowhere else, and by which path each was sent in. A handle is an e-mail address, so that it
 * goes through normalisation unchanged; all begin alike, so that any number can be looked for at once.
 */
final class Canaries implements AutoCloseable {
    /** By which path a handle gets where it does. */
    enum Path {
        /** Admitted, and read by nobody. */
        ADMITTED,
        /** In a class whose ledger is kept for ever on purpose. */
        KEPT,
        /** Published twice. */
        DUPLICATE,
        /** Asked for by a request that is approved. */
        EXTRACTED,
        /** Asked for by a request that nobody approves. */
        PRESERVED,
        /** Erased on an officer's order. */
        ERASED,
        /** Past its deadline when it arrives. */
        EXPIRED,
        /** Rejected with its bytes kept for the publisher, for each reason that there is. */
        LATE,
        FUTURE,
        NOT_AVRO,
        UNKNOWN_SCHEMA,
        CUT_OFF,
        TRAILING,
        TOO_LARGE,
        BAD_EVENT_ID,
        BAD_REQUESTER,
        BAD_ADDRESS,
        BAD_PORT;

        /** Whether lookups-enriched and the vault are to have it. */
        boolean admitted() {
            return this == ADMITTED || this == DUPLICATE || isAsked();
        }

        /** Whether all its lookups were made by one handle, which somebody then names. */
        boolean isAsked() {
            return this == EXTRACTED || this == PRESERVED || this == ERASED;
        }

        /** Whether lookup-events-rejected is to have it. */
        boolean rejectedWithItsBytes() {
            return compareTo(EXPIRED) > 0;
        }
    }

    private static final int TOO_LARGE_BYTES = 70_000;
    private static final byte[] UNKNOWN_SCHEMA = {0, 0x7f, 0x7f, 0x7f, 0x7f};

    private final String run = UUID.randomUUID().toString().substring(0, 8);
    private final Topic<byte[], LookupEvent> topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<byte[]> handles = new ArrayList<>();
    private final Map<Path, BitSet> byPath = new EnumMap<>(Path.class);

    Canaries(Topic<byte[], LookupEvent> topic, Map<String, Object> producerSettings) {
        this.topic = topic;
        Map<String, Object> settings = new HashMap<>(producerSettings);
        settings.put("linger.ms", 20);
        this.producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    Needles needles() {
        return new Needles(handles);
    }

    int count() {
        return handles.size();
    }

    /** One of the handles, of no class that is kept. */
    String example() {
        return new String(handles.get(0), StandardCharsets.US_ASCII);
    }

    /** The numbers of all handles sent by some paths. */
    BitSet by(java.util.function.Predicate<Path> wanted) {
        BitSet numbers = new BitSet();
        byPath.forEach((path, each) -> {
            if (wanted.test(path)) {
                numbers.or(each);
            }
        });
        return numbers;
    }

    /** The handle that requests and orders of a path name: not looked for, as they may name it. */
    String asked(Path path) {
        return "asked-" + path.name().toLowerCase(java.util.Locale.ROOT) + "-" + run + "@canary.example";
    }

    private String handle(Path path) {
        String handle = String.format("canary-%s-%06d@canary.example", run, handles.size());
        byPath.computeIfAbsent(path, key -> new BitSet()).set(handles.size());
        handles.add(handle.getBytes(StandardCharsets.US_ASCII));
        return handle;
    }

    /** Sends lookups by a path, two handles each; of those that are asked for, one. */
    void plant(Path path, int lookups, Instant occurredAt) {
        for (int i = 0; i < lookups; i++) {
            LookupEvent event = LookupEvent.newBuilder()
                    .setEventId(UUID.randomUUID().toString())
                    .setOccurredAt(occurredAt.plusMillis(i % 100))
                    .setRequester(path.isAsked() ? asked(path) : handle(path))
                    .setQueried(handle(path))
                    .setSourceIp("2001:db8::1")
                    .setService(
                            path == Path.KEPT ? dev.lookback.v1.Service.VIDEO_CALL : dev.lookback.v1.Service.MESSAGING)
                    .build();
            send(path, event);
        }
    }

    /** Returns when the broker has everything. */
    void flush() {
        producer.flush();
    }

    private void send(Path path, LookupEvent event) {
        byte[] good = avro(event, each -> {});
        byte[] value = switch (path) {
            case ADMITTED, KEPT, DUPLICATE, EXTRACTED, PRESERVED, ERASED, EXPIRED, LATE, FUTURE -> good;
            case NOT_AVRO ->
                (event.getRequester() + " asks for " + event.getQueried()).getBytes(StandardCharsets.US_ASCII);
            case UNKNOWN_SCHEMA -> {
                System.arraycopy(UNKNOWN_SCHEMA, 0, good, 0, UNKNOWN_SCHEMA.length);
                yield good;
            }
            case CUT_OFF -> java.util.Arrays.copyOf(good, good.length - 1);
            case TRAILING -> java.util.Arrays.copyOf(good, good.length + 3);
            case TOO_LARGE -> java.util.Arrays.copyOf(good, TOO_LARGE_BYTES);
            case BAD_EVENT_ID -> avro(event, each -> each.setEventId("none"));
            case BAD_REQUESTER -> avro(event, each -> each.setRequester("no handle: " + each.getRequester() + "@"));
            case BAD_ADDRESS -> avro(event, each -> each.setSourceIp("300.1.2.3"));
            case BAD_PORT -> avro(event, each -> each.setSourcePort(70_000));
        };
        byte[] key = event.getRequester().getBytes(StandardCharsets.US_ASCII);
        for (int copies = path == Path.DUPLICATE ? 2 : 1; copies > 0; copies--) {
            producer.send(new ProducerRecord<>(topic.name(), key, value), (metadata, error) -> {
                if (error != null) {
                    throw new IllegalStateException("a lookup was not published", error);
                }
            });
        }
    }

    private byte[] avro(LookupEvent event, Consumer<LookupEvent> change) {
        LookupEvent changed = LookupEvent.newBuilder(event).build();
        change.accept(changed);
        return topic.value().serializer().serialize(topic.name(), changed);
    }

    @Override
    public void close() {
        producer.close();
    }
}
