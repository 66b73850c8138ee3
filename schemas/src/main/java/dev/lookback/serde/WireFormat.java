package dev.lookback.serde;

import java.nio.ByteBuffer;

/** The frame around an Avro value: byte 0, schema id (4 bytes, big endian), Avro binary. */
public final class WireFormat {
    /** The first byte of every framed value. */
    public static final byte MAGIC = 0;

    /** Bytes before the Avro binary. */
    public static final int HEADER_LENGTH = 5;

    private WireFormat() {}

    /** The schema id in a value's header of {@link #HEADER_LENGTH} bytes. */
    static int schemaId(byte[] value) {
        return ByteBuffer.wrap(value).getInt(1);
    }

    /** The header of values with a schema id. */
    static byte[] header(int schemaId) {
        return ByteBuffer.allocate(HEADER_LENGTH).put(MAGIC).putInt(schemaId).array();
    }

    /** The subject of a topic's keys or values. */
    public static String subject(String topic, boolean isKey) {
        return topic + (isKey ? "-key" : "-value");
    }
}
