package dev.lookback.ingest;

import java.util.OptionalLong;

/** How far one partition of lookup-events has been admitted, and when that is worth saying. */
final class Progress {
    private static final long NONE = -1;

    private final long repeatMillis;
    private long position = NONE;
    private long said = NONE;
    private long saidAt;

    Progress(long repeatMillis) {
        this.repeatMillis = repeatMillis;
    }

    /** Everything before this position has been dealt with. Positions never go back. */
    void reached(long position) {
        this.position = Math.max(this.position, position);
    }

    /** The position to say now; empty if there is none, or it was said a short while ago. */
    OptionalLong toSay(long now) {
        if (position == NONE || position == said && now - saidAt < repeatMillis) {
            return OptionalLong.empty();
        }
        said = position;
        saidAt = now;
        return OptionalLong.of(position);
    }
}
