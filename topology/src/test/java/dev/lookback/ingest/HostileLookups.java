package dev.lookback.ingest;

import dev.lookback.v1.LookupEvent;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Records such as nobody should send to lookup-events, drawn from a seed; a fifth of them are good. */
final class HostileLookups {
    /** Longer than any record may be. */
    private static final int GIGANTIC = 10 * 1024 * 1024;

    private static final int HEADER = 5;

    private static final List<String> HANDLES = List.of(
            "",
            "+",
            "+0123456789",
            "+123456",
            "+1234567",
            "+123456789012345",
            "+1234567890123456",
            "++491701234567",
            "+49 (170) 123-45.67",
            " +491701234567",
            "+491701234567 ",
            "+49170123\u00004567",
            "+49170\u202e1234567",
            "\u202d+491701234567",
            "\uff0b491701234567",
            "+\u0664\u0669\u0661\u0667\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
            "+\uff14\uff19\uff11\uff17\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
            "+49\u00a01701234567",
            "+49\u200b1701234567",
            "00491701234567",
            "tel:+491701234567",
            "someone@example.org",
            "SomeOne@Example.ORG",
            "someone@\u212aelvin.example",
            "so\u200bmeone@example.org",
            "some\u202eone@example.org",
            "some\u0000one@example.org",
            "some one@example.org",
            "some\u00a0one@example.org",
            "some\u3000one@example.org",
            "someone@@example.org",
            "someone@example",
            "someone@.org",
            "someone@e.",
            "@example.org",
            "\u043e\u043f\u0430@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
            "s\u00f6meone@example.org",
            "so\u0308meone@example.org",
            "some\ufffdone@example.org",
            "some\udb40\udc6fone@example.org", // a tag: a character that cannot be seen, of two Java chars
            "\ud83d\ude00@example.org",
            "a".repeat(64) + "@example.org",
            "a".repeat(65) + "@example.org",
            "a@" + "b".repeat(248) + ".org",
            "a@" + "b".repeat(249) + ".org",
            "=HYPERLINK(\"http://example.org\")",
            "'; DROP TABLE lookups; --",
            "${jndi:ldap://example.org/a}",
            "../../etc/passwd",
            "\u0130stanbul@example.org",
            "\ud800",
            "x".repeat(60_000));

    private static final List<String> ADDRESSES = List.of(
            "",
            "0.0.0.0",
            "255.255.255.255",
            "256.0.0.1",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.4 ",
            "0x7f.0.0.1",
            "2130706433",
            "1..2.3",
            "\uff11.2.3.4",
            "::",
            "::1",
            "1::",
            ":1",
            "1:",
            ":::",
            "1::2::3",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1::3:4:5:6:7:8",
            "12345::",
            "::ffff:192.0.2.1",
            "::ffff:192.0.2.256",
            "::192.0.2.1",
            "1:2:3:4:5:6:192.0.2.1",
            "1:2:3:4:5:6:7:192.0.2.1",
            "fe80::1%eth0",
            "[::1]",
            "::g",
            "localhost",
            "a".repeat(46));

    private static final List<String> EVENT_IDS = List.of(
            "",
            "0B1C2D3E-4F50-6172-8394-A5B6C7D8E9F0",
            "{0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0}",
            "0b1c2d3e4f5061728394a5b6c7d8e9f0",
            "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f",
            "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f00",
            "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9g0",
            "0b1c2d3e-4f50-6172-8394_a5b6c7d8e9f0",
            "\uff10b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
            "1-2-3-4-5",
            "00000000-0000-0000-0000-000000000000");

    /** Each from Java's and Avro's edges, and the edges of what is admitted. */
    private static final List<Instant> INSTANTS = List.of(
            Instant.ofEpochMilli(Long.MIN_VALUE),
            Instant.ofEpochMilli(Long.MAX_VALUE),
            Instant.EPOCH,
            Instant.ofEpochMilli(-1),
            Instant.ofEpochMilli(Integer.MAX_VALUE),
            Instant.parse("9999-12-31T23:59:59.999Z"),
            Ingest.NOW.minus(Duration.ofDays(30)),
            Ingest.NOW.minus(Duration.ofDays(30)).plusMillis(1),
            Ingest.NOW.minus(Duration.ofHours(12)),
            Ingest.NOW.minus(Duration.ofHours(12)).plusMillis(1),
            Ingest.NOW.minus(Duration.ofSeconds(10)),
            Ingest.NOW.minus(Duration.ofSeconds(10)).plusMillis(1),
            Ingest.NOW.plus(Duration.ofMinutes(5)),
            Ingest.NOW.plus(Duration.ofMinutes(5)).plusMillis(1));

    private static final List<Integer> NUMBERS =
            List.of(Integer.MIN_VALUE, -1, 0, 1, 65_535, 65_536, Integer.MAX_VALUE);

