package dev.lookback.ingest;

import dev.lookback.ingest.Verdict.Refused;
import dev.lookback.registry.UnknownSchemaException;
import dev.lookback.serde.WireFormat;
import dev.lookback.v1.RejectReason;
import org.jspecify.annotations.Nullable;

/** Records that are refused before there is a lookup to judge. What a decoder says of them may quote them: left out. */
final class Unreadable {
    private static final Refused NO_VALUE = unreadable("The record has no value.");
    private static final Refused TOO_SHORT = unreadable("The value is too short for the wire format.");
    private static final Refused WRONG_MAGIC = unreadable("The first byte of the value is not the wire format's 0.");
    private static final Refused UNKNOWN_SCHEMA = unreadable("The schema registry has no schema with the value's id.");
    private static final Refused NOT_AN_EVENT = unreadable(
            "The value is no LookupEvent under its schema id: truncated, followed by other bytes, or something else.");
    private static final Refused TOO_LARGE =
            new Refused(RejectReason.TOO_LARGE, null, "The record is longer than ingest.max.record.bytes.");

    private Unreadable() {}

    /** What can be said without decoding; null if nothing. */
    static @Nullable Refused beforeDecoding(byte @Nullable [] key, byte @Nullable [] value, int maxBytes) {
        if (value == null) {
            return NO_VALUE;
        }
        if (value.length + (key == null ? 0 : key.length) > maxBytes) {
            return TOO_LARGE;
        }
        if (value.length < WireFormat.HEADER_LENGTH) {
            return TOO_SHORT;
        }
        return value[0] == WireFormat.MAGIC ? null : WRONG_MAGIC;
    }

    /** What a failure of the decoder means. */
    static Refused after(RuntimeException failure) {
        return failure instanceof UnknownSchemaException ? UNKNOWN_SCHEMA : NOT_AN_EVENT;
    }

    private static Refused unreadable(String detail) {
        return new Refused(RejectReason.UNREADABLE, null, detail);
    }
}
