package dev.lookback.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever the bytes, it says what Avro's own reader says: the same record, or none. */
class LookupEventReaderTest {
    private static final int RECORDS = 2_000;
    private static final int DAMAGES = 20;
    private static final int MAX_TEXT = 40;

    private final Random random = new Random(23);
    private final SpecificDatumReader<LookupEvent> avro = new SpecificDatumReader<>(LookupEvent.class);
    private final SpecificDatumWriter<LookupEvent> writer = new SpecificDatumWriter<>(LookupEvent.class);

    @FunctionalInterface
    private interface Reading {
        LookupEvent read(BinaryDecoder in) throws IOException;
    }

    @Test
    void readsWhatAvroReads() throws IOException {
        int readable = 0;
        for (int i = 0; i < RECORDS; i++) {
            LookupEvent event = event();
            byte[] bytes = bytes(event);
            assertThat(ours(bytes)).isEqualTo(event).isEqualTo(theirs(bytes));
            for (int damage = 0; damage < DAMAGES; damage++) {
                byte[] damaged = bytes.clone();
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                LookupEvent read = theirs(damaged);
                assertThat(ours(damaged)).isEqualTo(read);
                readable += read == null ? 0 : 1;
            }
        }
        assertThat(readable)
                .as("some of the damaged can still be read")
                .isBetween(RECORDS, RECORDS * DAMAGES - RECORDS);
    }

    @Test
    void readsNothingThatEndsTooSoon() throws IOException {
        byte[] bytes = bytes(event());
        for (int length = 0; length < bytes.length; length++) {
            assertThat(ours(Arrays.copyOf(bytes, length))).isNull();
        }
    }

    private static @Nullable LookupEvent ours(byte[] bytes) {
        return read(bytes, LookupEventReader::read);
    }

    private @Nullable LookupEvent theirs(byte[] bytes) {
        return read(bytes, in -> avro.read(null, in));
    }

    /** Null if it cannot be read, or bytes are left. */
    private static @Nullable LookupEvent read(byte[] bytes, Reading reading) {
        BinaryDecoder in = DecoderFactory.get().binaryDecoder(bytes, null);
        try {
            LookupEvent event = reading.read(in);
            return in.isEnd() ? event : null;
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private byte[] bytes(LookupEvent event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
        writer.write(event, out);
        out.flush();
        return bytes.toByteArray();
    }

    private LookupEvent event() {
        return LookupEvent.newBuilder()
                .setEventId(text())
                .setOccurredAt(Instant.ofEpochMilli(random.nextLong() >> random.nextInt(Long.SIZE)))
                .setUtcOffsetMinutes(random.nextBoolean() ? random.nextInt() : null)
                .setRequester(text())
                .setQueried(text())
                .setSourceIp(text())
                .setSourcePort(random.nextBoolean() ? random.nextInt() : null)
                .setService(any(Service.values()))
                .setOutcome(any(Outcome.values()))
                .setTrigger(any(Trigger.values()))
                .setDeviceId(random.nextBoolean() ? text() : null)
                .setNode(text())
                .build();
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** Of characters that take one to four bytes. */
    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(MAX_TEXT); i > 0; i--) {
            text.appendCodePoint(random.nextInt(10) > 0 ? ' ' + random.nextInt(90) : 0x80 + random.nextInt(0x5000));
        }
        return text.toString();
    }
}
