package dev.lookback.ingest;

import static dev.lookback.ingest.Ingest.DEFAULT;
import static dev.lookback.ingest.Ingest.NOW;
import static dev.lookback.ingest.Ingest.SHORT;
import static dev.lookback.ingest.Ingest.lookup;
import static dev.lookback.ingest.Ingest.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.geo.GeoResult;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.serde.AvroDeserializer;
import dev.lookback.serde.ValueSerdes;
import dev.lookback.v1.EnrichedLookup;
import dev.lookback.v1.GeoStatus;
import dev.lookback.v1.HandleKind;
import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.RejectReason;
import dev.lookback.v1.RejectedLookup;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row of the ingest table, whoever wrote the publisher's serializer. */
@ParameterizedClass
@EnumSource(Publisher.class)
class AdmissionTest {
    private final Publisher publisher;
    private Ingest ingest;

    AdmissionTest(Publisher publisher) {
        this.publisher = publisher;
        this.ingest = new Ingest(publisher);
    }

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void aGoodLookupGoesToItsLedgerEnriched() {
        LookupEvent event = lookup().setEventId(Ingest.EVENT_ID.toUpperCase(java.util.Locale.ROOT))
                .setRequester("Someone@Example.ORG")
                .setQueried("+49 157 (999) 999-99")
                .build();
        ingest.publish(event);

        TestRecord<byte[], byte[]> record = only(ingest.written(DEFAULT));
        long occurredAt = event.getOccurredAt().toEpochMilli();
        assertThat(LedgerKey.fromBytes(record.key()))
                .isEqualTo(new LedgerKey(
                        LedgerKey.bucketOf(occurredAt, DEFAULT.bucketWidth()),
                        ingest.tokens.token("someone@example.org"),
                        occurredAt,
                        UUID.fromString(Ingest.EVENT_ID)));
        assertThat(record.timestamp()).as("time of admission").isEqualTo(NOW.toEpochMilli());
        assertThat(record.headers()).isEmpty();
        assertThat(ingest.decode(DEFAULT, record))
                .isEqualTo(EnrichedLookup.newBuilder()
                        .setEvent(LookupEvent.newBuilder(event)
                                .setEventId(Ingest.EVENT_ID)
                                .build())
                        .setRequesterNormalised("someone@example.org")
                        .setQueriedNormalised("+4915799999999")
                        .setQueriedKind(HandleKind.PHONE)
                        .setGeoStatus(GeoStatus.FOUND)
                        .setGeo(Ingest.PLACE.geo())
                        .setGeoDatabase(Ingest.PLACE.database())
                        .setReceivedAt(NOW.minusSeconds(1))
                        .setSourcePartition(0)
                        .setSourceOffset(0)
                        .build());
        assertThat(ingest.rejected()).isEmpty();
        assertThat(ingest.meters
                        .get("lookback.lookups.admitted")
                        .tag("class", "default")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void theClassIsChosenByItsRule() {
        ingest.publish(lookup().setRequester("+46701234567")
                .setOccurredAt(NOW.minusSeconds(3))
                .build());
        TestRecord<byte[], byte[]> record = only(ingest.written(SHORT));
        assertThat(LedgerKey.bucket(record.key()))
                .isEqualTo(
                        NOW.minusSeconds(3).toEpochMilli() / SHORT.bucketWidth().toMillis());
        assertThat(ingest.written(DEFAULT)).isEmpty();
    }

    @Test
    void whatIsQueriedNeedNotBeAHandle() {
        ingest.publish(lookup().setQueried("pizza 4711").build());
        EnrichedLookup lookup = ingest.decode(DEFAULT, only(ingest.written(DEFAULT)));
        assertThat(lookup.getQueriedKind()).isEqualTo(HandleKind.OTHER);
        assertThat(lookup.getQueriedNormalised()).isEqualTo("pizza 4711");
    }

    @Test
    void aRepeatedLookupHasTheSameKey() {
        ingest.publish(lookup().build());
        ingest.publish(lookup().setNode("another").build());
        ingest.publish(lookup().setOccurredAt(NOW.minusSeconds(61)).build());
        List<TestRecord<byte[], byte[]>> records = ingest.written(DEFAULT);
        assertThat(records).hasSize(3);
        assertThat(records.get(1).key()).isEqualTo(records.get(0).key());
        assertThat(records.get(2).key()).isNotEqualTo(records.get(0).key());
    }

    @ParameterizedTest
    @ValueSource(strings = {"RESERVED_ADDRESS", "NOT_FOUND", "NO_DATABASE"})
    void noPlaceIsNoReasonToReject(GeoStatus status) {
        ingest.close();
        String database = status == GeoStatus.NO_DATABASE ? null : "Sample";
        ingest = new Ingest(
                publisher,
                Map.of(),
                address -> new GeoResult(status, null, database),
                IngestSettings.DEFAULTS,
                pause -> {});
        ingest.publish(lookup().setSourceIp("10.0.0.1").build());
        EnrichedLookup lookup = ingest.decode(DEFAULT, only(ingest.written(DEFAULT)));
        assertThat(lookup.getGeoStatus()).isEqualTo(status);
        assertThat(lookup.getGeo()).isNull();
        assertThat(lookup.getGeoDatabase()).isEqualTo(database);
    }

    static Stream<Arguments> invalid() {
        return Stream.of(
                invalid(RejectReason.INVALID_EVENT_ID, "eventId", event -> event.setEventId("1-2-3-4-5")),
                invalid(RejectReason.INVALID_REQUESTER, "requester", event -> event.setRequester("0170 1234567")),
                invalid(RejectReason.INVALID_SOURCE_IP, "sourceIp", event -> event.setSourceIp("router.example.org")),
                invalid(RejectReason.INVALID_SOURCE_PORT, "sourcePort", event -> event.setSourcePort(0)),
                invalid(RejectReason.INVALID_SOURCE_PORT, "sourcePort", event -> event.setSourcePort(65_536)),
                invalid(RejectReason.LATE, "occurredAt", event -> event.setOccurredAt(NOW.minus(Duration.ofHours(12)))),
                invalid(
                        RejectReason.FUTURE,
                        "occurredAt",
                        event -> event.setOccurredAt(
                                NOW.plus(Duration.ofMinutes(5)).plusMillis(1))));
    }

    private static Arguments invalid(RejectReason reason, String field, Consumer<LookupEvent.Builder> change) {
        return Arguments.of(reason, field, change);
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void whatIsWrongIsRejectedWithTheFieldsName(
            RejectReason reason, String field, Consumer<LookupEvent.Builder> change) {
        LookupEvent.Builder event = lookup();
        change.accept(event);
        byte[] value = ingest.encode(event.build());
        ingest.publish(utf8("its key"), value);
        assertThat(ingest.written(DEFAULT)).isEmpty();
        TestRecord<byte[], byte[]> record = only(ingest.rejectedRecords());
        assertThat(record.key()).isEqualTo(utf8("its key"));
        RejectedLookup rejected = ingest.decodeRejected(record.value());
        assertThat(rejected.getDetail()).isNotEmpty();
        rejected.setDetail("");
        assertThat(rejected)
                .isEqualTo(RejectedLookup.newBuilder()
                        .setReason(reason)
                        .setField(field)
                        .setDetail("")
                        .setClient("router-7")
                        .setRawKey(ByteBuffer.wrap(utf8("its key")))
                        .setRawValue(ByteBuffer.wrap(value))
                        .setSourceTopic("lookup-events")
                        .setSourcePartition(0)
                        .setSourceOffset(0)
                        .setRejectedAt(NOW)
                        .build());
        assertThat(ingest.meters
                        .get("lookback.lookups.rejected")
                        .tags("reason", reason.name(), "client", "router-7")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void theEndsOfTheWindowBelongAsTheDesignSays() {
        ingest.publish(lookup().setOccurredAt(NOW.minus(Duration.ofHours(12)).plusMillis(1))
                .build());
        ingest.publish(lookup().setOccurredAt(NOW.plus(Duration.ofMinutes(5))).build());
        assertThat(ingest.written(DEFAULT)).hasSize(2);
        assertThat(ingest.rejected()).isEmpty();
    }

    @Test
    void anExpiredLookupIsKeptNowhere() {
        // Invalid and late besides: being expired comes first, or the rejected topic would keep it.
        ingest.publish(lookup().setRequester("+46701234567")
                .setOccurredAt(NOW.minusSeconds(10))
                .build());
        ingest.publish(lookup().setRequester("nobody")
                .setSourceIp("nowhere")
                .setOccurredAt(NOW.minus(Duration.ofDays(30)))
                .build());
        ingest.publish(lookup().setRequester("+46701234567")
                .setOccurredAt(NOW.minusSeconds(10).plusMillis(1))
                .build());
        assertThat(ingest.written(SHORT)).hasSize(1);
        List<TestRecord<byte[], byte[]>> records = ingest.rejectedRecords();
        assertThat(records).hasSize(2);
        for (TestRecord<byte[], byte[]> record : records) {
            assertThat(record.key()).isNull();
            RejectedLookup rejected = ingest.decodeRejected(record.value());
            assertThat(rejected.getReason()).isEqualTo(RejectReason.EXPIRED_ON_ARRIVAL);
            assertThat(rejected.getRawKey()).isNull();
            assertThat(rejected.getRawValue()).isNull();
        }
    }

    @Test
    void extremeInstantsAreRejectedLikeOthers() {
        ingest.publish(
                lookup().setOccurredAt(Instant.ofEpochMilli(Long.MIN_VALUE)).build());
        ingest.publish(
                lookup().setOccurredAt(Instant.ofEpochMilli(Long.MAX_VALUE)).build());
        assertThat(ingest.rejected())
                .extracting(RejectedLookup::getReason)
                .containsExactly(RejectReason.EXPIRED_ON_ARRIVAL, RejectReason.FUTURE);
    }

    @Test
    void aRecordThatIsTooLongIsKeptCut() {
        int limit = IngestSettings.DEFAULTS.maxRecordBytes();
        byte[] key = utf8("key");
        ingest.publish(key, ingest.encode(lookup().setNode("n".repeat(limit)).build()));
        RejectedLookup rejected = only(ingest.rejected());
        assertThat(rejected.getReason()).isEqualTo(RejectReason.TOO_LARGE);
        assertThat(rejected.getRawValue().remaining()).isEqualTo(limit);
        int rest = ingest.encode(lookup().build()).length + key.length;
        // A longer node takes two more bytes for its own length.
        ingest.publish(
                key,
                ingest.encode(lookup().setNode("n".repeat(limit - rest - 2)).build()));
        assertThat(ingest.written(DEFAULT)).as("as long as allowed").hasSize(1);
        ingest.publish(
                key,
                ingest.encode(lookup().setNode("n".repeat(limit - rest - 1)).build()));
        assertThat(only(ingest.rejected()).getReason()).isEqualTo(RejectReason.TOO_LARGE);
    }

    @Test
    void poisonBetweenGoodRecordsLosesNothing() {
        byte[] good = ingest.encode(lookup().build());
        byte[] wrongMagic = good.clone();
        wrongMagic[0] = 1;
        byte[] unknownSchema = good.clone();
        unknownSchema[1] = 0x7f;
        List<byte[]> poison = new ArrayList<>(List.of(
                new byte[0],
                new byte[] {0},
                new byte[] {0, 0, 0, 0},
                utf8("{\"requester\":\"json\"}"),
                wrongMagic,
                unknownSchema,
                Arrays.copyOf(good, 5),
                Arrays.copyOf(good, good.length - 1),
                Arrays.copyOf(good, good.length + 1)));
        poison.add(null);
        for (byte[] bad : poison) {
            ingest.publish(bad);
            ingest.publish(good);
        }
        assertThat(ingest.written(DEFAULT)).hasSize(poison.size());
        List<RejectedLookup> rejected = ingest.rejected();
        assertThat(rejected).hasSize(poison.size());
        for (int i = 0; i < poison.size(); i++) {
            assertThat(rejected.get(i).getReason()).isEqualTo(RejectReason.UNREADABLE);
            assertThat(rejected.get(i).getSourceOffset()).isEqualTo(2L * i);
            assertThat(rejected.get(i).getRawValue())
                    .isEqualTo(poison.get(i) == null ? null : ByteBuffer.wrap(poison.get(i)));
        }
    }

    /** Random damage anywhere in a good record: each record ends in exactly one of the two places. */
    @Test
    void noBytesStopTheStream() {
        Random random = new Random(5);
        byte[] good = ingest.encode(lookup().build());
        int records = 5_000;
        for (int i = 0; i < records; i++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 4));
            for (int damage = random.nextInt(4); damage >= 0 && bad.length > 0; damage--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            ingest.publish(bad);
        }
        int admitted = ingest.written(DEFAULT).size() + ingest.written(SHORT).size();
        int rejected = ingest.rejected().size();
        assertThat(admitted + rejected).isEqualTo(records);
        assertThat(admitted).isPositive();
    }

    @Test
    void policiesTakeEffectWhileRunning() {
        LookupEvent anHourOld =
                lookup().setOccurredAt(NOW.minus(Duration.ofHours(1))).build();
        ingest.publish(anHourOld);
        assertThat(ingest.written(DEFAULT)).hasSize(1);
        ingest.setDuration(1, "default", Duration.ofDays(30), NOW);
        ingest.setDuration(2, "default", Duration.ofMinutes(30), NOW);
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));
        ingest.written(DEFAULT);
        ingest.publish(anHourOld);
        assertThat(only(ingest.rejected()).getReason()).isEqualTo(RejectReason.EXPIRED_ON_ARRIVAL);
        assertThat(ingest.written(DEFAULT)).isEmpty();
    }

    @Test
    void aRegistryThatDoesNotAnswerIsWaitedFor() {
        ingest.close();
        Flaky.failures = 5;
        List<Boolean> waiting = new ArrayList<>();
        ingest = new Ingest(
                publisher,
                Map.of(ValueSerdes.DESERIALIZER_CLASS, Flaky.class.getName()),
                address -> Ingest.PLACE,
                IngestSettings.DEFAULTS,
                pause -> waiting.add(ingest.topology.waitsForRegistry()));
        assertThat(ingest.topology.waitsForRegistry()).isFalse();
        ingest.publish(lookup().build());
        assertThat(waiting).containsOnly(true).hasSize(5);
        assertThat(ingest.topology.waitsForRegistry()).isFalse();
        assertThat(ingest.driver.producedTopicNames()).containsOnly("lookups-enriched");
    }

    @Test
    void aRegistryThatStaysAwayEndsTheThreadAndRejectsNothing() {
        ingest.close();
        Flaky.failures = Integer.MAX_VALUE;
        List<Duration> pauses = new ArrayList<>();
        ingest = new Ingest(
                publisher,
                Map.of(ValueSerdes.DESERIALIZER_CLASS, Flaky.class.getName()),
                address -> Ingest.PLACE,
                IngestSettings.DEFAULTS,
                pauses::add);
        assertThatThrownBy(() -> ingest.publish(lookup().build())).hasStackTraceContaining("No schema registry");
        assertThat(pauses).hasSize(60).containsOnly(Duration.ofSeconds(1));
        assertThat(ingest.driver.producedTopicNames()).isEmpty();
    }

    /** A deserializer whose registry is away for some calls. */
    public static final class Flaky implements Deserializer<LookupEvent> {
        static int failures;

        private final AvroDeserializer<LookupEvent> actual = new AvroDeserializer<>(LookupEvent.class);

        @Override
        public void configure(Map<String, ?> settings, boolean isKey) {
            actual.configure(settings, isKey);
        }

        @Override
        public LookupEvent deserialize(String topic, byte[] data) {
            if (failures-- > 0) {
                throw new TimeoutException("no answer");
            }
            return actual.deserialize(topic, data);
        }
    }

    private static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }
}
