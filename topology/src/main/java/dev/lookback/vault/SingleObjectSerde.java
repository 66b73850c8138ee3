package dev.lookback.vault;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Serdes for the vault's own stores: Avro's single-object encoding, which needs no registry, because nobody but the vault
 * reads the changelogs of these stores.
 */
final class SingleObjectSerde {
    private SingleObjectSerde() {}

    static <T extends SpecificRecord> Serde<T> of(BinaryMessageEncoder<T> encoder, BinaryMessageDecoder<T> decoder) {
        return Serdes.serdeFrom(
                (topic, record) -> {
                    if (record == null) {
                        return null;
                    }
                    try {
                        java.nio.ByteBuffer bytes = encoder.encode(record);
                        byte[] copy = new byte[bytes.remaining()];
                        bytes.get(copy);
                        return copy;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                (topic, data) -> {
                    if (data == null) {
                        return null;
                    }
                    try {
                        return decoder.decode(data);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }
}
