package dev.lookback.vault;

import dev.lookback.v1.Search;
import dev.lookback.v1.SelectorRole;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Whether a value can hold a handle at all, from its bytes: in Avro's binary form a text is its length and its UTF-8, and
 * these stand there in a row. To look for them takes a small part of what it takes to decode the value, and almost every row
 * that a search by queried handle passes is about somebody else.
 */
final class Mention {
    private final byte[] text;
    /** By a byte of the value that the text's last byte is held against: how far the text may move on (Horspool, 1980). */
    private final int[] moves = new int[1 << Byte.SIZE];

    private Mention(byte[] text) {
        this.text = text;
        Arrays.fill(moves, text.length);
        for (int i = 0; i < text.length - 1; i++) {
            moves[Byte.toUnsignedInt(text[i])] = text.length - 1 - i;
        }
    }

    /** What the rows that a search is after must hold; null if that cannot be told from their bytes. */
    static @Nullable Mention of(Search search) {
        return search.getRole() == SelectorRole.SOURCE ? null : of(search.getHandle());
    }

    static Mention of(String handle) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        try {
            encoder.writeString(handle);
            encoder.flush();
        } catch (IOException e) {
            throw new AssertionError("Writing to memory does not fail", e);
        }
        return new Mention(out.toByteArray());
    }

    /** Whether it stands anywhere in a value. */
    boolean isIn(byte[] value) {
        int last = text.length - 1;
        for (int i = last; i < value.length; i += moves[Byte.toUnsignedInt(value[i])]) {
            if (value[i] == text[last] && Arrays.equals(value, i - last, i + 1, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }
}
