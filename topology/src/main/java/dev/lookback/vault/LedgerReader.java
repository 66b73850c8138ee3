package dev.lookback.vault;

import dev.lookback.custody.LookupCipher;
import dev.lookback.handle.Tokens;
import dev.lookback.ledger.LedgerKey;
import dev.lookback.ledger.LedgerValue;
import dev.lookback.topics.Topic;
import dev.lookback.v1.EnrichedLookup;
import org.jspecify.annotations.Nullable;

/** Reads the values of one ledger, encrypted or not. One for each processor; not safe for several threads. */
final class LedgerReader {
    private final Topic<byte[], EnrichedLookup> ledger;
    private final LookupCipher cipher;

    LedgerReader(Topic<byte[], EnrichedLookup> ledger, LookupCipher cipher) {
        this.ledger = ledger;
        this.cipher = cipher;
    }

    /** A value in the plain wire format; null if its key has been destroyed. */
    byte @Nullable [] open(byte[] key, byte[] value) {
        return cipher.open(key, value);
    }

    /** The lookup in a value that has been opened, whole. */
    EnrichedLookup read(byte[] key, byte[] opened) {
        EnrichedLookup lookup = ledger.value().deserializer().deserialize(ledger.name(), opened);
        return LedgerValue.complete(lookup, LedgerKey.eventId(key));
    }

    /** The token of the handle that was asked about; 0, nobody's, if the value's key has been destroyed. */
    long queriedToken(byte[] key, byte[] value, Tokens tokens) {
        byte[] opened = open(key, value);
        return opened == null ? 0 : tokens.token(read(key, opened).getQueriedNormalised());
    }
}
