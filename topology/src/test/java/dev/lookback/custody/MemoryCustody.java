package dev.lookback.custody;

import java.util.HashMap;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Keys in memory alone, drawn by counting: for tests that must be the same again. */
public final class MemoryCustody implements KeyCustody {
    private record Id(String retentionClass, long bucket) {}

    private final Map<Id, SecretKey> keys = new HashMap<>();
    private final Map<Id, SecretKey> ever = new HashMap<>();
    private final Map<String, Long> destroyedBefore = new HashMap<>();
    private int made;

    /** A copy of every key there is or was, for a test that must know what had been encrypted. */
    public synchronized MemoryCustody backup() {
        MemoryCustody backup = new MemoryCustody();
        backup.keys.putAll(ever);
        return backup;
    }

    @Override
    public synchronized @Nullable SecretKey forSealing(String retentionClass, long bucket) {
        if (isDestroyed(retentionClass, bucket)) {
            return null;
        }
        return keys.computeIfAbsent(new Id(retentionClass, bucket), id -> {
            byte[] key = new byte[32];
            key[0] = (byte) ++made;
            key[1] = (byte) (made >> Byte.SIZE);
            SecretKey secret = new SecretKeySpec(key, "AES");
            ever.put(id, secret);
            return secret;
        });
    }

    @Override
    public synchronized @Nullable SecretKey forOpening(String retentionClass, long bucket) {
        SecretKey known = keys.get(new Id(retentionClass, bucket));
        if (known == null && !isDestroyed(retentionClass, bucket)) {
            throw new CustodyException("There is no key for bucket " + bucket + " of class " + retentionClass, null);
        }
        return known;
    }

    private boolean isDestroyed(String retentionClass, long bucket) {
        return bucket < destroyedBefore.getOrDefault(retentionClass, Long.MIN_VALUE);
    }

    @Override
    public synchronized int destroyBefore(String retentionClass, long bucket) {
        int before = keys.size();
        destroyedBefore.merge(retentionClass, bucket, Math::max);
        keys.keySet().removeIf(id -> id.retentionClass.equals(retentionClass) && id.bucket < bucket);
        return before - keys.size();
    }

    @Override
    public void configure(Map<String, ?> settings) {}

    @Override
    public synchronized int count(String retentionClass) {
        return (int) keys.keySet().stream()
                .filter(id -> id.retentionClass.equals(retentionClass))
                .count();
    }
}
