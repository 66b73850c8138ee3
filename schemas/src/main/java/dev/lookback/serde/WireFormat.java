package dev.lookback.serde;

/** The frame around an Avro value: byte 0, schema id (4 bytes, big endian), Avro binary. */
public final class WireFormat {
    /** The first byte of every framed value. */
    public static final byte MAGIC = 0;

    /** Bytes before the Avro binary. */
    public static final int HEADER_LENGTH = 5;

    private WireFormat() {}

    /** The subject of a topic's keys or values. */
    public static String subject(String topic, boolean isKey) {
        return topic + (isKey ? "-key" : "-value");
    }
}