    private static final List<BiConsumer<LookupEvent, Random>> CHANGES = List.of(
            (event, random) -> event.setRequester(one(HANDLES, random)),
            (event, random) -> event.setRequester(one(HANDLES, random)),
            (event, random) -> event.setQueried(one(HANDLES, random)),
            (event, random) -> event.setSourceIp(one(ADDRESSES, random)),
            (event, random) -> event.setEventId(one(EVENT_IDS, random)),
            (event, random) -> event.setOccurredAt(one(INSTANTS, random)),
            (event, random) -> event.setSourcePort(one(NUMBERS, random)),
            (event, random) -> event.setUtcOffsetMinutes(one(NUMBERS, random)),
            (event, random) -> event.setDeviceId(one(HANDLES, random)),
            (event, random) -> event.setNode(one(HANDLES, random)));

    private final Random random;
    private final Function<LookupEvent, byte[]> encoder;

    /** Hostile records from a seed, for a publisher who encodes like this. */
    HostileLookups(long seed, Function<LookupEvent, byte[]> encoder) {
        this.random = new Random(seed);
        this.encoder = encoder;
    }

    /**
     * A record.
     *
     * @param key of any length
     * @param value of any kind
     * @param headers one {@code client}, none, or nonsense
     */
    record Drawn(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {}

    /** The next record. */
    Drawn next() {
        byte[] key = random.nextInt(10) == 0 ? null : bytes(random.nextInt(40));
        Headers headers = new RecordHeaders();
        for (int i = random.nextInt(4); i > 0; i--) {
            headers.add(
                    random.nextBoolean() ? "client" : "h" + i,
                    random.nextInt(5) == 0 ? null : bytes(random.nextInt(60)));
        }
        return new Drawn(key, value(), headers);
    }

    private byte @Nullable [] value() {
        int kind = random.nextInt(1_000);
        if (kind < 200) {
            return encoder.apply(good());
        } else if (kind < 500) {
            return damaged(encoder.apply(kind < 350 ? good() : odd()));
        } else if (kind < 800) {
            return encoder.apply(odd());
        } else if (kind < 950) {
            return lying(encoder.apply(good()));
        } else if (kind < 990) {
            return bytes(random.nextInt(300));
        } else if (kind < 998) {
            return random.nextBoolean() ? null : new byte[random.nextInt(8)];
        }
        byte[] good = encoder.apply(good());
        return joined(good, random.nextInt(good.length), bytes(random.nextInt(GIGANTIC)), good.length);
    }

    private LookupEvent good() {
        return Ingest.lookup()
                .setOccurredAt(Ingest.NOW.minusMillis(random.nextInt(60_000)))
                .setRequester((random.nextBoolean() ? "+4917" : "+4670") + (10_000_000 + random.nextInt(80_000_000)))
                .setQueried("+4915" + (10_000_000 + random.nextInt(80_000_000)))
                .build();
    }

    private LookupEvent odd() {
        LookupEvent event = good();
        for (int i = random.nextInt(3); i >= 0; i--) {
            one(CHANGES, random).accept(event, random);
        }
        return event;
    }

    /** With bytes changed, left out, put in or repeated. */
    private byte[] damaged(byte[] good) {
        ByteBuffer bytes = ByteBuffer.wrap(good);
        for (int i = random.nextInt(3); i >= 0 && bytes.hasRemaining(); i--) {
            byte[] old = bytes.array();
            int at = random.nextInt(old.length);
            int length = Math.min(old.length - at, 1 + random.nextInt(8));
            byte[] middle = switch (random.nextInt(5)) {
                case 0 -> new byte[0];
                case 1 -> bytes(length);
                case 2 -> bytes(2 * length);
                case 3 -> {
                    byte[] same = new byte[length];
                    Arrays.fill(same, (byte) (random.nextBoolean() ? 0xff : 0x00));
                    yield same;
                }
                default -> {
                    byte[] flipped = Arrays.copyOfRange(old, at, at + length);
                    flipped[0] ^= (byte) (1 << random.nextInt(Byte.SIZE));
                    yield flipped;
                }
            };
            bytes = ByteBuffer.wrap(joined(old, at, middle, at + length));
        }
        return bytes.array();
    }

    /** With a number in the place of another that was one byte long: a length, as a rule, far beyond what follows. */
    private byte[] lying(byte[] good) {
        int at = HEADER + random.nextInt(good.length - HEADER);
        long number = random.nextBoolean() ? random.nextLong() : 1L << random.nextInt(Long.SIZE);
        return joined(good, at, varint(number, random.nextInt(4) == 0 ? 11 : 0), at + 1);
    }

    /** A zigzag varint, of so many bytes at least. */
    static byte[] varint(long number, int bytes) {
        long rest = number << 1 ^ number >> (Long.SIZE - 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while ((rest & ~0x7fL) != 0 || out.size() + 1 < bytes) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    private static byte[] joined(byte[] old, int upTo, byte[] middle, int from) {
        return ByteBuffer.allocate(upTo + middle.length + old.length - from)
                .put(old, 0, upTo)
                .put(middle)
                .put(old, from, old.length - from)
                .array();
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        if (random.nextInt(4) == 0) {
            byte[] name = "router-7".getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(name, 0, bytes, 0, Math.min(name.length, length));
        }
        return bytes;
    }

    private static <T> T one(List<T> all, Random random) {
        return all.get(random.nextInt(all.size()));
    }
}
