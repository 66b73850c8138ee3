package dev.lookback.bench;

import dev.lookback.local.LocalStack;
import dev.lookback.seal.Manifest;
import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExpiryReceipt;
import dev.lookback.v1.LegalRequestStatus;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do with the {@code lookback} command, which knows how. */
public interface Tool extends AutoCloseable {
    /** Main class and arguments of {@code lookback run}. */
    List<String> runCommand(Path configFile);

    /** From now on {@link #await} sees what happens to a request. */
    void follow(UUID request);

    /** Sends a signed command; returns when the brokers have it. */
    void post(UUID request, String jws);

    /** The next status of the request that is followed with this state; null if none comes in time. */
    @Nullable
    LegalRequestStatus await(UUID request, CaseState state, Duration limit);

    /**
     * Verifies the extract of a sealed request.
     *
     * @throws IllegalStateException if there is none, or it is not sound
     */
    Manifest verified(UUID request, PublicKey key);

    /** Changes how long the lookups of a class are kept, as the stack's officers of retention. */
    void retain(LocalStack stack, String retentionClass, Duration duration);

    /** All receipts so far. */
    List<ExpiryReceipt> receipts();

    @Override
    void close();
}
