package dev.lookback.serde;

import dev.lookback.v1.LookupEvent;
import dev.lookback.v1.Outcome;
import dev.lookback.v1.Service;
import dev.lookback.v1.Trigger;
import java.io.IOException;
import java.time.Instant;
import org.apache.avro.AvroTypeException;
import org.apache.avro.io.Decoder;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link LookupEvent} that was written under its own schema, field by field in the schema's order. Avro generates
 * such code itself, but not for records with logical types. {@code LookupEventReaderTest} holds it against Avro's reader,
 * with whole, cut and damaged records.
 */
final class LookupEventReader {
    private static final Service[] SERVICES = Service.values();
    private static final Outcome[] OUTCOMES = Outcome.values();
    private static final Trigger[] TRIGGERS = Trigger.values();

    private LookupEventReader() {}

    /**
     * Reads one.
     *
     * @throws IOException if the bytes end too soon, or are not as Avro writes them
     * @throws RuntimeException if they say what the schema does not know
     */
    static LookupEvent read(Decoder in) throws IOException {
        return new LookupEvent(
                in.readString(),
                Instant.ofEpochMilli(in.readLong()),
                isPresent(in) ? in.readInt() : null,
                in.readString(),
                in.readString(),
                in.readString(),
                isPresent(in) ? in.readInt() : null,
                SERVICES[in.readEnum()],
                OUTCOMES[in.readEnum()],
                TRIGGERS[in.readEnum()],
                optionalString(in),
                in.readString());
    }

    private static @Nullable String optionalString(Decoder in) throws IOException {
        return isPresent(in) ? in.readString() : null;
    }

    /** Of a union of null and something else. */
    private static boolean isPresent(Decoder in) throws IOException {
        int branch = in.readIndex();
        if (branch < 0 || branch > 1) {
            throw new AvroTypeException("A union of two has no branch " + branch);
        }
        return branch == 1;
    }
}
