package dev.lookback.casework;

import java.time.Duration;

/**
 * What can be tuned in casework.
 *
 * @param approvalTimeout {@code casework.approval.timeout}: a request that nobody approved this long after its receipt
 *     lapses, and its copies are released
 * @param extractRetention {@code casework.extract.retention}: a sealed case closes by itself after this time
 * @param caseRetention {@code casework.case.retention}: how long after its end the outline of a case (id, state, digest,
 *     officers; no handles) is remembered; longer than {@code commandMaxAge}, so that no command counts twice
 * @param preservationDuration {@code casework.preservation.duration}: how long a preservation request keeps copies; once
 *     more as long if it is renewed
 * @param collectInterval {@code casework.collect.interval}: how often it is looked for what has come for a standing order;
 *     well below the shortest duration of a retention class, or lookups are forgotten in between
 * @param collectOverlap {@code ingest.max.late} and {@code ingest.max.future} together: a lookup may come in so long after
 *     it happened, so each round looks back so far, and the last one comes so long after the window
 * @param checkpointInterval {@code casework.audit.checkpoint.interval}: how often the heads of audit chains are signed
 * @param commandMaxAge {@code casework.command.max.age}: a command issued longer ago, or further in the future than
 *     five minutes, is refused
 * @param partBytes {@code casework.part.bytes}: a part of an extract ends with the line that reaches this size
 * @param sliceInterval {@code casework.slice.interval}: how often sealing and releasing go on
 * @param sliceBudget {@code casework.slice.budget}: for how long at a time, all cases of a task together; at least one
 *     part is made each time
 * @param flushInterval {@code casework.flush.interval}: how often preserved copies are forced to disk, and the space of
 *     released ones is reclaimed
 * @param rollInterval {@code casework.roll.interval}: how often each partition of preserved-lookups gets a record without
 *     meaning, so that brokers close segments which nobody writes to
 */
public record CaseworkSettings(
        Duration approvalTimeout,
        Duration extractRetention,
        Duration caseRetention,
        Duration preservationDuration,
        Duration collectInterval,
        Duration collectOverlap,
        Duration checkpointInterval,
        Duration commandMaxAge,
        int partBytes,
        Duration sliceInterval,
        Duration sliceBudget,
        Duration flushInterval,
        Duration rollInterval) {
    /** How far an officer's clock may be ahead of the broker's. */
    static final Duration MAX_AHEAD = Duration.ofMinutes(5);

    /** The defaults. */
    public static final CaseworkSettings DEFAULTS = new CaseworkSettings(
            Duration.ofDays(14),
            Duration.ofDays(7),
            Duration.ofDays(180),
            Duration.ofDays(90),
            Duration.ofMinutes(30),
            Duration.ofHours(12).plus(MAX_AHEAD),
            Duration.ofHours(1),
            Duration.ofDays(1),
            512 * 1024,
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            Duration.ofHours(1));

    /** Checks what must hold between them. */
    public CaseworkSettings {
        if (caseRetention.compareTo(commandMaxAge.plus(MAX_AHEAD)) <= 0) {
            throw new IllegalArgumentException("casework.case.retention must be longer than casework.command.max.age");
        }
        if (partBytes < 1) {
            throw new IllegalArgumentException("casework.part.bytes must be positive");
        }
    }
}
