package dev.lookback.faults;

import dev.lookback.v1.CaseState;
import dev.lookback.v1.ExtractRecord;
import dev.lookback.v1.LegalRequestStatus;
import dev.lookback.v1.SelectorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A request that was filed, and all that came of it. */
final class Inquiry {
    final UUID id;

    /** What is asked about the first handle: what it asked, or also who asked about it. */
    final SelectorRole role;

    /** A requester whose lookups are kept for long. */
    final String longKept;

    /** A requester of the short class, asked about as such. */
    final String shortKept;

    final long from;
    final String digest;
    final List<LegalRequestStatus> history = new ArrayList<>();
    final List<ExtractRecord> pieces = new ArrayList<>();
    boolean approved;
    long answeredAt;
    long sealedAt;

    Inquiry(UUID id, SelectorRole role, String longKept, String shortKept, long from, String digest) {
        this.id = id;
        this.role = role;
        this.longKept = longKept;
        this.shortKept = shortKept;
        this.from = from;
        this.digest = digest;
    }

    CaseState state() {
        return history.isEmpty()
                ? CaseState.UNKNOWN
                : history.get(history.size() - 1).getState();
    }

    /** When the broker took it in; null while nobody has said so. */
    @Nullable
    Long receivedAt() {
        return history.isEmpty() ? null : history.get(0).getReceivedAt().toEpochMilli();
    }

    boolean isSealed() {
        return state() == CaseState.SEALED;
    }

    @Override
    public String toString() {
        return "request " + id;
    }
}
