package dev.lookback.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.ledger.LedgerKey;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

class LookupCipherTest {
    private static final byte[] KEY = key(0);
    private static final byte[] OTHER_KEY = new LedgerKey(0, 8, 2, new UUID(1, 2)).toBytes();
    private static final byte[] VALUE = "\0....a lookup by +15550100001".getBytes(StandardCharsets.UTF_8);

    private final KeyCustody custody = new MemoryCustody();
    private final LookupCipher cipher = new LookupCipher(custody, "default");

    @Test
    void opensWhatItSealed() {
        Random random = new Random(1);
        for (int length = 0; length < 600; length += 7) {
            byte[] value = new byte[length];
            random.nextBytes(value);
            byte[] sealed = cipher.seal(KEY, value);
            assertThat(sealed[0]).isEqualTo(LookupCipher.SEALED);
            assertThat(new LookupCipher(custody, "default").open(KEY, sealed)).isEqualTo(value);
        }
    }

    @Test
    void showsNothingOfALookup() {
        String sealed = new String(cipher.seal(KEY, VALUE), StandardCharsets.ISO_8859_1);
        assertThat(sealed).doesNotContain("lookup").doesNotContain("+1555");
    }

    @Test
    void neverUsesANonceTwice() {
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < 70_000; i++) {
            assertThat(seen.add(Bytes.wrap(java.util.Arrays.copyOfRange(cipher.seal(KEY, VALUE), 1, 13))))
                    .isTrue();
        }
    }

    @Test
    void aDestroyedKeyMakesALookupUnreadableAndLeavesTheNextBucketAlone() {
        byte[] last = cipher.seal(KEY, VALUE);
        byte[] next = cipher.seal(key(1), VALUE);
        assertThat(custody.destroyBefore("default", 1)).isEqualTo(1);
        assertThat(cipher.open(KEY, last)).isNull();
        assertThat(cipher.seal(KEY, VALUE)).as("nor is another made").isNull();
        assertThat(cipher.open(key(1), next)).isEqualTo(VALUE);
        assertThat(custody.destroyBefore("default", 1)).isZero();
    }

    @Test
    void classesHaveKeysOfTheirOwn() {
        byte[] sealed = cipher.seal(KEY, VALUE);
        LookupCipher other = new LookupCipher(custody, "short");
        assertThatThrownBy(() -> other.open(KEY, sealed))
                .as("no key, and none destroyed")
                .isInstanceOf(CustodyException.class);
        other.seal(KEY, VALUE);
        assertThatThrownBy(() -> other.open(KEY, sealed)).isInstanceOf(CustodyException.class);
    }

    @Test
    void aValueIsBoundToItsLedgerKeyAndCannotBeAltered() {
        byte[] sealed = cipher.seal(KEY, VALUE);
        assertThatThrownBy(() -> cipher.open(OTHER_KEY, sealed))
                .isInstanceOf(CustodyException.class)
                .hasMessageContaining("default");
        for (int at = 1; at < sealed.length; at++) {
            byte[] altered = sealed.clone();
            altered[at] ^= 1;
            assertThatThrownBy(() -> cipher.open(KEY, altered)).isInstanceOf(CustodyException.class);
        }
        for (int length = 1; length < sealed.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> cipher.open(KEY, cut)).isInstanceOf(CustodyException.class);
        }
    }

    @Test
    void withoutCustodyNothingIsEncryptedAndPlainValuesStayReadable() {
        LookupCipher plain = new LookupCipher(null, "default");
        assertThat(plain.seal(KEY, VALUE)).isSameAs(VALUE);
        assertThat(plain.open(KEY, VALUE)).isSameAs(VALUE);
        assertThat(cipher.open(KEY, VALUE)).as("from before it was switched on").isSameAs(VALUE);
        assertThatThrownBy(() -> plain.open(KEY, cipher.seal(KEY, VALUE)))
                .isInstanceOf(CustodyException.class)
                .hasMessageContaining("custody.class");
    }

    private static byte[] key(long bucket) {
        return new LedgerKey(bucket, 7, 1, new UUID(1, 2)).toBytes();
    }
}
