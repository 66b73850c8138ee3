package dev.lookback.ingest;

import dev.lookback.v1.RejectReason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What must become of a record of lookup-events under our own schema, told as simply as can be: its own reader of Avro's
 * binary form, regular expressions, no regard for speed. What it says must be what ingest does, whatever the bytes.
 *
 * @param schemaId under which LookupEvent is registered
 */
record NaiveAdmission(int schemaId) {
    private static final Pattern UUID = Pattern.compile("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern NUMBER = Pattern.compile("\\+[1-9][0-9]{6,14}");
    private static final Pattern ADDRESS = Pattern.compile("[^@]{1,64}@[^@]+\\.[^@.]+", Pattern.DOTALL);
    private static final Pattern IPV4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.|$)){4}(?<!\\.)");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");
    private static final int KELVIN_SIGN = 0x212a;
    private static final int REPLACEMENT = 0xfffd;

    /**
     * How a record ends.
     *
     * @param reason why it is rejected; null if it is admitted
     * @param retentionClass to whose ledger it goes; null if it is rejected
     * @param requester normalised; null if it is rejected
     */
    record End(
            @Nullable RejectReason reason,
            @Nullable String retentionClass,
            @Nullable String requester) {
        static End rejected(RejectReason reason) {
            return new End(reason, null, null);
        }
    }

    /** The end of a record that arrives at {@link Ingest#NOW}. */
    End of(byte @Nullable [] key, byte @Nullable [] value) {
        if (value == null) {
            return End.rejected(RejectReason.UNREADABLE);
        }
        if (value.length + (key == null ? 0 : key.length) > IngestSettings.DEFAULTS.maxRecordBytes()) {
            return End.rejected(RejectReason.TOO_LARGE);
        }
        try {
            return judge(new Reader(value, schemaId));
        } catch (NotReadable e) {
            return End.rejected(RejectReason.UNREADABLE);
        }
    }

    private static End judge(Reader in) throws NotReadable {
        String eventId = in.text();
        long occurredAt = in.number(Long.SIZE);
        in.optional(() -> in.number(Integer.SIZE));
        String requester = in.text();
        in.text();
        String sourceIp = in.text();
        Object port = in.optional(() -> in.number(Integer.SIZE));
        in.choice(3);
        in.choice(4);
        in.choice(3);
        in.optional(in::text);
        in.text();
        in.end();

        String number = number(requester);
        boolean isShort = number != null && number.startsWith("+46");
        Duration kept = isShort ? Ingest.SHORT.initialDuration() : Ingest.DEFAULT.initialDuration();
        long now = Ingest.NOW.toEpochMilli();
        if (occurredAt <= now - kept.toMillis()) {
            return End.rejected(RejectReason.EXPIRED_ON_ARRIVAL);
        }
        if (!UUID.matcher(eventId).matches()) {
            return End.rejected(RejectReason.INVALID_EVENT_ID);
        }
        if (number == null && !isAddress(requester)) {
            return End.rejected(RejectReason.INVALID_REQUESTER);
        }
        if (!isIp(sourceIp)) {
            return End.rejected(RejectReason.INVALID_SOURCE_IP);
        }
        if (port instanceof Long given && (given < 1 || given > 65_535)) {
            return End.rejected(RejectReason.INVALID_SOURCE_PORT);
        }
        if (occurredAt > now + Duration.ofMinutes(5).toMillis()) {
            return End.rejected(RejectReason.FUTURE);
        }
        if (occurredAt <= now - Duration.ofHours(12).toMillis()) {
            return End.rejected(RejectReason.LATE);
        }
        return new End(
                null, isShort ? "short" : "default", number != null ? number : requester.toLowerCase(Locale.ROOT));
    }

    private static @Nullable String number(String text) {
        String digits = text.replaceAll("[ ().-]", "");
        return text.startsWith("+") && NUMBER.matcher(digits).matches() ? digits : null;
    }

    private static boolean isAddress(String text) {
        return text.length() <= 254
                && ADDRESS.matcher(text).matches()
                && text.codePoints()
                        .noneMatch(c -> c <= ' '
                                || c == KELVIN_SIGN
                                || c == REPLACEMENT
                                || Character.isWhitespace(c)
                                || Character.isSpaceChar(c)
                                || Character.isISOControl(c)
                                || Character.getType(c) == Character.FORMAT);
    }

    /** The JDK's reader takes more than we do, and is asked last, so that it never asks a name server. */
    private static boolean isIp(String text) {
        if (IPV4.matcher(text).matches()) {
            return true;
        }
        if (!IPV6.matcher(text).matches() || !text.contains(":")) {
            return false;
        }
        int dot = text.indexOf('.');
        if (dot >= 0 && !IPV4.matcher(text.substring(text.lastIndexOf(':') + 1)).matches()) {
            return false;
        }
        try {
            InetAddress.getByName(text);
            return true;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static final class NotReadable extends Exception {
        NotReadable() {
            super(null, null, false, false);
        }
    }

    /** Avro's binary form, by its specification. */
    private static final class Reader {
        private interface Read {
            Object read() throws NotReadable;
        }

        private final byte[] bytes;
        private int at;

        Reader(byte[] bytes, int schemaId) throws NotReadable {
            this.bytes = bytes;
            if (next() != 0) {
                throw new NotReadable();
            }
            int id = 0;
            for (int i = 0; i < Integer.BYTES; i++) {
                id = id << Byte.SIZE | next() & 0xff;
            }
            if (id != schemaId) {
                throw new NotReadable();
            }
        }

        private byte next() throws NotReadable {
            if (at == bytes.length) {
                throw new NotReadable();
            }
            return bytes[at++];
        }

        /** A zigzag varint of 32 or 64 bits; bits beyond that are lost. */
        long number(int bits) throws NotReadable {
            long coded = 0;
            for (int shift = 0; shift < bits; shift += 7) {
                byte b = next();
                coded |= (b & 0x7fL) << shift;
                if (b >= 0) {
                    coded = bits == Integer.SIZE ? coded & 0xffff_ffffL : coded;
                    return coded >>> 1 ^ -(coded & 1);
                }
            }
            throw new NotReadable();
        }

        String text() throws NotReadable {
            long length = number(Long.SIZE);
            if (length < 0 || length > bytes.length - at) {
                throw new NotReadable();
            }
            String text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
            at += (int) length;
            return text;
        }

        long choice(int options) throws NotReadable {
            long chosen = number(Integer.SIZE);
            if (chosen < 0 || chosen >= options) {
                throw new NotReadable();
            }
            return chosen;
        }

        @Nullable
        Object optional(Read read) throws NotReadable {
            return choice(2) == 0 ? null : read.read();
        }

        void end() throws NotReadable {
            if (at < bytes.length) {
                throw new NotReadable();
            }
        }
    }
}
