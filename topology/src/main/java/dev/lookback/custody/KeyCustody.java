package dev.lookback.custody;

import java.util.Map;
import javax.crypto.SecretKey;
import org.apache.kafka.common.Configurable;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the keys of retained lookups: one AES key of 256 bits for each retention class and bucket. The one place where
 * these keys last: nobody else writes one down. Safe for use by several threads. An implementation that a setting names
 * ({@code custody.class}) has a constructor without parameters, and is configured before anything else is asked of it.
 *
 * <p>All throw {@link CustodyUnavailableException} while keys cannot be reached or written, and {@link CustodyException} if
 * they are not what they should be.
 */
public interface KeyCustody extends Configurable {
    /** Takes its settings: all those that begin with {@code custody.}, without that. */
    @Override
    void configure(Map<String, ?> settings);

    /**
     * The key to encrypt under; made, and stored for good before this returns, if there is none.
     *
     * @return null if the bucket's key has been destroyed: never is another one made
     */
    @Nullable
    SecretKey forSealing(String retentionClass, long bucket);

    /**
     * The key to decrypt with.
     *
     * @return null once it is destroyed
     * @throws CustodyException if there is none, though none was destroyed: then these are not the right keys
     */
    @Nullable
    SecretKey forOpening(String retentionClass, long bucket);

    /**
     * Destroys every key of a class for the buckets before this one. What was encrypted under them is gone with it,
     * wherever copies are.
     *
     * @return how many keys that were
     */
    int destroyBefore(String retentionClass, long bucket);

    /** How many keys of a class there are. */
    int count(String retentionClass);
}
